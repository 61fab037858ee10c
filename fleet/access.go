package fleet

import "context"

// instance gives the newest fact of an instance.
func (e *Engine) instance(id InstanceID) (Instance, bool) {
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	n, ok := e.feed.at[id]
	if !ok {
		return Instance{}, false
	}
	return *e.feed.instances[n], true
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
	host := in.Host()
	if host == "" {
		return fail(KindInvalid, "it has no address", "check that its subnet gives public addresses")
	}
	if err := e.trustInjected(in); err != nil {
		return Target{}, err
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
	if !ok || in.Stage == StageGone || in.Host() == "" {
		return "", &Error{Op: "compose the ssh line of", Resource: string(id), Kind: KindGone, Err: errText("it has no address"), Hint: "wait until it runs"}
	}
	user := orText(in.User, e.spec.SSH.User)
	if user == "" {
		return "", &Error{Op: "compose the ssh line of", Resource: string(id), Kind: KindConflict, Err: errText("the image's login name is not known yet"), Hint: "try again in a moment, or set ssh.user in the config"}
	}
	return e.opts.Shell.LoginLine(Target{Instance: id, Host: in.Host(), Port: sshPort(e.spec), User: user}), nil
}

// ConfigText implements Access.
func (e *Engine) ConfigText(ids []InstanceID) string {
	var ts []Target
	for _, id := range ids {
		in, ok := e.instance(id)
		user := orText(in.User, e.spec.SSH.User)
		if host := in.Host(); ok && !in.Stage.Leaving() && host != "" && user != "" {
			ts = append(ts, Target{Instance: id, Host: host, Port: sshPort(e.spec), User: user})
		}
	}
	return e.opts.Shell.ConfigText(ts)
}
