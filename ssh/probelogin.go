package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// login checks the host's key and logs in; it adds the check of the key itself.
func (p *probe) login(ctx context.Context) fleet.Check {
	const what = "login"
	a := &attempt{look: true}
	cn, err := p.c.shake(ctx, &wire{Conn: p.wire}, instance(p.t), a)
	if a.hostKey != nil {
		check := p.hostKey(a)
		if check.State == fleet.CheckFail {
			return check
		}
		p.checks = append(p.checks, check)
	}
	tried := strings.Join(a.keys, ", ")
	if err == nil {
		p.conn = cn
		p.ends = append(p.ends, func() { cn.shut(errEnded) })
		return found(what, "%s may log in with %s", p.t.User, tried)
	}
	e := &fleet.Error{}
	if !errors.As(fail("", p.t, err), &e) {
		return failed(what, fleet.Clean(err.Error()), "")
	}
	detail := e.Err.Error()
	if tried != "" {
		detail += " (tried " + tried + ")"
	}
	return failed(what, detail, orElse(e.Hint, "try again in a moment; its console says whether the boot is over"))
}

// hostKey says how the key that the host showed is known.
func (p *probe) hostKey(a *attempt) fleet.Check {
	const what = "host key"
	var changed *changedKeyError
	print := xssh.FingerprintSHA256(a.hostKey)
	switch {
	case errors.As(a.hostErr, &changed):
		e := changedKey("", p.t, changed)
		return failed(what, e.Err.Error(), e.Hint)
	case a.hostErr != nil:
		return failed(what, a.hostErr.Error(), "check the file "+p.c.opts.KnownHostsFile)
	case p.c.Verified(p.t.Instance):
		return found(what, "%s, which was verified", print)
	case p.c.hosts.pinned(string(p.t.Instance)):
		return found(what, "%s, as pinned", print)
	}
	return found(what, "%s, which is new: it will be pinned at the first login", print)
}

// session runs a command, since a login alone may be all that is allowed.
func (p *probe) session(ctx context.Context) fleet.Check {
	const what = "session"
	const hint = "look at ForceCommand and command= in its sshd_config and authorized_keys, and at the login shell's start files"
	s, give, err := p.conn.session(ctx, p.c)
	if err != nil {
		return failed(what, "the host opens no session: "+fleet.Clean(err.Error()), "look at its sshd_config (MaxSessions) and its log")
	}
	var out beginning
	st, err := (&running{Session: s, c: p.c, conn: p.conn, give: give}).run(ctx, fleet.Command{Line: "true", Stdout: &out, Stderr: &out})
	said := strings.Join(strings.Fields(fleet.Clean(out.String())), " ")
	switch {
	case err != nil && late(err):
		return failed(what, "`true` did not end in time; it said: "+orElse(said, "nothing"), hint)
	case err != nil:
		return failed(what, fleet.Clean(err.Error()), hint)
	case !st.OK():
		return failed(what, fmt.Sprintf("`true` ended with %d, so something else runs in its place; it said: %s", st.Code, orElse(said, "nothing")), loginHint(said, hint))
	case said != "":
		return fleet.Check{What: what, State: fleet.CheckWarn, Detail: "commands work, but `true` prints: " + said, Hint: hint}
	}
	return found(what, "commands work")
}

// loginHint reads EC2's usual answer to a login as root.
func loginHint(said, instead string) string {
	_, rest, ok := strings.Cut(said, `Please login as the user "`)
	name, _, closed := strings.Cut(rest, `"`)
	if ok && closed && plainWord(name) {
		return "set ssh.user = \"" + name + "\" in the config, or leave it out"
	}
	return instead
}

// beginning keeps the first bytes of what is written to it.
type beginning struct{ bytes.Buffer }

func (b *beginning) Write(p []byte) (int, error) {
	const most = 1000
	b.Buffer.Write(p[:min(len(p), max(0, most-b.Len()))])
	return len(p), nil
}
