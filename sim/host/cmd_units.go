package host

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// unitPrograms are systemd, cloud-init and what ends the instance.
func unitPrograms() map[string]command {
	return map[string]command{
		"systemctl": systemctlCommand, "systemd-run": systemdRunCommand, "journalctl": journalctlCommand, "service": serviceCommand,
		"loginctl": okCommand, "timedatectl": okCommand, "hostnamectl": okCommand,
		"cloud-init": cloudInitCommand, "shutdown": shutdownCommand, "poweroff": shutdownCommand, "halt": shutdownCommand, "reboot": shutdownCommand,
	}
}

// unitName adds what systemd adds.
func unitName(name string) string {
	if path.Ext(name) == "" {
		return name + ".service"
	}
	return name
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

func (h *Host) systemState() string {
	if time.Now().Before(h.initDone()) {
		return "starting"
	}
	h.job.mu.Lock()
	defer h.job.mu.Unlock()
	for range h.job.failed {
		return "degraded"
	}
	return "running"
}

// unitKnown says whether there is such a unit, of the image or on the disk.
func (h *Host) unitKnown(unit string) bool {
	switch unit {
	case "ssh.service", "sshd.service", "cron.service", "multi-user.target", "network-online.target", "timers.target":
		return true
	}
	_, err := h.who(rootUID).stat("/etc/systemd/system/"+unit, true)
	return err == nil
}

func (m *manager) unitState(unit string, known bool) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.active[unit] || strings.HasSuffix(unit, ".target") && known:
		return "active"
	case m.failed[unit]:
		return "failed"
	}
	return "inactive"
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

// unitFile reads what we use of a unit: its last value for each key.
func (h *Host) unitFile(unit string) map[string]string {
	data, err := h.who(rootUID).readFile("/etc/systemd/system/" + unit)
	if err != nil {
		return nil
	}
	keys := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			keys[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return keys
}

// startUnit starts a service or arms a timer. A oneshot service ends before this
// returns; another one runs until the host ends.
func (h *Host) startUnit(ctx context.Context, unit string) int {
	m := h.job
	keys := h.unitFile(unit)
	m.mu.Lock()
	m.active[unit] = true
	delete(m.failed, unit)
	m.mu.Unlock()
	m.say("systemd[1]", "Started "+unit+".")
	if strings.HasSuffix(unit, ".timer") {
		h.armTimer(unit, keys)
		return 0
	}
	line := strings.TrimLeft(keys["ExecStart"], "-@+!:")
	if line == "" {
		return 0
	}
	run := func(ctx context.Context) int {
		status := h.background(ctx, line, "/var/log/syslog")
		m.mu.Lock()
		delete(m.active, unit)
		if status != 0 {
			m.failed[unit] = true
		}
		m.mu.Unlock()
		m.say("systemd[1]", fmt.Sprintf("%s: ended with status %d.", unit, status))
		return status
	}
	if keys["Type"] != "oneshot" {
		go run(h.ctx)
		return 0
	}
	return exitIf(run(ctx) != 0)
}

// armTimer sets a unit's timers: at a calendar time (also one that has passed
// since, where the timer is persistent, as after a reboot), and after boot.
func (h *Host) armTimer(unit string, keys map[string]string) {
	service := strings.TrimSuffix(unit, ".timer") + ".service"
	if s := keys["Unit"]; s != "" {
		service = s
	}
	start := func() { h.startUnit(h.ctx, service) }
	now := time.Now()
	if at, err := parseDate(keys["OnCalendar"], now); err == nil && keys["OnCalendar"] != "" && at.After(now) {
		h.job.at(unit, at.Sub(now), start)
	}
	for key, from := range map[string]time.Time{"OnBootSec": h.opts.Booted, "OnActiveSec": now, "OnStartupSec": h.opts.Booted} {
		if d, err := parseSpan(keys[key]); err == nil {
			h.job.at(unit+" "+key, from.Add(d).Sub(now), start)
		}
	}
}

// parseSpan reads systemd's spans: 90, 5s, 1min, 2h, 1h 30min.
func parseSpan(s string) (time.Duration, error) {
	if s == "" {
		return 0, fmt.Errorf("no time span")
	}
	var total time.Duration
	for _, word := range strings.Fields(s) {
		digits := strings.TrimRight(word, "abcdefghijklmnopqrstuvwxyzM")
		n, err := strconv.ParseFloat(digits, 64)
		unit, ok := map[string]time.Duration{
			"": time.Second, "s": time.Second, "sec": time.Second, "seconds": time.Second, "ms": time.Millisecond, "m": time.Minute, "min": time.Minute,
			"minutes": time.Minute, "h": time.Hour, "hr": time.Hour, "hours": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
		}[word[len(digits):]]
		if err != nil || !ok || n < 0 || n > 1e6 {
			return 0, fmt.Errorf("time span %q is not understood", s)
		}
		total += time.Duration(n * float64(unit))
	}
	return total, nil
}

// systemdRunCommand runs a command outside of the session, at once or later.
func systemdRunCommand(p *proc) int {
	args := p.args[1:]
	unit, wait := fmt.Sprintf("run-u%d.service", p.h.nextPID()), false
	var delay time.Duration
	timed := false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name, value, has := strings.Cut(strings.TrimLeft(args[0], "-"), "=")
		args = args[1:]
		if !has && len(args) > 0 && (name == "unit" || name == "u" || name == "p" || name == "property" || name == "on-active" || name == "on-calendar" || name == "E" || name == "setenv" || name == "description") {
			value, args = args[0], args[1:]
		}
		var err error
		switch name {
		case "unit", "u":
			unit = unitName(value)
		case "wait", "pty", "t", "pipe", "P", "scope":
			wait = true
		case "on-active", "on-boot":
			timed = true
			delay, err = parseSpan(value)
		case "on-calendar":
			var at time.Time
			timed = true
			at, err = parseDate(value, time.Now())
			delay = time.Until(at)
		}
		if err != nil {
			return p.failf(1, "Failed to parse %s: %v", name, err)
		}
	}
	if status := p.needRoot("start transient unit"); status != 0 {
		return status
	}
	if len(args) == 0 {
		return p.failf(1, "Command line to execute required.")
	}
	if wait && !timed {
		return p.exec(args)
	}
	line := make([]string, len(args))
	for i, a := range args {
		line[i] = quote(a)
	}
	run := func() {
		status := p.h.background(p.h.ctx, strings.Join(line, " "), "/var/log/syslog")
		p.h.job.say("systemd[1]", fmt.Sprintf("%s: ended with status %d.", unit, status))
	}
	if timed {
		timer := strings.TrimSuffix(unit, ".service") + ".timer"
		p.h.job.at(timer, delay, run)
		fmt.Fprintf(p.err, "Running timer as unit: %s\nWill run service as unit: %s\n", timer, unit)
		return 0
	}
	go run()
	fmt.Fprintf(p.err, "Running as unit: %s\n", unit)
	return 0
}

