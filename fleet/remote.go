package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Defaults of runs and uploads over several instances.
const (
	defaultRunTimeout = 5 * time.Minute
	maxOutput         = 256 << 10 // bytes kept per host; the rest is counted
)

// Run implements Face: one command on several instances, side by side.
func (e *Engine) Run(q RunRequest) (*Run, error) {
	return e.fanOut(OpRun, "run "+q.Line, q, func(ctx context.Context, t Target, out *output) (ExitStatus, error) {
		c := Command{Line: q.Line, Stdout: out.stream(false), Stderr: out.stream(true)}
		if q.Stdin != nil {
			c.Stdin = newReader(q.Stdin)
		}
		return e.opts.Shell.Run(ctx, t, c)
	})
}

// Upload implements Face. Each host's output is a line that says what was copied
// and verified.
func (e *Engine) Upload(u UploadRequest) (*Run, error) {
	b, err := e.opts.Shell.Pack(Source{Path: u.File.Source, Ignore: u.File.Ignore})
	if err != nil {
		return nil, err
	}
	q := RunRequest{Instances: u.Instances, Line: u.File.Source + " → " + u.File.Target, Limits: u.Limits}
	return e.fanOut(OpUpload, "upload "+q.Line, q, func(ctx context.Context, t Target, out *output) (ExitStatus, error) {
		r, err := e.opts.Shell.Upload(ctx, t, Upload{Bundle: b, Target: u.File.Target, Mode: u.File.Mode, Owner: u.File.Owner, Secret: u.File.Secret})
		if err == nil {
			_, _ = fmt.Fprintf(out.stream(false), "%s, %d bytes, sha256 %s\n", plural(r.Files, "file"), r.Bytes, r.SHA256)
		}
		return ExitStatus{}, err
	})
}

// fanOut starts one piece of work per instance, bounded over all of them.
func (e *Engine) fanOut(kind OpKind, title string, q RunRequest, work func(context.Context, Target, *output) (ExitStatus, error)) (*Run, error) {
	if err := e.guard(string(kind), false); err != nil {
		return nil, err
	}
	if len(q.Instances) == 0 {
		return nil, &Error{Op: string(kind), Kind: KindInvalid, Err: errText("no instance is named")}
	}
	hosts := make([]HostResult, len(q.Instances))
	for i, id := range q.Instances {
		hosts[i] = HostResult{Instance: id}
		if in, ok := e.instance(id); ok {
			hosts[i].Region, hosts[i].Zone = in.Region, in.Zone
		}
	}
	ctx, cancel := context.WithCancel(e.ctx)
	op := e.newOp(kind, Clean(title)+" on "+plural(len(hosts), "instance"), len(hosts))
	r := NewRun(op, q.Line, time.Now(), hosts, cancel)
	parallel := q.Parallel
	if parallel <= 0 {
		parallel = cap(e.slots)
	}
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for _, h := range hosts {
		wg.Add(1)
		e.group.run(string(op)+" "+string(h.Instance), func() {
			defer wg.Done()
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-ctx.Done():
			}
			e.runOn(ctx, r, h, q, work)
			e.feed.op(op, func(o *Operation) { o.Done++ })
		})
	}
	e.group.run(string(op), func() {
		defer cancel()
		wg.Wait()
		e.endRun(op, r)
	})
	return r, nil
}

// runOn does the work on one instance and records what came of it.
func (e *Engine) runOn(ctx context.Context, r *Run, h HostResult, q RunRequest, work func(context.Context, Target, *output) (ExitStatus, error)) {
	started := time.Now()
	out := &output{id: h.Instance, sink: q.Sink}
	base := h // streams may still call after h has got its result
	out.changed = func(text string, cut int64) {
		h := base
		h.Output, h.Cut, h.Took = text, cut, time.Since(started)
		r.Record(h)
	}
	limit := orElse(q.Limits.Total, defaultRunTimeout)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	t, err := e.target(ctx, h.Instance)
	if err == nil {
		h.Exit, err = work(ctx, t, out)
	}
	if ctx.Err() == context.DeadlineExceeded {
		err = &Error{Op: "run", Resource: string(h.Instance), Region: h.Region, Kind: KindTimeout, Err: fmt.Errorf("did not end within %s", limit)}
	}
	h.Err, h.Done, h.Took = err, true, time.Since(started)
	h.Output, h.Cut = out.text()
	r.Record(h)
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

// instance gives the newest fact of an instance.
func (e *Engine) instance(id InstanceID) (Instance, bool) {
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	n, ok := e.feed.at[id]
	if !ok {
		return Instance{}, false
	}
	return e.feed.instances[n], true
}

// target says where and as whom an instance is reached.
func (e *Engine) target(ctx context.Context, id InstanceID) (Target, error) {
	in, ok := e.instance(id)
	fail := func(k Kind, text, hint string) (Target, error) {
		return Target{}, &Error{Op: "reach", Resource: string(id), Region: in.Region, Kind: k, Err: errText(text), Hint: hint}
	}
	switch {
	case !ok:
		return fail(KindGone, "no such instance in this fleet", "`spot-tui list` shows the ids")
	case in.Stage == StageGone:
		return fail(KindGone, "it is gone: "+in.Reason, "")
	case in.State != StateRunning:
		return fail(KindConflict, "it is "+string(in.State)+", not running", "wait until it runs")
	}
	host := orText(in.PublicIP, in.PrivateIP)
	if host == "" {
		return fail(KindInvalid, "it has no address", "check that its subnet gives public addresses")
	}
	user := in.User
	if user == "" {
		u, err := e.worker(in.Region).loginUser(ctx)
		if err != nil {
			return Target{}, err
		}
		user = u
	}
	return Target{Instance: id, Host: host, Port: sshPort(e.spec), User: user}, nil
}

// Interactive implements Face.
func (e *Engine) Interactive(ctx context.Context, id InstanceID, tty TTY) (ExitStatus, error) {
	if err := e.guard("open a shell", false); err != nil {
		return ExitStatus{}, err
	}
	t, err := e.target(ctx, id)
	if err != nil {
		return ExitStatus{}, err
	}
	return e.opts.Shell.Interactive(ctx, t, tty)
}

// LoginLine implements Face. It asks nothing over the network.
func (e *Engine) LoginLine(id InstanceID) (string, error) {
	in, ok := e.instance(id)
	if !ok || in.Stage == StageGone || orText(in.PublicIP, in.PrivateIP) == "" {
		return "", &Error{Op: "compose the ssh line of", Resource: string(id), Kind: KindGone, Err: errText("it has no address"), Hint: "wait until it runs"}
	}
	user := orText(in.User, e.spec.SSH.User)
	if user == "" {
		return "", &Error{Op: "compose the ssh line of", Resource: string(id), Kind: KindConflict, Err: errText("the image's login name is not known yet"), Hint: "try again in a moment, or set ssh.user in the config"}
	}
	return e.opts.Shell.LoginLine(Target{Instance: id, Host: orText(in.PublicIP, in.PrivateIP), Port: sshPort(e.spec), User: user}), nil
}
