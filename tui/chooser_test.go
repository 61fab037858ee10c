package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// heads are the columns on the screen, from left to right.
func heads(m *model) []string {
	var out []string
	for _, c := range m.fitting(m.w).cs {
		out = append(out, c.head)
	}
	return out
}

// Columns are hidden, shown and moved by keys, all but the id and the stage, and
// come back with the view.
func TestColumnsAreChosen(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{200, 40}, steady())
	all := heads(m)
	press(m, "C", "down", "space") // the zone
	if slices.Contains(heads(m), zoneHead) {
		t.Errorf("the zone is still there: %v", heads(m))
	}
	press(m, "g", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "space")
	if !slices.Contains(heads(m), idHead) || !strings.Contains(m.plain(), "is always shown") {
		t.Errorf("the id was hidden: %v", heads(m))
	}
	press(m, "down", "J", "esc")
	if got := heads(m); got[0] != idHead || got[1] != stageHead || got[2] != "TYPE" {
		t.Errorf("the type did not move: %v", got)
	}
	v := m.view()
	again := open(Options{View: v}, size{200, 40}, steady())
	if !slices.Equal(heads(again), heads(m)) {
		t.Errorf("%v came back as %v", heads(m), heads(again))
	}
	if press(m, "C", "r", "esc"); !slices.Equal(heads(m), all) || m.view().Columns != "" {
		t.Errorf("reset gives %v, not %v", heads(m), all)
	}
	again = open(Options{View: View{Columns: "NEWER,AGE,AGE"}}, size{200, 40}, steady())
	if got := heads(again); !slices.Equal(got, []string{idHead, "AGE", stageHead}) {
		t.Errorf("columns of another version give %v", got)
	}
}

// Wherever the column cursor is, however the columns are chosen and wide the
// screen is, it is on the screen, the id is first, and no line is too long.
func TestTheCursorsColumnIsSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		z := size{rapid.IntRange(60, 220).Draw(rt, "w"), 24}
		m := open(Options{}, z, steady())
		m.rows.wide = rapid.Bool().Draw(rt, "wide")
		if rapid.Bool().Draw(rt, "chosen") {
			var names []string
			for _, c := range columns() {
				names = append(names, c.head)
			}
			m.rows.choose(rapid.SliceOf(rapid.SampledFrom(names)).Draw(rt, "columns"))
		}
		for range rapid.IntRange(0, 14).Draw(rt, "right") {
			m.toColumn(1)
		}
		got := heads(m)
		if got[0] != idHead || !slices.Contains(got, m.rows.column) {
			rt.Fatalf("%s is not among %v", m.rows.column, got)
		}
		m.dirty = true
		for n, l := range strings.Split(m.View().Content, "\n") {
			if w := ansi.StringWidth(l); w != z.w {
				rt.Fatalf("line %d has %d cells of %d: %s", n, w, z.w, fmt.Sprint(ansi.Strip(l)))
			}
		}
	})
}