func serviceCommand(p *proc) int {
	if len(p.args) < 3 {
		return p.failf(1, "Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]")
	}
	return p.exec([]string{"systemctl", p.args[2], p.args[1]})
}

func journalctlCommand(p *proc) int {
	last := -1
	for i, a := range p.args {
		if a == "-n" && i+1 < len(p.args) {
			last, _ = strconv.Atoi(p.args[i+1])
		}
	}
	p.h.job.mu.Lock()
	lines := append([]string{
		p.h.opts.Booted.UTC().Format("Jan _2 15:04:05") + " " + p.h.opts.Hostname + " kernel: Linux version " + p.h.kernel(),
		p.h.opts.Booted.UTC().Format("Jan _2 15:04:05") + " " + p.h.opts.Hostname + " systemd[1]: Reached target multi-user.target - Multi-User System.",
	}, p.h.job.journal...)
	p.h.job.mu.Unlock()
	if last >= 0 && last < len(lines) {
		lines = lines[len(lines)-last:]
	}
	for _, l := range lines {
		fmt.Fprintln(p.out, l)
	}
	return 0
}

func cloudInitCommand(p *proc) int {
	opts, words, ok := p.options("lwv", "", "wait", "long", "format=")
	if !ok || len(words) == 0 {
		return p.failf(2, "usage: cloud-init [-h] [--version] {status,query,…}")
	}
	if words[0] != "status" {
		return 0
	}
	left := time.Until(p.h.initDone())
	if has(opts, "w", "wait") && left > 0 {
		for left > 0 && p.pause(min(left, time.Second)) {
			_, _ = p.out.WriteString(".")
			_ = p.out.Flush()
			left = time.Until(p.h.initDone())
		}
		_, _ = p.out.WriteString("\n")
	}
	state := "done"
	if left > 0 {
		state = "running"
	}
	if opts["format"] == "json" {
		fmt.Fprintf(p.out, "{\"status\": %q, \"errors\": []}\n", state)
		return 0
	}
	fmt.Fprintf(p.out, "status: %s\n", state)
	return 0
}

func shutdownCommand(p *proc) int {
	var delay time.Duration
	for _, a := range p.args[1:] {
		switch {
		case a == "-c":
			if p.w.uid == rootUID {
				p.h.job.cancel("shutdown")
			}
			return p.needRoot("cancel shutdown")
		case a == "now" || strings.HasPrefix(a, "-"):
		case strings.HasPrefix(a, "+"):
			n, err := strconv.Atoi(a[1:])
			if err != nil || n < 0 || n > 1e6 {
				return p.failf(1, "Failed to parse time specification: %s", a)
			}
			delay = time.Duration(n) * time.Minute
		}
	}
	if p.name() == "shutdown" && len(p.args) == 1 {
		delay = time.Minute
	}
	return p.powerOff(delay)
}

func (p *proc) powerOff(d time.Duration) int {
	if status := p.needRoot("power off system via logind"); status != 0 {
		return status
	}
	if d > 0 {
		fmt.Fprintf(p.err, "Shutdown scheduled for %s, use 'shutdown -c' to cancel.\n", time.Now().Add(d).UTC().Format(time.RFC1123))
	}
	p.h.job.say("systemd-logind[401]", "The system will power off now!")
	p.h.job.shutdown(d)
	return 0
}
