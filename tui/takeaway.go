package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// copier is a page whose lines are more than what is searched.
type copier interface{ copied(i int) string }

// lines gives lines of a page as they are taken away.
func lines(v reading, from, to int) string {
	line := v.text
	if c, ok := v.(copier); ok {
		line = c.copied
	}
	var b strings.Builder
	for i := max(0, from); i < to; i++ {
		b.WriteString(line(i))
		b.WriteByte('\n')
	}
	return b.String()
}

// copyLines copies the line that was found, or what is on the screen.
func copyLines(v reading, m *model) tea.Cmd {
	r := v.reader()
	from, to := r.first(), min(r.shown, r.first()+r.height)
	if r.find.found {
		from, to = r.find.at, r.find.at+1
	}
	if from >= to {
		return m.say("there is no line to copy")
	}
	text, what := lines(v, from, to), count(to-from, "line")
	return func() tea.Msg { return copyMsg{text: text, what: what} }
}

// readInPager hands all listed lines to the person's pager.
func readInPager(v reading, m *model) tea.Cmd {
	if v.reader().shown == 0 {
		return m.say("there is no line to read")
	}
	if len(m.o.Pager) == 0 {
		return m.say("no pager is here; set $PAGER, or write the lines to a file")
	}
	c := &attachCommand{ctx: m.ctx, what: "read in the pager", args: m.o.Pager, feed: strings.NewReader(lines(v, 0, v.reader().shown))}
	return m.exec(c, func(err error) tea.Msg { return shellDoneMsg{err} })
}

// askExport asks for a file; it is never written over one that is there.
func askExport(v reading, m *model) tea.Cmd {
	if v.reader().shown == 0 {
		return m.say("there is no line to write")
	}
	p := &prompt{label: "write " + count(v.reader().shown, "line") + " to", in: input(""), changed: func(*model) {}, cancel: func(*model) {}, history: m.said["export"]}
	p.facts = func(m *model) string { return m.promptHints(p, "a new file here") }
	p.local = func(text string) (string, bool) { return text, true }
	p.done = func(m *model) tea.Cmd {
		name := strings.TrimSpace(p.in.Value())
		if name == "" {
			return m.say("nothing was written")
		}
		m.remember("export", name)
		text, n := lines(v, 0, v.reader().shown), v.reader().shown
		return func() tea.Msg {
			where, err := export(atHome(name), text)
			return startedMsg{what: fmt.Sprintf("wrote %s to %s", count(n, "line"), where), err: err}
		}
	}
	m.prompt = p
	return nil
}

// export writes a new file; a log is for its owner only.
func export(path, text string) (string, error) {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return path, fmt.Errorf("%s is there already and is never written over; name another file", path)
	case err != nil:
		return path, fmt.Errorf("write the lines: %w; name another file", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path) // half of it
		return path, fmt.Errorf("write the lines: %w; nothing was kept", err)
	}
	return path, nil
}
