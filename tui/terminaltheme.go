package tui

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"spot-tui/tui/theme"
)

// depth is how many colours the terminal shows.
type depth uint8

const (
	millions depth = iota
	of256
	of16
)

func depthOf(p colorprofile.Profile) depth {
	switch {
	case p >= colorprofile.TrueColor:
		return millions
	case p == colorprofile.ANSI256:
		return of256
	}
	return of16
}

// followsBackground says whether the theme depends on the terminal's background.
func (o Options) followsBackground() bool {
	return o.Theme == "auto" || o.Theme == "" || o.Theme == "high-contrast"
}

// setTheme builds the styles for a dark or light background.
func (m *model) setTheme(dark bool) {
	m.dark = dark
	m.th = theme.New(m.palette(), m.o.NoColor || m.o.Theme == "mono", m.o.ASCII)
	m.dirty = true
}

func (m *model) palette() theme.Tokens {
	t := theme.Dark()
	switch contrast := m.o.Theme == "high-contrast"; {
	case contrast && m.dark:
		t = theme.DarkContrast()
	case contrast:
		t = theme.LightContrast()
	case !m.dark:
		t = theme.Light()
	}
	switch m.few {
	case of256:
		return t.In256()
	case of16:
		return t.In16()
	default:
		return t
	}
}

// askBackground asks the terminal for its background; the answer may never come.
func (m *model) askBackground() tea.Cmd {
	if !m.o.followsBackground() {
		return nil
	}
	return tea.RequestBackgroundColor
}
