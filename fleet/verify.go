package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How long and how often the console is asked for a host's keys. It appears 1 to
// 6 minutes after the start (aws-facts §8).
const (
	consolePatience = 15 * time.Minute
	firstConsole    = 10 * time.Second
	longestConsole  = time.Minute
)

// errHostKey ends the provisioning of a host that is not who it should be.
var errHostKey = errors.New("the host key is not the instance's")

// trustInjected tells the shell the key that an instance was launched with.
func (e *Engine) trustInjected(in Instance) error {
	if in.HostKey == "" || e.opts.Shell.Verified(in.ID) {
		return nil
	}
	return e.opts.Shell.Trust(in.ID, []string{in.HostKey})
}

// verify compares a host's key to what its console says, as soon as that is
// there. The worker calls it for a running instance.
func (w *worker) verify(o *owned) {
	if o.checking || o.Verified || w.e.opts.ReadOnly || w.e.spec.SSH.HostKeys != HostKeysConsole || o.HostKey != "" {
		return
	}
	o.checking = true
	id := o.ID
	w.e.group.run("verify "+string(id), func() {
		err := w.proven(w.e.ctx, id)
		if w.e.ctx.Err() != nil {
			return
		}
		w.post(func() { w.verified(id, err) })
	})
}

// proven asks for the console until it shows the keys, and has them trusted.
func (w *worker) proven(ctx context.Context, id InstanceID) error {
	if w.e.opts.Shell.Verified(id) {
		return nil
	}
	until := time.Now().Add(consolePatience)
	var last error
	for next := firstConsole; ; next = min(2*next, longestConsole) {
		c, err := w.cloud.Console(ctx, id)
		switch {
		case err == nil && len(c.HostKeys) > 0:
			return w.e.opts.Shell.Trust(id, c.HostKeys)
		case KindOf(err) == KindDenied:
			return err
		case err != nil:
			last = err
		default:
			last = errText("it does not show cloud-init's report of the host keys")
		}
		if time.Now().Add(next).After(until) {
			return fmt.Errorf("the console was asked for %s: %w", consolePatience, last)
		}
		if !sleep(ctx, next) {
			return ctx.Err()
		}
	}
}

// verified takes in what came of it. A key that can't be proven stays pinned and
// is said so; one that is proven to be another's ends the instance's readiness.
func (w *worker) verified(id InstanceID, err error) {
	o, ok := w.instances[id]
	if !ok || o.Stage.Leaving() {
		return
	}
	switch {
	case err == nil:
		o.edit().Verified = true
		w.say(LevelOK, id, "its host key is the one on its console")
		w.publish(o)
	case KindOf(err) == KindConflict:
		why := fmt.Errorf("%w: %w", errHostKey, err)
		if o.going && o.fail != nil {
			o.fail(why)
			return
		}
		w.failed(o, why)
	default:
		w.say(LevelWarn, id, "its host key could not be proven, it stays as pinned: %s", err)
	}
}

// awaitVerified waits until the host's key is proven: a secret goes to nobody else.
func (p *provisioner) awaitVerified(ctx context.Context) error {
	for n := p.current(); !p.w.e.opts.Shell.Verified(p.in.ID); {
		p.line(n, "waits until the console proves the host key: the file is secret")
		if !sleep(ctx, time.Second) {
			return &stepError{name: "secret file", err: errText("the host key was not proven in time, so it was not sent")}
		}
	}
	return nil
}
