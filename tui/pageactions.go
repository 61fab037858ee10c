package tui

import (
	tea "charm.land/bubbletea/v2"
)

func pageActions() []action {
	planned := unless("the plan is not there yet", func(v *planView) bool { return v.have })
	change := func(n int) func(*model) tea.Cmd {
		return on(func(v *planView, m *model) tea.Cmd { return v.change(m, n) })
	}
	field := func(n int) func(*model) tea.Cmd {
		return on(func(v *planView, m *model) tea.Cmd { v.form.next(n, v.fixed(m)); return nil })
	}
	picks := unless("this field has a value, not choices", func(v *planView) bool { return v.have && v.form.picks() != nil })
	return []action{
		{id: "review", place: atPlan, keys: []string{"enter"}, title: "review and confirm", help: "ask for the confirmation of this plan", risk: costs, footer: 1, changes: true, off: unless("the regions have not answered yet", (*planView).ready), run: on((*planView).review)},
		{id: "why", place: atPlan, keys: []string{"i"}, title: "why", help: "why these types, pools and regions: filters, quotas, prices", footer: 6, off: unless("the regions have not answered yet", (*planView).ready), run: on((*planView).explain)},
		{id: "field", place: atPlan, keys: []string{"up", "k"}, title: "field", help: "the field above", footer: 2, off: planned, run: field(-1)},
		{id: "fieldbelow", place: atPlan, keys: []string{"down", "j"}, title: "field", help: "the field below", off: planned, run: field(1)},
		{id: "pick", place: atPlan, keys: []string{"space"}, title: "in or out", help: "plan with the region or type under the cursor, or without it", footer: 3, off: picks, run: on((*planView).toggle)},
		{id: "addtype", place: atPlan, keys: []string{"a"}, title: "add a type", help: "plan with a type that the config does not name, too", footer: 5, off: planned, run: on((*planView).askType)},
		{id: "addregion", place: atPlan, keys: []string{"R"}, title: "add a region", help: "plan in a region that the config does not name, too", footer: 7, off: ownRegions, run: on((*planView).askRegion)},
		{id: "less", place: atPlan, keys: []string{"left", "-", "h"}, title: "change", help: "one less, the image before, or the choice to the left", footer: 4, off: planned, run: change(-1)},
		{id: "more", place: atPlan, keys: []string{"right", "+", "l"}, title: "change", help: "one more, the next image, or the choice to the right", off: planned, run: change(1)},
		{id: "tenless", place: atPlan, keys: []string{"pgdown"}, title: "ten less", help: "ten less", off: planned, run: change(-10)},
		{id: "tenmore", place: atPlan, keys: []string{"pgup"}, title: "ten more", help: "ten more", off: planned, run: change(10)},
		{id: "planback", place: atPlan, keys: []string{"q"}, title: "back", help: "back to the fleet; nothing is made", run: (*model).back},
		{id: "detailsoutput", place: atDetails, keys: []string{"o"}, title: "output", help: "what its setup printed", footer: 3, run: on(func(v *detailsView, m *model) tea.Cmd { return m.output(v.id) })},
		{id: "detailsexplain", place: atDetails, keys: []string{"i"}, title: "explain", help: "how it stands and why, with evidence, and what to do next", footer: 4, run: on(func(v *detailsView, m *model) tea.Cmd { return m.explain(v.id) })},
		{id: "detailsprovision", place: atDetails, keys: []string{"p"}, title: "provision", help: "take up its setup where it failed; asks first", footer: 5, changes: true, run: on(func(v *detailsView, m *model) tea.Cmd { return m.openProvision(m.rows.only(v.id), false) })},
		{id: "detailsprovisionall", place: atDetails, keys: []string{"P"}, title: "set up again", help: "do every step of its setup again; asks first", footer: 6, changes: true, run: on(func(v *detailsView, m *model) tea.Cmd { return m.openProvision(m.rows.only(v.id), true) })},
		{id: "explainagain", place: atExplain, keys: []string{"r"}, title: "look again", help: "look again", footer: 1, off: unless("it is being looked for", func(v *explainView) bool { return v.have }), run: on((*explainView).look)},
		{id: "explainprovision", place: atExplain, keys: []string{"p"}, title: "provision", help: "take up its setup where it failed; asks first", footer: 2, changes: true, run: on(func(v *explainView, m *model) tea.Cmd { return m.openProvision(m.rows.only(v.id), false) })},
		{id: "explainshell", place: atExplain, keys: []string{"s"}, title: "shell", help: "a shell on it; it returns to this page", footer: 3, changes: true, run: on(func(v *explainView, m *model) tea.Cmd { return m.shellOn(v.id) })},
		{id: "explainoutput", place: atExplain, keys: []string{"o"}, title: "output", help: "what its setup printed", footer: 4, run: on(func(v *explainView, m *model) tea.Cmd { return m.output(v.id) })},
		{id: "explaindetails", place: atExplain, keys: []string{"d"}, title: "details", help: "everything that is known of it", footer: 5, run: on(func(v *explainView, m *model) tea.Cmd { return m.details(v.id) })},
		{id: "explainnew", place: atExplain, keys: []string{"n"}, title: "new", help: "plan a launch: what is missing, where, what it costs", risk: costs, changes: true, run: (*model).openPlan},
		{id: "explainback", place: atExplain, keys: []string{"q", "enter"}, title: "back", help: "back", run: (*model).back},
		{id: "logfollow", place: atFollow, keys: []string{"f"}, title: "follow", help: "follow the log again, or stop", footer: 1, run: on(func(v *followView, _ *model) tea.Cmd { v.read.halt(); return nil })},
		{id: "logone", place: atFollow, keys: []string{"tab"}, title: "one instance", help: "the lines of one instance, of the next, of all", footer: 4, run: on(func(v *followView, _ *model) tea.Cmd { v.oneInstance(); return nil })},
		{id: "logtimes", place: atFollow, keys: []string{"t"}, title: "times", help: "when each line came, or not", footer: 6, run: on(func(v *followView, _ *model) tea.Cmd { v.times = !v.times; return nil })},
		{id: "logback", place: atFollow, keys: []string{"q"}, title: "back", help: "back; the log is not followed any more", run: (*model).back},
		{id: "textback", place: atText, keys: []string{"q", "enter"}, title: "back", help: "back", run: (*model).back},
		{id: "detailscopy", place: atDetails, keys: []string{"c"}, title: "copy…", help: "copy id, addresses, ssh line, ARN or JSON", footer: 1, run: on(func(v *detailsView, m *model) tea.Cmd { return m.open(&copyMenu{id: v.id}) })},
		{id: "detailscopyid", place: atDetails, keys: []string{"y"}, title: "copy value", help: "copy the value under the cursor; at first the id", footer: 2, run: on((*detailsView).copyValue)},
		{id: "detailsagain", place: atDetails, keys: []string{"r"}, title: "ask EC2 again", help: "ask EC2 for its part again", footer: 7, off: unless("EC2 is being asked", func(v *detailsView) bool { return v.have }), run: on((*detailsView).look)},
		{id: "detailsback", place: atDetails, keys: []string{"q", "d", "enter"}, title: "back", help: "back to the fleet", run: (*model).back},
		{id: "helpback", place: atHelp, keys: []string{"q", "enter"}, title: "back", help: "close the help", run: (*model).back},
	}
}

