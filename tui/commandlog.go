package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// remembersDone is how many actions the command log keeps.
const remembersDone = 500

// deed is an action that was done, as the command line that does the same. Its
// time is the screen's clock, which is some seconds late while nothing moves.
type deed struct {
	at   time.Time
	line string
}

// did notes an action by the verb and the words that do the same.
func (m *model) did(words ...string) {
	line := fleet.QuoteAll(slices.Concat(m.o.Program, words))
	m.deeds = append(m.deeds, deed{m.now, line})
	if over := len(m.deeds) - remembersDone; over > 0 {
		m.deeds = slices.Delete(m.deeds, 0, over)
	}
}

// didOn notes an action that takes its instances as one word.
func (m *model) didOn(verb string, on []fleet.InstanceID, words ...string) {
	m.did(slices.Concat([]string{verb, "--on", strings.Join(texts(on), ",")}, words)...)
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for n, e := range list {
		out[n] = string(e)
	}
	return out
}

// didCreate notes a launch.
func (m *model) didCreate(p fleet.Plan, q fleet.PlanRequest) {
	words := []string{"create", "--yes", "--target", strconv.Itoa(p.Target)}
	if p.Lifetime > 0 && m.summary.Record.Fleet == "" { // a running fleet keeps its end
		words = append(words, "--lifetime", fleet.Span(p.Lifetime))
	}
	if q.Regions != nil {
		var names []string
		for _, r := range q.Regions {
			names = append(names, string(r.Name))
		}
		words = append(words, "--regions", strings.Join(names, ","))
	}
	if q.Types != nil {
		words = append(words, "--types", strings.Join(texts(q.Types), ","))
	}
	if q.Image != "" {
		words = append(words, "--image", q.Image)
	}
	m.did(words...)
}

// openCommandLog shows what was done in this session, each as its command line,
// and the API calls that ended after it. The calls are asked for in a command:
// they lie behind a lock.
func (m *model) openCommandLog() tea.Cmd {
	gen, deeds, calls := m.overGen, slices.Clone(m.deeds), m.o.Calls
	return func() tea.Msg {
		var cs []fleet.Call
		if calls != nil {
			cs = calls()
		}
		v := newText("Command log", count(len(deeds), "action")+" in this session", nil, commandLog(deeds, cs))
		v.read.wrap, v.quiet = true, func(l string) bool { return strings.Contains(l, "  # ") }
		return textMsg{gen: gen, page: v}
	}
}

// commandLog puts the calls between the actions: what ended after an action and
// before the next one. That is when they happened; what the engine asks by itself
// is among them.
func commandLog(deeds []deed, calls []fleet.Call) []string {
	before := func(t time.Time) []fleet.Call {
		n := 0
		for n < len(calls) && (t.IsZero() || calls[n].At.Before(t)) {
			n++
		}
		part := calls[:n]
		calls = calls[n:]
		return part
	}
	var ls []string
	for n, d := range deeds {
		cs := before(d.at)
		if n == 0 && len(cs) > 0 {
			ls = append(ls, clockWord(cs[0].At)+"  # before the first action")
		}
		ls = append(append(ls, callLines(cs)...), clockWord(d.at)+"  "+fleet.Clean(d.line))
	}
	if len(deeds) == 0 {
		ls = append(ls, "# nothing has been done in this session")
	}
	return append(ls, callLines(before(time.Time{}))...)
}

// clockWord is a time of day, or as many blanks.
func clockWord(t time.Time) string {
	if t.IsZero() {
		return strings.Repeat(" ", 8)
	}
	return t.Local().Format(time.TimeOnly)
}

// callLines sums calls up: a line of counts by name, and one for each failure.
func callLines(calls []fleet.Call) []string {
	if len(calls) == 0 {
		return nil
	}
	counts := map[string]int{}
	var names []string
	for _, c := range calls {
		if counts[c.Op] == 0 {
			names = append(names, c.Op)
		}
		counts[c.Op]++
	}
	slices.SortStableFunc(names, func(a, b string) int { return reads(a) - reads(b) })
	for n, name := range names {
		if counts[name] > 1 {
			names[n] = fmt.Sprintf("%s ×%d", name, counts[name])
		}
	}
	const indent = "          # "
	ls := []string{indent + strings.Join(names, ", ")}
	for _, c := range calls {
		if c.Err == nil {
			continue
		}
		why := string(c.Kind)
		if e := (*fleet.Error)(nil); errors.As(c.Err, &e) {
			if e.Code != "" {
				why = e.Code
			}
			if e.RequestID != "" {
				why += ", request " + e.RequestID
			}
		}
		ls = append(ls, fmt.Sprintf("%s%s %s failed in %s after %s: %s", indent, clockWord(c.At), c.Op, c.Region, c.Took.Round(time.Millisecond), fleet.Clean(why)))
	}
	return ls
}

// reads puts what changes something first.
func reads(op string) int {
	for _, word := range []string{"Describe", "Get", "List"} {
		if strings.HasPrefix(op, word) {
			return 1
		}
	}
	return 0
}
