//go:build unix

package cli

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// endTime is within what the program ends after a signal, the terminal restored.
const endTime = 2 * time.Second

// A signal ends the program within two seconds with its exit code, and the terminal
// is as it was, whatever is on the screen.
func TestSignalsRestoreTheTerminal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		signals []syscall.Signal
		keys    string
		code    int
	}{
		"terminated":       {[]syscall.Signal{syscall.SIGTERM}, "", 143},
		"hangup":           {[]syscall.Signal{syscall.SIGHUP}, "M", 129},
		"interrupt":        {[]syscall.Signal{syscall.SIGINT}, "", 130},
		"interrupt, twice": {[]syscall.Signal{syscall.SIGINT, syscall.SIGINT}, "n", 130},
		"in the help":      {[]syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, "?", 143},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openScreen(t, newProgram(t), 80, 24, "--demo")
			s.sees("n new")
			s.typed(tt.keys)
			eventually(t, "the alternate screen with its modes", func() bool { return s.alternate() && len(s.modes.left()) >= 3 })
			began := time.Now()
			for _, sig := range tt.signals {
				if err := s.cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
			s.ends(tt.code)
			if took := time.Since(began); took > endTime && !testing.Short() { // the detector's own time is nobody's
				t.Errorf("it took %s", took)
			}
			s.restored()
			if s.alternate() {
				t.Error("it is on the alternate screen")
			}
		})
	}
}

// Ctrl+Z, and a SIGTSTP from outside, stop the program as the job that it is; the
// terminal is the shell's as it was. fg draws the whole screen, and keys work.
func TestSuspensionGivesTheTerminalBackAndFgTheScreen(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(j *jobShell){
		"the key":      func(j *jobShell) { j.key("\x1a") },
		"from outside": func(j *jobShell) { j.signal(syscall.SIGTSTP) },
		"in a dialog":  func(j *jobShell) { j.key("n"); j.sees("What it costs"); j.signal(syscall.SIGTSTP) },
		"with a mouse": func(j *jobShell) { j.key("M"); j.sees("the mouse is on"); j.key("\x1a") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := openJob(t, newProgram(t), "--demo")
			j.sees("n new")
			for range 2 {
				stop(j)
				j.hears("stopped by SIGTTIN")
				j.restored()
				if j.alternate() || strings.Contains(j.text(), "n new") {
					t.Fatalf("the main screen has\n%s", j.text())
				}
				j.order("fg")
				j.sees("data 0s", "? help")
				j.key("?")
				j.sees("you are here")
				j.changes("\x1b", "you are here")
				if strings.Contains(j.text(), "What it costs") {
					j.changes("\x1b", "What it costs")
				}
				j.sees("n new", "following")
			}
			j.key("q")
			j.hears("exit 0")
			j.restored()
		})
	}
}

// In the background it goes on without a screen, ends by a signal, and has its screen
// again when the shell gives it the terminal.
func TestInTheBackgroundItGoesOnWithoutAScreen(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		then func(j *jobShell)
		exit string
	}{
		"brought back": {func(j *jobShell) { j.order("front"); j.sees("n new"); j.key("q") }, "exit 0"},
		"hung up":      {func(j *jobShell) { j.signal(syscall.SIGHUP) }, "exit 129"},
		"terminated":   {func(j *jobShell) { j.signal(syscall.SIGTERM) }, "exit 143"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := openJob(t, newProgram(t), "--demo")
			j.sees("n new")
			j.key("\x1a")
			j.hears("stopped by SIGTTIN")
			j.order("bg")
			wait(t, time.Second)
			j.restored()
			if strings.Contains(j.text(), "n new") {
				t.Errorf("it draws in the background:\n%s", j.text())
			}
			tt.then(j)
			j.hears(tt.exit)
			j.restored()
		})
	}
}

// A program that has the terminal is stopped with us by its Ctrl+Z, and goes on with
// us; when it ends, the screen is there again.
func TestAPagerIsStoppedWithUs(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.env = []string{"PAGER=echo the pager asks; read answer < /dev/tty; echo it read $answer; sleep 0.2"}
	j := openJob(t, p, "--demo")
	j.sees("n new")
	j.key("@")
	j.sees("Command log")
	j.key("e")
	j.sees("the pager asks")
	j.key("\x1a")
	j.hears("stopped by SIGTTIN")
	j.order("fg")
	j.typed("forty\r")
	j.sees("Command log", "e pager")
	j.changes("\x1b", "Command log")
	j.key("q")
	j.hears("exit 0")
	j.restored()
}

// A stop that can't be announced leaves the screen to the shell; what comes back is
// whole all the same.
func TestAfterSIGSTOPTheScreenIsDrawnAnew(t *testing.T) {
	t.Parallel()
	j := openJob(t, newProgram(t), "--demo")
	j.sees("n new")
	j.signal(syscall.SIGSTOP)
	j.hears("stopped by SIGSTOP")
	j.scribble("$ echo the shell was here\r\n")
	j.order("fg")
	eventually(t, "the whole screen", func() bool {
		return strings.Contains(j.text(), "n new") && !strings.Contains(j.text(), "the shell was here")
	})
	j.key("?")
	j.sees("you are here")
	j.changes("\x1b", "you are here")
	j.key("q")
	j.hears("exit 0")
	j.restored()
}

// Where no shell is above it, nothing could have the program go on: it says so, and
// goes on by itself.
func TestWithoutAShellSuspensionSaysSo(t *testing.T) {
	t.Parallel()
	s := openScreen(t, newProgram(t), 80, 24, "--demo")
	s.sees("n new")
	s.key("\x1a")
	s.sees("no shell is there that could have", "n new")
	s.key("q")
	s.ends(0)
	s.restored()
}

func (j *jobShell) signal(sig syscall.Signal) {
	j.t.Helper()
	if err := syscall.Kill(j.pid, sig); err != nil {
		j.t.Fatal(err)
	}
}

// scribble writes on the screen as a shell does while its job is stopped.
func (s *screen) scribble(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.emu.Write([]byte(text))
}
