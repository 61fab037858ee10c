package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// bubble runs f in virtual time with a client of v. The bubble fails the test if
// a goroutine is left after Close: that is the leak check of all these tests.
func bubble(t *testing.T, v *server, o Options, f func(t *testing.T, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := dialed(t, v, o)
		f(t, c)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		v.cut()
	})
}

func TestRunResults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		run  func(*served) uint32
		want fleet.ExitStatus
		out  string
		kind fleet.Kind
	}{
		"ok":        {run: echoLine, out: "line"},
		"exit 7":    {run: func(*served) uint32 { return 7 }, want: fleet.ExitStatus{Code: 7}},
		"signal":    {run: func(*served) uint32 { return killed }, want: fleet.ExitStatus{Code: 137, Signal: "KILL"}},
		"no status": {run: func(*served) uint32 { return silent }, kind: fleet.KindUnknown},
		"lost":      {run: func(s *served) uint32 { s.conn.Close(); return 0 }, kind: fleet.KindUnknown},
		"stderr":    {run: func(s *served) uint32 { fmt.Fprint(s.Stderr(), "oops"); return 1 }, want: fleet.ExitStatus{Code: 1}, out: "oops"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, newServer(nil, tc.run), Options{}, func(t *testing.T, c *Client) {
				var out bytes.Buffer
				got, err := c.Run(t.Context(), target, fleet.Command{Line: "line", Stdout: &out, Stderr: &out})
				if got != tc.want || fleet.KindOf(err) != tc.kind || out.String() != tc.out {
					t.Errorf("%+v %v %q", got, err, out.String())
				}
				if tc.kind == fleet.KindUnknown && !strings.Contains(err.Error(), "result unknown: connection lost after the command was started") {
					t.Error(err)
				}
			})
		})
	}
}

func TestRunRefusedByTheHost(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		if _, err := c.Run(t.Context(), target, fleet.Command{Line: "refused"}); fleet.KindOf(err) != fleet.KindDenied {
			t.Error(err)
		}
		if len(v.ran) != 1 {
			t.Errorf("it was sent %d times", len(v.ran))
		}
	})
}

func TestOneConnectionManySessions(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 {
		<-time.After(time.Second)
		return echoLine(s)
	})
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		began := time.Now()
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				var out bytes.Buffer
				line := fmt.Sprint("n", i)
				st, err := c.Run(t.Context(), target, fleet.Command{Line: line, Stdout: &out})
				if err != nil || !st.OK() || out.String() != line {
					t.Errorf("%d: %+v %v %q", i, st, err, out.String())
				}
			})
		}
		all.Wait()
		if v.dials.Load() != 1 {
			t.Errorf("%d connections, want 1", v.dials.Load())
		}
		if v.most.Load() != mostSessions {
			t.Errorf("%d sessions at once, want %d", v.most.Load(), mostSessions)
		}
		if d := time.Since(began); d != 2*time.Second {
			t.Errorf("40 commands of 1 s by 32 took %s", d)
		}
	})
}

func TestTwentySessionsAtOnce(t *testing.T) {
	t.Parallel()
	for allowed, want := range map[int64]struct {
		most   int64
		rounds time.Duration
	}{10: {10, 2}, 64: {20, 1}, 1: {1, 20}} {
		v := newServer(nil, func(*served) uint32 { <-time.After(time.Second); return 0 })
		v.limit = allowed
		bubble(t, v, Options{}, func(t *testing.T, c *Client) {
			if err := c.Wait(t.Context(), target, nil); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					if st, err := c.Run(t.Context(), target, fleet.Command{Line: "x"}); err != nil || !st.OK() {
						t.Errorf("%+v %v", st, err)
					}
				})
			}
			all.Wait()
			d := time.Since(began)
			if v.most.Load() != want.most || v.dials.Load() != 1 || d < want.rounds*time.Second || d > want.rounds*time.Second*11/10 {
				t.Errorf("%d allowed: %d at once over %d connections took %s", allowed, v.most.Load(), v.dials.Load(), d)
			}
		})
	}
}

func TestAHostThatOpensNoSessionSaysSo(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	v.limit = 1
	v.sessions.Store(1) // of which none is ours
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		began := time.Now()
		_, err := c.Run(t.Context(), target, fleet.Command{Line: "x"})
		if d := time.Since(began); fleet.KindOf(err) != fleet.KindDenied || d < declinePatience || d > 2*declinePatience {
			t.Errorf("after %s: %v", d, err)
		}
	})
}

