package tui

import (
	"fmt"
	"slices"
	"strings"
)

// plainAction is an action of the registry as the session of lines has it. Its
// help, its risk and whether read-only mode refuses it are the registry's.
type plainAction struct {
	id   string   // in the registry; or the name of what only this session has
	name string   // how it is called here, where that says more than the id
	also []string // other names: those of the verbs
	args string
	help string   // where it means something else than on the screen
	does []string // other actions of the registry that it does here
	run  func(l *linear, args string) error
}

// planWords are what a plan can have otherwise than the config says.
const planWords = "[target N] [lifetime 8h] [regions A,B] [types A,B] [image NAME]"

// which is how instances are named here.
const which = "WHICH"

func plainActions() []plainAction {
	as := []plainAction{
		{id: "filter", name: "list", also: []string{"ls"}, args: "[FILTER]", help: "list the instances, or those that match", run: (*linear).list},
		{id: "problems", help: "list the instances that have failed or are interrupted", run: func(l *linear, _ string) error { return l.list("stage:failed or stage:interrupted") }},
		{id: "details", args: which, help: "everything that is known of it", run: (*linear).details, does: []string{"detailsagain", "explaindetails"}},
		{id: "explain", args: which, help: "how it stands and why, with evidence, and what to do next", run: (*linear).explain, does: []string{"detailsexplain", "explainagain", "runexplain"}},
		{id: "detailsoutput", name: "output", args: which, run: (*linear).output, does: []string{"explainoutput"}},
		{id: "copy", args: which, help: "its id, addresses, ARN and a line that logs in", run: (*linear).addresses, does: []string{"copyid", "detailscopy", "copymenuid", "copymenuaddress", "copymenuprivate", "copymenuarn", "copymenussh"}},
		{id: "copymenujson", name: "json", args: which, help: "everything that is known of it as JSON", run: (*linear).json},
		{id: "console", args: which, help: "the address of its page in AWS's console", run: (*linear).console},
		{id: "shell", also: []string{"ssh"}, args: which, help: "a shell on it, where this is a terminal", run: (*linear).shell, does: []string{"explainshell", "runshell"}},
		{id: "panes", also: []string{"shells"}, args: which, help: "a shell on each, in tmux panes", run: (*linear).panes},
		{id: "run", also: []string{"exec"}, args: which + " COMMAND", help: "run a command; each one's output is said when it ends", run: (*linear).runOn, does: []string{"runoutput"}},
		{id: "again", help: "the last command or copy once more, on the same instances", run: (*linear).again},
		{id: "upload", args: which + " HERE THERE", help: "copy a file or folder to them, and verify it there", run: (*linear).upload},
		{id: "fetch", args: which + " THERE FOLDER", help: "copy a file or folder from them, and verify it here", run: (*linear).fetch},
		{id: "follow", also: []string{"logs"}, args: which + " PATH|UNIT|journal", help: "follow a log until the next line is typed", run: (*linear).follow, does: []string{"logfollow", "logone"}},
		{id: "forward", args: which + " [HERE:]THERE", help: "have one of its ports here", run: (*linear).forward},
		{id: "forwards", args: "[close NUMBER]", help: "the forwarded ports, and to close them", run: (*linear).forwards, does: []string{"forwardsstop"}},
		{id: "provision", args: which, help: "take up the setup where it failed (asks first)", run: func(l *linear, args string) error { return l.provision(args, false) }, does: []string{"detailsprovision", "explainprovision"}},
		{id: "provisionall", name: "setup-again", args: which, help: "do every step of the setup again (asks first)", run: func(l *linear, args string) error { return l.provision(args, true) }, does: []string{"detailsprovisionall"}},
		{id: "new", help: "plan a launch: what is missing, where, what it costs", also: []string{"create", "plan", "launch"}, args: planWords, run: (*linear).plan, does: []string{"explainnew", "regionsplan", "review"}},
		{id: "why", args: planWords, help: "why the plan is as it is: types, pools, regions, quotas, prices", run: (*linear).why},
		{id: "destroy", args: which + "|region NAME|fleet", help: "end instances, those of a region, or the whole fleet with what belongs to it", run: (*linear).destroy, does: []string{"quitdestroy"}},
		{id: "cancelrun", name: "cancel", help: "stop the commands and copies that go on", run: (*linear).cancel},
		{id: "pane", name: "log", args: "[N] [level LEVEL] [region NAME] [of " + which + "] [write FILE] [find TEXT], on, off", help: "the newest lines of the log, or all as they come", run: (*linear).log, does: []string{"panelfollow", "panellevel", "panelregion", "panelrow", "panelonly", "panelsearch", "panelexport"}},
		{id: "commandlog", run: (*linear).deeds},
		{id: "edit", run: (*linear).edit},
		{id: "freeze", help: "stop telling what changes, or tell it again", run: (*linear).freeze},
		{id: "refresh", run: func(l *linear, _ string) error {
			l.m.did("list")
			l.m.o.Face.Refresh()
			l.say("asking every region")
			return nil
		}},
		{id: "wait", help: "wait until nothing goes on; Ctrl+C leaves", run: func(l *linear, _ string) error { l.waits = true; return nil }},
		{id: "help", args: "[NAME]", help: "what can be done here", run: (*linear).help},
		{id: "quit", also: []string{"exit", "leave"}, help: "what keeps running and what it costs, then leave", run: (*linear).quit, does: []string{"leave"}},
	}
	beside := slices.IndexFunc(as, func(p plainAction) bool { return p.id == "destroy" })
	as = slices.Insert(as, beside, plainShape()...)
	marks := slices.IndexFunc(as, func(p plainAction) bool { return p.id == "details" })
	as = slices.Insert(as, marks, plainMarks()...)
	pages := slices.IndexFunc(as, func(p plainAction) bool { return p.id == "cancelrun" })
	return slices.Insert(as, pages, plainPages()...)
}

