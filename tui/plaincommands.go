package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spot-tui/fleet"
)

// plainAction is an action of the registry as the session of lines has it. Its
// help, its risk and whether read-only mode refuses it are the registry's.
type plainAction struct {
	id   string   // in the registry; or the name of what only this session has
	name string   // how it is called here, where that says more than the id
	also []string // other names: those of the verbs
	args string
	help string // where it means something else than on the screen
	run  func(l *linear, args string) error
}

// which is how instances are named here.
const which = "WHICH"

func plainActions() []plainAction {
	as := []plainAction{
		{id: "filter", name: "list", also: []string{"ls"}, args: "[FILTER]", help: "list the instances, or those that match", run: (*linear).list},
		{id: "problems", help: "list the instances that have failed or are interrupted", run: func(l *linear, _ string) error { return l.list("stage:failed or stage:interrupted") }},
		{id: "regions", help: "how each region answers", run: (*linear).regions},
		{id: "details", args: which, help: "everything that is known of it", run: (*linear).details},
		{id: "explain", args: which, help: "how it stands and why, with evidence, and what to do next", run: (*linear).explain},
		{id: "detailsoutput", name: "output", args: which, run: (*linear).output},
		{id: "copy", args: which, help: "its addresses and a line that logs in", run: (*linear).addresses},
		{id: "console", args: which, help: "the address of its page in AWS's console", run: (*linear).console},
		{id: "shell", also: []string{"ssh"}, args: which, help: "a shell on it, where this is a terminal", run: (*linear).shell},
		{id: "run", also: []string{"exec"}, args: which + " COMMAND", help: "run a command; each one's output is said when it ends", run: (*linear).runOn},
		{id: "upload", args: which + " HERE THERE", help: "copy a file or folder to them, and verify it there", run: (*linear).upload},
		{id: "fetch", args: which + " THERE FOLDER", help: "copy a file or folder from them, and verify it here", run: (*linear).fetch},
		{id: "follow", also: []string{"logs"}, args: which + " PATH|UNIT|journal", help: "follow a log until the next line is typed", run: (*linear).follow},
		{id: "forward", args: which + " [HERE:]THERE", help: "have one of its ports here", run: (*linear).forward},
		{id: "forwards", args: "[close NUMBER]", help: "the forwarded ports, and to close them", run: (*linear).forwards},
		{id: "provision", args: which, help: "take up the setup where it failed (asks first)", run: func(l *linear, args string) error { return l.provision(args, false) }},
		{id: "provisionall", name: "setup-again", args: which, help: "do every step of the setup again (asks first)", run: func(l *linear, args string) error { return l.provision(args, true) }},
		{id: "new", help: "plan a launch: what is missing, where, what it costs", also: []string{"create", "plan", "launch"}, args: "[target N] [lifetime 8h] [regions A,B] [types A,B] [image NAME]", run: (*linear).plan},
		{id: "destroy", args: which + "|region NAME|fleet", help: "end instances, those of a region, or the whole fleet with what belongs to it", run: (*linear).destroy},
		{id: "cancelrun", name: "cancel", help: "stop the commands and copies that go on", run: (*linear).cancel},
		{id: "pane", name: "log", args: "[N|on|off]", help: "the newest lines of the log, or all as they come", run: (*linear).log},
		{id: "commandlog", run: (*linear).deeds},
		{id: "refresh", run: func(l *linear, _ string) error {
			l.m.did("list")
			l.m.o.Face.Refresh()
			l.say("asking every region")
			return nil
		}},
		{id: "wait", help: "wait until nothing goes on; Ctrl+C leaves", run: func(l *linear, _ string) error { l.waits = true; return nil }},
		{id: "help", args: "[NAME]", help: "what can be done here", run: (*linear).help},
		{id: "quit", also: []string{"exit", "leave"}, help: "what keeps running and what it costs, then leave", run: (*linear).quit},
	}
	beside := slices.IndexFunc(as, func(p plainAction) bool { return p.id == "destroy" })
	return slices.Insert(as, beside, plainShape()...)
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
		return fmt.Sprintf("%s is for the full screen (%s); spot-tui help lists the verbs", name, a.help)
	}
	return fmt.Sprintf("%q is nothing that can be done; write help", name)
}

func (l *linear) help(name string) error {
	if name != "" {
		p, ok := plainNamed(strings.ToLower(name))
		if !ok {
			return fmt.Errorf("%s", l.unknown(name))
		}
		l.say("%s", l.usage(p))
		return nil
	}
	for _, p := range plainActions() {
		l.say("%s", l.usage(p))
	}
	l.say("%s is a number of the list, an instance id or its beginning, several of them with commas, ready, all, or a filter such as zone:us-west-2a", which)
	return nil
}

// usage is an action in one line.
func (l *linear) usage(p plainAction) string {
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
	return strings.TrimSpace(name+" "+p.args) + ": " + help
}

// some gives the instances that a word names, and the rest of the line.
func (l *linear) some(args string) (is []fleet.Instance, rest string, err error) {
	word, rest, _ := strings.Cut(args, " ")
	rest = strings.TrimSpace(rest)
	if word == "" {
		return nil, "", fmt.Errorf("say which: a number of the list, an id, ready, all or a filter")
	}
	switch {
	case word == "all":
		is = l.m.rows.every(func(i fleet.Instance) bool { return i.Stage != fleet.StageGone })
	case word == "ready":
		is = l.m.rows.every(func(i fleet.Instance) bool { return i.Stage == fleet.StageReady })
	case strings.ContainsAny(word, ":<>!/"):
		f, err := fleet.ParseFilter(word)
		if err != nil {
			return nil, rest, err
		}
		is = l.m.rows.every(func(i fleet.Instance) bool { return i.Stage != fleet.StageGone && f.Match(i, l.m.now) })
	default:
		for _, w := range strings.Split(word, ",") {
			i, err := l.one(w)
			if err != nil {
				return nil, rest, err
			}
			is = append(is, i)
		}
	}
	if len(is) == 0 {
		return nil, rest, fmt.Errorf("no instance is %s", word)
	}
	return is, rest, nil
}

// one gives the instance of a number, an id or its beginning.
func (l *linear) one(word string) (fleet.Instance, error) {
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= len(l.ids) {
		if i, ok := l.m.rows.all[l.ids[n-1]]; ok {
			return *i, nil
		}
	}
	var found []fleet.Instance
	for _, i := range l.m.rows.order {
		if string(i.ID) == word {
			return *i, nil
		}
		if len(word) > 2 && strings.HasPrefix(string(i.ID), word) {
			found = append(found, *i)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return fleet.Instance{}, fmt.Errorf("%q is no instance of the list", word)
	}
	return fleet.Instance{}, fmt.Errorf("%q begins the ids of %d instances", word, len(found))
}

// single is some for what is about one instance.
func (l *linear) single(args string) (fleet.Instance, string, error) {
	is, rest, err := l.some(args)
	if err != nil {
		return fleet.Instance{}, "", err
	}
	if len(is) > 1 {
		return fleet.Instance{}, "", fmt.Errorf("one instance, not %d", len(is))
	}
	return is[0], rest, nil
}
