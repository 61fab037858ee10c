package tui

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"spot-tui/fleet"
)

func (l *linear) list(text string) error {
	f, err := fleet.ParseFilter(text)
	if err != nil {
		return err
	}
	if text == "" {
		l.fleet()
		return nil
	}
	n := 0
	for i := range l.m.rows.each() {
		if f.Match(*i, l.m.now) {
			n++
			l.instance(i)
		}
	}
	l.say("%d of %d match", n, len(l.m.rows.order))
	return nil
}

func (l *linear) details(args string) error {
	i, _, err := l.single(args)
	if err != nil {
		return err
	}
	l.m.did("details", string(i.ID))
	x, err := l.m.o.Face.Inspect(l.ctx, i.ID)
	for _, g := range append(ownFacts(&i), x.Groups...) {
		l.say("%s:", g.Name)
		for _, f := range g.Facts {
			l.say("  %s: %s", f.Name, f)
		}
	}
	return err
}

func (l *linear) explain(args string) error {
	i, _, err := l.single(args)
	if err != nil {
		return err
	}
	l.m.did("explain", string(i.ID))
	x, err := l.m.o.Face.Explain(l.ctx, i.ID)
	if err != nil {
		return err
	}
	l.say("%s", x.Answer)
	if x.Hint != "" {
		l.say("next: %s", x.Hint)
	}
	for _, c := range x.Checks {
		l.say("  %s: %s: %s", c.State, c.What, c.Detail)
	}
	return nil
}

func (l *linear) output(args string) error {
	i, _, err := l.single(args)
	if err != nil {
		return err
	}
	lines, file := l.m.o.Face.Output(i.ID)
	for _, line := range lines {
		l.say("  %s", line)
	}
	if file != "" {
		l.say("all of it: %s", file)
	} else if len(lines) == 0 {
		l.say("nothing of its setup is kept here")
	}
	return nil
}

func (l *linear) addresses(args string) error {
	i, _, err := l.single(args)
	if err != nil {
		return err
	}
	l.say("id: %s", i.ID)
	l.say("public address: %s", orElse(i.PublicIP, "none"))
	l.say("private address: %s", orElse(i.PrivateIP, "none"))
	if arn := l.m.arn(&i); arn != "" {
		l.say("ARN: %s", arn)
	}
	line, err := l.m.o.Face.LoginLine(i.ID)
	if err == nil {
		l.say("log in with: %s", line)
	}
	return err
}

func (l *linear) console(args string) error {
	i, _, err := l.single(args)
	if err != nil {
		return err
	}
	if l.m.o.Demo {
		return errors.New("a simulated cloud has no console")
	}
	l.say("%s", consoleLink(i.Region, i.ID))
	return nil
}

func (l *linear) shell(args string) error {
	i, _, err := l.single(args)
	if err != nil {
		return err
	}
	if !l.m.o.Typed {
		return errors.New("the input is no terminal; run gives a command's output")
	}
	l.m.did("ssh", string(i.ID))
	c := &shellCommand{ctx: l.ctx, face: l.m.o.Face, id: i.ID, zone: i.Zone, in: l.m.o.Input, out: l.out, err: l.out}
	return c.Run()
}

// json says everything that is known of one as JSON.
func (l *linear) json(args string) error {
	i, _, err := l.single(args)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(i, "", "  ")
	for line := range strings.Lines(string(b)) {
		l.say("%s", line)
	}
	return err
}

// panes opens shells beside each other in tmux, and shows them where they are not on
// the screen already.
func (l *linear) panes(args string) error {
	is, _, err := l.some(args)
	if err != nil {
		return err
	}
	is = running(is)
	switch {
	case l.m.o.Panes == nil:
		return errors.New("there is no tmux here")
	case len(is) == 0:
		return errors.New("none of them runs")
	}
	l.m.did(append([]string{"shells"}, texts(ids(is))...)...)
	titles, lines, err := paneLines(l.m.o.Face, is)
	if err != nil {
		return err
	}
	attach, err := l.m.o.Panes(l.ctx, titles, lines)
	if err != nil || len(attach) == 0 {
		if err == nil {
			l.say("%s opened in a tmux window", count(len(lines), "shell"))
		}
		return err
	}
	return l.lend("show the shells", attach)
}

// lend hands the terminal to a program of this machine.
func (l *linear) lend(what string, args []string) error {
	if !l.m.o.Typed {
		return fmt.Errorf("the input is no terminal; %s wants one", args[0])
	}
	c := &attachCommand{ctx: l.ctx, what: what, args: args, in: l.m.o.Input, out: l.out, err: l.out}
	return c.Run()
}

// edit hands the config to the editor, and says what it left.
func (l *linear) edit(string) error {
	if why := noEditor(l.m); why != "" {
		return errors.New(why)
	}
	file := l.m.o.Config
	if err := l.lend("edit the config", file.Editor); err != nil {
		return err
	}
	changed, mistakes := file.Check(l.ctx)
	for _, m := range mistakes {
		l.say("%s", m)
	}
	switch {
	case len(mistakes) > 0:
		l.say("nothing of it is used before this is mended; edit edits it again")
	case changed:
		l.say("the config is valid; it is used when spot-tui is started again")
	default:
		l.say("the config is what it was")
	}
	return nil
}
