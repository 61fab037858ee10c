package tui

import (
	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// act makes an action's run of something that starts nothing.
func act(f func(*model)) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd { f(m); return nil }
}

// on runs f on the front overlay, if it is of f's kind.
func on[T overlay](f func(T, *model) tea.Cmd) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		if v, ok := m.over.(T); ok {
			return f(v, m)
		}
		return nil
	}
}

// unless says why when the front overlay does not allow an action.
func unless[T overlay](why string, allowed func(T) bool) func(*model) string {
	return func(m *model) string {
		if v, ok := m.over.(T); ok && allowed(v) {
			return ""
		}
		return why
	}
}

// actions is the registry: everything that a key does, and nothing else.
func actions() []action {
	var as []action
	for _, part := range [][]action{
		fleetActions(), shapeActions(), dialogActions(), choiceActions(), pageActions(), runActions(), readingActions(atFollow, "log"), readingActions(atText, "text"), logActions(), columnActions(), regionsActions(), pricesActions(), costActions(), leftoversActions(), inputActions(), moveActions(), globalActions(),
	} {
		as = append(as, part...)
	}
	return as
}

// known says why nothing can be confirmed yet: the account stands in every
// confirmation (R7).
func known(m *model) string {
	if m.summary.Identity.Account == "" {
		return "AWS has not said yet who we are; wait until the header shows the account"
	}
	return ""
}

