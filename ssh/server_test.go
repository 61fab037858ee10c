package ssh

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
	"spot-tui/sim/memnet"
)

// server is an SSH server whose commands are Go functions.
type server struct {
	host   xssh.Signer
	login  xssh.PublicKey // nil: nobody may log in
	banner string
	run    func(s *served) (status uint32)

	dials, sessions, most atomic.Int64 // connections, open sessions and their peak
	limit                 int64        // sessions beyond it are declined; 0: none
	refuse                atomic.Int64 // so many dials are refused first
	forward               DialFunc     // where forwarded connections lead; nil: they are refused

	mu    sync.Mutex
	conns []net.Conn
	ran   []string
}

// served is one command that runs on a server.
type served struct {
	xssh.Channel
	srv     *server
	line    string
	pty     string
	signals chan string   // what the client sent
	gone    chan struct{} // closed when the client closed the session
	conn    net.Conn
	resized chan [2]uint32
}

func signer(seed byte) xssh.Signer {
	return must(xssh.NewSignerFromKey(ed25519.NewKeyFromSeed(append(make([]byte, 31), seed))))
}

func newServer(login xssh.Signer, run func(*served) uint32) *server {
	s := &server{host: signer(1), run: run}
	if login != nil {
		s.login = login.PublicKey()
	}
	return s
}

// dial is Options.Dial to this server alone.
func (v *server) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if v.refuse.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	v.dials.Add(1)
	near, far := memnet.Pipe(nil, nil)
	v.mu.Lock()
	v.conns = append(v.conns, far)
	v.mu.Unlock()
	go v.serve(far)
	return near, nil
}

// cut breaks every connection.
func (v *server) cut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.conns {
		c.Close()
	}
	v.conns = nil
}

func (v *server) serve(nc net.Conn) {
	defer nc.Close()
	config := &xssh.ServerConfig{
		PublicKeyCallback: func(_ xssh.ConnMetadata, key xssh.PublicKey) (*xssh.Permissions, error) {
			if v.login == nil || string(key.Marshal()) != string(v.login.Marshal()) {
				return nil, errors.New("no")
			}
			return nil, nil
		},
	}
	if v.banner != "" {
		config.BannerCallback = func(xssh.ConnMetadata) string { return v.banner }
	}
	config.AddHostKey(v.host)
	conn, channels, requests, err := xssh.NewServerConn(nc, config)
	if err != nil {
		return
	}
	go func() {
		for r := range requests {
			_ = r.Reply(false, nil)
		}
	}()
	for nch := range channels {
		if nch.ChannelType() == "direct-tcpip" {
			relay(nch, v.forward)
			continue
		}
		if v.limit > 0 && v.sessions.Load() >= v.limit {
			_ = nch.Reject(xssh.ConnectionFailed, "open failed")
			continue
		}
		ch, reqs, err := nch.Accept()
		if err != nil {
			break
		}
		n := v.sessions.Add(1)
		for m := v.most.Load(); n > m && !v.most.CompareAndSwap(m, n); m = v.most.Load() {
		}
		go v.session(&served{Channel: ch, srv: v, signals: make(chan string, 8), gone: make(chan struct{}), conn: nc, resized: make(chan [2]uint32, 8)}, reqs)
	}
	_ = conn.Wait()
}

func (v *server) session(s *served, reqs <-chan *xssh.Request) {
	defer close(s.gone)
	for r := range reqs {
		switch r.Type {
		case "signal":
			s.signals <- string(r.Payload[4:])
		case "pty-req":
			var p struct {
				Term       string
				W, H, X, Y uint32
				Modes      string
			}
			_ = xssh.Unmarshal(r.Payload, &p)
			s.pty = p.Term
			s.resized <- [2]uint32{p.W, p.H}
		case "window-change":
			var p struct{ W, H, X, Y uint32 }
			_ = xssh.Unmarshal(r.Payload, &p)
			s.resized <- [2]uint32{p.W, p.H}
		case "exec", "shell":
			if r.Type == "exec" {
				s.line = string(r.Payload[4:])
			}
			v.mu.Lock()
			v.ran = append(v.ran, s.line)
			v.mu.Unlock()
			if s.line == "refused" {
				_ = r.Reply(false, nil)
				continue
			}
			_ = r.Reply(true, nil)
			go func() {
				status := v.run(s)
				v.sessions.Add(-1)
				switch {
				case status == killed:
					_, _ = s.SendRequest("exit-signal", false, xssh.Marshal(struct {
						Signal string
						Core   bool
						Text   string
						Lang   string
					}{Signal: "KILL"}))
				case status != silent:
					_, _ = s.SendRequest("exit-status", false, xssh.Marshal(struct{ S uint32 }{status}))
				}
				s.Close()
			}()
			continue
		}
		if r.WantReply {
			_ = r.Reply(true, nil)
		}
	}
}

// Special results of a command.
const (
	killed = 1 << 20 // by signal KILL
	silent = 1 << 21 // the session ends without a status
)

// loginKey is what test clients log in with, and its PEM form.
func loginKey(t *testing.T) (xssh.Signer, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	must(GenerateKey(path))
	return must(readIdentity(path)).own, path
}

// target is the instance that every test server is.
var target = fleet.Target{Instance: "i-0123", Host: "192.0.2.1", Port: 22, User: "ubuntu"}

// dialed makes a client of v, with o's other settings.
func dialed(t *testing.T, v *server, o Options) *Client {
	t.Helper()
	s, path := loginKey(t)
	if v.login == nil {
		v.login = s.PublicKey()
	}
	if o.PrivateKeyFile == "" {
		o.PrivateKeyFile = path
	}
	if o.KnownHostsFile == "" {
		o.KnownHostsFile = filepath.Join(t.TempDir(), "known_hosts")
	}
	if o.Dial == nil {
		o.Dial = v.dial
	}
	return must(New(o))
}

// echoLine is a command that prints its own line.
func echoLine(s *served) uint32 {
	_, _ = io.WriteString(s, s.line)
	return 0
}
