package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// wire is a network connection that remembers whether anything came and
// whether the other side broke it.
type wire struct {
	net.Conn
	got    atomic.Int64 // bytes read
	closed atomic.Bool  // by us
	broken atomic.Bool  // a read or write failed before that
	// over says that nothing comes any more. From then on nothing is written either:
	// x/crypto's mux drops the channels that are open when its reading ends, and one
	// that is asked for a moment later would wait for its answer for ever if its
	// request could still be sent.
	over atomic.Bool
}

// promptBelow is the size of a read whose bytes are acknowledged at once. In the
// login, and where a session starts or ends, sshd sends small packets in a row,
// and holds each until the one before is acknowledged (Nagle), which the kernel
// here delays by 40 ms. Where much comes at a time, nothing is held.
const promptBelow = 1 << 10

func (w *wire) Close() error {
	w.closed.Store(true)
	return w.Conn.Close()
}

func (w *wire) note(err error) {
	if err != nil && !w.closed.Load() {
		w.broken.Store(true)
	}
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n < promptBelow {
		prompt(w.Conn)
	}
	w.got.Add(int64(n))
	w.note(err)
	if err != nil {
		w.over.Store(true)
	}
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	if w.over.Load() {
		return 0, net.ErrClosed
	}
	n, err := w.Conn.Write(p)
	w.note(err)
	return n, err
}

// peer is an SSH server to log in to.
type peer struct {
	addr  string // host:port
	user  string
	alias string   // its name in known_hosts; empty: its key is not checked
	keys  []string // files of keys to try before ours
}

// instance is the peer that a target is.
func instance(t fleet.Target) peer {
	return peer{addr: net.JoinHostPort(t.Host, strconv.Itoa(t.Port)), user: t.User, alias: string(t.Instance)}
}

func (p peer) port() int {
	_, port, _ := net.SplitHostPort(p.addr)
	n, _ := strconv.Atoi(port)
	return n
}

// attempt is what one handshake came across; x/crypto's errors don't say it.
type attempt struct {
	mu      sync.Mutex
	hostErr error    // why the host's key was not accepted
	offered bool     // our key was asked for
	keyErr  error    // why there was none to offer
	keys    []string // what was offered: type and fingerprint
	look    bool     // the host's key is looked at, and not pinned
	hostKey xssh.PublicKey
	banner  string // what the host said before the login
}

func (a *attempt) banners(text string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	const most = 1000 // enough for a reason; a welcome text may be long
	if len(a.banner) < most {
		a.banner += text[:min(len(text), most)]
	}
	return nil
}

func (a *attempt) words() string {
	return strings.Join(strings.Fields(fleet.Clean(a.banner)), " ")
}

// handshake logs in over nc and takes nc over: it is closed on failure, also
// when ctx ends.
func (c *Client) handshake(ctx context.Context, nc net.Conn, p peer) (*conn, error) {
	return c.shake(ctx, &wire{Conn: nc}, p, &attempt{})
}

// shake is handshake, and leaves in a what it came across.
func (c *Client) shake(ctx context.Context, w *wire, p peer, a *attempt) (*conn, error) {
	config := &xssh.ClientConfig{
		User:           p.user,
		ClientVersion:  "SSH-2.0-spot-tui",
		BannerCallback: a.banners,
		Auth: []xssh.AuthMethod{xssh.PublicKeysCallback(func() ([]xssh.Signer, error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.offered = true
			var signers []xssh.Signer
			signers, a.keyErr = c.signers(p)
			for _, s := range signers {
				a.keys = append(a.keys, s.PublicKey().Type()+" "+xssh.FingerprintSHA256(s.PublicKey()))
			}
			return signers, a.keyErr
		})},
		HostKeyCallback: func(_ string, _ net.Addr, key xssh.PublicKey) error {
			if p.alias == "" {
				return nil
			}
			judge := c.hosts.check
			if a.look {
				judge = c.hosts.look
			}
			err := judge(ctx, p.alias, key)
			a.mu.Lock()
			defer a.mu.Unlock()
			a.hostErr, a.hostKey = err, key
			return err
		},
	}
	if p.alias != "" {
		config.HostKeyAlgorithms = c.hosts.algorithms(p.alias)
	}
	stop := context.AfterFunc(ctx, func() { w.Close() })
	sc, channels, requests, err := xssh.NewClientConn(w, p.addr, config)
	if !stop() && err == nil {
		sc.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		w.Close()
		return nil, c.refusal(ctx, p, w, a, err)
	}
	return c.adopt(xssh.NewClient(sc, channels, requests), w)
}

// refusal says why a handshake failed.
func (c *Client) refusal(ctx context.Context, p peer, w *wire, a *attempt, err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var changed *changedKeyError
	var silent *agentError
	switch {
	case errors.As(a.hostErr, &changed):
		return changed
	case a.hostErr != nil && ctx.Err() == nil:
		return &reachError{kind: fleet.KindInternal, words: a.hostErr.Error(), final: true, err: a.hostErr}
	case ctx.Err() != nil && c.ctx.Err() == nil && late(ctx.Err()):
		words := fmt.Sprintf("port %d is open, but sshd did not answer in time (still booting or overloaded)", p.port())
		if a.offered {
			words = "sshd did not finish the login in time (still booting or overloaded)"
		}
		return &reachError{kind: fleet.KindTimeout, words: words, err: err}
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case a.keyErr != nil:
		return c.keyless(a.keyErr)
	case errors.As(err, &silent):
		return &reachError{kind: fleet.KindDenied, words: fleet.Clean(silent.Error()), hint: "see what it holds with: ssh-add -l", err: err}
	case a.offered && a.banner != "" && w.broken.Load():
		// pam_nologin answers so while the system boots.
		return &reachError{kind: fleet.KindDenied, words: "the host ended the login: " + a.words(), err: err}
	case a.offered && !w.broken.Load():
		return &reachError{
			kind: fleet.KindDenied, words: "key refused for user " + p.user, err: err,
			hint: "check that the instance was launched with this key and that the user is the image's login",
		}
	case w.got.Load() == 0:
		return &reachError{kind: fleet.KindNetwork, words: fmt.Sprintf("port %d was closed before sshd said anything (still starting)", p.port()), err: err}
	case w.broken.Load() || errors.Is(err, io.EOF):
		return &reachError{kind: fleet.KindNetwork, words: "the host closed the connection during the login", err: err}
	}
	return &reachError{kind: fleet.KindUnknown, words: "the login failed: " + fleet.Clean(err.Error()), err: err}
}

// dial connects and logs in to a peer.
func (c *Client) dial(ctx context.Context, p peer, way route) (*conn, error) {
	nc, err := c.open(ctx, p.addr, way)
	if err == nil {
		return c.handshake(ctx, nc, p)
	}
	var known *reachError
	var changed *changedKeyError
	switch {
	case c.ctx.Err() != nil:
		return nil, errClosed
	case errors.As(err, &known), errors.As(err, &changed):
		return nil, err
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, context.Cause(ctx)
	}
	r := unreachable(err, p.port())
	if len(way.unrun) > 0 {
		r.hint = way.unrun[0]
	}
	return nil, r
}
