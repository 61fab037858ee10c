package ssh

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"spot-tui/fleet"
)

func TestStartedIsCalledOnceTheHostHasTakenTheCommand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		line string
		run  func(*served) uint32
		want int
	}{
		"taken":   {line: "x", run: echoLine, want: 1},
		"failed":  {line: "x", run: func(*served) uint32 { return 7 }, want: 1},
		"lost":    {line: "x", run: func(s *served) uint32 { s.conn.Close(); return 0 }, want: 1},
		"refused": {line: "refused", run: echoLine},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, newServer(nil, tc.run), Options{}, func(t *testing.T, c *Client) {
				started := 0
				_, err := c.Run(t.Context(), target, fleet.Command{Line: tc.line, Stdin: strings.NewReader("in"), Started: func() { started++ }})
				// Where the connection is cut at once, the host's yes may be lost with it.
				if started != tc.want && (name != "lost" || started > 1 || fleet.KindOf(err) != fleet.KindUnknown) {
					t.Errorf("called %d times, %v", started, err)
				}
			})
		})
	}
}

func TestStartedIsNotCalledForAHostThatCannotBeReached(t *testing.T) {
	t.Parallel()
	v := newServer(nil, echoLine)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	bubble(t, v, Options{Dial: dial}, func(t *testing.T, c *Client) {
		_, err := c.Run(t.Context(), target, fleet.Command{Line: "x", Started: func() { t.Error("called") }})
		if fleet.KindOf(err) != fleet.KindTimeout {
			t.Error(err)
		}
		synctest.Wait()
	})
}
