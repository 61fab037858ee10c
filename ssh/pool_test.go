package ssh

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

func TestBrokenConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		for i := range 3 {
			if _, err := c.Run(t.Context(), target, fleet.Command{Line: "x"}); err != nil {
				t.Fatal(err)
			}
			v.cut()
			if i == 1 {
				synctest.Wait() // the end was noticed, or not yet: both must work
			}
		}
		if v.dials.Load() != 3 || len(v.ran) != 3 {
			t.Errorf("%d connections, %d commands", v.dials.Load(), len(v.ran))
		}
	})
}

// freezer is a connection whose other side can fall silent without a word, as
// when an instance is gone or a laptop was asleep.
type freezer struct {
	net.Conn
	frozen *atomic.Bool
	never  chan struct{}
}

func (f freezer) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if f.frozen.Load() && err == nil {
		<-f.never
		return 0, net.ErrClosed
	}
	return n, err
}

func (f freezer) Close() error {
	if f.frozen.Load() {
		select {
		case <-f.never:
		default:
			close(f.never)
		}
	}
	return f.Conn.Close()
}

func frozenDial(v *server) (DialFunc, *atomic.Bool) {
	var first atomic.Bool
	frozen := &atomic.Bool{}
	return func(ctx context.Context, n, a string) (net.Conn, error) {
		nc, err := v.dial(ctx, n, a)
		if err == nil && first.CompareAndSwap(false, true) {
			nc = freezer{nc, frozen, make(chan struct{})}
		}
		return nc, err
	}, frozen
}

func TestSilentConnectionIsReplacedBeforeACommand(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	dial, frozen := frozenDial(v)
	bubble(t, v, Options{Dial: dial, KeepAlive: time.Hour}, func(t *testing.T, c *Client) {
		if err := c.Wait(t.Context(), target, nil); err != nil {
			t.Fatal(err)
		}
		frozen.Store(true)
		began := time.Now()
		if st, err := c.Run(t.Context(), target, fleet.Command{Line: "x"}); err != nil || !st.OK() {
			t.Errorf("%+v %v", st, err)
		}
		if d := time.Since(began); d != defaultConnectTimeout || v.dials.Load() != 2 || len(v.ran) != 1 {
			t.Errorf("after %s, %d connections, ran %d times", d, v.dials.Load(), len(v.ran))
		}
	})
}

func TestKeepAliveEndsASilentConnection(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 { <-s.gone; return silent })
	dial, frozen := frozenDial(v)
	bubble(t, v, Options{Dial: dial, KeepAlive: 10 * time.Second}, func(t *testing.T, c *Client) {
		began := time.Now()
		time.AfterFunc(time.Minute+time.Second, func() { frozen.Store(true) })
		_, err := c.Run(t.Context(), target, fleet.Command{Line: "x"})
		if fleet.KindOf(err) != fleet.KindUnknown {
			t.Error(err)
		}
		// Asked at 1:10, and given up when three more rounds brought nothing.
		if d := time.Since(began); d != 100*time.Second {
			t.Errorf("given up after %s", d)
		}
	})
}

func TestDialIsGivenUpWithItsLastWaiter(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	var ended atomic.Int64
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		v.dials.Add(1)
		<-ctx.Done()
		ended.Add(1)
		return nil, ctx.Err()
	}
	bubble(t, v, Options{Dial: dial, ConnectTimeout: time.Hour}, func(t *testing.T, c *Client) {
		a, stopA := context.WithCancel(t.Context())
		b, stopB := context.WithCancel(t.Context())
		errs := make(chan error, 2)
		for _, ctx := range []context.Context{a, b} {
			go func() {
				_, err := c.Run(ctx, target, fleet.Command{Line: "x"})
				errs <- err
			}()
		}
		synctest.Wait()
		stopA()
		if err := <-errs; fleet.KindOf(err) != fleet.KindCanceled {
			t.Error(err)
		}
		synctest.Wait()
		if v.dials.Load() != 1 || ended.Load() != 0 {
			t.Errorf("%d dials, %d ended: the other one still waits", v.dials.Load(), ended.Load())
		}
		stopB()
		<-errs
		synctest.Wait()
		if ended.Load() != 1 {
			t.Error("nobody waits, and it still dials")
		}
	})
}

func TestForgetClosesAndUnpins(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		if err := c.Wait(t.Context(), target, nil); err != nil {
			t.Fatal(err)
		}
		if s := read(t, c.opts.KnownHostsFile); !strings.HasPrefix(s, "i-0123 ssh-ed25519 ") {
			t.Errorf("pinned: %q", s)
		}
		c.Forget(target.Instance)
		synctest.Wait()
		c.mu.Lock()
		open := len(c.links)
		c.mu.Unlock()
		if s := read(t, c.opts.KnownHostsFile); s != "" || open != 0 {
			t.Errorf("left: %q, %d connections", s, open)
		}
		v.host = signer(2)
		if _, err := c.Run(t.Context(), target, fleet.Command{Line: "x"}); err != nil {
			t.Errorf("its successor under the same id: %v", err)
		}
	})
}

func TestJumpHost(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]bool{"through": false, "unreachable": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := newServer(nil, echoLine)
				s, path := loginKey(t)
				v.login = s.PublicKey()
				j := &jumpServer{to: v, refused: refused}
				c := must(New(Options{PrivateKeyFile: path, KnownHostsFile: t.TempDir() + "/k", Jump: "spot@127.0.0.1:2222", Dial: j.dial}))
				defer v.cut()
				defer c.Close()
				for range 3 {
					_, err := c.Run(t.Context(), target, fleet.Command{Line: "x"})
					switch {
					case !refused && err != nil:
						t.Error(err)
					case refused && (fleet.KindOf(err) != fleet.KindNetwork || !strings.Contains(err.Error(), "the jump host can't reach it: connection refused")):
						t.Error(err)
					}
				}
				if j.addr != "127.0.0.1:2222" || j.dials.Load() != 1 {
					t.Errorf("dialed %s %d times", j.addr, j.dials.Load())
				}
				if strings.Contains(name, "through") {
					if k := read(t, c.opts.KnownHostsFile); strings.Count(k, "\n") != 1 || !strings.HasPrefix(k, "i-0123 ") {
						t.Errorf("pinned: %q", k)
					}
				}
			})
		})
	}
}

func TestNoKeyAndNoAddress(t *testing.T) {
	t.Parallel()
	v := newServer(signer(9), echoLine)
	synctest.Test(t, func(t *testing.T) {
		c := must(New(Options{KnownHostsFile: t.TempDir() + "/k", Dial: v.dial}))
		defer v.cut()
		defer c.Close()
		if err := c.Wait(t.Context(), target, nil); fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "no private key") {
			t.Error(err)
		}
		if err := c.Wait(t.Context(), fleet.Target{Instance: "i-0"}, nil); fleet.KindOf(err) != fleet.KindInvalid {
			t.Error(err)
		}
	})
}
