package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"spot-tui/fleet"
)

// shouter is a program that answers all it was sent in capitals, once the other
// side has said all.
func shouter(t *testing.T) (addr string) {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				b, _ := io.ReadAll(c)
				_, _ = c.Write(bytes.ToUpper(b))
			})
		}
	})
	return l.Addr().String()
}

// dialTCP is a forward for a test server, to loopback only.
func dialTCP(ctx context.Context, _, addr string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
}

// forwarded runs a forwarding and gives where it listens, its notices, and what
// ends it and gives its error.
func forwarded(t *testing.T, c *Client, to fleet.Target, remote string) (addr string, notices <-chan string, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	listening, told, ended := make(chan string, 1), make(chan string, 100), make(chan error, 1)
	go func() {
		ended <- c.Forward(ctx, to, fleet.Forward{
			Local: "127.0.0.1:0", Remote: remote,
			Listening: func(a string) { listening <- a },
			Notice:    func(s string) { told <- s },
		})
	}()
	select {
	case addr = <-listening:
	case err := <-ended:
		t.Fatal(err)
	}
	return addr, told, func() error {
		cancel()
		return <-ended
	}
}

// shout sends a text through and gives what comes back.
func shout(addr, text string) (string, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, text); err != nil {
		return "", err
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		return "", err
	}
	b, err := io.ReadAll(c)
	return string(b), err
}

func TestForwardCarriesManyConnections(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	v.forward = dialTCP
	defer v.cut()
	c := dialed(t, v, Options{})
	defer c.Close()
	addr, notices, end := forwarded(t, c, target, shouter(t))
	big := strings.Repeat("a longer text ", 100_000)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, err := shout(addr, big); err != nil || got != strings.ToUpper(big) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	all.Wait()
	if v.dials.Load() != 1 || len(notices) != 0 {
		t.Errorf("%d connections, %d notices", v.dials.Load(), len(notices))
	}
	open := must(net.Dial("tcp", addr))
	defer open.Close()
	if err := end(); err != nil {
		t.Error(err)
	}
	if _, err := open.Read(make([]byte, 1)); err == nil {
		t.Error("a connection lives on after the end")
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("it still listens after the end")
	}
}

func TestForwardReconnects(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	v.forward = dialTCP
	defer v.cut()
	c := dialed(t, v, Options{})
	defer c.Close()
	addr, notices, end := forwarded(t, c, target, shouter(t))
	for range 2 {
		v.refuse.Store(1)
		v.cut()
		for _, want := range []string{"broke", "not reached yet: port 22 is closed", "there again"} {
			if got := <-notices; !strings.Contains(got, want) {
				t.Fatalf("%q, want %q", got, want)
			}
		}
		if got, err := shout(addr, "again"); err != nil || got != "AGAIN" {
			t.Errorf("%q %v", got, err)
		}
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestForwardOfARefusedPort(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	defer v.cut()
	to := shouter(t)
	var mu sync.Mutex
	open := false
	v.forward = func(ctx context.Context, n, a string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if !open {
			return nil, errors.New("Connection refused\x1b[31m")
		}
		return dialTCP(ctx, n, a)
	}
	c := dialed(t, v, Options{})
	defer c.Close()
	addr, notices, end := forwarded(t, c, target, to)
	set := func(b bool) { mu.Lock(); open = b; mu.Unlock() }
	for range 3 {
		if got, err := shout(addr, "x"); got != "" {
			t.Errorf("%q %v", got, err)
		}
	}
	set(true)
	if got, err := shout(addr, "x"); err != nil || got != "X" {
		t.Errorf("%q %v", got, err)
	}
	set(false)
	_, _ = shout(addr, "x") // it is cut, and said once more
	if err := end(); err != nil || len(notices) != 2 || v.dials.Load() != 1 {
		t.Errorf("%v, %d notices, %d connections", err, len(notices), v.dials.Load())
	}
	if got := <-notices; got != "the host does not connect to "+to+": Connection refused" {
		t.Errorf("%q", got)
	}
}

func TestForwardsThatCannotBegin(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	defer v.cut()
	c := dialed(t, v, Options{})
	defer c.Close()
	taken := must(net.Listen("tcp", "127.0.0.1:0"))
	defer taken.Close()
	for _, tc := range []struct {
		local, remote string
		kind          fleet.Kind
	}{
		{taken.Addr().String(), "localhost:80", fleet.KindConflict},
		{"192.0.2.1:0", "localhost:80", fleet.KindInvalid},
		{"80", "localhost:80", fleet.KindInvalid},
		{"127.0.0.1:0", "80", fleet.KindInvalid},
		{"127.0.0.1:0", "localhost:0", fleet.KindInvalid},
	} {
		err := c.Forward(t.Context(), target, fleet.Forward{Local: tc.local, Remote: tc.remote, Listening: func(string) { t.Error("it listens") }})
		var e *fleet.Error
		if fleet.KindOf(err) != tc.kind || !errors.As(err, &e) || e.Hint == "" {
			t.Errorf("%s to %s: %v", tc.local, tc.remote, err)
		}
	}
	v.refuse.Store(1 << 20)
	if err := c.Forward(t.Context(), target, fleet.Forward{Local: "127.0.0.1:0", Remote: "localhost:80"}); fleet.KindOf(err) != fleet.KindNetwork {
		t.Error(err)
	}
}

func TestForwardEndsAtAChangedKey(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	v.forward = dialTCP
	defer v.cut()
	c := dialed(t, v, Options{})
	defer c.Close()
	ended := make(chan error, 1)
	go func() {
		ended <- c.Forward(t.Context(), target, fleet.Forward{Local: ":0", Remote: "localhost:80", Listening: func(addr string) {
			if !strings.HasPrefix(addr, "127.0.0.1:") {
				t.Errorf("it listens at %s", addr)
			}
			v.host = signer(2)
			v.cut()
		}})
	}()
	if err := <-ended; fleet.KindOf(err) != fleet.KindConflict {
		t.Error(err)
	}
}