// command does what a line says.
func (l *linear) command(text string) {
	name, args, _ := strings.Cut(text, " ")
	name, args = strings.ToLower(strings.TrimPrefix(name, ":")), strings.TrimSpace(args)
	if name == "?" {
		name = "help"
	}
	p, ok := plainNamed(name)
	if !ok {
		l.say("%s", l.unknown(name))
		return
	}
	a, known := l.registered(p.id)
	if known && a.changes && l.m.o.ReadOnly {
		l.say("%s is refused in read-only mode; start without --read-only", name)
		return
	}
	if err := p.run(l, args); err != nil {
		l.say("%s: %v", name, err)
	}
}

func plainNamed(name string) (plainAction, bool) {
	all := plainActions()
	n := slices.IndexFunc(all, func(p plainAction) bool { return p.id == name || p.name == name || slices.Contains(p.also, name) })
	if n < 0 {
		return plainAction{}, false
	}
	return all[n], true
}

func (l *linear) registered(id string) (action, bool) {
	n := slices.IndexFunc(l.m.acts, func(a action) bool { return a.id == id })
	if n < 0 {
		return action{}, false
	}
	return l.m.acts[n], true
}

// unknown says what a name that is no action here is.
func (l *linear) unknown(name string) string {
	if a, ok := l.registered(name); ok {
		how, why := here(a)
		if how != "" {
			return fmt.Sprintf("here it is %s; help %s says more", how, how)
		}
		return fmt.Sprintf("%s is for the full screen: %s", name, why)
	}
	return fmt.Sprintf("%q is nothing that can be done; write help", name)
}

func (l *linear) help(name string) error {
	if name != "" {
		p, ok := plainNamed(strings.ToLower(name))
		if !ok {
			return fmt.Errorf("%s", l.unknown(name))
		}
		l.sayUsage(p)
		return nil
	}
	for _, p := range plainActions() {
		l.sayUsage(p)
	}
	l.say("%s", whichText)
	return nil
}

// whichText says how instances are named.
const whichText = which + " is a number of the list, a range of them such as 3-7, an instance id or its beginning, several of them with commas, " +
	marksWord + ", ready, all, or a filter such as zone:us-west-2a"

func (l *linear) sayUsage(p plainAction) {
	line, what := l.usage(p)
	l.say("%s: %s", line, what)
}

// usage is how an action is written, and what it does.
func (l *linear) usage(p plainAction) (line, what string) {
	name, help := orElse(p.name, p.id), p.help
	if len(p.also) > 0 {
		name += " (or " + strings.Join(p.also, ", ") + ")"
	}
	a, ok := l.registered(p.id)
	if ok && help == "" {
		help = a.help
	}
	if ok && a.risk != safe {
		help += " (" + a.risk.String() + "; asks first)"
	}
	if ok && a.changes && l.m.o.ReadOnly {
		help += " (refused in read-only mode)"
	}
	return strings.TrimSpace(name + " " + p.args), help
}
