package ssh

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
)

func TestInteractiveOnPlainStreams(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 {
		size := <-s.resized
		fmt.Fprintf(s, "%s %v ", s.pty, size)
		_, _ = io.Copy(s, s)
		return 3
	})
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		for term, want := range map[string]string{"vt100": "vt100 [80 24] typed", "": "xterm-256color [80 24] typed"} {
			var out bytes.Buffer
			st, err := c.Interactive(t.Context(), target, fleet.TTY{In: strings.NewReader("typed"), Out: &out, Term: term})
			if err != nil || st.Code != 3 || out.String() != want {
				t.Errorf("%+v %v %q", st, err, out.String())
			}
		}
		if st, err := c.Interactive(t.Context(), target, fleet.TTY{}); err != nil || st.Code != 3 {
			t.Errorf("without any stream: %+v %v", st, err)
		}
	})
}

func TestInteractiveEnds(t *testing.T) {
	t.Parallel()
	v := newServer(nil, func(s *served) uint32 { <-s.gone; return silent })
	bubble(t, v, Options{}, func(t *testing.T, c *Client) {
		r, w := io.Pipe() // nobody types
		defer w.Close()
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error)
		open := func() {
			_, err := c.Interactive(ctx, target, fleet.TTY{In: r})
			errs <- err
		}
		go open()
		synctest.Wait()
		v.cut()
		if err := <-errs; fleet.KindOf(err) != fleet.KindNetwork || !strings.Contains(err.Error(), "the connection was lost") {
			t.Error(err)
		}
		go open()
		synctest.Wait()
		cancel()
		if err := <-errs; fleet.KindOf(err) != fleet.KindCanceled {
			t.Error(err)
		}
	})
}
