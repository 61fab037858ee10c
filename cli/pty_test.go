//go:build unix

package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"
)

// screen is the program in a pty with a terminal emulator in front of it.
type screen struct {
	t    testing.TB
	cmd  *exec.Cmd
	tty  *os.File
	mu   sync.Mutex // guards emu's cells; its answers come through a pipe of its own
	emu  *vt.Emulator
	keys int
	done sync.WaitGroup

	first  time.Time // when it took the whole screen: with its first frame
	modes  terminalModes
	before *term.State // of a terminal that nobody has used
}

func openScreen(t testing.TB, p *program, cols, rows int, args ...string) *screen {
	t.Helper()
	return startScreen(t, p.command(context.Background(), args...), cols, rows)
}

func startScreen(t testing.TB, c *exec.Cmd, cols, rows int) *screen {
	t.Helper()
	s := &screen{t: t, emu: vt.NewEmulator(cols, rows), cmd: c, modes: terminalModes{on: map[string]bool{}}, before: unused(t)}
	s.cmd.Env = append(s.cmd.Env, "COLORTERM=truecolor")
	tty, err := pty.StartWithSize(s.cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	s.tty = tty
	s.done.Go(func() { _, _ = io.Copy(writes{s}, tty) }) // ends with an error when the program has ended
	s.done.Go(func() { _, _ = io.Copy(tty, s.emu) })     // the terminal's answers to questions
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // ended already where all went well
		tty.Close()
		if c, ok := s.emu.InputPipe().(io.Closer); ok { // ends its Read; its own Close races with it
			c.Close()
		}
		s.done.Wait()
	})
	return s
}

// unused is how a terminal begins.
func unused(t testing.TB) *term.State {
	t.Helper()
	ptmx, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ptmx.Close()
	defer tty.Close()
	st, err := term.GetState(int(ptmx.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// key types one key press, as a person would.
func (s *screen) key(k string) {
	s.t.Helper()
	s.keys++
	if _, err := io.WriteString(s.tty, k); err != nil {
		s.t.Fatal(err)
	}
}

// changes types one key press and waits until the lines with a text are others, or
// gone: what is typed next must not be read together with it, as Alt and a key, say.
func (s *screen) changes(k, text string) {
	s.t.Helper()
	with := func() (lines []string) {
		for l := range strings.Lines(s.text()) {
			if strings.Contains(l, text) {
				lines = append(lines, l)
			}
		}
		return lines
	}
	before := with()
	s.key(k)
	eventually(s.t, "a key that changes what is said of "+text, func() bool { return !slices.Equal(with(), before) })
}

// typed types a text; it counts as one key press each.
func (s *screen) typed(text string) {
	s.t.Helper()
	for _, r := range text {
		s.key(string(r))
	}
}

// writes puts the program's output on the screen.
type writes struct{ s *screen }

func (w writes) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.first.IsZero() && bytes.Contains(b, []byte("\x1b[?1049h")) {
		w.s.first = time.Now()
	}
	w.s.modes.read(b)
	return w.s.emu.Write(b)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emu.String()
}

func (s *screen) alternate() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emu.IsAltScreen()
}

// sees waits until the screen shows every one of the texts.
func (s *screen) sees(texts ...string) {
	s.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		shown, missing := s.text(), ""
		for _, want := range texts {
			if !strings.Contains(shown, want) {
				missing = want
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("the screen does not show %q within %s:\n%s", missing, patience, shown)
		}
	}
}

// The acceptance of product.md §3: the whole job by keys alone.
func TestTheWholeJobByKeys(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	s := openScreen(t, p, 120, 40, "--demo")
	started := time.Now()
	s.sees("123456789012", "n new")
	s.key("n")
	s.sees("What it costs", "review and confirm")
	s.key("\r")
	s.sees("Cancel")
	wait(t, 350*time.Millisecond) // keys within 300 ms of a dialog's opening are dropped (R3)
	s.key("y")
	s.sees("3 of 3 ready")
	s.key("*")
	s.key("x")
	s.typed("uptime")
	s.key("\r")
	s.sees("load average")
	s.changes("\x1b", "load average")
	s.key("D")
	s.sees("Cancel")
	wait(t, 350*time.Millisecond)
	for n := 0; n < 6 && !strings.Contains(s.text(), "Destroy the fleet demo"); n++ {
		s.changes("\x1b[C", "Destroy ") // the scope: → until it is the whole fleet
	}
	s.sees("Destroy the fleet demo")
	s.typed("demo")
	s.key("\r")
	s.sees("0 left")
	took := time.Since(started)
	if took > time.Minute && !testing.Short() { // the detector's own time is nobody's
		t.Errorf("the whole job took %s, more than a minute", took)
	}
	// Typed words are the person's text; what is counted are the keys of the program.
	if keys := s.keys - len("uptime") - len("demo"); keys > 12 {
		t.Errorf("it took %d key presses besides the typed words, more than 12", keys)
	}
	wait(t, 350*time.Millisecond) // the receipt opened by itself (R3)
	s.changes("\x1b", "Lifetime")
	s.key("q")
	s.ends(0)
}

// wait lets real time pass: a program in another process has its own clock.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal("the test was stopped")
	}
}

