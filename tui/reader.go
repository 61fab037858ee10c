package tui

import (
	"fmt"
	"regexp"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// reader is how a page of many lines is read: scrolled, searched, wrapped. Only
// what is on the screen is drawn.
type reader struct {
	find finder
	wrap bool
	stay bool // stands at top; else the end is shown
	top  int

	shown, height int // lines in all, and on the screen, of the newest frame
}

// finder finds lines by an expression, or by the text where it is none.
type finder struct {
	text string
	keep bool // only lines that match are listed
	at   int  // the line that was found last, where found
	hit  func(string) bool

	found bool
}

// set takes another text; it is compiled once.
func (f *finder) set(text string) {
	f.text, f.hit, f.found = text, nil, false
	if text == "" {
		return
	}
	if re, err := regexp.Compile("(?i)" + text); err == nil {
		f.hit = re.MatchString
		return
	}
	want := strings.ToLower(text)
	f.hit = func(s string) bool { return strings.Contains(strings.ToLower(s), want) }
}

// has says whether a line matches; where nothing is searched, none does.
func (f *finder) has(s string) bool { return f.hit != nil && f.hit(s) }

// lists says whether a line is listed.
func (f *finder) lists(s string) bool { return !f.keep || f.hit == nil || f.hit(s) }

// scroll stops following on the way up, and takes it up at the very end.
func (r *reader) scroll(n int) {
	r.top = max(0, r.first()+n)
	r.stay = r.top < r.shown-r.height
}

// first is the first line on the screen.
func (r *reader) first() int {
	switch {
	case !r.stay:
		return max(0, r.shown-r.height)
	case r.wrap: // how many lines fit is not known
		return min(r.top, max(0, r.shown-1))
	}
	return min(r.top, max(0, r.shown-r.height))
}

// halt stops where it is, or follows again.
func (r *reader) halt() {
	r.top = r.first()
	r.stay = !r.stay
}

// next goes to the next line that matches, upwards for -1, and says whether
// there is one.
func (r *reader) next(n int, text func(i int) string) bool {
	at := r.first() - 1
	if n < 0 {
		at = r.first() + r.height
	}
	if r.find.found {
		at = r.find.at
	}
	for i := max(-1, at+n); i >= 0 && i < r.shown; i += n {
		if r.find.has(text(i)) {
			r.find.at, r.find.found = i, true
			if from := r.first(); i < from || i >= from+r.height || r.wrap {
				r.top, r.stay = i, true
			}
			return true
		}
	}
	return false
}

// draw gives the lines that fit into room of n ones.
func (r *reader) draw(n, room int, line func(i int) []string) []string {
	r.shown, r.height = n, room
	var body []string
	for i := r.first(); i < n && (len(body) < room || !r.stay); i++ {
		body = append(body, line(i)...)
	}
	if over := len(body) - room; over > 0 { // wrapped lines
		if r.stay {
			return body[:room]
		}
		return body[over:]
	}
	return body
}

// facts says where in the whole one is.
func (r *reader) facts() string {
	var parts []string
	if r.shown > r.height {
		from := r.first()
		parts = append(parts, fmt.Sprintf("lines %d to %d of %d", from+1, min(r.shown, from+r.height), r.shown))
	}
	if r.find.text != "" {
		sign := "/"
		if r.find.keep {
			sign = "&"
		}
		parts = append(parts, sign+r.find.text)
	}
	return strings.Join(parts, "  ")
}

// reading is a page with a reader.
type reading interface {
	overlay
	reader() *reader
	// relist is told when other lines may be listed than before.
	relist()
	// text gives a listed line.
	text(i int) string
}

// ask opens the line for what is searched; what is typed is shown at once.
func askSearch(v reading, m *model) tea.Cmd {
	r := v.reader()
	was := r.find
	set := func(text string) { r.find.set(text); v.relist() }
	p := &prompt{label: "search", in: input(r.find.text), cancel: func(*model) { r.find = was; v.relist() }}
	p.in.CursorEnd()
	p.changed = func(*model) { set(p.in.Value()) }
	p.facts = func(*model) string { return "a text or an expression; empty ends the search" }
	p.done = func(m *model) tea.Cmd {
		if set(p.in.Value()); r.find.text == "" {
			return nil
		}
		return findNext(v, m, 1)
	}
	m.prompt = p
	return nil
}

// findNext goes to the next line that matches.
func findNext(v reading, m *model, n int) tea.Cmd {
	r := v.reader()
	if r.find.text == "" {
		return m.say("nothing is searched; / asks for it")
	}
	if !r.next(n, v.text) {
		return m.say("no line further on has " + r.find.text)
	}
	return nil
}

// keepMatching lists only what matches, or all again.
func keepMatching(v reading, m *model) tea.Cmd {
	r := v.reader()
	if r.find.text == "" {
		return m.say("nothing is searched; / asks for it")
	}
	r.find.keep, r.find.found = !r.find.keep, false
	v.relist()
	return nil
}

// readingActions are the keys of a page that is read; name tells the pages'
// actions apart.
func readingActions(p place, name string) []action {
	page := func(f func(v reading, m *model) tea.Cmd) func(*model) tea.Cmd { return on(f) }
	return []action{
		{id: name + "search", place: p, keys: []string{"/"}, title: "search", help: "search a text or an expression", footer: 2, run: page(askSearch)},
		{id: name + "next", place: p, keys: []string{"n"}, title: "next", help: "the next line that matches", run: page(func(v reading, m *model) tea.Cmd { return findNext(v, m, 1) })},
		{id: name + "prev", place: p, keys: []string{"N"}, title: "before", help: "the line before that matches", run: page(func(v reading, m *model) tea.Cmd { return findNext(v, m, -1) })},
		{id: name + "only", place: p, keys: []string{"&"}, title: "only matching", help: "only lines that match, or all", footer: 3, run: page(keepMatching)},
		{id: name + "copy", place: p, keys: []string{"c"}, title: "copy", help: "copy the line that was found, or the lines on the screen", footer: 10, run: page(copyLines)},
		{id: name + "pager", place: p, keys: []string{"e"}, title: "pager", help: "all lines in $PAGER; leaving it returns here", footer: 11, run: page(readInPager)},
		{id: name + "export", place: p, keys: []string{"W"}, title: "write", help: "write all lines to a new file", footer: 12, run: page(askExport)},
		{id: name + "wrap", place: p, keys: []string{"w"}, title: "wrap", help: "break long lines, or cut them", footer: 5, run: page(func(v reading, _ *model) tea.Cmd { v.reader().wrap = !v.reader().wrap; return nil })},
	}
}
