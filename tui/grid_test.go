package tui

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// planet is a row of the test's grid.
type planet struct {
	name, kind string
	moons      int // -1: nobody knows
}

type planetsView struct {
	grid[planet]
	info
	asked int
}

const atPlanets place = "Planets screen"

func (*planetsView) place() place                             { return atPlanets }
func (v *planetsView) escape() string                         { return v.grid.escape() }
func (v *planetsView) opened(*model) tea.Cmd                  { v.asked++; return nil }
func (v *planetsView) reload(*model) tea.Cmd                  { v.asked++; return nil }
func (v *planetsView) page(m *model, w, h int) []string       { return v.draw(m, w, h) }
func (v *planetsView) names(m *model, w, h int) (ns []string) { return names(v.page(m, w, h)) }

func names(ls []string) (ns []string) {
	for _, l := range ls {
		if f := strings.Fields(strings.Trim(ansi.Strip(l), "▌✓ ")); len(f) > 0 && strings.HasPrefix(f[0], "p-") {
			ns = append(ns, f[0])
		}
	}
	return ns
}

func planets() *planetsView {
	v := &planetsView{}
	v.title, v.id = "Planets", func(p *planet) string { return p.name }
	moons := func(p *planet) string {
		if p.moons < 0 {
			return "?"
		}
		return fmt.Sprint(p.moons)
	}
	v.columns = []gridColumn[planet]{
		{head: "NAME", text: func(p *planet) string { return p.name }},
		{head: "KIND", width: 10, drop: 1, text: func(p *planet) string { return p.kind }},
		{head: "MOONS", right: true, text: moons, compare: func(a, b *planet) int { return cmp.Compare(a.moons, b.moons) }},
	}
	v.empty.next = "r asks again"
	return v
}

func some() []planet {
	return []planet{{"p-mars", "rock", 2}, {"p-venus", "rock", 0}, {"p-saturn", "gas", 146}, {"p-nine", "unseen", -1}, {"p-jupiter", "gas", 95}}
}

// onPlanets is a program with the test's grid in front.
func onPlanets(z size) (*model, *planetsView) {
	m := open(Options{}, z, steady())
	m.acts = append(append(m.acts, gridActions(atPlanets, "planets")...), gridMarks(atPlanets, "planets")...)
	v := planets()
	run(m, m.goTo(atPlanets, func() screen { return v }))
	return m, v
}

func TestAGridFollowsItsRow(t *testing.T) {
	t.Parallel()
	m, v := onPlanets(size{80, 24})
	v.set(some())
	press(m, "j", "j")
	if v.at != "p-saturn" {
		t.Fatalf("the cursor is on %s", v.at)
	}
	v.set(append([]planet{{"p-pluto", "ice", 5}, {"p-ceres", "rock", 0}}, some()...))
	if v.at != "p-saturn" || v.index() != 4 {
		t.Errorf("after new rows it is on %s, row %d", v.at, v.index())
	}
	v.set(some()[:2])
	if v.at != "p-venus" {
		t.Errorf("where its row is gone it is on %q", v.at)
	}
	v.set(nil)
	if press(m, "j", "space"); v.at != "" || len(v.marks) != 0 || v.current() != nil {
		t.Error("there is no row, and yet a cursor")
	}
}

func TestAGridSortsByTheColumnCursorAndUnknownComesLast(t *testing.T) {
	t.Parallel()
	m, v := onPlanets(size{80, 24})
	v.set(some())
	press(m, "right", "right", "right", "o")
	if got := strings.Join(v.names(m, 80, 20), " "); got != "p-venus p-mars p-jupiter p-saturn p-nine" {
		t.Error(got)
	}
	press(m, "o")
	if got := strings.Join(v.names(m, 80, 20), " "); got != "p-saturn p-jupiter p-mars p-venus p-nine" {
		t.Error("reversed:", got)
	}
	if !strings.Contains(m.plain(), "by moons, reversed") || v.at != "p-mars" {
		t.Error(v.at)
	}
}

