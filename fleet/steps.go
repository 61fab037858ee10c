package fleet

import (
	"context"
	"fmt"
	"time"
)

const (
	stepSSH = "ssh"
	// readyCheckPause is between two ready checks.
	readyCheckPause = 2 * time.Second
)

// pipeline lists the steps that the spec asks for. To add one, add an entry.
func (e *Engine) pipeline() []pipeStep {
	spec := e.spec.Provision
	limit := orElse(spec.Timeout, defaultStepTimeout)
	steps := []pipeStep{{
		name: stepSSH, key: stepKey(stepSSH), stage: StageRunning, limit: orElse(spec.SSHTimeout, defaultSSHTimeout), always: true,
		do: func(ctx context.Context, p *provisioner) error { return p.waitSSH(ctx) },
	}}
	if spec.CloudInit {
		steps = append(steps, pipeStep{name: "cloud-init", key: stepKey("cloud-init"), stage: StageReachable, limit: limit, always: true, do: func(ctx context.Context, p *provisioner) error { return p.waitCloudInit(ctx) }})
	}
	if len(spec.Packages) > 0 {
		steps = append(steps, pipeStep{
			name: "packages", key: stepKey("packages", spec.Packages), stage: StageSettingUp, limit: limit, heavy: true,
			do: func(ctx context.Context, p *provisioner) error {
				return p.job(ctx, "packages", packageScript(spec.Packages))
			},
		})
	}
	for _, f := range spec.Files {
		steps = append(steps, pipeStep{
			name: "upload " + f.Target, key: stepKey("file", f.Source, f.Target, f.Mode, f.Owner, f.Ignore, f.Template, f.Secret), stage: StageUploading, limit: limit, heavy: true,
			do: func(ctx context.Context, p *provisioner) error { return p.upload(ctx, f) },
		})
	}
	if spec.Setup != "" {
		steps = append(steps, pipeStep{
			name: "setup", key: stepKey("setup", spec.Setup), stage: StageSettingUp, limit: limit, heavy: true,
			do: func(ctx context.Context, p *provisioner) error { return p.job(ctx, "setup", spec.Setup) },
		})
	}
	if spec.ReadyCheck != "" {
		steps = append(steps, pipeStep{
			name: "ready check", key: stepKey("ready check", spec.ReadyCheck), stage: StageSettingUp, limit: limit, always: true,
			do: func(ctx context.Context, p *provisioner) error { return p.readyCheck(ctx, spec.ReadyCheck) },
		})
	}
	return steps
}

// waitSSH waits for the first login.
func (p *provisioner) waitSSH(ctx context.Context) error {
	return p.w.e.opts.Shell.Wait(ctx, p.t, func(last string) { p.line(0, last) })
}

// cloudInitScript waits for the end of the image's own first boot: what it does
// meanwhile (keys, packages, the fleet's end) is not to be raced. Status 2 means
// done with errors that it could mend (cloud-init 23.4 and later).
const cloudInitScript = `command -v cloud-init >/dev/null 2>&1 || { echo 'this image has no cloud-init'; exit 0; }
cloud-init status --wait; c=$?
[ $c = 0 ] || cloud-init status --long
exit $c`

func (p *provisioner) waitCloudInit(ctx context.Context) error {
	err := p.command(ctx, "cloud-init", "sh -c "+Quote(cloudInitScript))
	const mended = 2
	if e, ok := err.(*stepError); ok && e.err == nil { //nolint:errorlint // command gives it bare
		if e.exit == mended {
			p.w.say(LevelWarn, p.in.ID, "cloud-init ended with errors that it could mend: %s", orText(e.line, "`cloud-init status --long` shows them"))
			return nil
		}
		e.line = orText(e.line, "failed") + "; see /var/log/cloud-init-output.log on it"
	}
	return err
}

// packageScript installs packages with whatever manager the host has.
func packageScript(names []string) string {
	return `#!/bin/sh
set -e
as=
[ "$(id -u)" = 0 ] || as='sudo -n'
set -- ` + QuoteAll(names) + `
if command -v apt-get >/dev/null 2>&1; then
  # A machine that was just born runs its own updates: wait for their lock.
  $as apt-get -q -o DPkg::Lock::Timeout=300 update
  $as env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install "$@"
elif command -v dnf >/dev/null 2>&1; then $as dnf -y install "$@"
elif command -v yum >/dev/null 2>&1; then $as yum -y install "$@"
elif command -v zypper >/dev/null 2>&1; then $as zypper --non-interactive install "$@"
elif command -v apk >/dev/null 2>&1; then $as apk add "$@"
else
  echo 'none of apt-get, dnf, yum, zypper and apk is there' >&2
  exit 1
fi
`
}

// upload copies one entry of the files.
func (p *provisioner) upload(ctx context.Context, f FileSpec) error {
	if f.Secret {
		if err := p.awaitVerified(ctx); err != nil {
			return err
		}
	}
	b, done, err := p.w.e.bundle(f, p.in.ID)
	if err != nil {
		return &stepError{name: "upload of " + f.Target, err: err}
	}
	defer done()
	n := p.current()
	r, err := p.w.e.opts.Shell.Upload(ctx, p.t, Upload{
		Bundle: b, Target: f.Target, Mode: f.Mode, Owner: f.Owner, Secret: f.Secret,
		Progress: func(done, total int64) { p.moved(n, done, total) },
	})
	if err != nil {
		return &stepError{name: "upload of " + f.Target, err: err}
	}
	p.line(n, uploaded(r))
	p.keep.note("%s: %s", f.Target, uploaded(r))
	if r.Same {
		p.w.say(LevelInfo, p.in.ID, "%s is there already, %s, verified", f.Target, plural(r.Files, "file"))
		return errUnchanged
	}
	p.w.say(LevelInfo, p.in.ID, "uploaded %s: %s, %d bytes, verified", f.Target, plural(r.Files, "file"), r.Bytes)
	return nil
}

func (p *provisioner) current() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// moved shows how far a copy is.
func (p *provisioner) moved(n int, done, total int64) {
	p.mu.Lock()
	p.track[n].Moved, p.track[n].Size = done, total
	p.mu.Unlock()
	p.tell(false)
}

// command runs one line, shows its output as it comes, and makes a failure tell
// its exit code and the line that looks like the reason.
func (p *provisioner) command(ctx context.Context, name, line string) error {
	out := p.listen(name)
	st, err := p.w.e.opts.Shell.Run(ctx, p.t, Command{Line: line, Stdout: out, Stderr: out})
	out.flush()
	switch {
	case err != nil:
		return &stepError{name: name, err: err}
	case !st.OK():
		return &stepError{name: name, exit: st.Code, line: out.culprit()}
	}
	return nil
}

// listen takes the output of a step: into the row, the log and what is kept.
func (p *provisioner) listen(name string) *lineWriter {
	n := p.current()
	return &lineWriter{each: func(l string) {
		p.line(n, l)
		p.w.say(LevelInfo, p.in.ID, "%s: %s", name, l)
		p.keep.line(l)
	}}
}

// readyCheck repeats the check until it passes or its time is over.
func (p *provisioner) readyCheck(ctx context.Context, line string) error {
	for {
		err := p.command(ctx, "ready check", line)
		if err == nil || ctx.Err() != nil || lostOnTheWay(err) {
			return err
		}
		if !sleep(ctx, readyCheckPause) {
			return fmt.Errorf("the last try: %w", err)
		}
	}
}
