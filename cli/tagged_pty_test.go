//go:build unix

package cli

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"spot-tui/fleet"
)

// onTerminal runs a verb in a terminal and gives all that it wrote.
func onTerminal(t *testing.T, p *program, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := p.command(ctx, args...)
	tty, err := pty.StartWithSize(c, &pty.Winsize{Cols: 100, Rows: 30})
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	b, _ := io.ReadAll(tty) // it ends with an error when the program has ended
	if err := c.Wait(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return string(b)
}

// Instances have colours on a terminal that has some, and nowhere else.
func TestInstancesHaveColoursOnATerminalOnly(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	exec := []string{"exec", "--", `printf 'plain\033[31mred\n'`}
	if out := p.must(0, exec...).stdout; strings.Contains(out, "\x1b") {
		t.Errorf("through a pipe: %q", out)
	}
	if out := onTerminal(t, p, exec...); strings.Count(out, "m"+ids[0]+"\x1b[") != 1 || strings.Count(out, "plainred") != 3 || strings.Contains(out, "[31mred") {
		t.Errorf("on a terminal: %q", out)
	}
	if out := onTerminal(t, p, append([]string{"--plain"}, exec...)...); strings.Contains(out, "\x1b[") {
		t.Errorf("--plain: %q", out)
	}
	p.env = append(p.env, "NO_COLOR=1")
	if out := onTerminal(t, p, exec...); strings.Contains(out, "\x1b[3") || strings.Contains(out, "\x1b[9") {
		t.Errorf("NO_COLOR: %q", out)
	}
}

// A copy on a terminal ends with a line for all of it.
func TestACopyIsDrawnOnATerminal(t *testing.T) {
	t.Parallel()
	p, _, _ := threeReady(t)
	p.plant(map[string]string{"big": strings.Repeat("0123456789abcdef", 1<<16)})
	out := onTerminal(t, p, "upload", "big", "big")
	if !strings.Contains(out, "3 of 3 done") || !strings.Contains(out, "3.15 MB") || !strings.Contains(out, "ok on 3 of 3") {
		t.Errorf("%q", out)
	}
	if out := p.must(0, "exec", "--group", "--", "wc -c < big").stdout; !strings.Contains(out, "--- 3 instances, exit 0") || !strings.Contains(out, "1048576") {
		t.Errorf("what came there: %q", out)
	}
}

func TestCopyLinesFitAndSayRateAndRest(t *testing.T) {
	t.Parallel()
	h := fleet.HostResult{Instance: "i-a", Phase: fleet.PhaseWorking, Moved: 25_000_000, Size: 100_000_000, Took: 5 * time.Second}
	done := fleet.HostResult{Instance: "i-b", Phase: fleet.PhaseEnded, Done: true, Moved: 100_000_000, Size: 100_000_000, Took: 5 * time.Second}
	unknown := fleet.HostResult{Instance: "i-c", Phase: fleet.PhaseWorking, Moved: 1_000_000, Size: -1, Took: time.Second}
	snap := fleet.RunSnapshot{Kind: fleet.OpUpload, Hosts: []fleet.HostResult{h, done, unknown}, Done: 1}
	lines := copyLines(snap, 100, 10)
	want := []string{"i-a   25 %  25.0 MB of 100 MB  5.00 MB/s  15s left", "i-c  1.00 MB  1.00 MB/s", "1 of 3 done  126 MB of 200 MB  6.00 MB/s"}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", lines)
	}
	for _, l := range copyLines(snap, 20, 2) {
		if len([]rune(l)) > 20 {
			t.Errorf("%q is wider than 20", l)
		}
	}
	if n := len(copyLines(snap, 100, 2)); n != 2 {
		t.Errorf("%d lines where 2 fit", n)
	}
}
