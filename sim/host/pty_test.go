package host

import (
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	xssh "golang.org/x/crypto/ssh"
)

// typist is a person at a terminal.
type typist struct {
	t  *testing.T
	s  *xssh.Session
	in io.Writer

	mu   sync.Mutex
	seen strings.Builder
}

func (y *typist) Write(b []byte) (int, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.seen.Write(b)
}

func login(t *testing.T, c *xssh.Client) *typist {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	y := &typist{t: t, s: s}
	s.Stdout = y
	if y.in, err = s.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.RequestPty("xterm-256color", 24, 80, xssh.TerminalModes{xssh.ECHO: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	return y
}

// types sends keys, waits until all is quiet and gives what the screen got. It
// works in a bubble only.
func (y *typist) types(keys string) string {
	y.t.Helper()
	if _, err := io.WriteString(y.in, keys); err != nil {
		y.t.Fatal(err)
	}
	synctest.Wait()
	y.mu.Lock()
	defer y.mu.Unlock()
	defer y.seen.Reset()
	return y.seen.String()
}

const prompt = "ubuntu@ip-172-31-5-6:~$ "

func TestInteractiveShell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newHost(t))
		y := login(t, c)
		if got := y.types(""); !strings.Contains(got, "simulated instance: i-0123456789abcdef0 (t3.medium) in us-west-2b") || !strings.HasSuffix(got, prompt) {
			t.Errorf("at login: %q", got)
		}
		for _, step := range []struct{ keys, has, ends string }{
			{"echo a b\r", "echo a b\r\na b\r\n", prompt},
			{"cd /tmp\r", "", "ubuntu@ip-172-31-5-6:/tmp$ "},
			{"cd\r", "", prompt},
			{"x=5\r", "", prompt},
			{"echo $x $TERM\r", "\n5 xterm-256color\r\n", prompt},
			{"false\r", "", prompt},
			{"echo $?\r", "\n1\r\n", prompt},
			{"\x1b[A\x1b[A\x1b[A\r", "\n5 xterm-256color\r\n", prompt}, // history
			{"echo typo\x7f\x7f\x7f\x7fright\r", "\nright\r\n", prompt},
			{"nonsense\r", "bash: nonsense: command not found\r\n", prompt},
			{"for i in 1 2; do\r", "", "> "},
			{"echo n$i\rdone\r", "n1\r\nn2\r\n", prompt},
			{"echo 'unfinished\r", "", "> "},
			{"\x03", "", prompt},
			{"half a line\x03", "^C", prompt},
			{"echo $?\r", "\n130\r\n", prompt},
			{"cat\r", "", "cat\r\n"},
			{"to cat\r", "to cat\r\nto cat\r\n", ""},
			{"\x04", "", prompt},
			{"read x; echo got $x\r", "", "\r\n"},
			{"typed\x7f\x7fed\r", "got typed\r\n", prompt},
			{"echo )\r", "syntax error", prompt},
			{"sudo id -un | tr a-z A-Z\r", "ROOT\r\n", prompt},
		} {
			got := y.types(step.keys)
			if !strings.Contains(got, step.has) || !strings.HasSuffix(got, step.ends) {
				t.Errorf("%q showed %q", step.keys, got)
			}
		}
		y.types("sleep 1000\r")
		if got := y.types("\x03"); !strings.Contains(got, "^C") || !strings.HasSuffix(got, prompt) {
			t.Errorf("Ctrl+C on a command: %q", got)
		}
		y.types("cat\r")
		if got := y.types("\x03"); !strings.HasSuffix(got, prompt) {
			t.Errorf("Ctrl+C on a reading command: %q", got)
		}
		if err := y.s.WindowChange(40, 132); err != nil {
			t.Error(err)
		}
		if _, err := io.WriteString(y.in, "exit 9\r"); err != nil {
			t.Fatal(err)
		}
		if status := exitStatus(t, y.s.Wait()); status != 9 {
			t.Errorf("exit 9 gave %d", status)
		}
		c.Close()
	})
}

func TestShellEndsWithCtrlDAndWithoutATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newHost(t))
		y := login(t, c)
		y.types("false\r")
		if _, err := io.WriteString(y.in, "\x04"); err != nil {
			t.Fatal(err)
		}
		if status := exitStatus(t, y.s.Wait()); status != 1 {
			t.Errorf("Ctrl+D gave %d", status)
		}

		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		s.Stdout = &out
		s.Stdin = strings.NewReader("read x\nthe next line\necho $x\nif true\nthen echo in if\nfi\nexit 4\necho unreached\n")
		if err := s.Shell(); err != nil {
			t.Fatal(err)
		}
		if status := exitStatus(t, s.Wait()); status != 4 || out.String() != "the next line\nin if\n" {
			t.Errorf("a script on standard input: %d, %q", status, out.String())
		}
		c.Close()
	})
}

func TestExecOnATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newHost(t))
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		in, err := s.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		s.Stdout = &out
		if err := s.RequestPty("vt100", 24, 80, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Start("echo $TERM $SSH_TTY; sleep 1000"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := in.Write([]byte{ctrlC}); err != nil {
			t.Fatal(err)
		}
		if status := exitStatus(t, s.Wait()); status != 130 || out.String() != "vt100 /dev/pts/0\r\n" {
			t.Errorf("%d, %q", status, out.String())
		}
		c.Close()
	})
}
