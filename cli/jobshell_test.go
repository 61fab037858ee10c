//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// shellMain is a shell with job control that has one job: it runs its arguments in
// the foreground, takes the terminal back when they stop, and says so on descriptor 3.
// On descriptor 4 come orders: fg gives it to them and has them go on, bg only has
// them go on, front only gives it to them.
func shellMain() int {
	says, orders := os.NewFile(3, "says"), bufio.NewScanner(os.NewFile(4, "orders"))
	c := exec.CommandContext(context.Background(), os.Args[1], os.Args[2:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, beShell+"=") {
			c.Env = append(c.Env, e)
		}
	}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: 0}
	if err := c.Start(); err != nil {
		fmt.Fprintln(says, err)
		return 1
	}
	signal.Ignore(syscall.SIGTTOU, syscall.SIGTSTP, syscall.SIGINT) // after the start: what is ignored is inherited
	job := c.Process.Pid
	fmt.Fprintln(says, "pid", job)
	foreground := func(group int) {
		if err := unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, group); err != nil {
			fmt.Fprintln(says, err)
		}
	}
	go func() { // ends with the process
		for orders.Scan() {
			if orders.Text() != "bg" {
				foreground(job)
			}
			if orders.Text() != "front" {
				_ = syscall.Kill(-job, syscall.SIGCONT)
			}
		}
	}()
	for {
		var st syscall.WaitStatus
		switch _, err := syscall.Wait4(job, &st, syscall.WUNTRACED, nil); {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			fmt.Fprintln(says, err)
			return 1
		case st.Stopped():
			foreground(unix.Getpgrp())
			fmt.Fprintln(says, "stopped by", unix.SignalName(st.StopSignal()))
		default:
			fmt.Fprintln(says, "exit", st.ExitStatus(), st.Signal())
			return 0
		}
	}
}

// jobShell is the program as the job of a shell, on a screen.
type jobShell struct {
	*screen
	pid    int
	said   chan string
	orders io.Writer
}

func openJob(t *testing.T, p *program, args ...string) *jobShell {
	t.Helper()
	says, saysEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ordersEnd, orders, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { says.Close(); orders.Close() })
	c := p.command(context.Background(), args...)
	c.Args = append([]string{c.Args[0], c.Path}, c.Args[1:]...)
	c.Env = append(c.Env, beShell+"=1")
	c.ExtraFiles = []*os.File{saysEnd, ordersEnd}
	j := &jobShell{screen: startScreen(t, c, 80, 24), said: make(chan string, 10), orders: orders}
	saysEnd.Close()
	ordersEnd.Close()
	j.done.Go(func() {
		for in := bufio.NewScanner(says); in.Scan(); {
			j.said <- in.Text()
		}
		close(j.said)
	})
	if _, err := fmt.Sscanf(j.hears("pid "), "pid %d", &j.pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(j.pid, syscall.SIGKILL) }) // ended already where all went well
	return j
}

// hears waits until the shell says something that begins with a text.
func (j *jobShell) hears(text string) string {
	j.t.Helper()
	select {
	case line := <-j.said:
		if !strings.HasPrefix(line, text) {
			j.t.Fatalf("the shell says %q, not %q:\n%s", line, text, j.text())
		}
		return line
	case <-time.After(patience):
		j.t.Fatalf("the shell does not say %q:\n%s", text, j.text())
	}
	return ""
}

// order tells the shell what to do with its stopped job.
func (j *jobShell) order(text string) {
	j.t.Helper()
	if _, err := io.WriteString(j.orders, text+"\n"); err != nil {
		j.t.Fatal(err)
	}
}

// restored waits until the terminal is as it was before the program: its lines are
// edited by the kernel, its main screen is shown with a cursor, and it reports nothing.
func (s *screen) restored() {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		left := s.modes.left()
		now, err := term.GetState(int(s.tty.Fd()))
		if err != nil {
			s.t.Fatal(err)
		}
		if len(left) == 0 && reflect.DeepEqual(now, s.before) {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("left behind after %s: %v; the line settings are %+v, were %+v", patience, left, now, s.before)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// terminalModes is what a program has switched on in its terminal.
type terminalModes struct {
	mu    sync.Mutex
	tail  []byte          // the beginning of a sequence that goes on
	on    map[string]bool // private modes, by number
	kitty int             // keyboard protocols that were pushed
}

var (
	privateMode = regexp.MustCompile(`^\x1b\[\?([0-9;]+)([hl])`)
	kittyMode   = regexp.MustCompile(`^\x1b\[([<>])[0-9]*u`)
	wholeMode   = regexp.MustCompile(`^\x1b\[[0-9;?<>=]*[^0-9;?<>=]`)
)

// read takes in what is written to the terminal.
func (m *terminalModes) read(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b = append(m.tail, b...)
	for {
		i := bytes.IndexByte(b, 0x1b)
		if i < 0 {
			m.tail = nil
			return
		}
		b = b[i:]
		if seq := privateMode.FindSubmatch(b); seq != nil {
			for _, n := range strings.Split(string(seq[1]), ";") {
				m.on[n] = string(seq[2]) == "h"
			}
		} else if seq := kittyMode.FindSubmatch(b); seq != nil {
			m.kitty += map[string]int{">": 1, "<": -1}[string(seq[1])]
		} else if len(b) < 2 || b[1] == '[' && !wholeMode.Match(b) {
			m.tail = bytes.Clone(b)
			return
		}
		b = b[1:]
	}
}

// left lists what is not as a terminal begins.
func (m *terminalModes) left() (left []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for mode, name := range map[string]string{"1049": "the alternate screen", "1000": "mouse clicks", "1002": "mouse drags", "1003": "mouse moves", "1006": "mouse reports", "1004": "focus reports", "2004": "marked pastes", "2026": "a frame that was not ended"} {
		if m.on[mode] {
			left = append(left, name)
		}
	}
	if shown, set := m.on["25"]; set && !shown {
		left = append(left, "a hidden cursor")
	}
	if m.kitty != 0 {
		left = append(left, fmt.Sprintf("%d keyboard protocols", m.kitty))
	}
	return left
}