func fleetActions() []action {
	needRow := func(m *model) string {
		if m.rows.at == "" {
			return "there is no instance here"
		}
		return ""
	}
	needRows := func(m *model) string {
		if len(m.rows.all) == 0 {
			return "there is no instance here"
		}
		return ""
	}
	as := []action{
		{id: "details", keys: []string{"enter", "d"}, title: "details", help: "everything that is known of the row", footer: 1, off: needRow, run: func(m *model) tea.Cmd { return m.details(m.rows.at) }},
		{id: "shell", keys: []string{"s"}, title: "shell", help: "a shell on the row's instance; it returns to this cursor", footer: 2, changes: true, off: needRow, run: (*model).shell},
		{id: "run", keys: []string{"x"}, title: "run", help: "run a command on the marks, the row, what is shown or all that are ready", footer: 3, changes: true, off: needRow, run: (*model).askRun},
		{id: "new", keys: []string{"n"}, title: "new", help: "plan a launch: what is missing, where, what it costs", risk: costs, footer: 4, changes: true, run: (*model).openPlan},
		{id: "destroy", keys: []string{"D"}, title: "destroy", help: "destroy the row, the marks, a region or the fleet; asks first", risk: destroys, footer: 5, changes: true, off: known, run: func(m *model) tea.Cmd { return m.openDestroy(false) }},
		{id: "explain", keys: []string{"i"}, title: "explain", help: "how the row stands and why, with evidence, and what to do next", footer: 7, off: needRow, run: func(m *model) tea.Cmd { return m.explain(m.rows.at) }},
		{id: "follow", keys: []string{"l"}, title: "logs", help: "follow a file, a unit or the journal, merged over the marks", footer: 8, off: needRow, run: (*model).askLogs},
		{id: "upload", keys: []string{"u"}, title: "upload", help: "copy a file or folder to the marks or the row, and verify it there", footer: 9, changes: true, off: needRow, run: (*model).askUpload},
		{id: "fetch", keys: []string{"f"}, title: "fetch", help: "copy a file or folder from the marks or the row, and verify it here", footer: 10, off: needRow, run: (*model).askFetch},
		{id: "provision", keys: []string{"p"}, title: "provision", help: "take up the setup of the marks or the row where it failed; asks first", footer: 11, changes: true, off: needRow, run: func(m *model) tea.Cmd { return m.openProvision(m.rows.chosen(), false) }},
		{id: "provisionall", keys: []string{"P"}, title: "set up again", help: "do every step of the setup again; asks first", changes: true, off: needRow, run: func(m *model) tea.Cmd { return m.openProvision(m.rows.chosen(), true) }},
		{id: "forward", keys: []string{"F"}, title: "forward", help: "have a port of the row's instance here", footer: 12, changes: true, off: needRow, run: (*model).askForward},
		{id: "forwards", keys: []string{"ctrl+f"}, title: "forwards", help: "the forwarded ports, and to close them", run: (*model).openForwards},
		{id: "panes", keys: []string{"S"}, title: "shells", help: "a shell on each of the marks, in tmux panes", footer: 13, changes: true, off: needRow, run: (*model).openPanes},
		{id: "filter", keys: []string{"/"}, title: "filter", help: "show only rows that match: text, field:value, age>2h, !not, a or b, /regex/", footer: 6, off: needRows, run: act((*model).askFilter)},
		{id: "mark", keys: []string{"space"}, title: "mark", help: "mark the row and go down", footer: 14, off: needRow, run: act(func(m *model) { m.rows.mark() })},
		{id: "markall", keys: []string{"*"}, title: "mark all", help: "mark every shown row", footer: 15, off: needRow, run: act(func(m *model) { m.rows.markShown() })},
		{id: "range", keys: []string{"v"}, title: "range", help: "begin a range at the row; once more marks all up to the row", off: needRow, run: (*model).markRange},
		{id: "menu", keys: []string{"a"}, title: "actions", help: "what can be done with the marks or the row", footer: 16, off: needRow, run: (*model).openMenu},
		{id: "invert", keys: []string{"!"}, title: "invert marks", help: "marked becomes unmarked and the other way round", off: needRow, run: act(func(m *model) { m.rows.invert() })},
		{id: "problems", keys: []string{"E"}, title: "problems", help: "only interrupted and failed rows, or all again", footer: 18, off: needRows, run: act(func(m *model) { m.rows.problems = !m.rows.problems; m.rows.refilter() })},
		{id: "sort", keys: []string{"o"}, title: "sort", help: "sort by the column under the cursor; once more reverses", footer: 19, off: needRows, run: act((*model).sort)},
		{id: "columnleft", keys: []string{"left"}, title: "column", help: "the column cursor to the left", footer: 20, off: needRows, run: act(func(m *model) { m.toColumn(-1) })},
		{id: "columnright", keys: []string{"right"}, title: "column", help: "the column cursor to the right; a column that had no room is shown", off: needRows, run: act(func(m *model) { m.toColumn(1) })},
		{id: "columns", keys: []string{"C"}, title: "columns", help: "which columns are shown, and in which order", off: needRows, run: (*model).openColumns},
		{id: "wide", keys: []string{"w"}, title: "wide", help: "every column at its width, scrolled by the column cursor, or those that fit", off: needRows, run: act((*model).toggleWide)},
		{id: "copyid", keys: []string{"y"}, title: "copy id", help: "copy the row's id", footer: 17, off: needRow, run: func(m *model) tea.Cmd { return copyText(string(m.rows.at)) }},
		{id: "copy", keys: []string{"c"}, title: "copy…", help: "copy id, addresses, ssh line, ARN or JSON", footer: 16, off: needRow, run: func(m *model) tea.Cmd { return m.open(&copyMenu{id: m.rows.at}) }},
		{id: "console", keys: []string{"b"}, title: "console link", help: "copy the address of the row's page in AWS's console", off: realRow, run: (*model).copyConsole},
		{id: "edit", keys: []string{"e"}, title: "edit config", help: "edit the fleet's file in $VISUAL or $EDITOR; it is checked when you come back", off: noEditor, run: (*model).editConfig},
		{id: "refresh", keys: []string{"r"}, title: "refresh", help: "ask every region now", footer: 21, run: (*model).refresh},
		{id: "freeze", keys: []string{"z"}, title: "freeze", help: "stop the screen from changing, or let it go on", footer: 22, run: (*model).toggleFreeze},
		{id: "pane", keys: []string{"tab"}, title: "log", help: "read the log: search, levels, regions, one instance, the whole screen", footer: 23, run: (*model).focusLog},
		{id: "logsize", keys: []string{"="}, title: "log size", help: "the log normal, large or closed", footer: 24, run: act(func(m *model) { m.logSize = (m.logSize + 1) % logSizes })},
		{id: "quit", keys: []string{"q"}, title: "quit", help: "what keeps running and what it costs, then leave", footer: 25, run: (*model).quit},
	}
	for i := range as {
		as[i].place = atFleet
	}
	return as
}

