package tui

import (
	"fmt"
	"slices"
	"strings"
)

// screenOnly is why something of the registry has no line of its own.
type screenOnly struct {
	places []place  // all that is there
	ids    []string // and these
	why    string
}

// screensOnly lists what only the full screen has.
func screensOnly() []screenOnly {
	return []screenOnly{
		{places: []place{moving}, why: "nothing scrolls here: the terminal keeps every line"},
		{places: []place{atLaunch, atDestroy, atShrink, atReplace, atUnlock, atCleanup, atProvision}, why: "what costs or destroys asks by itself, and the next line is the answer"},
		{places: []place{atInput, atPalette, atMenu}, ids: []string{"palette", "menu"}, why: "every line is typed at the prompt, and help lists what can be typed"},
		{places: []place{atPlan}, why: "new takes it all in its line: target, lifetime, regions, types, image"},
		{places: []place{atColumns}, ids: []string{"columns", "columnleft", "columnright", "wide", "regionscolumnleft", "regionscolumnright", "pricescolumnleft", "pricescolumnright", "costcolumnleft", "costcolumnright", "leftoverscolumnleft", "leftoverscolumnright"}, why: "a row is a sentence with all of its columns"},
		{places: []place{atText, atFollow}, ids: []string{"panelnext", "panelprev", "panelcopy", "panelpager", "panelwrap", "paneltimes", "detailscopyid"}, why: "texts are said whole: the terminal scrolls, searches and copies them"},
		{places: []place{atHelp, atReceipt}, ids: []string{
			"back", "screenfleet", "regionsback", "pricesback", "costback", "leftoversback", "planback", "detailsback", "explainback", "runback", "runnext", "forwardsup", "forwardsdown", "forwardsback", "panelback",
		}, why: "nothing lies over anything: there is nothing to go back from, and what is meant is named"},
		{ids: []string{"logsize", "panelmore", "panelless", "panelwhole", "mouse", "redraw"}, why: "it is about how the screen is drawn"},
		{ids: []string{"interrupt", "suspend"}, why: "the terminal's own Ctrl+C and Ctrl+Z do it"},
	}
}

// here says by which name an action of the registry is done line by line; empty: it
// is not, and why.
func here(a action) (name, why string) {
	for _, p := range plainActions() {
		if p.id == a.id || slices.Contains(p.does, a.id) {
			return orElse(p.name, p.id), ""
		}
	}
	for _, s := range screensOnly() {
		if slices.Contains(s.ids, a.id) || slices.Contains(s.places, a.place) {
			return "", s.why
		}
	}
	return "", ""
}

// PlainPage is docs/plain.md.
func PlainPage() string {
	var b strings.Builder
	b.WriteString("# Line by line: every action\n\nThis page is made from the program's own tables; `help` says the same at the prompt of `spot-tui --plain` ([screens.md](screens.md#line-by-line)).\n\n")
	b.WriteString(strings.ToUpper(whichText[:1]) + whichText[1:] + ".\n\n| line | what |\n|---|---|\n")
	l := &linear{m: &model{acts: actions()}}
	for _, p := range plainActions() {
		line, what := l.usage(p)
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(line, "|", "\\|"), what)
	}
	b.WriteString("\n## What only the full screen has\n\n| keys of | why |\n|---|---|\n")
	for _, s := range screensOnly() {
		names := texts(s.places)
		for _, a := range actions() {
			if slices.Contains(s.ids, a.id) {
				names = append(names, "`"+a.id+"`")
			}
		}
		fmt.Fprintf(&b, "| %s | %s |\n", strings.Join(names, ", "), s.why)
	}
	return b.String()
}
