package host

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// runPrograms run other programs.
func runPrograms() map[string]command {
	return map[string]command{
		"sh": shCommand, "bash": shCommand, "dash": shCommand, "env": envCommand, "printenv": printenvCommand,
		"sudo": sudoCommand, "xargs": xargsCommand, "timeout": timeoutCommand, "nohup": nohupCommand, "setsid": nohupCommand,
		"nice": niceCommand, "ionice": niceCommand, "stdbuf": niceCommand, "which": whichProgram, "flock": flockCommand,
	}
}

func timeoutCommand(p *proc) int {
	args := p.args[1:]
	for len(args) > 0 && args[0] != "" && args[0][0] == '-' {
		if (args[0] == "-s" || args[0] == "-k") && len(args) > 1 {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) < 2 {
		return p.failf(125, "timeout: missing operand")
	}
	d, err := parsePause(args[0])
	if err != nil {
		return p.failf(125, "timeout: invalid time interval '%s'", args[0])
	}
	q := *p
	var cancel context.CancelFunc
	q.ctx, cancel = context.WithTimeout(p.ctx, d)
	defer cancel()
	done := make(chan int, 1)
	go func() { done <- q.exec(args[1:]) }()
	select {
	case status := <-done:
		if q.ctx.Err() != nil && p.ctx.Err() == nil {
			return 124
		}
		return status
	case <-q.ctx.Done():
		return 124
	}
}

// parsePause reads sleep's and timeout's times: 5, 0.5, 2m, 1h.
func parsePause(s string) (time.Duration, error) {
	unit := time.Second
	if s != "" {
		if u, ok := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[s[len(s)-1]]; ok {
			unit, s = u, s[:len(s)-1]
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 0 || v > 1e9 {
		return 0, fmt.Errorf("invalid time interval %q", s)
	}
	return time.Duration(min(v*float64(unit), float64(1<<62))), nil
}

// nohupCommand runs on when the session has gone, until the host ends.
func nohupCommand(p *proc) int {
	args := p.args[1:]
	for len(args) > 0 && (args[0] == "-f" || args[0] == "-w" || args[0] == "--") {
		args = args[1:]
	}
	if len(args) == 0 {
		return p.failf(125, "%s: missing operand", p.name())
	}
	q := *p
	q.ctx = p.h.ctx
	q.t = p.t.copy()
	q.t.open[0] = fd{in: noInput()}
	done := make(chan int, 1)
	go func() { done <- q.exec(args) }()
	select {
	case status := <-done:
		return status
	case <-p.ctx.Done():
		return 129
	}
}

// niceCommand drops its options and runs the rest.
func niceCommand(p *proc) int {
	args := p.args[1:]
	for len(args) > 0 && args[0] != "" && args[0][0] == '-' {
		if len(args[0]) == 2 && len(args) > 1 && strings.Contains("ncpioe", args[0][1:]) {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return 0
	}
	return p.exec(args)
}

// flockCommand runs the rest; nobody else holds locks here.
func flockCommand(p *proc) int {
	args := p.args[1:]
	for len(args) > 0 && args[0] != "" && args[0][0] == '-' {
		if args[0] == "-w" && len(args) > 1 {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) < 2 {
		return 0
	}
	if args[1] == "-c" && len(args) > 2 {
		return p.exec([]string{"/bin/sh", "-c", args[2]})
	}
	return p.exec(args[1:])
}

func whichProgram(p *proc) int {
	status := 0
	for _, name := range p.args[1:] {
		if where := p.which(name); where != "" {
			fmt.Fprintln(p.out, where)
		} else {
			status = 1
		}
	}
	return status
}
