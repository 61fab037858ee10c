package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeTmux writes down what it is asked to do, and names windows and panes.
const fakeTmux = `#!/bin/sh
echo "$*" >> "$TMUX_CALLS"
case $1 in
new-session|new-window) echo @7 ;;
split-window) echo "%$(wc -l < "$TMUX_CALLS" | tr -d ' ')" ;;
esac
`

func TestShellsOpensAPanePerInstance(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	bin, calls := t.TempDir(), filepath.Join(t.TempDir(), "calls")
	env := p.env
	p.env = append(env[:len(env):len(env)], "PATH="+bin)
	if r := p.must(exitUsage, "shells"); strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, "tmux is not installed; install it") {
		t.Errorf("without tmux: %q", r.stderr)
	}
	if err := os.WriteFile(filepath.Join(bin, "tmux"), []byte(fakeTmux), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ tmux, first, says string }{
		{"", "new-session -d -P -F #{window_id} -s spot-tui-", "tmux attach-session -t spot-tui-"},
		{"/tmp/tmux,1,0", "new-window -P -F #{window_id} -n spot-tui ssh ", ""},
	} {
		p.env = append(env[:len(env):len(env)], "PATH="+bin+":"+os.Getenv("PATH"), "TMUX_CALLS="+calls, "TMUX="+tc.tmux)
		r := p.must(0, "shells")
		if !strings.HasPrefix(r.stdout, tc.says) || tc.says == "" && r.stdout != "" {
			t.Errorf("it says %q, want %q", r.stdout, tc.says)
		}
		b, err := os.ReadFile(calls)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(b), "\n")
		if !strings.HasPrefix(lines[0], tc.first) {
			t.Errorf("the first call is %q, want %q", lines[0], tc.first)
		}
		for _, id := range ids {
			if !strings.Contains(string(b), "-T "+id+" ") {
				t.Errorf("no pane is called %s:\n%s", id, b)
			}
		}
		if strings.Count(string(b), "split-window") != 2 || strings.Count(string(b), "\nselect-layout -t @7 tiled\n") < 1 {
			t.Errorf("three panes in one window:\n%s", b)
		}
		if err := os.Remove(calls); err != nil {
			t.Fatal(err)
		}
	}
}