func TestAGridIsFilteredAndPeeled(t *testing.T) {
	t.Parallel()
	m, v := onPlanets(size{80, 24})
	v.set(some())
	for text, want := range map[string]string{"gas": "p-saturn p-jupiter", "!gas kind:ro": "p-mars p-venus", "moons:2": "p-mars", "xyz": ""} {
		v.narrowTo(text)
		if got := strings.Join(v.names(m, 80, 20), " "); got != want {
			t.Errorf("%s shows %q", text, got)
		}
	}
	v.narrowTo("")
	press(m, "/", "g", "a", "s")
	if len(v.shown) != 2 || !strings.Contains(m.plain(), "2 of 5 shown; enter keeps it") {
		t.Error("the rows follow each letter", m.plain())
	}
	if press(m, "esc"); len(v.shown) != 5 || m.over != v {
		t.Error("esc in the line gives back what was shown")
	}
	press(m, "/", "g", "a", "s", "enter", "space", "*")
	if len(v.marked()) != 2 {
		t.Errorf("%d are marked, 2 are shown (R6)", len(v.marked()))
	}
	if press(m, "esc"); len(v.marked()) != 0 || v.filter == "" {
		t.Error("first the marks leave")
	}
	if press(m, "esc"); v.filter != "" || m.over != v {
		t.Error("then the filter")
	}
	if press(m, "esc"); m.over != nil {
		t.Error("then the screen")
	}
}

func TestAGridSaysWhyItIsEmpty(t *testing.T) {
	t.Parallel()
	m, v := onPlanets(size{60, 20})
	v.empty = gridEmpty{asking: "asking 6 stars", none: "There are no planets.", next: "r asks again"}
	has := func(words ...string) {
		t.Helper()
		m.dirty = true
		for _, w := range words {
			if !strings.Contains(m.plain(), w) {
				t.Errorf("%q is not said:\n%s", w, m.plain())
			}
		}
	}
	has("asking 6 stars…", "Esc goes back")
	v.empty.asking = ""
	has("There are no planets.", "r asks again")
	v.empty.failed = "read the planets: the telescope is closed; open it"
	has("telescope is closed", "r asks again")
	v.set(some())
	has("telescope is closed", "p-mars")
	if press(m, "r"); v.asked != 2 {
		t.Errorf("it was asked %d times", v.asked)
	}
}

// Columns leave by priority, numbers are never cut, and no line is too wide.
func TestAGridFitsEveryWidth(t *testing.T) {
	t.Parallel()
	m, v := onPlanets(size{80, 24})
	rows := some()
	for i := range 3000 {
		rows = append(rows, planet{fmt.Sprintf("p-exo-%04d-with-a-long-name", i), "far away", i * 1000})
	}
	v.set(rows)
	v.notes = []gridNote{{text: strings.Repeat("some stars did not answer; ", 30)}}
	for w := 20; w < 200; w += 7 {
		for _, h := range []int{3, 10, 50} {
			for range 3 {
				v.scroll(1 << 10)
				ls := v.page(m, w, h)
				if len(ls) > max(h, noteLines+2) {
					t.Fatalf("%d lines at a height of %d", len(ls), h)
				}
				for _, l := range ls {
					if ansi.StringWidth(l) > w {
						t.Fatalf("%d wide at %d: %q", ansi.StringWidth(l), w, l)
					}
				}
			}
			v.scroll(-1 << 30)
		}
	}
	if ls := names(v.page(m, 40, 10)); len(ls) == 0 || len(ls) > 10 {
		t.Errorf("a window of %d rows", len(ls))
	}
	if text := ansi.Strip(strings.Join(v.page(m, 34, 40), "\n")); strings.Contains(text, "KIND") || !strings.Contains(text, "MOONS") || !strings.Contains(text, "146") {
		t.Error(text)
	}
}

// A screen is kept while another is in front; 1 is the Fleet screen from anywhere
// but a question.
func TestScreensAreKept(t *testing.T) {
	t.Parallel()
	m, v := onPlanets(size{80, 24})
	v.set(some())
	press(m, "j", "j", "?")
	if press(m, "1"); m.over != nil || len(m.below) != 0 {
		t.Fatalf("1 led to %T", m.over)
	}
	run(m, m.goTo(atPlanets, func() screen { return planets() }))
	if m.over != v || v.at != "p-saturn" || v.asked != 2 {
		t.Errorf("it was not kept: on %s, asked %d times", v.at, v.asked)
	}
	press(m, "1", "space", "space", "D", "1")
	if _, asks := m.over.(*destroyDialog); !asks {
		t.Errorf("1 left a question for %T", m.over)
	}
}
