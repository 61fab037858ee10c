package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// Offer is what the plan's fields let one choose from: what the config names, and
// the images that there are.
type Offer struct {
	Regions []fleet.RegionSpec
	Types   []fleet.InstanceType
	Images  []string
}

// planField is a field of the plan's form.
type planField uint8

// The fields, from top to bottom.
const (
	countField planField = iota
	lifeField
	regionsField
	typesField
	imageField
	planFields // how many there are
)

// pick is one of several that a plan can do with or without.
type pick struct {
	name string
	on   bool
}

// form is what was chosen for a plan. Zero values are the config's.
type form struct {
	field   planField
	target  int
	life    time.Duration
	regions []pick
	types   []pick
	image   string
	chip    [planFields]int // the pick under the cursor, by field
}

func newForm(o Offer) form {
	var f form
	for _, r := range o.Regions {
		f.regions = append(f.regions, pick{string(r.Name), true})
	}
	for _, t := range o.Types {
		f.types = append(f.types, pick{string(t), true})
	}
	return f
}

// picks are the choices of the field under the cursor; nil where it has none.
func (f *form) picks() []pick {
	switch f.field {
	case regionsField:
		return f.regions
	case typesField:
		return f.types
	default:
		return nil
	}
}

// toggle takes the pick under the cursor in or out; the last one stays. It says
// why nothing has changed.
func (f *form) toggle() string {
	ps, n := f.picks(), f.chip[f.field]
	if n >= len(ps) {
		return "there is nothing to choose from here"
	}
	if ps[n].on && len(chosen(ps)) == 1 {
		return "one must stay; take another one in first"
	}
	ps[n].on = !ps[n].on
	return ""
}

// add takes a type in that the config does not name.
func (f *form) add(name string) {
	f.field, f.chip[typesField] = typesField, takeIn(&f.types, name)
}

func chosen(ps []pick) []string {
	var names []string
	for _, p := range ps {
		if p.on {
			names = append(names, p.name)
		}
	}
	return names
}

// request is the plan that the form asks for: what is as the config has it is
// left out.
func (f *form) request(o Offer) fleet.PlanRequest {
	q := fleet.PlanRequest{Target: f.target, Lifetime: f.life, Image: f.image}
	if names := chosen(f.types); len(names) != len(o.Types) || len(f.types) != len(o.Types) {
		for _, n := range names {
			q.Types = append(q.Types, fleet.InstanceType(n))
		}
	}
	names := chosen(f.regions)
	if len(f.regions) > 0 && !slices.EqualFunc(names, o.Regions, func(n string, r fleet.RegionSpec) bool { return n == string(r.Name) }) {
		q.Regions = o.named(names)
	}
	return q
}

// change makes the field under the cursor one step larger, or goes to the next of
// its picks. It says whether the plan is another one now.
func (f *form) change(p fleet.Plan, o Offer, step int) bool {
	switch f.field {
	case countField:
		f.target = max(1, f.target+step)
	case lifeField:
		life := f.life
		if life == 0 {
			life = p.Lifetime
		}
		f.life = max(time.Hour, life.Round(time.Hour)+time.Duration(step)*time.Hour)
	case imageField:
		all := o.Images
		if !slices.Contains(all, p.Image) && f.image == "" { // the config's own
			all = append([]string{p.Image}, all...)
		}
		at := slices.Index(all, orElse(f.image, p.Image))
		n := min(max(0, at+step), len(all)-1)
		if n < 0 || n == at {
			return false
		}
		f.image = all[n]
	case regionsField, typesField:
		f.chip[f.field] = min(max(0, f.chip[f.field]+step), max(0, len(f.picks())-1))
		return false
	case planFields:
	}
	return true
}

