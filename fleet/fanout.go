package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Limits of a host's part where none are given.
const (
	defaultConnect  = 15 * time.Second // a host that is up answers within one; a SYN that was lost comes again after 1, 3 and 7 s
	defaultCommand  = 5 * time.Minute
	defaultTransfer = time.Hour
)

// filled gives limits with the defaults for what is not set.
func (l Limits) filled(total time.Duration) Limits {
	l.Connect, l.Total = orElse(l.Connect, defaultConnect), orElse(l.Total, total)
	return l
}

// work is what a run does on one host. It calls part.started once the host has
// taken it, and part.stirred at each sign of progress.
type work func(ctx context.Context, t Target, p *part) (ExitStatus, error)

// fan is one run over several instances.
type fan struct {
	kind     OpKind
	title    string
	line     string
	ids      []InstanceID
	limits   Limits
	parallel int
	sink     func(id InstanceID, stderr bool, chunk []byte)
	do       work
	after    func() // when every host has ended; may be nil
}

// fanOut starts a piece of work per instance, bounded over all of them.
func (e *Engine) fanOut(f fan) (*Run, error) {
	if len(f.ids) == 0 {
		return nil, &Error{Op: string(f.kind), Kind: KindInvalid, Err: errText("no instance is named")}
	}
	hosts := make([]HostResult, len(f.ids))
	for i, id := range f.ids {
		hosts[i] = HostResult{Instance: id, Size: -1}
		if in, ok := e.instance(id); ok {
			hosts[i].Region, hosts[i].Zone = in.Region, in.Zone
		}
	}
	ctx, cancel := context.WithCancel(e.ctx)
	op := e.newOp(f.kind, Clean(f.title)+" on "+plural(len(hosts), "instance"), len(hosts))
	now := time.Now()
	r := NewRun(op, f.line, now, hosts, cancel).Of(f.kind)
	folder := runFolder(e.opts.OutputDir, op, now)
	slots := make(chan struct{}, e.atOnce(f.parallel))
	var wg sync.WaitGroup
	for _, h := range hosts {
		wg.Add(1)
		p := newPart(e, r, h, f, folder, len(hosts))
		own, stop := context.WithCancel(ctx)
		r.stopWith(h.Instance, stop)
		e.group.run(string(op)+" "+string(h.Instance), func() {
			defer wg.Done()
			defer stop()
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-own.Done():
			}
			p.run(own, f.do)
			e.feed.op(op, func(o *Operation) { o.Done++ })
		})
	}
	e.group.run(string(op), func() {
		defer cancel()
		wg.Wait()
		if f.after != nil {
			f.after()
		}
		e.endRun(op, r)
	})
	return r, nil
}

// atOnce is how many hosts of a run are worked on at the same time.
func (e *Engine) atOnce(asked int) int {
	if most := cap(e.slots); asked <= 0 || asked > most {
		return most
	}
	return asked
}

// part is one host's part of a run.
type part struct {
	e      *Engine
	r      *Run
	limits Limits
	out    *output

	mu      sync.Mutex
	h       HostResult
	told    time.Time // when progress was told last
	idle    *time.Timer
	connect *time.Timer
}

func newPart(e *Engine, r *Run, h HostResult, f fan, folder string, hosts int) *part {
	file := ""
	if folder != "" {
		file = folder + "/" + fileName(string(h.Instance)) + ".log"
	}
	p := &part{e: e, r: r, limits: f.limits, h: h, out: newOutput(h.Instance, outputRoom(hosts), file)}
	p.out.sink, p.out.changed, p.out.stirred = f.sink, p.lines, p.stirred
	return p
}

// overdue is why a part was ended before its time.
type overdue struct {
	words string
	limit time.Duration
}

func (o *overdue) Error() string { return fmt.Sprintf("%s %s", o.words, o.limit) }

// run does the work on the instance and records what came of it.
func (p *part) run(ctx context.Context, do work) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	after := func(d time.Duration, words string) *time.Timer {
		return time.AfterFunc(d, func() { cancel(&overdue{words, d}) })
	}
	p.mu.Lock()
	p.h.Began, p.h.Phase = time.Now(), PhaseConnecting
	p.connect = after(p.limits.Connect, "the host did not take it within")
	total := after(p.limits.Total, "did not end within")
	if p.limits.Idle > 0 {
		p.idle = after(p.limits.Idle, "gave no sign of progress for")
		p.idle.Stop() // runs from the start on
	}
	h := p.h
	p.mu.Unlock()
	p.r.Record(h)

	t, err := p.e.target(ctx, h.Instance)
	var st ExitStatus
	if err == nil {
		st, err = p.attempt(ctx, t, do)
	}
	total.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.connect.Stop()
	if p.idle != nil {
		p.idle.Stop()
	}
	p.h.Exit, p.h.Err, p.h.Done, p.h.Took = st, p.verdict(ctx, err), true, time.Since(p.h.Began)
	p.out.close(&p.h)
	p.r.Record(p.h)
}