// runActions are the keys of a run's page.
func runActions() []action {
	ended := unless("it has not ended everywhere", (*runView).ended)
	goesOn := unless("it has ended", (*runView).live)
	some := unless("nothing is known yet", func(v *runView) bool { return len(v.snap.Hosts) > 0 })
	as := []action{
		{id: "cancelrun", keys: []string{"X"}, title: "cancel", help: "stop it on the instance under the cursor; once more, or elsewhere, on all that have not ended", footer: 1, off: goesOn, run: on((*runView).stop)},
		{id: "runoutput", keys: []string{"enter", "o"}, title: "output", help: "all that is kept of what the group or the instance printed, and where the whole of it lies", footer: 2, off: some, run: on((*runView).output)},
		{id: "odd", keys: []string{"space"}, title: "mark the odd ones", help: "mark the instances that differ from most or failed, and go back", footer: 3, off: ended, run: on((*runView).markOdd)},
		{id: "markgroup", keys: []string{"m"}, title: "mark these", help: "mark the instances of the group under the cursor, and go back", footer: 5, off: some, run: on((*runView).markGroup)},
		{id: "again", keys: []string{"x"}, title: "run again", help: "the same once more, on the same instances", footer: 4, changes: true, off: ended, run: on((*runView).again)},
		{id: "runnext", keys: []string{"tab"}, title: "next", help: "to the next group or instance", footer: 6, off: some, run: on(func(v *runView, _ *model) tea.Cmd { v.next(); return nil })},
		{id: "runshell", keys: []string{"s"}, title: "shell", help: "a shell on the instance under the cursor; it returns to this page", footer: 7, changes: true, off: some, run: onHost((*model).shellOn)},
		{id: "runexplain", keys: []string{"i"}, title: "explain", help: "why the instance under the cursor can or can't be reached", footer: 8, off: some, run: onHost((*model).explain)},
		{id: "runback", keys: []string{"q"}, title: "back", help: "back to the fleet; the command goes on", run: (*model).back},
	}
	for i := range as {
		as[i].place = atRun
	}
	return as
}
