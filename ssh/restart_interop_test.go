//go:build interop && linux

package ssh

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"spot-tui/fleet"
)

// crash ends sshd with every connection, as a reboot does.
func (d *sshd) crash(t *testing.T) {
	t.Helper()
	all := below(d.cmd.Process.Pid)
	d.end()
	for _, pid := range all {
		_ = syscall.Kill(pid, syscall.SIGKILL) // some end with the others
	}
}

// below gives the processes that a process started, and theirs.
func below(pid int) (all []int) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	for _, f := range strings.Fields(string(b)) {
		if n, err := strconv.Atoi(f); err == nil {
			all = append(append(all, n), below(n)...)
		}
	}
	return all
}

func TestInteropRestartWhileIdle(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	for range 3 {
		d.crash(t)
		d.begin(t)
		d.up(t)
		if st, err := c.Run(t.Context(), d.target("i-0real"), fleet.Command{Line: "true"}); err != nil || !st.OK() {
			t.Fatalf("%+v %v", st, err)
		}
	}
}

func TestInteropRestartInACommand(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	mark := filepath.Join(d.home, "ran")
	started := 0
	_, err := c.Run(t.Context(), d.target("i-0real"), fleet.Command{
		Line:    "echo x >> " + mark + "; echo up; sleep 60",
		Started: func() { started++ },
		Stdout:  writerFunc(func([]byte) (int, error) { d.crash(t); return 0, nil }),
	})
	if fleet.KindOf(err) != fleet.KindUnknown || started != 1 || !strings.Contains(err.Error(), "result unknown") {
		t.Errorf("started %d times, %v", started, err)
	}
	d.begin(t)
	d.up(t)
	if st, err := c.Run(t.Context(), d.target("i-0real"), fleet.Command{Line: "true"}); err != nil || !st.OK() {
		t.Errorf("%+v %v", st, err)
	}
	if got := read(t, mark); got != "x\n" {
		t.Errorf("it ran more than once: %q", got)
	}
}

// With MaxSessions 64 twenty commands that wait for one another all run at once;
// with 10 they queue, and with 1 they go one by one.
func TestInteropSessionsByMaxSessions(t *testing.T) {
	for _, allowed := range []int{64, 10, 1} {
		t.Run(fmt.Sprint(allowed), func(t *testing.T) {
			d := startSSHD(t, fmt.Sprintf("MaxSessions %d", allowed))
			c := d.client(t)
			line := "sleep 0.05; echo done"
			if allowed == 64 {
				line = `d=$HOME/meet; mkdir -p $d; touch $d/$$; until [ $(ls $d | wc -l) -ge 20 ]; do sleep 0.02; done; echo done`
			}
			began := time.Now()
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					var out bytes.Buffer
					st, err := c.Run(t.Context(), d.target("i-0real"), fleet.Command{Line: line, Stdout: &out})
					if err != nil || !st.OK() || out.String() != "done\n" {
						t.Errorf("%+v %v %q", st, err, out.String())
					}
				})
			}
			all.Wait()
			t.Logf("20 sessions, %d allowed: %s", allowed, time.Since(began).Round(time.Millisecond))
			if n := strings.Count(read(t, filepath.Join(d.dir, "log")), "Accepted publickey"); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

func TestInteropForwardOverARestart(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	to := shouter(t)
	addr, notices, end := forwarded(t, c, d.target("i-0real"), to)
	if got, err := shout(addr, "first"); err != nil || got != "FIRST" {
		t.Fatalf("%q %v", got, err)
	}
	d.crash(t)
	if got := <-notices; !strings.Contains(got, "broke") {
		t.Error(got)
	}
	d.begin(t)
	for got := ""; !strings.Contains(got, "there again"); {
		got = <-notices
	}
	if got, err := shout(addr, "second"); err != nil || got != "SECOND" {
		t.Errorf("%q %v", got, err)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestInteropForwardRefused(t *testing.T) {
	d := startSSHD(t, "AllowTcpForwarding no")
	c := d.client(t)
	addr, notices, end := forwarded(t, c, d.target("i-0real"), shouter(t))
	for range 3 {
		if got, _ := shout(addr, "x"); got != "" {
			t.Errorf("%q", got)
		}
	}
	if err := end(); err != nil || len(notices) != 1 {
		t.Errorf("%d notices, %v", len(notices), err)
	}
	if got := <-notices; !strings.Contains(got, "AllowTcpForwarding") {
		t.Error(got)
	}
}

func TestInteropShellInATerminalThatIsResized(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	person, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	defer tty.Close()
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 40, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	type result struct {
		st  fleet.ExitStatus
		err error
	}
	done := make(chan result, 1)
	go func() {
		st, err := c.Interactive(t.Context(), d.target("i-0real"), fleet.TTY{In: tty, Out: tty, Err: tty, Term: "xterm"})
		done <- result{st, err}
	}()
	say := func(line, want string) {
		t.Helper()
		must(person.WriteString(line + "\n"))
		expect(t, person, want)
	}
	say("stty -echo; PS1=; echo size=$(stty size)", "size=40 100")
	say("trap 'echo resized=$(stty size)' WINCH; echo trap''ped", "trapped")
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 50, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	// The kernel tells the terminal's own session only, which we are not in.
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	expect(t, person, "resized=50 120")
	must(person.WriteString("exit 6\n"))
	if r := <-done; r.err != nil || r.st.Code != 6 {
		t.Errorf("%+v %v", r.st, r.err)
	}
}
