package ssh

import (
	"context"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim/memnet"
)

// booting is a dial function that answers as an instance does on its way up.
func booting(steps ...DialFunc) DialFunc {
	n := 0
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		step := steps[min(n, len(steps)-1)]
		n++
		return step(ctx, network, addr)
	}
}

func hanging(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
}

func refusing(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

func unroutable(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}
}

// mute accepts and says nothing.
func mute(context.Context, string, string) (net.Conn, error) {
	near, _ := memnet.Pipe(nil, nil)
	return near, nil
}

// slamming accepts and closes.
func slamming(context.Context, string, string) (net.Conn, error) {
	near, far := memnet.Pipe(nil, nil)
	far.Close()
	return near, nil
}

func TestWaitTellsEachReason(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	stranger := newServer(signer(8), echoLine)
	stranger.host = v.host
	dial := booting(hanging, unroutable, refusing, slamming, mute, stranger.dial, v.dial)
	bubble(t, v, Options{Dial: dial}, func(t *testing.T, c *Client) {
		var said []string
		began := time.Now()
		if err := c.Wait(t.Context(), target, func(e string) { said = append(said, e) }); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"no answer on port 22 (security group, route or still booting)",
			"there is no route to it from here",
			"port 22 is closed: sshd is not up yet",
			"port 22 was closed before sshd said anything",
			"port 22 is open, but sshd did not answer in time",
			"key refused for user ubuntu",
		}
		if len(said) != len(want) {
			t.Fatalf("%q", said)
		}
		for i := range want {
			if !strings.HasPrefix(said[i], want[i]) {
				t.Errorf("%d: %q, want %q", i, said[i], want[i])
			}
		}
		// Two tries that hang for 10 s, and pauses of 0.5+1+2+2+2+2 s ± half.
		if d := time.Since(began); d < 24*time.Second || d > 35*time.Second {
			t.Errorf("it took %s", d)
		}
	})
	stranger.cut()
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, dial := range map[string]DialFunc{"hanging": hanging, "refusing": refusing, "mute": mute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, newServer(nil, echoLine), Options{Dial: dial}, func(t *testing.T, c *Client) {
				ctx, cancel := context.WithTimeout(t.Context(), 33*time.Second)
				defer cancel()
				began := time.Now()
				err := c.Wait(ctx, target, nil)
				if fleet.KindOf(err) != fleet.KindTimeout || !strings.Contains(err.Error(), "port 22") {
					t.Error(err)
				}
				if d := time.Since(began); d != 33*time.Second {
					t.Errorf("ended after %s", d)
				}
			})
		})
	}
}

func TestWaitStopsAtAChangedHostKey(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		if err := c.Wait(t.Context(), target, nil); err != nil {
			t.Fatal(err)
		}
		was := v.host
		v.cut()
		synctest.Wait()
		v.host = signer(2)
		err := c.Wait(t.Context(), target, func(s string) { t.Errorf("tried again: %s", s) })
		for _, want := range []string{"i-0123", fingerprintOf(was), fingerprintOf(v.host), "another machine", "ssh-keygen -f "} {
			if fleet.KindOf(err) != fleet.KindConflict || !strings.Contains(err.Error(), want) {
				t.Errorf("%q is missing: %v", want, err)
			}
		}
		if len(v.ran) != 0 {
			t.Error("something was sent")
		}
	})
}

func TestBootingBannerIsTheReason(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	v.banner = "\"System is booting up. \x1b[31mUnprivileged users are not permitted to log in yet.\"\r\n"
	// As sshd with pam_nologin: the banner, then the end in place of an answer.
	dial := func(ctx context.Context, n, a string) (net.Conn, error) {
		nc, err := v.dial(ctx, n, a)
		return &cutAfterLogin{Conn: nc}, err
	}
	bubble(t, v, Options{Dial: dial}, func(t *testing.T, c *Client) {
		ctx, cancel := context.WithCancel(t.Context())
		var said string
		_ = c.Wait(ctx, target, func(s string) { said = s; cancel() })
		if !strings.Contains(said, `System is booting up. Unprivileged users are not`) {
			t.Errorf("%q", said)
		}
	})
}

// cutAfterLogin ends after the client's sixth write, which is the login request
// with its key: version, key exchange (2), new keys, service, none, public key.
type cutAfterLogin struct {
	net.Conn
	writes int
}

func (c *cutAfterLogin) Write(p []byte) (int, error) {
	if c.writes++; c.writes > 6 {
		c.Close()
		return 0, syscall.ECONNRESET
	}
	return c.Conn.Write(p)
}

func TestPausesGrowAndVary(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newServer(nil, echoLine)
		c := dialed(t, v, Options{Dial: refusing})
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		var at []time.Duration
		began := time.Now()
		_ = c.Wait(ctx, target, func(string) { at = append(at, time.Since(began)) })
		seen := map[string]bool{}
		for i := 1; i < len(at); i++ {
			d := at[i] - at[i-1]
			seen[fmt.Sprint(d)] = true
			if d < firstPause/2 || d > 3*longestPause/2 || i > 5 && d < longestPause/2 {
				t.Errorf("pause %d is %s", i, d)
			}
		}
		if len(at) < 40 || len(seen) < 30 {
			t.Errorf("%d tries, %d different pauses", len(at), len(seen))
		}
	})
}
