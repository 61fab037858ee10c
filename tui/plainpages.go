package tui

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

// pageWords are what every page of rows takes behind its name.
const pageWords = "[sort COLUMN|-COLUMN] [find TEXT]"

// plainPages are the other screens: their rows as sentences, and what they say of
// the row under the cursor.
func plainPages() []plainAction {
	grid := func(p string) []string { return []string{p + "filter", p + "sort", p + "refresh"} }
	return []plainAction{
		{id: "screenregions", name: "regions", args: pageWords, help: "how each region fares: health, benches, quotas, what a launch would find", run: (*linear).regions, does: grid("regions")},
		{id: "regionslift", name: "lift", args: "REGION", run: (*linear).lift},
		{id: "screenprices", name: "prices", args: "[types A,B] [regions A,B] " + pageWords, help: "what capacity costs, by region and type", run: (*linear).prices, does: append(grid("prices"), "pricestypes", "pricesregions")},
		{id: "pricesplan", name: "plan-at", args: "NUMBERS [target N]", help: "plan what is missing with rows of prices, by their numbers", run: (*linear).planAt, does: []string{"pricesmark", "pricesmarkall"}},
		{id: "screencost", name: "cost", args: "[by region|launch|fleet|instance] [write FILE] " + pageWords, help: "what the fleet has cost, and what for; or written to a new file, as CSV", run: (*linear).cost, does: append(grid("cost"), "costby", "costcsv")},
		{id: "screenleftovers", name: "leftovers", args: "[old] " + pageWords, help: "what fleets have left behind in any region; old: what the predecessor has left, too", run: (*linear).leftovers, does: append(grid("leftovers"), "leftoversold", "leftoverscopy")},
		{id: "leftoversdelete", name: "cleanup", args: "NUMBERS|all", help: "delete leftovers, by their numbers or ids", run: (*linear).cleanup, does: []string{"leftoversmark", "leftoversmarkall"}},
	}
}

// wanted reads names with values, such as "by region find x"; the name with a ! has
// none. What follows find is taken as it is.
func wanted(args string, names ...string) (map[string]string, error) {
	names = append(names, "sort", "find")
	got := map[string]string{}
	for args != "" {
		name, rest, _ := strings.Cut(args, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case slices.Contains(names, name+"!"):
			got[name], args = name, rest
			continue
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("%q is none of %s", name, strings.ReplaceAll(strings.Join(names, ", "), "!", ""))
		case rest == "":
			return nil, fmt.Errorf("%q has no value", name)
		case name == "find":
			got[name], args = rest, ""
			continue
		}
		value, after, _ := strings.Cut(rest, " ")
		got[name], args = value, strings.TrimSpace(after)
	}
	return got, nil
}

// list splits a value at its commas.
func list[T ~string](value string) (out []T) {
	for _, w := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' }) {
		out = append(out, T(w))
	}
	return out
}

// answerOf asks what a page asks, and waits for the answer.
func answerOf[T tea.Msg](cmd tea.Cmd) (T, error) {
	msg, ok := cmd().(T)
	if !ok {
		return msg, errors.New("the question was given up")
	}
	return msg, nil
}

// sayRows says a grid's rows in an order, those that match; behind each what more
// says of it.
func sayRows[T any](l *linear, g *grid[T], o map[string]string, more func() []string) error {
	if head, reversed := strings.CutPrefix(o["sort"], "-"); head != "" {
		n := slices.IndexFunc(g.columns, func(c gridColumn[T]) bool { return strings.HasPrefix(strings.ToLower(c.head), strings.ToLower(head)) })
		if n < 0 {
			return fmt.Errorf("no column is called %s; there are %s", head, strings.ToLower(strings.Join(headsOf(g.columns), ", ")))
		}
		g.sortBy, g.reverse = g.columns[n].head, reversed
	}
	g.narrowTo(o["find"])
	if g.empty.failed != "" {
		return errors.New(g.empty.failed)
	}
	for _, n := range g.notes {
		l.say("missing: %s", n.text)
	}
	for n, r := range g.shown {
		l.say("%d. %s: %s", n+1, g.id(r), sentence(g, r))
		if more != nil {
			g.at = g.id(r)
			l.sayDrawn(more())
		}
	}
	switch {
	case len(g.all) == 0:
		l.say("%s", g.empty.none)
	case g.filter != "":
		l.say("%d of %d match", len(g.shown), len(g.all))
	}
	return nil
}

