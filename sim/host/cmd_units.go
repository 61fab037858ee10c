package host

import (
	"fmt"
	"strings"
)

// unitPrograms are systemd, cloud-init and what ends the instance.
func unitPrograms() map[string]command {
	return map[string]command{
		"systemctl": systemctlCommand, "systemd-run": systemdRunCommand, "journalctl": journalctlCommand, "logger": loggerCommand, "service": serviceCommand,
		"loginctl": okCommand, "timedatectl": okCommand, "hostnamectl": okCommand,
		"cloud-init": cloudInitCommand, "shutdown": shutdownCommand, "poweroff": shutdownCommand, "halt": shutdownCommand, "reboot": shutdownCommand,
	}
}

func systemctlCommand(p *proc) int {
	var words []string
	now, quiet := false, false
	for _, a := range p.args[1:] {
		switch {
		case a == "--now":
			now = true
		case a == "-q" || a == "--quiet":
			quiet = true
		case !strings.HasPrefix(a, "-"):
			words = append(words, a)
		}
	}
	if len(words) == 0 {
		words = []string{"list-units"}
	}
	verb, names := words[0], words[1:]
	say := func(format string, args ...any) {
		if !quiet {
			fmt.Fprintf(p.out, format+"\n", args...)
		}
	}
	switch verb {
	case "is-system-running":
		state := p.h.systemState()
		say("%s", state)
		return exitIf(state != "running")
	case "daemon-reload", "daemon-reexec", "reset-failed", "preset", "mask", "unmask", "set-default":
		return p.needRoot(verb)
	case "poweroff", "halt", "reboot":
		return p.powerOff(0)
	case "is-active", "is-enabled", "is-failed":
		return p.askUnits(verb, names, say)
	case "status":
		for _, n := range names {
			state := p.h.job.unitState(unitName(n), p.h.unitKnown(unitName(n)))
			say("● %s\n     Active: %s", unitName(n), state)
			if state != "active" {
				return 3
			}
		}
		return 0
	case "start", "stop", "restart", "reload", "try-restart", "enable", "disable", "reenable":
		if status := p.needRoot(verb); status != 0 {
			return status
		}
		status := 0
		for _, n := range names {
			if s := p.changeUnit(verb, unitName(n), now); s != 0 {
				status = s
			}
		}
		return status
	case "list-timers", "list-units", "list-unit-files", "cat", "show":
		return 0
	}
	return p.fail("Unknown command verb '%s'.", verb)
}

func exitIf(bad bool) int {
	if bad {
		return 1
	}
	return 0
}

// needRoot is 0 for root.
func (p *proc) needRoot(verb string) int {
	if p.w.uid == rootUID {
		return 0
	}
	return p.failf(1, "Failed to %s: Interactive authentication required.", verb)
}

func (p *proc) askUnits(verb string, names []string, say func(string, ...any)) int {
	status := 0
	for _, n := range names {
		unit := unitName(n)
		state := p.h.job.unitState(unit, p.h.unitKnown(unit))
		if verb == "is-enabled" {
			p.h.job.mu.Lock()
			state = map[bool]string{true: "enabled", false: "disabled"}[p.h.job.enabled[unit]]
			p.h.job.mu.Unlock()
		}
		say("%s", state)
		switch {
		case verb == "is-failed" && state != "failed", verb == "is-enabled" && state != "enabled":
			status = 1
		case verb == "is-active" && state != "active":
			status = 3
		}
	}
	return status
}

func (p *proc) changeUnit(verb, unit string, now bool) int {
	if !p.h.unitKnown(unit) {
		return p.failf(5, "Failed to %s %s: Unit %s not found.", verb, unit, unit)
	}
	m := p.h.job
	switch verb {
	case "enable", "reenable", "disable":
		m.mu.Lock()
		m.enabled[unit] = verb != "disable"
		m.mu.Unlock()
		if verb == "enable" {
			fmt.Fprintf(p.err, "Created symlink /etc/systemd/system/multi-user.target.wants/%s → /etc/systemd/system/%s.\n", unit, unit)
		}
		if !now {
			return 0
		}
		verb = map[bool]string{true: "stop", false: "start"}[verb == "disable"]
	}
	if verb == "stop" {
		m.mu.Lock()
		delete(m.active, unit)
		m.mu.Unlock()
		m.cancel(unit)
		return 0
	}
	return p.h.startUnit(p.ctx, unit)
}

func serviceCommand(p *proc) int {
	if len(p.args) < 3 {
		return p.failf(1, "Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]")
	}
	return p.exec([]string{"systemctl", p.args[2], p.args[1]})
}
