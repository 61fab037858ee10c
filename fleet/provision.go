package fleet

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Deadlines of provisioning where the config gives none.
const (
	defaultSSHTimeout  = 5 * time.Minute  // 30–120 s is usual (aws-facts §8)
	defaultStepTimeout = 10 * time.Minute // a setup that installs packages
	readyCheckPause    = 2 * time.Second
)

// provision starts the pipeline wait → upload → setup → ready check for one
// instance, in a goroutine of its own that posts each step back.
func (w *worker) provision(o *owned) {
	ctx, stop := context.WithCancel(w.e.ctx)
	o.stop = stop
	w.stage(o, StageRunning, "")
	id, host := o.ID, o.PublicIP
	if host == "" {
		host = o.PrivateIP
	}
	user := o.User
	w.e.group.run("provision "+string(id), func() {
		defer stop()
		p := provisioner{w: w, id: id, host: host, user: user}
		err := p.run(ctx)
		if ctx.Err() != nil {
			return // the instance leaves, or we do: what describes say rules
		}
		w.post(func() { w.provisioned(id, err) })
	})
}

// provisioned ends the pipeline: ready, or failed with its reason.
func (w *worker) provisioned(id InstanceID, err error) {
	o, ok := w.instances[id]
	if !ok || o.Stage.Leaving() {
		return
	}
	if err != nil {
		w.stage(o, StageFailed, err.Error())
		w.e.feed.event(LevelError, Event{Kind: EventFailed, Region: w.region, Instance: id, Text: err.Error()})
		w.publish(o)
		return
	}
	w.ready(o)
	w.publish(o)
}

// ready ends an instance's way up. The mark for other machines comes first:
// who is told "ready" and looks from elsewhere must see the same.
func (w *worker) ready(o *owned) {
	if o.marked || w.e.opts.ReadOnly || (!o.mine && !w.adoptAll) {
		w.nowReady(o)
		return
	}
	o.marked = true
	w.toMark = append(w.toMark, o.ID)
	w.mark()
}

// mark puts the ready mark on all that wait for it, in one call, a moment after
// the first: hundreds that come up together make a few calls, not hundreds.
func (w *worker) mark() {
	if w.marking || len(w.toMark) == 0 {
		return
	}
	w.marking = true
	w.call("mark", func(ctx context.Context) {
		sleep(ctx, w.e.opts.Poll.Fast/4)
		var ids []InstanceID
		if w.do(ctx, func() { ids, w.toMark = w.toMark, nil }) != nil {
			return
		}
		err := w.cloud.Mark(ctx, w.e.spec.Name, ids, map[string]string{TagReady: time.Now().UTC().Format(time.RFC3339)})
		if err != nil && ctx.Err() == nil {
			w.say(LevelWarn, "", "%s ready, but other machines can't see it: %s", plural(len(ids), "instance"), err)
		}
		w.post(func() {
			w.marking = false
			for _, id := range ids {
				if o := w.instances[id]; o != nil && !o.Stage.Leaving() && o.Stage != StageReady {
					w.nowReady(o)
					w.publish(o)
				}
			}
			w.mark()
		})
	})
}

func (w *worker) nowReady(o *owned) {
	w.stage(o, StageReady, "")
	w.e.feed.event(LevelOK, Event{Kind: EventReady, Region: w.region, Instance: o.ID, Text: fmt.Sprintf("ready after %s", time.Since(o.LaunchedAt).Round(time.Second))})
}

func (w *worker) stopProvisioning(o *owned) {
	if o.stop != nil {
		o.stop()
		o.stop = nil
	}
}

// provisioner is one run of the pipeline. It lives outside the worker.
type provisioner struct {
	w    *worker
	id   InstanceID
	host string
	user string
}

