package cli

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"spot-tui/fleet"
)

// How often a board is drawn: not more often than the first, and for the
// seconds that pass at least as often as the second.
const (
	drawAtMost  = 80 * time.Millisecond
	drawAtLeast = 500 * time.Millisecond
)

// live draws lines on a terminal and draws them again in the same place. The
// cursor stands below them, so that whatever comes next is printed there.
type live struct {
	out   io.Writer
	size  func() (width, height int)
	lines []string // as they stand on the screen
	width int      // of the screen when they were drawn
}

// newLive is nil where a person does not look at a terminal that can do it.
func (a *app) newLive() *live {
	f, ok := a.env.Stdout.(*os.File)
	if !ok || !a.terminal() || a.flags.plain {
		return nil
	}
	w := colorprofile.NewWriter(f, os.Environ())
	if w.Profile <= colorprofile.NoTTY { // TERM=dumb
		return nil
	}
	return &live{out: w, size: func() (int, int) {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24
		}
		return width, height
	}}
}

// draw puts lines in the place of those that stand there. Only lines that
// changed are written, all at once, between the marks of a synchronized update:
// no half of a picture is ever seen.
func (l *live) draw(lines []string, width int) {
	same := width == l.width
	if same && slices.Equal(lines, l.lines) {
		return
	}
	var b strings.Builder
	b.WriteString(ansi.SetModeSynchronizedOutput + "\r")
	if up := l.rows(width); up > 0 {
		b.WriteString(ansi.CursorUp(up))
	}
	if !same {
		b.WriteString(ansi.EraseScreenBelow) // lines that the terminal has broken anew
	}
	for i, line := range lines {
		if !same || i >= len(l.lines) || l.lines[i] != line {
			b.WriteString(line + ansi.EraseLineRight)
		}
		b.WriteString("\r\n")
	}
	// Lines that are no more, and what the terminal echoed of a key press.
	b.WriteString(ansi.EraseScreenBelow + ansi.ResetModeSynchronizedOutput)
	_, _ = io.WriteString(l.out, b.String()) // a terminal that went away ends us by its signal
	l.lines, l.width = slices.Clone(lines), width
}

// rows is how many rows of the screen our lines take now: a terminal that
// became narrower has broken them.
func (l *live) rows(width int) int {
	n := 0
	for _, line := range l.lines {
		n += max(1, (ansi.StringWidth(line)+width-1)/max(1, width))
	}
	return n
}

// show draws a board as it stands. One column stays free: some terminals break
// a line that fills the last one.
func (l *live) show(b *board, now time.Time) {
	width, height := l.size()
	l.draw(b.lines(max(1, width-1), max(1, height-1), now), width)
}

// track reads the feed until the operation has ended. Where a person looks at a
// terminal it draws a board of it meanwhile, which stays as a summary; elsewhere
// it prints a line per event.
func (s *session) track(ctx context.Context, m *model, op fleet.OpID, make func() *board) (fleet.Operation, error) {
	l := s.a.newLive()
	if l == nil {
		return s.follow(ctx, m, op)
	}
	b := make()
	b.ascii = s.file.UI().ASCII
	defer func() { l.show(b, time.Now()) }()
	var drawn time.Time
	for fresh := true; ; {
		if o, ok := m.ops[op]; ok && !o.Running() {
			return o, nil
		}
		pause := drawAtLeast
		if fresh {
			pause = drawAtMost
		}
		if time.Since(drawn) >= pause {
			l.show(b, time.Now())
			drawn, fresh, pause = time.Now(), false, drawAtLeast
		}
		short, cancel := context.WithDeadline(ctx, drawn.Add(pause))
		batch, err := s.engine.Next(short, m.cursor)
		cancel()
		if err != nil && ctx.Err() == nil {
			continue // nothing is new, but it is time to draw
		}
		if err != nil {
			return fleet.Operation{}, canceled(err)
		}
		fresh = true
		m.take(batch)
		b.take(m, batch, op)
		if !isTerminal(s.a.env.Stderr) { // someone keeps the lines
			s.a.progress(batch)
		}
	}
}
