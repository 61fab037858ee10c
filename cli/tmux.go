package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"spot-tui/fleet"
)

// maxPanes is how many shells still can be read in one window.
const maxPanes = 16

// panes opens a tmux window with a pane for each line: in the session that we
// are in, or in a new one, for which it gives the command that shows it.
func panes(ctx context.Context, inside bool, titles, lines []string) (attach []string, err error) {
	const op = "open shells in tmux"
	if len(lines) == 0 {
		return nil, &fleet.Error{Op: op, Kind: fleet.KindInvalid, Err: errors.New("no instance is named")}
	}
	if len(lines) > maxPanes {
		return nil, &fleet.Error{Op: op, Kind: fleet.KindInvalid, Err: fmt.Errorf("%d panes don't fit into a window; %d do", len(lines), maxPanes), Hint: "mark fewer, or run a command on all of them"}
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		return nil, &fleet.Error{Op: op, Kind: fleet.KindInvalid, Err: errors.New("tmux is not installed"), Hint: "install it, or open one shell at a time"}
	}
	t := &tmux{ctx: ctx}
	name := ""
	if inside {
		t.window = t.do("new-window", "-P", "-F", "#{window_id}", "-n", "spot-tui", lines[0])
	} else {
		name = "spot-tui-" + time.Now().Format("150405")
		t.window = t.do("new-session", "-d", "-P", "-F", "#{window_id}", "-s", name, "-n", "spot-tui", lines[0])
	}
	t.do("set-option", "-w", "-t", t.window, "pane-border-status", "top")
	t.do("set-option", "-w", "-t", t.window, "pane-border-format", " #{pane_title} ")
	t.do("select-pane", "-t", t.window, "-T", titles[0])
	for n := 1; n < len(lines); n++ {
		pane := t.do("split-window", "-P", "-F", "#{pane_id}", "-t", t.window, lines[n])
		t.do("select-pane", "-t", pane, "-T", titles[n])
		t.do("select-layout", "-t", t.window, "tiled") // after each: there is no room for the next one otherwise
	}
	switch {
	case t.err != nil:
		return nil, &fleet.Error{Op: op, Kind: fleet.KindInternal, Err: t.err}
	case inside:
		return nil, nil
	}
	return []string{"tmux", "attach-session", "-t", name}, nil
}

// tmux runs commands until one fails.
type tmux struct {
	ctx    context.Context
	window string
	err    error
}

func (t *tmux) do(args ...string) string {
	if t.err != nil {
		return ""
	}
	out, err := exec.CommandContext(t.ctx, "tmux", args...).CombinedOutput() //nolint:gosec // tmux, with login lines that are quoted
	if err != nil {
		t.err = fmt.Errorf("tmux %s: %s", args[0], fleet.Clean(strings.TrimSpace(string(out)+" "+err.Error())))
	}
	return strings.TrimSpace(string(out))
}