func (p *provisioner) run(ctx context.Context) error {
	spec := p.w.e.spec
	if p.host == "" {
		return errText("it has no address; check that its subnet gives public addresses")
	}
	if p.user == "" {
		u, err := p.w.loginUser(ctx)
		if err != nil {
			return err
		}
		p.user = u
	}
	steps := len(spec.Provision.Files)
	if spec.Provision.Setup != "" {
		steps++
	}
	if spec.Provision.ReadyCheck != "" {
		steps++
	}
	t := Target{Instance: p.id, Host: p.host, Port: sshPort(spec), User: p.user}
	if err := p.wait(ctx, t); err != nil {
		return err
	}
	p.set(StageReachable, Step{Of: steps})
	select { // the fan-out is bounded over all regions
	case p.w.e.slots <- struct{}{}:
		defer func() { <-p.w.e.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	n := 0
	for _, f := range spec.Provision.Files {
		n++
		if err := p.upload(ctx, t, f, Step{Name: "upload", Index: n, Of: steps}); err != nil {
			return err
		}
	}
	if spec.Provision.Setup != "" {
		n++
		if err := p.setup(ctx, t, Step{Name: "setup", Index: n, Of: steps, Percent: -1}); err != nil {
			return err
		}
	}
	if spec.Provision.ReadyCheck != "" {
		n++
		return p.check(ctx, t, Step{Name: "ready check", Index: n, Of: steps, Percent: -1})
	}
	return nil
}

// set posts the stage and step to the worker.
func (p *provisioner) set(s Stage, step Step) {
	p.w.post(func() {
		o, ok := p.w.instances[p.id]
		if !ok || o.Stage.Leaving() || o.stop == nil {
			return
		}
		o.User = p.user
		p.w.stage(o, s, "")
		step.Detail = Clean(step.Detail)
		o.Step = step
		p.w.publish(o)
	})
}

func (p *provisioner) wait(ctx context.Context, t Target) error {
	limit := orElse(p.w.e.spec.Provision.SSHTimeout, defaultSSHTimeout)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	started := time.Now()
	var last string
	var mu sync.Mutex
	err := p.w.e.opts.Shell.Wait(ctx, t, func(e string) {
		mu.Lock()
		last = e
		mu.Unlock()
		p.set(StageRunning, Step{Name: "ssh", Percent: int(100 * time.Since(started) / limit), Detail: e})
	})
	if ctx.Err() == context.DeadlineExceeded {
		mu.Lock()
		defer mu.Unlock()
		if last == "" && err != nil {
			last = err.Error()
		}
		return fmt.Errorf("ssh did not answer within %s: %s; try: %s", limit, last, p.w.e.opts.Shell.LoginLine(t))
	}
	return err
}

func (p *provisioner) upload(ctx context.Context, t Target, f FileSpec, s Step) error {
	ctx, cancel := context.WithTimeout(ctx, orElse(p.w.e.spec.Provision.Timeout, defaultStepTimeout))
	defer cancel()
	s.Detail = f.Target
	p.set(StageUploading, s)
	last := 0
	b, err := p.w.e.opts.Shell.Pack(Source{Path: f.Source, Ignore: f.Ignore})
	if err != nil {
		return fmt.Errorf("upload of %s: %w", f.Target, err)
	}
	defer b.Close()
	r, err := p.w.e.opts.Shell.Upload(ctx, t, Upload{Bundle: b, Target: f.Target, Progress: func(done, total int64) {
		if total > 0 {
			s.Percent = int(100 * done / total)
		}
		if s.Percent != last {
			last = s.Percent
			p.set(StageUploading, s)
		}
	}})
	if err != nil {
		return fmt.Errorf("upload of %s: %w", f.Target, err)
	}
	p.w.say(LevelInfo, p.id, "uploaded %s: %d files, %d bytes, verified", f.Target, r.Files, r.Bytes)
	return nil
}

// setupPath is where the setup script lies on the host; it stays there, so that
// a person can look at what ran.
const setupPath = ".spot-tui/setup.sh"

func (p *provisioner) setup(ctx context.Context, t Target, s Step) error {
	ctx, cancel := context.WithTimeout(ctx, orElse(p.w.e.spec.Provision.Timeout, defaultStepTimeout))
	defer cancel()
	p.set(StageSettingUp, s)
	st, err := p.w.e.opts.Shell.Run(ctx, t, Command{
		Line:  "umask 077 && mkdir -p .spot-tui && cat > " + setupPath + " && chmod 700 " + setupPath,
		Stdin: strings.NewReader(p.w.e.spec.Provision.Setup),
	})
	if err != nil {
		return fmt.Errorf("copying the setup script: %w", err)
	}
	if !st.OK() {
		return fmt.Errorf("copying the setup script: exit %d", st.Code)
	}
	return p.command(ctx, t, StageSettingUp, s, "./"+setupPath)
}

// command runs one line, shows its output as it comes, and makes a failure
// tell its exit code and last line.
func (p *provisioner) command(ctx context.Context, t Target, stage Stage, s Step, line string) error {
	out := &lineWriter{each: func(l string) {
		s.Detail = l
		p.set(stage, s)
		p.w.say(LevelInfo, p.id, "%s: %s", s.Name, l)
	}}
	st, err := p.w.e.opts.Shell.Run(ctx, t, Command{Line: line, Stdout: out, Stderr: out})
	out.flush()
	last := out.lastLine()
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return fmt.Errorf("%s did not end in time; its last line: %s", s.Name, orText(last, "none"))
	case err != nil:
		return fmt.Errorf("%s: %w", s.Name, err)
	case !st.OK():
		return fmt.Errorf("%s exit %d: %s", s.Name, st.Code, orText(last, "no output"))
	}
	return nil
}

// check repeats the ready check until it passes or its time is over.
func (p *provisioner) check(ctx context.Context, t Target, s Step) error {
	limit := orElse(p.w.e.spec.Provision.Timeout, defaultStepTimeout)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p.set(StageSettingUp, s)
	for {
		err := p.command(ctx, t, StageSettingUp, s, p.w.e.spec.Provision.ReadyCheck)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if !sleep(ctx, readyCheckPause) {
			return err
		}
	}
}

// loginUser gives the image's login name, from the config or a survey.
func (w *worker) loginUser(ctx context.Context) (string, error) {
	if u := w.e.spec.SSH.User; u != "" {
		return u, nil
	}
	known := ""
	if err := w.do(ctx, func() { known = w.user }); err != nil {
		return "", err
	}
	if known != "" {
		return known, nil
	}
	spec := w.e.spec.in(w.e.spec.region(w.region))
	images, err := w.cloud.Images(ctx, spec.Image)
	if err != nil {
		return "", fmt.Errorf("the image's login name is not known: %w", err)
	}
	for _, im := range images {
		if im.User != "" {
			w.post(func() { w.learnUser(im.User) })
			return im.User, nil
		}
	}
	return "", errText("the image's login name is not known; set ssh.user in the config")
}

// needUser finds out the login name once there is an instance to log in to.
func (w *worker) needUser() {
	if w.user != "" || w.asking || w.live() == 0 {
		return
	}
	if u := w.e.spec.SSH.User; u != "" {
		w.learnUser(u)
		return
	}
	for _, o := range w.instances {
		if o.User != "" {
			w.learnUser(o.User)
			return
		}
	}
	w.asking = true // once per process and region is enough for a convenience
	w.call("login name", func(ctx context.Context) {
		_, _ = w.loginUser(ctx) // a failure is told where the name is needed
	})
}

func (w *worker) learnUser(u string) {
	w.user = u
	for _, o := range w.instances {
		if o.User == "" {
			o.User = u
			w.publish(o)
		}
	}
}

func sshPort(s Spec) int {
	if s.SSH.Port != 0 {
		return s.SSH.Port
	}
	return 22
}

func orElse(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

func orText(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// lineWriter gives whole clean lines to each and remembers the last that had text.
type lineWriter struct {
	mu   sync.Mutex
	rest []byte
	last string
	each func(line string)
}

var _ io.Writer = (*lineWriter)(nil)

// maxLine bounds a line without an end, so that a host can't fill our memory.
const maxLine = 4096

// Write implements io.Writer; it is safe for two streams at once.
func (l *lineWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	for {
		n := strings.IndexByte(string(l.rest), '\n')
		if n < 0 && len(l.rest) < maxLine {
			return len(b), nil
		}
		if n < 0 {
			n = maxLine - 1
		}
		l.emit(string(l.rest[:n]))
		l.rest = append(l.rest[:0], l.rest[min(n+1, len(l.rest)):]...)
	}
}

func (l *lineWriter) emit(s string) {
	s = strings.TrimRight(Clean(s), " ")
	if s == "" {
		return
	}
	l.last = s
	l.each(s)
}

func (l *lineWriter) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.emit(string(l.rest))
	l.rest = nil
}

func (l *lineWriter) lastLine() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}