// What a filter takes is shown by id before the name is asked for.
func TestDestroyWithAFilterShowsWhatItTakes(t *testing.T) {
	t.Parallel()
	s := openScreen(t, newProgram(t), 160, 30, "--demo", "destroy", "--filter", "us-west-2")
	s.sees("us-west-2", "Destroy 1 instance of fleet demo, i-", "Type demo:")
	if n := strings.Count(s.text(), "eu-west-1"); n != 0 {
		t.Errorf("it shows an instance that the filter does not take:\n%s", s.text())
	}
	s.typed("no\r")
	s.sees("not confirmed; nothing was changed")
}

// create and destroy draw one table in place, which stays as a summary.
func TestCreateAndDestroyDrawATable(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.03")
	p := newProgram(t)
	p.env = cl.env
	p.setup("drawn")
	for _, width := range []int{100, 44} {
		s := openScreen(t, p, width, 40, "create", "--yes")
		s.sees("REGION     ASKED  GOT  READY  FAILED", "us-west-2")
		s.sees("all            3    3      3       0", "INSTANCE")
		s.ends(0)
		shown := s.text()
		if n := strings.Count(shown, "ASKED"); n != 1 {
			t.Errorf("the table stands there %d times:\n%s", n, shown)
		}
		if strings.Contains(shown, "launched 1 of 1\n") && width < 60 || s.alternate() {
			t.Errorf("lines that belong into the table:\n%s", shown)
		}
		d := openScreen(t, p, width, 40, "destroy", "--yes")
		d.sees("all            3        0     3", "removed: ")
		d.ends(0)
		if n := strings.Count(d.text(), "LEAVING"); n != 1 {
			t.Errorf("the table stands there %d times:\n%s", n, d.text())
		}
	}
	s := openScreen(t, p, 100, 40, "create", "--yes", "--plain")
	s.sees("ready after", "INSTANCE")
	s.ends(0)
	if strings.Contains(s.text(), "ASKED") {
		t.Errorf("--plain draws no table:\n%s", s.text())
	}
	p.must(0, "destroy", "--yes")
}

// A signal ends the drawing in order: one table, and what it means below it.
func TestASignalEndsTheTable(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	s := openScreen(t, p, 100, 40, "--demo", "create", "--yes")
	s.sees("all            3    3")
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	s.ends(130)
	eventually(t, "a sentence below one table", func() bool {
		_, below, ok := strings.Cut(s.text(), "all            3    3")
		return ok && strings.Contains(below, "stopped by a signal") && strings.Count(s.text(), "FAILED") == 1
	})
}

// A terminal that can't move its cursor gets plain lines.
func TestADumbTerminalGetsLines(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.env = []string{"TERM=dumb"}
	s := openScreen(t, p, 160, 40, "--demo", "create", "--yes")
	s.sees("ready after", "INSTANCE")
	s.ends(0)
	if strings.Contains(s.text(), "ASKED") {
		t.Errorf("a table on a dumb terminal:\n%s", s.text())
	}
}

// ends waits until the program has ended with an exit code.
func (s *screen) ends(code int) {
	s.t.Helper()
	ended := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(patience):
		s.t.Fatalf("it did not end:\n%s", s.text())
	}
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("exit %d, want %d:\n%s", got, code, s.text())
	}
}