// dialogActions are the keys of the dialogs. A confirmation that is open is the
// only place where a lower-case key changes AWS (R1).
func dialogActions() []action {
	choice := unless("there is no other choice", func(d *destroyDialog) bool { return len(d.scopes) > 1 })
	choose := func(step int) func(*model) tea.Cmd {
		return on(func(d *destroyDialog, _ *model) tea.Cmd { d.choose(step, len(d.scopes)); return nil })
	}
	return []action{
		byY(action{id: "launch", place: atLaunch, title: "launch", help: "launch what the plan says", risk: costs, footer: 1}),
		{id: "smaller", place: atDestroy, keys: []string{"left"}, title: "how much", help: "the choice before: the whole fleet, a region, the marks, this instance", footer: 1, off: choice, run: choose(-1)},
		{id: "larger", place: atDestroy, keys: []string{"right"}, title: "how much", help: "the next choice: this instance, the marks, a region, the whole fleet", off: choice, run: choose(1)},
		byY(action{id: "destroyone", place: atDestroy, title: "destroy it", help: "destroy the one instance that is named", risk: destroys, footer: 2}),
		byWord(action{id: "destroymany", place: atDestroy, title: "destroy them", help: "destroy what is named, once the fleet's name is typed", risk: destroys}),
		{id: "copymenuid", place: atCopy, keys: []string{"i"}, title: "id", help: "copy the id", footer: 1, run: on((*copyMenu).copyID)},
		{id: "copymenuaddress", place: atCopy, keys: []string{"a"}, title: "address", help: "copy the address by which it is reached", footer: 2, run: copyAddress("public", (*fleet.Instance).Host)},
		{id: "copymenuprivate", place: atCopy, keys: []string{"p"}, title: "private address", help: "copy the private address", footer: 5, run: copyAddress("private", func(i *fleet.Instance) string { return i.PrivateIP })},
		{id: "copymenuarn", place: atCopy, keys: []string{"r"}, title: "ARN", help: "copy the ARN", footer: 6, run: on((*copyMenu).copyARN)},
		{id: "copymenussh", place: atCopy, keys: []string{"s"}, title: "ssh line", help: "copy a command that logs in", footer: 3, run: on((*copyMenu).copyLogin)},
		{id: "copymenujson", place: atCopy, keys: []string{"j"}, title: "JSON", help: "copy everything that is known as JSON", footer: 4, run: on((*copyMenu).copyJSON)},
		{id: "leave", place: atQuit, keys: []string{"q"}, title: "detach", help: "detach: leave them running; spot-tui shows them again", footer: 1, run: (*model).leave},
		{id: "quitdestroy", place: atQuit, keys: []string{"D"}, title: "destroy the fleet…", help: "destroy the fleet; asks first", risk: destroys, footer: 2, changes: true, off: known, run: func(m *model) tea.Cmd { m.back(); return m.openDestroy(true) }},
		byY(action{id: "provisiondo", place: atProvision, title: "set up", help: "set up what is named", footer: 1}),
		{id: "forwardsup", place: atForwards, keys: []string{"up", "k"}, title: "choose", help: "the port before", run: on(func(v *forwardsView, m *model) tea.Cmd { return v.move(m, -1) })},
		{id: "forwardsdown", place: atForwards, keys: []string{"down", "j"}, title: "choose", help: "the next port", run: on(func(v *forwardsView, m *model) tea.Cmd { return v.move(m, 1) })},
		{id: "forwardsstop", place: atForwards, keys: []string{"X"}, title: "close", help: "close the chosen one", footer: 1, run: on((*forwardsView).stop)},
		{id: "forwardsback", place: atForwards, keys: []string{"q", "enter"}, title: "back", help: "back; the ports stay open", footer: 2, run: (*model).back},
		{id: "receiptback", place: atReceipt, keys: []string{"enter", "q"}, title: "back", help: "close the receipt", run: (*model).back},
	}
}

// choiceActions are the keys of the lists of actions.
func choiceActions() []action {
	to := func(n int) func(*model) tea.Cmd {
		return on(func(v *paletteView, _ *model) tea.Cmd { v.move(n); return nil })
	}
	menu := func(n int) func(*model) tea.Cmd {
		return on(func(v *menuView, _ *model) tea.Cmd { v.move(n); return nil })
	}
	return []action{
		{id: "paletterun", place: atPalette, keys: []string{"enter"}, title: "do it", help: "what its key would do", footer: 1, run: on((*paletteView).run)},
		{id: "paletteup", place: atPalette, keys: []string{"up"}, title: "choose", help: "the action before", footer: 2, run: to(-1)},
		{id: "palettedown", place: atPalette, keys: []string{"down"}, title: "choose", help: "the next action", run: to(1)},
		{id: "menurun", place: atMenu, keys: []string{"enter"}, title: "do it", help: "what its key would do, which works here too", footer: 1, run: on((*menuView).run)},
		{id: "menuup", place: atMenu, keys: []string{"up", "k"}, title: "choose", help: "the action before", footer: 2, run: menu(-1)},
		{id: "menudown", place: atMenu, keys: []string{"down", "j"}, title: "choose", help: "the next action", run: menu(1)},
	}
}

