package tui

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"spot-tui/fleet"
)

// shellCommand is a remote shell as Bubble Tea runs a program: it owns the
// terminal until the shell ends.
type shellCommand struct {
	ctx  context.Context
	face fleet.Face
	id   fleet.InstanceID
	zone fleet.Zone
	in   io.Reader
	out  io.Writer
	err  io.Writer
}

// SetStdin implements tea.ExecCommand.
func (s *shellCommand) SetStdin(r io.Reader) { s.in = r }

// SetStdout implements tea.ExecCommand.
func (s *shellCommand) SetStdout(w io.Writer) { s.out = w }

// SetStderr implements tea.ExecCommand.
func (s *shellCommand) SetStderr(w io.Writer) { s.err = w }

// Run implements tea.ExecCommand. A shell's own exit status is no error.
func (s *shellCommand) Run() error {
	over := time.NewTimer(shortest)
	defer over.Stop()
	_, _ = fmt.Fprintf(s.out, "%s %s: exit or Ctrl+D returns to spot-tui\r\n", s.id, s.zone) // a terminal that is gone ends the shell too
	_, err := s.face.Interactive(s.ctx, s.id, fleet.TTY{In: s.in, Out: s.out, Err: s.err, Term: os.Getenv("TERM")})
	select {
	case <-over.C:
	case <-s.ctx.Done():
	}
	return err
}
