package host

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// systemdRunLine is a command line of systemd-run.
type systemdRunLine struct {
	unit        string
	wait, timed bool
	delay       time.Duration
	args        []string
}

func parseSystemdRun(args []string, unit string) (systemdRunLine, error) {
	l := systemdRunLine{unit: unit}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name, value, has := strings.Cut(strings.TrimLeft(args[0], "-"), "=")
		args = args[1:]
		takes := slices.Contains([]string{"unit", "u", "p", "property", "on-active", "on-calendar", "E", "setenv", "description"}, name)
		if takes && !has && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		var err error
		switch name {
		case "unit", "u":
			l.unit = unitName(value)
		case "wait", "pty", "t", "pipe", "P", "scope":
			l.wait = true
		case "on-active", "on-boot":
			l.timed = true
			l.delay, err = parseSpan(value)
		case "on-calendar":
			var at time.Time
			l.timed = true
			at, err = parseDate(value, time.Now())
			l.delay = time.Until(at)
		}
		if err != nil {
			return l, fmt.Errorf("Failed to parse %s: %w", name, err) //nolint:staticcheck // systemd's words
		}
	}
	l.args = args
	return l, nil
}

// systemdRunCommand runs a command outside of the session, at once or later.
func systemdRunCommand(p *proc) int {
	l, err := parseSystemdRun(p.args[1:], fmt.Sprintf("run-u%d.service", p.h.nextPID()))
	if err != nil {
		return p.failf(1, "%v", err)
	}
	if status := p.needRoot("start transient unit"); status != 0 {
		return status
	}
	if len(l.args) == 0 {
		return p.failf(1, "Command line to execute required.")
	}
	if l.wait && !l.timed {
		return p.exec(l.args)
	}
	h := p.h
	run := func() {
		status := h.background(h.ctx, quoteAll(l.args), "/var/log/syslog")
		h.job.say("systemd[1]", fmt.Sprintf("%s: ended with status %d.", l.unit, status))
	}
	if l.timed {
		timer := strings.TrimSuffix(l.unit, ".service") + ".timer"
		h.job.at(timer, l.delay, run)
		fmt.Fprintf(p.err, "Running timer as unit: %s\nWill run service as unit: %s\n", timer, l.unit)
		return 0
	}
	go run()
	fmt.Fprintf(p.err, "Running as unit: %s\n", l.unit)
	return 0
}
