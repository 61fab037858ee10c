package main

import (
	"context"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// terminal is the program with a terminal emulator in front of it.
type terminal struct {
	cmd  *exec.Cmd
	tty  *os.File
	mu   sync.Mutex // guards emu's cells
	emu  *vt.Emulator
	done sync.WaitGroup
}

// open starts a command in a terminal of a size and a background.
func open(cmd *exec.Cmd, cols, rows int, background color.Color) (*terminal, error) {
	t := &terminal{cmd: cmd, emu: vt.NewEmulator(cols, rows)}
	t.emu.SetDefaultBackgroundColor(background)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if err != nil {
		return nil, err
	}
	t.tty = tty
	t.done.Go(func() { _, _ = io.Copy(t, tty) })     // ends with an error when the program has ended
	t.done.Go(func() { _, _ = io.Copy(tty, t.emu) }) // the terminal's answers to questions
	return t, nil
}

// Write puts the program's output on the screen.
func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emu.Write(b)
}

func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emu.String()
}

// patience is how long a text may take to appear.
const patience = time.Minute

// sees waits until the screen shows all texts, twice in a row: then it is no
// frame on its way to another.
func (t *terminal) sees(ctx context.Context, texts ...string) error {
	limit := time.Now().Add(patience)
	last := ""
	for {
		shown := t.text()
		missing := ""
		for _, want := range texts {
			if !strings.Contains(shown, want) {
				missing = want
			}
		}
		if missing == "" && shown == last {
			return nil
		}
		last = ""
		if missing == "" {
			last = shown
		}
		if time.Now().After(limit) {
			return fmt.Errorf("the screen does not show %q:\n%s", missing, shown)
		}
		if err := pause(ctx, 120*time.Millisecond); err != nil {
			return err
		}
	}
}

// types types keys, each after the program had time to draw.
func (t *terminal) types(ctx context.Context, keys ...string) error {
	for _, k := range keys {
		if _, err := io.WriteString(t.tty, k); err != nil {
			return err
		}
		if err := pause(ctx, 150*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// pause lets real time pass: the program has its own clock.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends the program at once.
func (t *terminal) close() {
	_ = t.cmd.Process.Kill() // ended already where all went well
	_ = t.cmd.Wait()
	t.tty.Close()
	if c, ok := t.emu.InputPipe().(io.Closer); ok {
		c.Close()
	}
	t.done.Wait()
}
