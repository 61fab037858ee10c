package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// enabledMsg answers which regions the account has enabled, for a line that asks for
// one.
type enabledMsg struct {
	p       *prompt
	regions []fleet.Region
	err     error
}

// ownRegions says why a region can't be added to the plan.
func ownRegions(m *model) string {
	switch v, ok := m.over.(*planView); {
	case !ok || !v.have:
		return "the plan is not there yet"
	case v.choice != nil:
		return "these regions were chosen on the Prices screen; choose there"
	}
	return ""
}

// askRegion asks for a region that the config does not name. What the account has
// enabled is offered once AWS has said it.
func (v *planView) askRegion(m *model) tea.Cmd {
	p := &prompt{label: "also plan in the region", in: input(""), changed: func(*model) {}, cancel: func(*model) {}, history: m.said["region"]}
	p.facts = func(m *model) string { return m.promptHints(p, v.regionHint(p)) }
	p.offer = func(text string) string { return onlyEnd(text, v.beginning(text)) }
	p.done = func(m *model) tea.Cmd {
		name := fleet.Region(strings.ToLower(strings.TrimSpace(p.in.Value())))
		if name == "" {
			return m.say("nothing has changed")
		}
		if why := notEnabled(name, v.enabled); why != "" {
			return m.say(why)
		}
		m.remember("region", string(name))
		v.form.addRegion(name)
		return v.askSoon()
	}
	m.prompt = p
	ctx, face := m.ctx, m.o.Face
	return func() tea.Msg {
		rs, err := face.EnabledRegions(ctx)
		return enabledMsg{p, rs, err}
	}
}

// takeEnabled takes the enabled regions in. Without them what is typed is planned as
// it is, and the plan says what AWS thinks of it.
func (m *model) takeEnabled(msg enabledMsg) tea.Cmd {
	v, ok := m.over.(*planView)
	if !ok || m.prompt != msg.p {
		return nil
	}
	v.enabled, v.enabledErr = msg.regions, msg.err
	return m.prompt.seek()
}

// beginning lists the enabled regions that begin with a text and are not in the form.
func (v *planView) beginning(text string) (names []string) {
	for _, r := range v.enabled {
		here := slices.ContainsFunc(v.form.regions, func(p pick) bool { return p.on && p.name == string(r) })
		if !here && strings.HasPrefix(string(r), strings.ToLower(text)) {
			names = append(names, string(r))
		}
	}
	return names
}

// regionHint is what can be typed.
func (v *planView) regionHint(p *prompt) string {
	switch names := v.beginning(p.in.Value()); {
	case v.enabledErr != nil:
		return "which are enabled is not known: " + cause(v.enabledErr)
	case v.enabled == nil:
		return "such as eu-north-1; asking AWS which are enabled"
	case len(names) == 0:
		return "no enabled region begins so"
	default:
		return strings.Join(names, " ")
	}
}

// onlyEnd is what a text lacks of the only name that begins with it, or of what all
// of them have in common.
func onlyEnd(text string, names []string) string {
	if text == "" || len(names) == 0 {
		return ""
	}
	common := names[0]
	for _, n := range names {
		for !strings.HasPrefix(n, common) {
			common = common[:len(common)-1]
		}
	}
	return common[min(len(text), len(common)):]
}

// notEnabled says that a region is none of those that the account has enabled; all
// can be, where these are not known.
func notEnabled(r fleet.Region, enabled []fleet.Region) string {
	if len(enabled) == 0 || slices.Contains(enabled, r) {
		return ""
	}
	return fmt.Sprintf("%s is not enabled in this account; enabled are %s", r, strings.Join(texts(enabled), ", "))
}

// addRegion takes a region in that the config does not name.
func (f *form) addRegion(r fleet.Region) {
	f.field, f.chip[regionsField] = regionsField, takeIn(&f.regions, string(r))
}

// takeIn has a name among the picks, and says where.
func takeIn(ps *[]pick, name string) int {
	n := slices.IndexFunc(*ps, func(p pick) bool { return p.name == name })
	if n < 0 {
		n = len(*ps)
		*ps = append(*ps, pick{name: name})
	}
	(*ps)[n].on = true
	return n
}

// named gives regions as --regions takes them: as the config has them, and as much as
// any other where it does not name them. Counts are weights, for they no longer add up.
func (o Offer) named(names []string) (rs []fleet.RegionSpec) {
	for _, name := range names {
		r := fleet.RegionSpec{Name: fleet.Region(name), Weight: 1}
		for _, have := range o.Regions {
			if have.Name == r.Name {
				r = have
				r.Weight = max(1, have.Weight, have.Count)
			}
		}
		r.Count = -1
		rs = append(rs, r)
	}
	return rs
}
