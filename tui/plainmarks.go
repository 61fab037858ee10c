package tui

import (
	"errors"
	"fmt"
	"strings"

	"spot-tui/fleet"
)

// marksWord names the marked instances, wherever instances are named.
const marksWord = "marks"

// plainMarks are the actions on marks, and on the order of the list.
func plainMarks() []plainAction {
	return []plainAction{
		{id: "mark", args: which + "|/FILTER", help: "mark instances: " + marksWord + " names them all then", run: (*linear).mark, does: []string{"range"}},
		{id: "markall", name: "mark-all", help: "mark every instance that is not gone", run: func(l *linear, _ string) error { return l.mark("all") }},
		{id: "unmark", args: "[" + which + "|/FILTER]", help: "take marks away, or all of them", run: (*linear).unmark},
		{id: "invert", help: "what is marked becomes unmarked, and the other way round", run: func(l *linear, _ string) error { l.m.rows.invert(); return l.marks("") }},
		{id: "odd", args: "", help: "mark the instances whose last command ended otherwise than most, or failed", run: (*linear).odd, does: []string{"markgroup"}},
		{id: marksWord, help: "the marked instances", run: (*linear).marks},
		{id: "sort", args: "COLUMN|-COLUMN", help: "the order of the list, or the reverse of it", run: (*linear).sort},
	}
}

// mark marks instances and names them: what is acted on is what was said (R6).
func (l *linear) mark(args string) error {
	is, err := l.meant(args)
	if err != nil {
		return err
	}
	is = living(is)
	for _, i := range is {
		l.m.rows.marks[i.ID] = true
	}
	l.say("marked %s: %s", count(len(is), "instance"), l.named(is))
	return l.tally()
}

func (l *linear) unmark(args string) error {
	if args == "" {
		clear(l.m.rows.marks)
		return l.tally()
	}
	is, err := l.meant(args)
	if err != nil {
		return err
	}
	for _, i := range is {
		delete(l.m.rows.marks, i.ID)
	}
	return l.tally()
}

// marks says what is marked.
func (l *linear) marks(string) error {
	is := l.m.rows.marked()
	for _, i := range is {
		l.instance(&i)
	}
	return l.tally()
}

// tally says how many marks there are, by region.
func (l *linear) tally() error {
	rs := byRegion(l.m.rows.marked())
	if len(rs) == 0 {
		l.say("nothing is marked")
		return nil
	}
	parts := make([]string, len(rs))
	for n, r := range rs {
		parts[n] = fmt.Sprintf("%s: %s", r.region, r.stages())
	}
	l.say("%s marked; %s", count(len(l.m.rows.marks), "instance"), strings.Join(parts, "; "))
	return nil
}

// named lists instances by their numbers and ids.
func (l *linear) named(is []fleet.Instance) string {
	parts := make([]string, len(is))
	for n, i := range is {
		parts[n] = fmt.Sprintf("%d. %s", l.number[i.ID], i.ID)
	}
	return strings.Join(parts, ", ")
}

// odd marks the instances on which the last command or copy ended otherwise than on
// most, or failed.
func (l *linear) odd(string) error {
	if l.last.Line == "" {
		return errors.New("no command and no copy has ended yet")
	}
	hs := oddOnes(fleet.Groups(l.last.Hosts))
	if len(hs) == 0 {
		return errors.New("all ended alike; no mark was changed")
	}
	clear(l.m.rows.marks)
	for _, h := range hs {
		if _, ok := l.m.rows.of(h.Instance); ok {
			l.m.rows.marks[h.Instance] = true
		}
	}
	return l.marks("")
}

// sort puts the list into another order; the numbers stay.
func (l *linear) sort(args string) error {
	name, reversed := strings.CutPrefix(args, "-")
	var heads []string
	for _, c := range columns() {
		if strings.EqualFold(c.head, name) {
			l.m.rows.column, l.m.rows.sortBy = c.head, sorting{}
			if l.m.sort(); reversed {
				l.m.sort()
			}
			return l.list("")
		}
		heads = append(heads, strings.ToLower(c.head))
	}
	return fmt.Errorf("write one of %s", strings.Join(heads, ", "))
}