// next goes to the field below, or above; those that can't change are passed over.
func (f *form) next(step int, fixed func(planField) bool) {
	for range planFields {
		f.field = planField((int(f.field) + step + int(planFields)) % int(planFields))
		if !fixed(f.field) {
			return
		}
	}
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// fixed says whether a field can't change: a running fleet keeps its end, and
// what nothing is offered for has no choice.
func (v *planView) fixed(m *model) func(planField) bool {
	return func(f planField) bool {
		switch f {
		case lifeField:
			return m.summary.Record.Fleet != ""
		case regionsField:
			return len(v.form.regions) == 0
		case typesField:
			return len(v.form.types) == 0
		case imageField:
			return len(m.o.Offer.Images) == 0
		default:
			return false
		}
	}
}

// askType asks for a type that the config does not name.
func (v *planView) askType(m *model) tea.Cmd {
	p := &prompt{label: "also plan with the type", in: input(""), changed: func(*model) {}, cancel: func(*model) {}, history: m.said["type"]}
	p.facts = func(m *model) string { return m.promptHints(p, "such as m7i.large") }
	p.done = func(m *model) tea.Cmd {
		name := strings.ToLower(strings.TrimSpace(p.in.Value()))
		if name == "" {
			return m.say("nothing has changed")
		}
		m.remember("type", name)
		if v.choice != nil {
			v.choice = v.choice.also(fleet.InstanceType(name))
		} else {
			v.form.add(name)
		}
		return v.askSoon()
	}
	m.prompt = p
	return nil
}

// rows draws the form: the fields that change, then what is fixed.
func (v *planView) rows(m *model, w int) []string {
	p := v.plan
	life := "no end"
	if v.form.life > 0 {
		life = format.Long(v.form.life)
	} else if p.Lifetime > 0 {
		life = format.Long(p.Lifetime)
	}
	ask := ""
	if v.asking {
		ask = "; asking again"
	}
	note := "each instance stops itself then"
	if m.summary.Record.Fleet != "" {
		note = "the running fleet keeps its end"
	}
	ls := []string{
		v.valueRow(m, w, countField, "instances", fmt.Sprint(v.form.target), fmt.Sprintf("target of the fleet; running: %d%s", p.Running, ask)),
		v.valueRow(m, w, lifeField, "ends after", life, note),
	}
	if v.choice != nil {
		ls = append(ls, v.valueRow(m, w, planFields, "chosen", v.choice.String(), "on the Prices screen; what runs stays where it is"))
	}
	ls = append(ls, v.picksRow(m, w, regionsField, "regions", v.form.regions)...)
	ls = append(ls, v.picksRow(m, w, typesField, "types", v.form.types)...)
	return append(
		ls,
		v.valueRow(m, w, imageField, "image", orElse(v.form.image, p.Image), "newest in each region"),
		v.valueRow(m, w, planFields, "key", p.KeyPath, "goes in by cloud-init; no key pair is made"),
		v.valueRow(m, w, planFields, "network", whichVPC(p)+", ssh from "+p.LetIn(), "one security group per region"),
	)
}

// label begins a row of the form.
func (v *planView) label(m *model, w int, f planField, name string) *line {
	l := m.line(w)
	l.selected = f == v.form.field
	if l.selected {
		l.put(m.th.Accent, m.th.Glyph("▌", ">")).gap(2)
	} else {
		l.gap(3)
	}
	return l.cell(m.th.Dim, name, 13, false)
}

func (v *planView) valueRow(m *model, w int, f planField, name, value, note string) string {
	l := v.label(m, w, f, name)
	if f != planFields && !v.fixed(m)(f) {
		value = m.th.Glyph("‹ ", "< ") + value + m.th.Glyph(" ›", " >")
	}
	wide := max(36, w/2-20)
	if over := ansi.StringWidth(value) - wide; over > 0 { // of a path the end says more
		value = m.th.Glyph("…", "~") + ansi.TruncateLeft(value, over+1, "")
	}
	l.cell(m.th.Text.Bold(true), value, wide, false)
	if w-l.w < len(note) && w-l.w < 20 {
		return l.edge().end()
	}
	return l.gap(2).put(m.th.Dim, note).edge().end()
}

// picksRow lists what a plan can do with or without, as far as there is room.
func (v *planView) picksRow(m *model, w int, f planField, name string, ps []pick) []string {
	if len(ps) == 0 {
		return nil
	}
	l := v.label(m, w, f, name)
	here := v.form.field == f
	from := 0
	if here { // the pick under the cursor is in sight
		for n, used := v.form.chip[f], 16; n >= 0; n-- {
			if used += len(ps[n].name) + 6; used > w {
				break
			}
			from = n
		}
		if v.form.chip[f] < 3 {
			from = 0
		}
	}
	if from > 0 {
		l.put(m.th.Dim, m.th.Glyph("‹", "<")).gap(1)
	}
	for n := from; n < len(ps); n++ {
		p := ps[n]
		if room := w - l.w - len(p.name) - 4; room < 8 && n < len(ps)-1 || room < 0 {
			l.put(m.th.Dim, fmt.Sprintf("+%d", len(ps)-n))
			break
		}
		box, look := m.th.Glyph("✓ ", "x "), m.th.Text
		if !p.on {
			box, look = m.th.Glyph("○ ", "o "), m.th.Dim
		}
		if here && n == v.form.chip[f] {
			l.put(m.th.Accent, m.th.Glyph("‹", "<")).put(look.Bold(true), box+p.name).put(m.th.Accent, m.th.Glyph("›", ">")).gap(1)
			continue
		}
		l.gap(1).put(look, box+p.name).gap(2)
	}
	return []string{l.edge().end()}
}
