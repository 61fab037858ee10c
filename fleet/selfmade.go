package fleet

import (
	"context"
	"errors"
	"fmt"
)

// selfMade is the pipeline of an instance that AWS launched: it sets itself up at
// its first boot (firstboot.go), so this only looks how that goes. Doing it again,
// by a person's wish, is the ordinary pipeline.
func (e *Engine) selfMade() []pipeStep {
	var steps []pipeStep
	for _, s := range e.pipeline() {
		switch name := s.name; name {
		case stepSSH:
			steps = append(steps, s, e.bootStep()) // also where the config does not ask for it
			continue
		case "packages", "setup":
			s.heavy, s.always = false, true // it costs nothing but a look
			s.do = func(ctx context.Context, p *provisioner) error { return p.readOn(ctx, name) }
		case "ready check":
		default: // uploads, of which a fleet that AWS keeps has none
			continue
		}
		steps = append(steps, s)
	}
	return steps
}

// bootStep waits for the end of the first boot.
func (e *Engine) bootStep() pipeStep {
	return pipeStep{
		name: "cloud-init", key: stepKey("cloud-init"), stage: StageReachable, limit: orElse(e.spec.Provision.Timeout, defaultStepTimeout), always: true,
		do: func(ctx context.Context, p *provisioner) error { return p.waitFirstBoot(ctx) },
	}
}

// failedJob ends with bootJobFailed where a job of the first boot has failed.
const (
	failedJob     = `for f in "$HOME"/.spot-tui/jobs/*/exit; do [ ! -e "$f" ] || [ "$(cat "$f")" = 0 ] || exit 7; done`
	bootJobFailed = 7
)

// waitFirstBoot waits for cloud-init's end. Where it failed for one of our jobs,
// that job's own step tells why.
func (p *provisioner) waitFirstBoot(ctx context.Context) error {
	err := p.waitCloudInit(ctx)
	var failed *stepError
	if !errors.As(err, &failed) || failed.err != nil {
		return err
	}
	st, asked := p.w.e.opts.Shell.Run(ctx, p.t, Command{Line: "sh -c " + Quote(failedJob)})
	if asked == nil && st.Code == bootJobFailed {
		return nil
	}
	return err
}

// readOn shows what a job of the first boot wrote, waits for its end and tells its
// status. It starts nothing.
func (p *provisioner) readOn(ctx context.Context, name string) error {
	out := p.listen(name)
	st, said, err := p.readJob(ctx, name, out)
	out.flush()
	switch {
	case err != nil:
		return &stepError{name: name, err: err}
	case said == "gone":
		return &stepError{name: name, line: out.culprit(), err: fmt.Errorf("nobody knows how it ended at the first boot: its process is gone; its last line: %s", orText(out.lastLine(), "none"))}
	case said != "":
		return &stepError{name: name, exit: st.Code, line: "the first boot has not run it (" + Clean(said) + "); see /var/log/cloud-init-output.log on it"}
	case !st.OK():
		return &stepError{name: name, exit: st.Code, line: out.culprit()}
	}
	return nil
}
