package tui

import (
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// seek asks what would complete the path at the end of the line.
func (p *prompt) seek() tea.Cmd {
	p.ghost = ""
	text := p.in.Value()
	if p.offer != nil && p.in.Position() == len([]rune(text)) {
		p.ghost = p.offer(text)
		return nil
	}
	if p.local == nil || p.in.Position() != len([]rune(text)) {
		return nil
	}
	word, ok := p.local(text)
	if !ok || word == "" || strings.ContainsAny(word, `"'`) {
		return nil
	}
	return func() tea.Msg { return completeMsg{p, text, completion(word)} }
}

// maxEntries bounds how much of a folder is looked at for a completion.
const maxEntries = 5000

// completion is what all paths that begin with word go on with, and "/" where
// there is one and it is a folder. It reads the disk.
func completion(word string) string {
	dir, base := filepath.Split(word)
	where := atHome(dir)
	if where == "" {
		where = "."
	}
	f, err := os.Open(where)
	if err != nil {
		return ""
	}
	defer f.Close()
	entries, _ := f.ReadDir(maxEntries) // what can be read is offered
	common, only, n := "", os.DirEntry(nil), 0
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, base) || base == "" && strings.HasPrefix(name, ".") || strings.ContainsAny(name, ` "'`) || fleet.Clean(name) != name {
			continue
		}
		if n++; n == 1 {
			common, only = name, e
			continue
		}
		for !strings.HasPrefix(name, common) {
			common = strings.ToValidUTF8(common[:len(common)-1], "")
		}
	}
	switch {
	case n == 0:
		return ""
	case n == 1 && only.IsDir():
		return common[len(base):] + "/"
	}
	return common[len(base):]
}

// atHome puts our home in the place of a leading "~", as a shell does.
func atHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && rest[0] != '/' {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path // what uses it says that there is no such path
	}
	return home + rest
}

func (m *model) noGhost() string {
	if m.prompt == nil || m.prompt.ghost == "" {
		return "there is nothing to complete"
	}
	return ""
}

// takeGhost completes the line.
func (m *model) takeGhost() tea.Cmd {
	p := m.prompt
	p.in.SetValue(p.in.Value() + p.ghost)
	p.in.CursorEnd()
	p.changed(m)
	return p.seek()
}
