package fleet

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// shell is a host's shell: the scripts are for any POSIX one, this is ours.
type shell struct {
	t    *testing.T
	home string
}

func (s shell) run(line, in string) (out, said string, code int) {
	s.t.Helper()
	c := exec.CommandContext(s.t.Context(), "sh", "-c", line)
	c.Env = []string{"HOME=" + s.home, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	c.Dir = s.home
	var o, e bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(in), &o, &e
	if err := c.Run(); c.ProcessState == nil {
		s.t.Fatal(err)
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

func (s shell) start(key, script string) {
	s.t.Helper()
	if out, said, code := s.run(jobLine(jobStart, "setup", key, fmt.Sprint(len(script))), script); code != 0 || out+said != "" {
		s.t.Fatalf("start: exit %d, %q %q", code, out, said)
	}
}

func (s shell) read(from string) (out, said string, code int) {
	s.t.Helper()
	return s.run(jobLine(jobRead, "setup", from), "")
}

func TestJobIsStartedOnceAndReadOn(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	s.start("k1", "#!/bin/sh\necho one >> count; echo one; until [ -e go ]; do sleep 0.05; done; echo two >&2; exit 3\n")
	s.start("k1", "#!/bin/sh\necho other\n") // a connection that broke just after it: the same is taken up
	s.run("touch go", "")
	if out, said, code := s.read("0"); out != "one\ntwo\n" || said != "" || code != 3 {
		t.Errorf("%q %q exit %d", out, said, code)
	}
	if out, _, code := s.read("4"); out != "two\n" || code != 3 {
		t.Errorf("read on from byte 4: %q exit %d", out, code)
	}
	if out, _, _ := s.run("cat count", ""); out != "one\n" {
		t.Errorf("it ran more than once: %q", out)
	}
	s.start("k1", "exit 0\n") // it had failed: the next start runs it again
	if _, _, code := s.read("0"); code != 0 {
		t.Errorf("exit %d", code)
	}
	s.start("k1", "exit 9\n") // it had ended well: nothing is to be done
	if _, _, code := s.read("0"); code != 0 {
		t.Errorf("exit %d of a job that was done", code)
	}
}

func TestJobOfAnotherKeyTakesThePlaceOfOneThatRuns(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	s.start("k1", "#!/bin/sh\ntrap 'echo ended > ended; exit' TERM\nsleep 60 & wait\n")
	s.start("k2", `echo '$HOME is it'; kill -9 $$`+"\n")
	if out, said, code := s.read("0"); !strings.HasPrefix(out, "$HOME is it\n") || said != "" || code != 137 {
		t.Errorf("%q %q exit %d", out, said, code)
	}
	if out, _, _ := s.run("i=0; while [ ! -e ended ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done; cat ended", ""); out != "ended\n" {
		t.Errorf("the first one was left running: %q", out)
	}
}

func TestJobThatIsStoppedOrGoneIsSaidSo(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	s.start("k1", "echo begun; sleep 60\n")
	if _, said, code := s.run(jobLine(jobStop, "setup"), ""); code != 0 {
		t.Fatalf("stop: exit %d %q", code, said)
	}
	if out, said, code := s.read("0"); out != "begun\n" || said != "gone\n" || code != 125 {
		t.Errorf("%q %q exit %d", out, said, code)
	}
	s.start("k2", "echo begun; sleep 60\n")
	s.run("echo an earlier boot > .spot-tui/jobs/setup/boot; kill -s KILL -- -$(cat .spot-tui/jobs/setup/pid)", "")
	if _, said, _ := s.read("0"); said != "gone\n" {
		t.Errorf("after a restart: %q", said)
	}
}

// A connection that breaks is an end of input for the host: half a script is never
// run, and what runs is left alone.
func TestJobWhoseScriptIsCutIsNotRun(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	script := "touch one\ntouch two\n"
	if _, said, code := s.run(jobLine(jobStart, "setup", "k1", fmt.Sprint(len(script))), script[:10]); code != notStarted || !strings.Contains(said, "did not arrive whole") {
		t.Errorf("exit %d %q", code, said)
	}
	if out, _, _ := s.run("ls; ls .spot-tui/jobs", ""); out != "" {
		t.Errorf("it left %q", out)
	}
	s.start("k1", "echo fine; sleep 0.3\n")
	if _, _, code := s.run(jobLine(jobStart, "setup", "k2", "99"), "echo cut"); code != notStarted {
		t.Errorf("exit %d", code)
	}
	if out, _, code := s.read("0"); out != "fine\n" || code != 0 {
		t.Errorf("what ran was disturbed: %q exit %d", out, code)
	}
}

// Two that start at once, as after a connection that broke, run one script once.
func TestTwoStartsAtOnceRunOnce(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	script := "echo run >> count; sleep 0.5\n"
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			c := exec.CommandContext(t.Context(), "sh", "-c", jobLine(jobStart, "setup", "k", fmt.Sprint(len(script))))
			c.Env, c.Dir, c.Stdin = []string{"HOME=" + s.home, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, s.home, strings.NewReader(script)
			_ = c.Run() // one that lost says so, and would be tried again
		})
	}
	both.Wait()
	s.start("k", script)
	if _, _, code := s.read("0"); code != 0 {
		t.Errorf("exit %d", code)
	}
	if out, _, _ := s.run("cat count", ""); out != "run\n" {
		t.Errorf("it ran %q", out)
	}
}
