package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// gridOps is what the keys of a grid need of it, whatever its rows are.
type gridOps interface {
	toColumn(n int)
	sort()
	mark()
	markShown()
	narrowTo(text string)
	counts() (shown, all int)
	peel() bool
}

// gridScreen is a screen that shows a grid.
type gridScreen interface {
	screen
	// ops is its grid.
	ops() gridOps
	// filtered is the filter's text.
	filtered() string
	// reload asks again for what it shows.
	reload(m *model) tea.Cmd
}

func (g *grid[T]) ops() gridOps     { return g }
func (g *grid[T]) filtered() string { return g.filter }

// onGrid runs f on the front screen's grid, if it has one.
func onGrid(f func(gridOps)) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		if s, ok := m.over.(gridScreen); ok {
			f(s.ops())
		}
		return nil
	}
}

// gridFilled says why there is nothing to sort or to filter.
func gridFilled(m *model) string {
	if s, ok := m.over.(gridScreen); ok {
		if _, all := s.ops().counts(); all > 0 {
			return ""
		}
	}
	return "there is nothing in the table yet"
}

// gridActions are the keys of a screen with a grid, under its own place; name
// stands before their names. They come after the screen's own in the footer.
func gridActions(p place, name string) []action {
	as := []action{
		{id: "filter", keys: []string{"/"}, title: "filter", help: "show only rows that match: text, column:text, !not", footer: 40, off: gridFilled, run: (*model).askGridFilter},
		{id: "sort", keys: []string{"o"}, title: "sort", help: "sort by the column under the cursor; once more reverses", footer: 41, off: gridFilled, run: onGrid(func(g gridOps) { g.sort() })},
		{id: "columnleft", keys: []string{"left"}, title: "column", help: "the column cursor to the left", footer: 42, off: gridFilled, run: onGrid(func(g gridOps) { g.toColumn(-1) })},
		{id: "columnright", keys: []string{"right"}, title: "column", help: "the column cursor to the right", off: gridFilled, run: onGrid(func(g gridOps) { g.toColumn(1) })},
		{id: "refresh", keys: []string{"r"}, title: "refresh", help: "ask again", footer: 43, run: reloadScreen},
		{id: "back", keys: []string{"q"}, title: "back", help: "back to the fleet", footer: 44, run: (*model).back},
	}
	return placed(p, name, as)
}

// gridMarks are the keys that mark rows of a grid.
func gridMarks(p place, name string) []action {
	return placed(p, name, []action{
		{id: "mark", keys: []string{"space"}, title: "mark", help: "mark the row, or unmark it, and go down", footer: 10, off: gridFilled, run: onGrid(func(g gridOps) { g.mark() })},
		{id: "markall", keys: []string{"*"}, title: "mark all", help: "mark every shown row", footer: 11, off: gridFilled, run: onGrid(func(g gridOps) { g.markShown() })},
	})
}

// placed gives actions a place, and the place's name before their own.
func placed(p place, name string, as []action) []action {
	for i := range as {
		as[i].place, as[i].id = p, name+as[i].id
	}
	return as
}

func reloadScreen(m *model) tea.Cmd {
	if s, ok := m.over.(gridScreen); ok {
		return s.reload(m)
	}
	return nil
}

// askGridFilter opens the line in which a grid's filter is typed; the rows follow
// each letter.
func (m *model) askGridFilter() tea.Cmd {
	s, ok := m.over.(gridScreen)
	if !ok {
		return nil
	}
	before := s.filtered()
	m.prompt = &prompt{
		label: "filter", in: input(before), history: m.said["gridfilter"],
		changed: func(m *model) { s.ops().narrowTo(m.prompt.in.Value()) },
		done: func(m *model) tea.Cmd {
			if text := strings.TrimSpace(s.filtered()); text != "" {
				m.remember("gridfilter", text)
			}
			return nil
		},
		cancel: func(*model) { s.ops().narrowTo(before) },
		facts: func(*model) string {
			shown, all := s.ops().counts()
			return fmt.Sprintf("%d of %d shown; enter keeps it, esc does not", shown, all)
		},
	}
	return nil
}
