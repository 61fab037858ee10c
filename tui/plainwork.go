package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spot-tui/fleet"
	"spot-tui/tui/format"
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
	for _, i := range l.m.rows.order {
		if f.Match(*i, l.m.now) {
			n++
			l.instance(i)
		}
	}
	l.say("%d of %d match", n, len(l.m.rows.order))
	return nil
}

func (l *linear) regions(string) error {
	for _, r := range l.m.regions {
		line := fmt.Sprintf("%s: %s, %s", r.Region, r.Health, count(r.Live, "instance"))
		if !r.Answered.IsZero() {
			line += ", answered " + format.Short(max(0, l.m.now.Sub(r.Answered))) + " ago"
		}
		if r.Problem != "" {
			line += ": " + r.Problem
		}
		l.say("%s", line)
	}
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

func (l *linear) runOn(args string) error {
	is, line, err := l.some(args)
	if err != nil {
		return err
	}
	if line == "" {
		return errors.New("write the command after the instances")
	}
	on := ids(is)
	l.m.didOn("exec", on, "--", line)
	return l.started(l.m.o.Face.Run(fleet.RunRequest{Instances: on, Line: line}))
}

func (l *linear) upload(args string) error {
	is, text, err := l.some(args)
	if err != nil {
		return err
	}
	from, to, ok := pair(text)
	if !ok {
		return errors.New("write what is here and where it goes there, such as: upload ready app ~/app")
	}
	on := ids(is)
	l.m.didOn("upload", on, atHome(from), to)
	return l.started(l.m.o.Face.Upload(fleet.UploadRequest{Instances: on, File: fleet.FileSpec{Source: atHome(from), Target: to}}))
}

func (l *linear) fetch(args string) error {
	is, text, err := l.some(args)
	if err != nil {
		return err
	}
	from, to, ok := pair(text)
	if !ok {
		return errors.New("write what is there and a folder here, such as: fetch ready /var/log/syslog logs")
	}
	on := ids(is)
	l.m.didOn("fetch", on, from, atHome(to))
	return l.started(l.m.o.Face.Fetch(fleet.FetchRequest{Instances: on, Source: from, Target: atHome(to)}))
}

// started follows a run or a copy: each host is said as it ends.
func (l *linear) started(r *fleet.Run, err error) error {
	if err != nil {
		return err
	}
	l.works++
	l.runs = append(l.runs, r)
	go func() {
		told := map[fleet.InstanceID]bool{}
		var s fleet.RunSnapshot
		for {
			var err error
			if s, err = r.Next(l.ctx, s.Rev); err != nil {
				return
			}
			var ended []fleet.HostResult
			for _, h := range s.Hosts {
				if h.Done && !told[h.Instance] {
					told[h.Instance] = true
					ended = append(ended, h)
				}
			}
			all, now := s.Done == len(s.Hosts), s // the next question overwrites s
			if !l.do(func() { l.hosts(r, ended, all, now) }) || all {
				return
			}
		}
	}()
	return nil
}

func (l *linear) hosts(r *fleet.Run, ended []fleet.HostResult, all bool, s fleet.RunSnapshot) {
	for _, h := range ended {
		what := "ok"
		switch {
		case h.Err != nil:
			what = h.Err.Error()
		case !h.Exit.OK():
			what = strings.TrimSpace(fmt.Sprintf("exit %d %s", h.Exit.Code, h.Exit.Signal))
		}
		l.say("%d. %s: %s", l.number[h.Instance], h.Instance, what)
		for _, line := range strings.Split(strings.TrimRight(h.Output, "\n"), "\n") {
			if line != "" {
				l.say("  %s", line)
			}
		}
	}
	if all {
		l.works--
		l.runs = slices.DeleteFunc(l.runs, func(o *fleet.Run) bool { return o == r })
		bad := 0
		for _, h := range s.Hosts {
			if h.Failed() {
				bad++
			}
		}
		l.say("done: %s on %s, %d failed", s.Line, count(len(s.Hosts), "instance"), bad)
	}
	l.prompt()
}

func (l *linear) cancel(string) error {
	if len(l.runs) == 0 {
		return errors.New("no command and no copy goes on")
	}
	for _, r := range l.runs {
		r.Cancel()
	}
	return nil
}

func (l *linear) follow(args string) error {
	is, text, err := l.some(args)
	if err != nil {
		return err
	}
	q := fleet.FollowRequest{Instances: ids(is), Lines: 100}
	switch {
	case text == "":
		return errors.New("write a path, a unit or journal after the instances")
	case strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~"):
		q.File = text
	case text != "journal":
		q.Unit = text
	}
	t, err := l.m.o.Face.Follow(q)
	if err != nil {
		return err
	}
	l.tail = t
	go func() {
		seq := uint64(0)
		for {
			lines, _, open, err := t.Next(l.ctx, seq)
			if err != nil || !open && len(lines) == 0 {
				return
			}
			for _, line := range lines {
				seq = line.Seq
			}
			if !l.do(func() {
				for _, line := range lines {
					l.say("%d. %s", l.number[line.Instance], line.Text)
				}
			}) || rest(l.ctx, frameTime) != nil {
				return
			}
		}
	}()
	return nil
}

func (l *linear) forward(args string) error {
	i, text, err := l.single(args)
	if err != nil {
		return err
	}
	local, remote, ok := strings.Cut(text, ":")
	if !ok {
		local, remote = "0", text
	}
	if remote == "" {
		return errors.New("write the port there, or port-here:port-there")
	}
	l.m.did("forward", string(i.ID), local+":"+remote)
	f, err := l.m.o.Face.Forward(fleet.ForwardRequest{Instance: i.ID, Local: local, Remote: remote})
	if err != nil {
		return err
	}
	s, _ := f.State()
	l.m.forwards = append(l.m.forwards, &forward{f: f, state: s})
	l.say("%s is %s of %s", s.Local, s.Remote, s.Instance)
	return nil
}

func (l *linear) forwards(args string) error {
	for _, f := range l.m.forwards {
		f.state, _ = f.f.State()
	}
	l.m.dropForwards()
	if n, ok := strings.CutPrefix(args, "close "); ok {
		at, err := strconv.Atoi(strings.TrimSpace(n))
		if err != nil || at < 1 || at > len(l.m.forwards) {
			return fmt.Errorf("%q is no number of the list", n)
		}
		l.m.forwards[at-1].f.Close()
		l.say("closed")
		return nil
	}
	for n, f := range l.m.forwards {
		l.say("%d. %s is %s of %s %s", n+1, f.state.Local, f.state.Remote, f.state.Instance, f.state.Notice)
	}
	if len(l.m.forwards) == 0 {
		l.say("no port is forwarded")
	}
	return nil
}

func (l *linear) log(args string) error {
	if args == "on" || args == "off" {
		l.logs = args == "on"
		l.say("the log is %s", args)
		return nil
	}
	n := 20
	if args != "" {
		var err error
		if n, err = strconv.Atoi(args); err != nil || n < 1 {
			return errors.New("write a number of lines, on or off")
		}
	}
	for _, line := range lastOf(l.m.logs.lines, n) {
		l.say("%s", sayLog(line))
	}
	return nil
}

func (l *linear) deeds(string) error {
	var calls []fleet.Call
	if l.m.o.Calls != nil {
		calls = l.m.o.Calls()
	}
	for _, line := range commandLog(l.m.deeds, calls) {
		l.say("%s", line)
	}
	return nil
}
