package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Deadlines of provisioning where the config gives none.
const (
	defaultSSHTimeout  = 5 * time.Minute  // 30–120 s is usual (aws-facts §8)
	defaultStepTimeout = 10 * time.Minute // a setup that installs packages
)

// provisioner is one run of an instance's pipeline: ssh → cloud-init → packages
// → files → setup → ready check. It lives outside the worker.
type provisioner struct {
	w     *worker
	in    Instance // as it was at the start
	run   string   // see Track.Run
	t     Target
	steps []pipeStep
	keep  *transcript

	mu    sync.Mutex
	track []TrackStep
	at    int // the step that runs
	told  time.Time
	later *time.Timer
}

// pipeStep is one step: what it is called, what it does, and how long it may take.
type pipeStep struct {
	name  string
	key   string
	stage Stage
	limit time.Duration
	// always says that it is done at each run: it only looks.
	always bool
	// heavy steps take a slot: what they do costs us or the network.
	heavy bool
	do    func(ctx context.Context, p *provisioner) error
}

// unchanged is what a step gives that had nothing to do.
var errUnchanged = errors.New("unchanged")

// stepError is a step that failed.
type stepError struct {
	name string
	exit int    // of its command; 0: none
	line string // the first that looks like the reason
	err  error
}

func (e *stepError) Error() string {
	if e.err != nil {
		return e.name + ": " + e.err.Error()
	}
	return fmt.Sprintf("%s exit %d: %s", e.name, e.exit, orText(e.line, "no output"))
}

func (e *stepError) Unwrap() error { return e.err }

func newProvisioner(w *worker, o *owned) *provisioner {
	p := &provisioner{w: w, in: *o.Instance, keep: w.e.keeps.of(o.ID)}
	p.steps = w.e.pipeline()
	if o.Keeper != "" && !o.mine {
		p.steps = w.e.selfMade()
	}
	old := map[string]TrackStep{}
	if o.fresh {
		p.run = randomID(8)
	} else if o.Track != nil {
		p.run = o.Track.Run
		for _, t := range o.Track.Steps {
			old[t.Key] = t
		}
	}
	going := true // the steps so far were done before
	for _, s := range p.steps {
		t := TrackStep{Name: s.name, Key: s.key, State: StepTodo}
		was, ok := old[s.key]
		done := ok && (was.State == StepOK || was.State == StepSkipped)
		if going && done && !s.always {
			t = was
		}
		going = going && (done || s.always)
		p.track = append(p.track, t)
	}
	return p
}