// A limit that was learnt is tried again later: it may have been a session that
// the host had not cleaned up.
func TestTheLimitOfSessionsRises(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlots()
		for range 3 {
			if err := s.take(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		s.opened()
		s.opened()
		if s.declined() || s.limit != 2 {
			t.Fatalf("limit %d with 2 open", s.limit)
		}
		for range 2 * mostSessions {
			<-time.After(limitLasts + 1)
			s.ended()
			if err := s.take(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			s.opened()
			if s.asked < s.limit {
				if err := s.take(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				s.opened()
			}
		}
		if s.limit != mostSessions {
			t.Errorf("the limit is %d", s.limit)
		}
	})
}

func TestHostThatAllowsFewSessions(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(*served) uint32 { <-time.After(20 * time.Second); return 0 })
	v.limit = 2
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if _, err := c.Run(t.Context(), target, fleet.Command{Line: "x"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}

func TestCancelSendsTerm(t *testing.T) {
	t.Parallel()
	var got string
	v := newServer(nil, func(s *served) uint32 {
		fmt.Fprint(s, "up")
		got = <-s.signals
		<-s.gone
		return silent
	})
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.Run(ctx, target, fleet.Command{Line: "x", Stdout: writerFunc(func([]byte) (int, error) { cancel(); return 0, nil })})
		if fleet.KindOf(err) != fleet.KindCanceled || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		synctest.Wait()
		if got != "TERM" {
			t.Errorf("signal %q", got)
		}
	})
}

func TestDeadlineIsATimeout(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 { <-s.gone; return silent })
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		_, err := c.Run(ctx, target, fleet.Command{Line: "x"})
		if fleet.KindOf(err) != fleet.KindTimeout || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestOutputStreamsInOrder(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 {
		for i := range 5 {
			fmt.Fprint(s, i)
			<-time.After(time.Second)
		}
		return 0
	})
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		var log []string
		began := time.Now()
		_, err := c.Run(t.Context(), target, fleet.Command{Line: "x", Stdout: writerFunc(func(p []byte) (int, error) {
			log = append(log, fmt.Sprintf("%s@%s", p, time.Since(began)))
			return 0, nil
		})})
		if got := strings.Join(log, " "); err != nil || got != "0@0s 1@1s 2@2s 3@3s 4@4s" {
			t.Errorf("%v: %s", err, got)
		}
	})
}

func TestStdin(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 {
		if s.line == "ignores it" {
			return 0
		}
		_, _ = io.Copy(s, s)
		return 0
	})
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		big := strings.Repeat("0123456789abcdef", 1<<16)
		var out bytes.Buffer
		if st, err := c.Run(t.Context(), target, fleet.Command{Line: "cat", Stdin: strings.NewReader(big), Stdout: &out}); err != nil || !st.OK() || out.String() != big {
			t.Errorf("%+v %v, %d bytes of %d", st, err, out.Len(), len(big))
		}
		// A reader that never ends holds nobody up.
		r, w := io.Pipe()
		if st, err := c.Run(t.Context(), target, fleet.Command{Line: "ignores it", Stdin: r}); err != nil || !st.OK() {
			t.Errorf("%+v %v", st, err)
		}
		w.Close()
		// Half an input must not look like the whole.
		broken := io.MultiReader(strings.NewReader("half"), errReader{})
		if _, err := c.Run(t.Context(), target, fleet.Command{Line: "cat", Stdin: broken}); err == nil || !strings.Contains(err.Error(), "the disk is on fire") {
			t.Error(err)
		}
	})
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("the disk is on fire") }

func TestWriteErrorEndsTheCommand(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 {
		for {
			if _, err := s.Write(make([]byte, 1<<15)); err != nil {
				return silent
			}
		}
	})
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		_, err := c.Run(t.Context(), target, fleet.Command{Line: "yes", Stdout: writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })})
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
	})
}

func TestCloseEndsWhatRuns(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 { <-s.gone; return silent })
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		done := make(chan error)
		go func() {
			_, err := c.Run(context.Background(), target, fleet.Command{Line: "x"})
			done <- err
		}()
		synctest.Wait()
		c.Close()
		if err := <-done; fleet.KindOf(err) != fleet.KindUnknown {
			t.Error(err)
		}
		if _, err := c.Run(context.Background(), target, fleet.Command{Line: "x"}); fleet.KindOf(err) != fleet.KindCanceled {
			t.Errorf("after Close: %v", err)
		}
	})
}
