package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"spot-tui/fleet"
)

// statusError is a script that ended badly.
type statusError struct {
	code int
	said string
}

func (e *statusError) Error() string {
	if e.said == "" {
		return fmt.Sprintf("exit %d", e.code)
	}
	return fmt.Sprintf("%s (exit %d)", e.said, e.code)
}

// remote runs one script; a status other than 0 is an error with the last of
// what the host said. Arguments are words of a shell, quoted already.
func (u *upload) remote(ctx context.Context, root bool, script string, args []string, stdin io.Reader, stdout io.Writer, started func()) error {
	s, err := u.c.openSession(ctx, u.op, u.t)
	if err != nil {
		return err
	}
	said := &tail{}
	st, err := s.run(ctx, fleet.Command{Line: scriptLine(root, script, args), Stdin: stdin, Stdout: stdout, Stderr: said, Started: started})
	return outcome(st, err, said, root)
}

// scriptLine makes a command line for any POSIX login shell. The shell that
// expands the arguments is the login's, also where root runs the script.
func scriptLine(root bool, script string, args []string) string {
	words := append([]string{"sh", "-c", fleet.Quote(script), "sh"}, args...)
	if root {
		words = append([]string{"sudo", "-n", "--"}, words...)
	}
	return strings.Join(words, " ")
}

// outcome makes an error of a script that ended badly.
func outcome(st fleet.ExitStatus, err error, said *tail, root bool) error {
	switch {
	case err != nil:
		var in *inputError
		if errors.As(err, &in) {
			return in.err
		}
		return err
	case st.Signal != "":
		return &reachError{kind: fleet.KindInternal, words: "the host's program was ended by SIG" + fleet.Clean(st.Signal)}
	case st.Code != 0:
		e := &statusError{code: st.Code, said: said.String()}
		r := &reachError{kind: fleet.KindInternal, words: e.Error(), err: e}
		if root && strings.Contains(e.said, "sudo") {
			r.kind, r.hint = fleet.KindDenied, "an owner is given with sudo, which must not ask for a password"
		}
		return r
	}
	return nil
}

// tail keeps the end of what a host said.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 2 << 10
	t.b = append(t.b, p...)
	if len(t.b) > most {
		t.b = append(t.b[:0], t.b[len(t.b)-most:]...)
	}
	return len(p), nil
}

// String is the last three lines as one, cleaned.
func (t *tail) String() string {
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(fleet.Clean(lines[i]))
	}
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}

// firstFailure reads what sha256sum -c prints and keeps the first name that
// isn't OK.
type firstFailure struct {
	line []byte
	name string
}

func (f *firstFailure) Write(p []byte) (int, error) {
	for _, b := range p {
		if b != '\n' {
			f.line = append(f.line, b)
			continue
		}
		if at := bytes.LastIndex(f.line, []byte(": ")); at >= 0 && f.name == "" && bytes.HasPrefix(f.line[at+2:], []byte("FAILED")) {
			f.name = strings.TrimPrefix(string(f.line[:at]), "./")
		}
		f.line = f.line[:0]
	}
	return len(p), nil
}