// retryPause is between two tries to get a host to take the work.
const retryPause = time.Second

// attempt does the work, and again as long as the host has not taken it and the
// network may be the reason: nothing has happened on the host then.
func (p *part) attempt(ctx context.Context, t Target, do work) (ExitStatus, error) {
	var last error // why it was not taken: what ends us while we try again is no reason
	for {
		st, err := do(ctx, t, p)
		if ctx.Err() != nil && last != nil && !p.taken() {
			return st, last
		}
		if k := KindOf(err); k != KindNetwork && k != KindTimeout || p.taken() {
			return st, err
		}
		last = err
		if !sleep(ctx, retryPause) {
			return st, last
		}
		p.mu.Lock()
		h := p.h
		p.mu.Unlock()
		h.Output, h.Took = err.Error(), time.Since(h.Began)
		p.r.Record(h)
	}
}

// verdict says in whole words why the work has no result. The caller holds mu.
func (p *part) verdict(ctx context.Context, err error) error {
	var late *overdue
	cause := context.Cause(ctx)
	switch {
	case err == nil:
		return nil
	case errors.As(cause, &late):
		e := &Error{Op: string(p.r.kind), Resource: string(p.h.Instance), Region: p.h.Region, Kind: KindTimeout, Err: late}
		switch {
		case p.h.Phase == PhaseConnecting && !errors.Is(err, late) && KindOf(err) != KindCanceled:
			e.Err = fmt.Errorf("%w; last: %s", late, reason(err))
			e.Hint = "`spot-tui explain " + string(p.h.Instance) + "` finds out why"
		case p.h.Phase == PhaseConnecting:
			e.Hint = "`spot-tui explain " + string(p.h.Instance) + "` finds out why"
		default:
			e.Hint = "it was told to stop (SIGTERM); look on the host whether it did"
		}
		return e
	case cause != nil:
		text := "canceled before it began"
		if p.h.Phase == PhaseWorking {
			text = "canceled while it ran"
		}
		return &Error{Op: string(p.r.kind), Resource: string(p.h.Instance), Region: p.h.Region, Kind: KindCanceled, Err: errText(text)}
	}
	return err
}

func (p *part) taken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.h.Phase == PhaseWorking
}

// started says that the host has taken the work.
func (p *part) started() {
	p.mu.Lock()
	p.connect.Stop()
	p.h.Phase, p.h.Output = PhaseWorking, ""
	if p.idle != nil {
		p.idle.Reset(p.limits.Idle)
	}
	h := p.h
	p.mu.Unlock()
	h.Took = time.Since(h.Began)
	p.r.Record(h)
}

// stirred puts off the end for want of progress.
func (p *part) stirred() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle != nil && p.h.Phase == PhaseWorking {
		p.idle.Reset(p.limits.Idle)
	}
}

// lines tells the newest lines.
func (p *part) lines(tail string) {
	p.mu.Lock()
	p.h.Output = tail
	h := p.h
	p.mu.Unlock()
	h.Took = time.Since(h.Began)
	p.r.Record(h)
}

// moved tells how much of a copy is done, not more often than someone can see.
func (p *part) moved(done, total int64) {
	p.stirred()
	p.mu.Lock()
	p.h.Moved, p.h.Size = done, total
	h, now := p.h, time.Now()
	tell := now.Sub(p.told) >= tellAfter || done == total
	if tell {
		p.told = now
	}
	p.mu.Unlock()
	if tell {
		h.Took = now.Sub(h.Began)
		p.r.Record(h)
	}
}

// endRun ends the operation with counts.
func (e *Engine) endRun(op OpID, r *Run) {
	s := r.Snapshot()
	failed := 0
	var errs failures
	for _, h := range s.Hosts {
		if h.Failed() {
			failed++
			err := h.Err
			if err == nil {
				err = fmt.Errorf("%s: exit %d", h.Instance, h.Exit.Code)
			}
			errs.add(AsError("run", h.Region, err))
		}
	}
	text := fmt.Sprintf("%s: ok on %d of %d", Clean(s.Line), len(s.Hosts)-failed, len(s.Hosts))
	e.endOp(op, &errs, text)
}
