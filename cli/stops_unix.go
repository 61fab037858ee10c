//go:build unix

package cli

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"spot-tui/tui"
)

// stops owns SIGTSTP and SIGCONT while the full screen has the terminal, so that the
// terminal is given back before the process stops.
type stops struct {
	tstp, cont chan os.Signal
	asked      chan bool
	went       chan struct{} // goes on after Stop
	done       chan struct{}
	terminal   atomic.Int32 // whose it is: one of those below
	tty        int          // its descriptor
}

const (
	terminalOurs    int32 = iota
	terminalLent          // another program's
	terminalStopped       // the shell's, while Stop waits
)

// newStops takes the signals of a program on a terminal; end lets go of them.
func newStops(terminal any) (_ tui.Stops, end func()) {
	f, ok := terminal.(*os.File)
	if !ok {
		return nil, func() {}
	}
	s := &stops{tty: int(f.Fd()), tstp: make(chan os.Signal, 1), cont: make(chan os.Signal, 1), asked: make(chan bool, 1), went: make(chan struct{}, 1), done: make(chan struct{})}
	signal.Notify(s.tstp, syscall.SIGTSTP)
	signal.Notify(s.cont, syscall.SIGCONT)
	go s.loop() // ends with end
	return s, func() {
		signal.Stop(s.tstp)
		signal.Stop(s.cont)
		close(s.done)
	}
}

func (s *stops) loop() {
	for {
		select {
		case <-s.tstp:
			switch s.terminal.Load() {
			case terminalOurs:
				s.ask(true)
			case terminalLent: // its Ctrl+Z was for us, too
				_ = syscall.Kill(os.Getpid(), stopSignal)
			}
		case <-s.cont:
			switch s.terminal.Load() {
			case terminalOurs:
				s.ask(false)
			case terminalStopped:
				select {
				case s.went <- struct{}{}:
				default:
				}
			}
		case <-s.done:
			return
		}
	}
}

func (s *stops) ask(stop bool) {
	select {
	case s.asked <- stop:
	default: // the screen has not done yet what was asked before; it comes to the same
	}
}

// Asked implements tui.Stops.
func (s *stops) Asked() <-chan bool { return s.asked }

// Lend implements tui.Stops.
func (s *stops) Lend() (back func()) {
	s.terminal.Store(terminalLent)
	return func() { s.terminal.Store(terminalOurs) }
}

// stopSignal stops us. It can't be SIGTSTP: once that was asked for, Go's runtime
// keeps it, also after signal.Stop. SIGSTOP would stop us where nothing has us go on.
const stopSignal = syscall.SIGTTIN

// stopTime is how long the system may take to stop the process, and how long one
// that is not stopped shows nothing.
const stopTime = time.Second

// Stop implements tui.Stops. The whole process group is stopped, as a terminal's
// Ctrl+Z does: a script that has started us stops with us. The system does not stop
// a group that has no parent in its session (POSIX, "orphaned process group"), for
// nothing would have it go on: so it is where a terminal, ssh or a container runs us
// without a shell.
func (s *stops) Stop() bool {
	s.terminal.Store(terminalStopped)
	defer s.terminal.Store(terminalOurs)
	select {
	case <-s.went: // late, of the stop before
	default:
	}
	began := time.Now()
	if err := syscall.Kill(0, stopSignal); err != nil {
		return false
	}
	late := time.NewTimer(stopTime)
	defer late.Stop()
	select {
	case <-s.went:
	case <-late.C: // the clock goes on while a process is stopped
		if time.Since(began) < 2*stopTime {
			return false
		}
	}
	s.waitForTerminal()
	return true
}

// lookTime is how often a process in the background looks whether the terminal is
// its own again: a shell's fg need not tell it.
const lookTime = 200 * time.Millisecond

// waitForTerminal returns when we are in the foreground. In the background, after
// bg, the fleet is watched and healed without a screen: to draw would stop us again.
func (s *stops) waitForTerminal() {
	look := time.NewTicker(lookTime)
	defer look.Stop()
	for {
		group, err := unix.IoctlGetInt(s.tty, unix.TIOCGPGRP)
		if err != nil || group == unix.Getpgrp() { // a terminal that is gone is nobody's
			return
		}
		<-look.C // also while we end: whoever returns from here draws
	}
}
