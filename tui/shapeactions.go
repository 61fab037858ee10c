package tui

import (
	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// The dialogs of what changes which instances a fleet has.
const (
	atShrink  place = "Shrink confirmation"
	atReplace place = "Replace confirmation"
	atUnlock  place = "Unlock confirmation"
)

// shapeActions are the keys that grow, shrink, replace, move and lock.
func shapeActions() []action {
	here := func(m *model) string {
		if m.rows.at == "" {
			return "there is no instance here"
		}
		return known(m)
	}
	some := func(m *model) string {
		if m.stayingUpTo(1) == 0 {
			return "there is no instance here"
		}
		return known(m)
	}
	unkept := func(off func(*model) string) func(*model) string {
		return func(m *model) string {
			if m.summary.Keep == fleet.KeepAWS {
				return "AWS keeps this fleet and chooses the pools, cheap ones with capacity first; " + m.keyFor("replace") + " has it choose again"
			}
			return off(m)
		}
	}
	return append([]action{
		{id: "grow", place: atFleet, keys: []string{"+"}, title: "grow", help: "plan a launch of one more; the number can be changed there", risk: costs, footer: 18, changes: true, run: (*model).openGrow},
		{id: "shrink", place: atFleet, keys: []string{"-"}, title: "shrink", help: "who goes if the fleet is one smaller, or more; asks first", risk: destroys, footer: 19, changes: true, off: cantShrink, run: (*model).openShrink},
		{id: "replace", place: atFleet, keys: []string{"H"}, title: "replace", help: "replace the marks or the row: a substitute is ready before each goes; asks first", risk: destroys, footer: 20, changes: true, off: here, run: (*model).openReplace},
		{id: "move", place: atFleet, keys: []string{"$"}, title: "move…", help: "move the marks or the whole fleet to pools that cost a tenth less; asks first", risk: destroys, changes: true, off: unkept(some), run: (*model).openMove},
		{id: "lock", place: atFleet, keys: []string{"L"}, title: "lock", help: "lock the marks or the row, so that they can't be destroyed; once more asks to unlock them", footer: 21, changes: true, off: here, run: (*model).lock},
	}, shapeDialogActions()...)
}

func shapeDialogActions() []action {
	number := func(m *model) string {
		if d, ok := m.over.(*shrinkDialog); ok {
			return d.noTyped()
		}
		return ""
	}
	change := func(step int) func(*model) tea.Cmd {
		return on(func(d *shrinkDialog, m *model) tea.Cmd { return d.change(m, step) })
	}
	return []action{
		{id: "shrinkless", place: atShrink, keys: []string{"left", "-"}, title: "how many", help: "one more goes", footer: 1, off: number, run: change(-1)},
		{id: "shrinkmore", place: atShrink, keys: []string{"right", "+"}, title: "how many", help: "one more stays", off: number, run: change(1)},
		byY(action{id: "shrinkone", place: atShrink, title: "destroy it", help: "destroy the one that goes", risk: destroys, footer: 2}),
		byWord(action{id: "shrinkmany", place: atShrink, title: "destroy them", help: "destroy those that go, once the fleet's name is typed", risk: destroys}),
		byY(action{id: "replaceone", place: atReplace, title: "replace it", help: "replace the one that is named", risk: destroys, footer: 1}),
		byWord(action{id: "replacemany", place: atReplace, title: "replace them", help: "replace or move what is named, once the fleet's name is typed", risk: destroys}),
		byY(action{id: "unlock", place: atUnlock, title: "unlock", help: "unlock what is named", footer: 1}),
	}
}
