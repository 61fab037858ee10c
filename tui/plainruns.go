package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"spot-tui/fleet"
)

func (l *linear) runOn(args string) error {
	is, line, err := l.some(args)
	if err != nil {
		return err
	}
	if line == "" {
		return errors.New("write the command after the instances")
	}
	on := ids(is)
	return l.start(func() (*fleet.Run, error) {
		l.m.didOn("exec", on, "--", line)
		return l.m.o.Face.Run(fleet.RunRequest{Instances: on, Line: line})
	})
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
	return l.start(func() (*fleet.Run, error) {
		l.m.didOn("upload", on, atHome(from), to)
		return l.m.o.Face.Upload(fleet.UploadRequest{Instances: on, File: fleet.FileSpec{Source: atHome(from), Target: to}})
	})
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
	return l.start(func() (*fleet.Run, error) {
		l.m.didOn("fetch", on, from, atHome(to))
		return l.m.o.Face.Fetch(fleet.FetchRequest{Instances: on, Source: from, Target: atHome(to)})
	})
}

// start starts a command or a copy, and keeps how it is done again.
func (l *linear) start(begin func() (*fleet.Run, error)) error {
	l.repeat = begin
	return l.started(begin())
}

// again does the last command or copy once more, on the same instances.
func (l *linear) again(string) error {
	if l.repeat == nil {
		return errors.New("no command and no copy was done yet")
	}
	return l.started(l.repeat())
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
		l.last = s
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