// stepKey is equal for steps that do the same.
func stepKey(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		b = fmt.Append(nil, parts...) // only strings and numbers come here
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// pipe does what is to be done.
func (p *provisioner) pipe(ctx context.Context) error {
	free, err := p.w.e.share(p.w.e.spec.Provision.Files)
	if err != nil {
		return err
	}
	defer free()
	if err := p.aim(ctx); err != nil {
		return err
	}
	p.keep.note("provisioning of %s begins", p.in.ID)
	for n, s := range p.steps {
		if p.track[n].State == StepOK || p.track[n].State == StepSkipped {
			continue
		}
		if err := p.step(ctx, n, s); err != nil {
			p.keep.note("%s", err)
			return err
		}
	}
	p.keep.note("ready")
	return nil
}

// aim finds out where and as whom the instance is reached, and by which key it
// must prove itself where one was injected.
func (p *provisioner) aim(ctx context.Context) error {
	host := p.in.Host()
	if host == "" {
		return errText("it has no address; check that its subnet gives public addresses")
	}
	user := p.in.User
	if user == "" {
		var err error
		if user, err = p.w.loginUser(ctx); err != nil {
			return err
		}
	}
	p.t = Target{Instance: p.in.ID, Host: host, Port: sshPort(p.w.e.spec), User: user}
	return p.w.e.trustInjected(p.in)
}

// step does one step until it ends, fails or its time is over. A connection that
// breaks is made again, and the step taken up.
func (p *provisioner) step(ctx context.Context, n int, s pipeStep) error {
	began := time.Now()
	ctx, cancel := context.WithDeadline(ctx, began.Add(s.limit))
	defer cancel()
	p.change(n, func(t *TrackStep) {
		*t = TrackStep{Name: s.name, Key: s.key, State: StepRunning, Began: began, Deadline: began.Add(s.limit)}
	})
	p.keep.note("%s", s.name)
	err := p.slotted(ctx, s, func() error { return p.tries(ctx, n, s) })
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && err != nil && !errors.Is(err, errUnchanged) {
		err = p.overdue(s, n, err)
	}
	var failed *stepError
	p.change(n, func(t *TrackStep) {
		t.Took, t.Deadline = time.Since(began), time.Time{}
		switch {
		case err == nil:
			t.State = StepOK
			if s.name == stepSSH { // why it had to wait is over
				t.Last = ""
			}
		case errors.Is(err, errUnchanged):
			t.State = StepSkipped
		default:
			t.State, t.Last = StepFailed, Clean(err.Error())
			if errors.As(err, &failed) {
				t.Exit = failed.exit
				if failed.line != "" {
					t.Last = failed.line
				}
			}
		}
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// slotted holds a slot meanwhile: the fan-out is bounded over all regions.
func (p *provisioner) slotted(ctx context.Context, s pipeStep, f func() error) error {
	if !s.heavy {
		return f()
	}
	select {
	case p.w.e.slots <- struct{}{}:
		defer func() { <-p.w.e.slots }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tries repeats a step as long as it is only the connection that breaks.
func (p *provisioner) tries(ctx context.Context, n int, s pipeStep) error {
	for {
		p.change(n, func(t *TrackStep) { t.Tries++ })
		err := s.do(ctx, p)
		if !lostOnTheWay(err) || ctx.Err() != nil {
			return err
		}
		p.w.say(LevelWarn, p.in.ID, "%s: the connection is lost (%s); taking it up again", s.name, reason(err))
		p.keep.note("the connection is lost (%s)", reason(err))
		if err := p.w.e.opts.Shell.Wait(ctx, p.t, func(last string) { p.line(n, last) }); err != nil {
			return err
		}
	}
}

// lostOnTheWay says whether the network is to blame and not the host.
func lostOnTheWay(err error) bool {
	if err == nil || errors.Is(err, errUnchanged) {
		return false
	}
	var e *Error
	k := KindOf(err)
	return k == KindNetwork || k == KindTimeout || k == KindUnknown && errors.As(err, &e) // only a port's own unknown is about a connection
}

// overdue is the sentence of a step whose time is over.
func (p *provisioner) overdue(s pipeStep, n int, err error) error {
	p.mu.Lock()
	last := p.track[n].Last
	p.mu.Unlock()
	if n == 0 {
		if last == "" {
			last = err.Error()
		}
		return fmt.Errorf("ssh did not answer within %s: %s; try: %s", s.limit, last, p.w.e.opts.Shell.LoginLine(p.t))
	}
	return &stepError{name: s.name, err: fmt.Errorf("it did not end within %s; its last line: %s", s.limit, orText(last, "none"))}
}

// line shows the newest line of a step.
func (p *provisioner) line(n int, text string) {
	p.mu.Lock()
	p.track[n].Last = Clean(text)
	p.mu.Unlock()
	p.tell(false)
}

// change changes a step and tells it at once.
func (p *provisioner) change(n int, f func(t *TrackStep)) {
	p.mu.Lock()
	f(&p.track[n])
	p.at = n
	p.mu.Unlock()
	p.tell(true)
}

// tell posts the steps to the worker; lines of output are gathered a moment.
func (p *provisioner) tell(now bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := tellAfter - time.Since(p.told); !now && wait > 0 {
		if p.later == nil {
			p.later = time.AfterFunc(wait, func() { p.tell(true) })
		}
		return
	}
	if p.later != nil {
		p.later.Stop()
		p.later = nil
	}
	p.told = time.Now()
	track, at := &Track{Run: p.run, Steps: slices.Clone(p.track)}, p.at
	p.w.post(func() { p.show(track, at) })
}

// show puts the steps into the instance's row. The worker calls it.
func (p *provisioner) show(track *Track, at int) {
	o, ok := p.w.instances[p.in.ID]
	if !ok || o.Stage.Leaving() || o.stop == nil || !o.going {
		return
	}
	i := o.edit()
	i.User, i.Track = p.t.User, track
	t := track.Steps[at]
	if t.State == StepRunning {
		p.w.stage(o, p.steps[at].stage, "")
		o.edit().Step = Step{Name: t.Name, Index: at + 1, Of: len(track.Steps), Percent: percent(t, p.steps[at].limit), Detail: t.Last}
	}
	p.w.publish(o)
}

// percent is how much of a step is done, where that is known.
func percent(t TrackStep, limit time.Duration) int {
	switch {
	case t.Size > 0:
		return int(100 * t.Moved / t.Size)
	case t.Name == stepSSH: // of the time that it may take
		return int(100 * time.Since(t.Began) / limit)
	}
	return -1
}
