package host

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	xssh "golang.org/x/crypto/ssh"
)

// session is one channel of type "session".
type session struct {
	h     *Host
	ch    xssh.Channel
	login string
	from  net.Addr
	// hangUp breaks the connection that the session belongs to.
	hangUp func()

	vars []string // from env requests
	pty  *pty     // after pty-req

	mu     sync.Mutex
	signal string // the last signal that the client sent
}

// maxVars bounds what a client may put into the environment.
const maxVars = 100

// serve answers the channel's requests until it closes, which cancels what runs.
func (s *session) serve(ctx context.Context, requests <-chan *xssh.Request) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	started := false
	var begin func()
	start := func(run func(context.Context) int) bool {
		if started {
			return false // one program per session (RFC 4254 §6.5)
		}
		started = true
		begin = func() { running.Go(func() { s.finish(run(ctx)) }) }
		return true
	}
	for r := range requests {
		ok := false
		switch r.Type {
		case "exec":
			var line struct{ Line string }
			if xssh.Unmarshal(r.Payload, &line) == nil {
				ok = start(func(ctx context.Context) int { return s.exec(ctx, line.Line) })
			}
		case "shell":
			ok = start(s.shell)
		case "subsystem":
			var sub struct{ Name string }
			if xssh.Unmarshal(r.Payload, &sub) == nil && sub.Name == "sftp" && s.login != "root" {
				ok = start(s.sftp)
			}
		case "env":
			ok = !started && s.setVar(r.Payload)
		case "pty-req":
			if !started && s.pty == nil {
				s.pty, ok = newPTY(s.ch, r.Payload)
			}
		case "window-change":
			ok = s.pty != nil && s.pty.resize(r.Payload)
		case "signal":
			ok = s.gotSignal(r.Payload, cancel)
		}
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
		if begin != nil { // after the reply: a quick program would close the channel before it
			begin()
			begin = nil
		}
	}
}

func (s *session) setVar(payload []byte) bool {
	var v struct{ Name, Value string }
	if xssh.Unmarshal(payload, &v) != nil || len(s.vars) >= maxVars {
		return false
	}
	// What sshd's AcceptEnv lets in on cloud images.
	if v.Name != "LANG" && !strings.HasPrefix(v.Name, "LC_") {
		return false
	}
	s.vars = append(s.vars, v.Name+"="+v.Value)
	return true
}

// gotSignal ends what runs, for signals that end a program which handles none.
func (s *session) gotSignal(payload []byte, cancel func()) bool {
	var sig struct{ Name string }
	if xssh.Unmarshal(payload, &sig) != nil {
		return false
	}
	switch sig.Name {
	case "ABRT", "HUP", "INT", "KILL", "PIPE", "QUIT", "TERM", "USR1", "USR2", "ALRM":
		s.mu.Lock()
		s.signal = sig.Name
		s.mu.Unlock()
		cancel()
		return true
	}
	return false
}

// finish tells how the program ended and closes the channel. It sends no end of
// file before: a background job may still be writing.
func (s *session) finish(status int) {
	s.mu.Lock()
	signal := s.signal
	s.mu.Unlock()
	if signal != "" {
		_, _ = s.ch.SendRequest("exit-signal", false, xssh.Marshal(struct {
			Signal string
			Core   bool
			Text   string
			Lang   string
		}{Signal: signal}))
	} else {
		_, _ = s.ch.SendRequest("exit-status", false, xssh.Marshal(struct{ Status uint32 }{uint32(status) & 0xff}))
	}
	s.ch.Close()
}

// refuseRoot says what cloud images say to root, whose key they accept.
func (s *session) refuseRoot(w io.Writer) int {
	fmt.Fprintf(w, "Please login as the user %q rather than the user \"root\".\n", s.h.opts.User)
	return 142
}

func (s *session) exec(ctx context.Context, line string) int {
	std := stdio{in: newInput(s.doomed(ctx, line)), out: s.ch, err: s.ch.Stderr()}
	if s.pty != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		std = s.pty.stdio()
		s.pty.onInterrupt(cancel)
		defer s.pty.onInterrupt(nil)
		s.pty.pump()
	}
	if s.login == "root" {
		return s.refuseRoot(std.out)
	}
	if e := s.h.opts.Exec; e != nil {
		if status, handled := e(ctx, line, std.in, std.out, std.err); handled {
			return status
		}
	}
	return s.h.newShell(s.environment(), userUID, std).runLine(ctx, line)
}

// environment is what a login has.
func (s *session) environment() []string {
	env := append(s.h.environment(userUID), s.vars...)
	from, port := "127.0.0.1", "0"
	if s.from != nil {
		if h, p, err := net.SplitHostPort(s.from.String()); err == nil {
			from, port = h, p
		}
	}
	env = append(env, "SSH_CLIENT="+from+" "+port+" 22", "SSH_CONNECTION="+from+" "+port+" "+s.h.opts.PrivateIP+" 22")
	if s.pty != nil {
		env = append(env, "TERM="+s.pty.term, "SSH_TTY=/dev/pts/0")
	}
	return env
}
