package tui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spot-tui/fleet"
)

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

// log says the newest lines, those that are wanted, or writes them to a file; on and
// off are for those that come.
func (l *linear) log(args string) error {
	if args == "on" || args == "off" {
		l.logs = args == "on"
		l.say("the log is %s", args)
		return nil
	}
	n := 20
	if word, rest, _ := strings.Cut(args, " "); word != "" {
		if lines, err := strconv.Atoi(word); err == nil {
			n, args = lines, strings.TrimSpace(rest)
		}
	}
	o, err := wanted(args, "level", "region", "of", "write")
	switch {
	case n < 1:
		return errors.New("write a number of lines, on or off")
	case err != nil:
		return err
	}
	p, err := l.listed(o)
	if err != nil {
		return err
	}
	if o["write"] != "" {
		v := &logFocus{p: p}
		where, err := export(atHome(o["write"]), lines(v, 0, len(p.listed)))
		if err == nil {
			l.say("wrote %s to %s", count(len(p.listed), "line"), where)
		}
		return err
	}
	for _, line := range lastOf(p.listed, n) {
		l.say("%s", sayLog(line))
	}
	return nil
}

// listed finds the lines of the log that are wanted.
func (l *linear) listed(o map[string]string) (*logPanel, error) {
	p := &logPanel{lines: l.m.logs.lines, region: fleet.Region(o["region"])}
	if o["level"] != "" {
		levels := []fleet.Level{fleet.LevelDebug, fleet.LevelInfo, fleet.LevelWarn, fleet.LevelError}
		n := slices.IndexFunc(levels, func(v fleet.Level) bool { return v.String() == o["level"] })
		if n < 0 {
			return nil, fmt.Errorf("level %s is not one of debug, info, warn, error", o["level"])
		}
		p.least = levels[n]
	}
	if o["of"] != "" {
		i, _, err := l.single(o["of"])
		if err != nil {
			return nil, err
		}
		p.only = i.ID
	}
	p.read.find.set(o["find"])
	p.read.find.keep = o["find"] != ""
	p.relist()
	return p, nil
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
