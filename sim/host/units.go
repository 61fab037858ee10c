package host

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// unitName adds what systemd adds.
func unitName(name string) string {
	if path.Ext(name) == "" {
		return name + ".service"
	}
	return name
}

func (h *Host) systemState() string {
	if h.initLeft() > 0 {
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