// inputActions are the keys of an input line; all others write into it.
func inputActions() []action {
	return []action{
		{id: "accept", place: atInput, keys: []string{"enter"}, title: "accept", help: "keep the filter, or run the command on what was chosen", run: func(m *model) tea.Cmd {
			p := m.prompt
			m.prompt = nil
			return tea.Batch(p.done(m), m.showReceipt())
		}},
		{id: "inputscope", place: atInput, keys: []string{"tab"}, title: "which", help: "the next choice of instances: the marks, the row, what is shown, all that are ready", run: (*model).nextChoice},
		{id: "inputcomplete", place: atInput, keys: []string{"right"}, title: "complete", help: "complete the path or the filter, at the end of the line", off: (*model).noGhost, run: (*model).takeGhost},
		{id: "inputolder", place: atInput, keys: []string{"up"}, title: "older", help: "the command before, in the history", run: func(m *model) tea.Cmd { return m.recall(1) }},
		{id: "inputnewer", place: atInput, keys: []string{"down"}, title: "newer", help: "the next command in the history", run: func(m *model) tea.Cmd { return m.recall(-1) }},
		{id: "giveup", place: atInput, keys: []string{"esc", "ctrl+c"}, title: "give up", help: "close the line; nothing is done", run: func(m *model) tea.Cmd {
			p := m.prompt
			m.prompt = nil
			p.cancel(m)
			return m.showReceipt()
		}},
	}
}

// moveActions are the same in every list.
func moveActions() []action {
	const far = 1 << 30
	by := func(id, help string, f func(m *model) int, keys ...string) action {
		return action{id: id, place: moving, keys: keys, title: help, help: help, run: act(func(m *model) { m.move(f(m)) })}
	}
	n := func(n int) func(*model) int { return func(*model) int { return n } }
	return []action{
		by("down", "down", n(1), "j", "down"),
		by("up", "up", n(-1), "k", "up"),
		by("first", "to the first line", n(-far), "g", "home"),
		by("last", "to the last line; the log follows again", n(far), "G", "end"),
		by("halfdown", "half a page down", (*model).half, "ctrl+d", "pgdown"),
		by("halfup", "half a page up", func(m *model) int { return -m.half() }, "ctrl+u", "pgup"),
	}
}

func globalActions() []action {
	as := []action{
		{id: "back", keys: []string{"esc"}, title: "back", help: "peels one layer: input, dialog, log, marks, filter", run: (*model).peel},
		fleetScreenAction(),
		screenAction("2", atRegions, "the Regions screen: health, capacity memory, quotas and preflight of each", newRegionsView),
		screenAction("3", atPrices, "the Prices screen: what capacity costs, by region and type", newPricesView),
		screenAction("6", atCosts, "the Cost screen: what the fleet has cost, and what for", newCostsView),
		screenAction("7", atLeftovers, "what fleets have left behind in any region, what it costs, and to delete it", newLeftovers),
		{id: "palette", keys: []string{":"}, title: "commands", help: "find an action by its words", off: inDialog, run: (*model).openPalette},
		{id: "commandlog", keys: []string{"@"}, title: "command log", help: "what was done, each as its command line, and the API calls after it", off: inDialog, run: (*model).openCommandLog},
		{id: "help", keys: []string{"?"}, title: "help", help: "the keys that work here, then all others", run: (*model).help},
		{id: "interrupt", keys: []string{"ctrl+c"}, title: "stop", help: "stop the run in front, else the quit panel; once more leaves", run: (*model).interrupt},
		{id: "mouse", keys: []string{"M"}, title: "mouse", help: "take the mouse, or give it back to the terminal for selecting text", run: (*model).toggleMouse},
		{id: "redraw", keys: []string{"ctrl+l"}, title: "redraw", help: "draw the screen anew", run: func(*model) tea.Cmd { return tea.ClearScreen }},
		{id: "suspend", keys: []string{"ctrl+z"}, title: "suspend", help: "back to the shell; fg returns", off: noStops, run: (*model).suspend},
	}
	for i := range as {
		as[i].place = everywhere
	}
	return as
}

// places lists the registry's places in the order in which people meet them.
func places() []place {
	return []place{atFleet, moving, everywhere, atRegions, atPrices, atCosts, atLeftovers, atDetails, atExplain, atPlan, atLaunch, atDestroy, atShrink, atReplace, atUnlock, atCleanup, atProvision, atRun, atFollow, atForwards, atCopy, atPalette, atMenu, atText, atLog, atColumns, atQuit, atReceipt, atHelp, atInput}
}