func headsOf[T any](cs []gridColumn[T]) (out []string) {
	for _, c := range cs {
		out = append(out, c.head)
	}
	return out
}

// sentence is a row in words: each column by its head, but for what its id says and
// what is empty.
func sentence[T any](g *grid[T], r *T) string {
	var parts []string
	known := strings.FieldsFunc(g.id(r), func(r rune) bool { return r == ' ' || r == '/' })
	for _, c := range g.columns {
		text := strings.TrimSpace(c.text(r))
		if text == "" || text == "-" || slices.Contains(known, text) || c.head == weekHead { // whose change is a column too
			continue
		}
		parts = append(parts, strings.ToLower(c.head)+" "+text)
	}
	return strings.Join(parts, ", ")
}

// sayDrawn says what a screen draws below its rows, without its lines and bars.
func (l *linear) sayDrawn(drawn []string) {
	for _, d := range drawn {
		text := strings.Map(func(r rune) rune {
			if r >= 0x2500 && r <= 0x259f { // box drawing and blocks
				return ' '
			}
			return r
		}, ansi.Strip(d))
		if words := strings.Fields(text); len(words) > 0 {
			l.say("  %s", strings.Join(words, " "))
		}
	}
}

// below is the width at which a screen's lines are drawn to be said: none is cut.
const below = 400

func (l *linear) regions(args string) error {
	o, err := wanted(args)
	if err != nil {
		return err
	}
	v, _ := newRegionsView().(*regionsView)
	v.fill(l.m)
	l.say("asking %s for quotas and checks", count(len(l.m.regions), "region"))
	msg, err := answerOf[regionsMsg](v.reload(l.m))
	if err != nil {
		return err
	}
	v.take(l.m, msg)
	return sayRows(l, &v.grid, o, func() []string { return v.about(l.m, below)[1:] })
}

func (l *linear) lift(args string) error {
	v, _ := newRegionsView().(*regionsView)
	v.fill(l.m)
	v.grid.at = args
	cmd := v.lift(l.m)
	switch {
	case v.current() == nil:
		return fmt.Errorf("%q is no region of the fleet", args)
	case cmd == nil:
		return errors.New("nothing is benched there")
	}
	msg, err := answerOf[liftedMsg](cmd)
	if err == nil {
		l.say("%s", msg.words())
	}
	return err
}

func (l *linear) prices(args string) error {
	o, err := wanted(args, "types", "regions")
	if err != nil {
		return err
	}
	v, _ := newPricesView().(*pricesView)
	v.types, v.regions = list[fleet.InstanceType](o["types"]), list[fleet.Region](o["regions"])
	cmd := v.reload(l.m)
	l.say("%s", v.empty.asking)
	msg, err := answerOf[pricesMsg](cmd)
	if err != nil {
		return err
	}
	v.take(l.m, msg)
	l.priced = v
	return sayRows(l, &v.grid, o, nil)
}

// planAt plans what is missing with rows that prices has said.
func (l *linear) planAt(args string) error {
	if l.priced == nil {
		return errors.New("write prices first: its numbers say where and what")
	}
	word, rest, _ := strings.Cut(args, " ")
	rows, err := numbered(l.priced.shown, l.priced.id, word)
	if err != nil {
		return err
	}
	q, err := l.request(strings.Fields(rest))
	if err != nil {
		return err
	}
	var c planChoice
	for _, r := range rows {
		c = c.with(r)
	}
	q.Target = cmp.Or(q.Target, l.m.summary.Target)
	q.Regions = c.request(l.m, q.Target)
	return l.propose(q)
}

func (l *linear) cost(args string) error {
	o, err := wanted(args, "by", "write")
	if err != nil {
		return err
	}
	v, _ := newCostsView().(*costsView)
	v.by = fleet.CostBy(cmp.Or(o["by"], string(v.by)))
	if !slices.Contains(fleet.CostBys(), v.by) {
		return fmt.Errorf("by %s is not one of %s", v.by, strings.Join(texts(fleet.CostBys()), ", "))
	}
	msg, err := answerOf[costsMsg](v.reload(l.m))
	if err != nil {
		return err
	}
	if v.take(l.m, msg); o["write"] != "" && v.empty.failed == "" {
		where, err := export(atHome(o["write"]), v.shownReport().CSV(v.by))
		if err == nil {
			l.say("wrote what the fleet has cost to %s", where)
		}
		return err
	}
	if err := sayRows(l, &v.grid, o, nil); err != nil {
		return err
	}
	v.at = ""
	l.sayDrawn(v.sums(l.m, below))
	return nil
}
