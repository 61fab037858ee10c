package host

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// journalctlCommand prints the journal: -n LINES, -u UNIT, -f to go on.
func journalctlCommand(p *proc) int {
	last, unit, follow := -1, "", false
	for i, a := range p.args {
		next := ""
		if i+1 < len(p.args) {
			next = p.args[i+1]
		}
		switch a {
		case "-n", "--lines":
			last, _ = strconv.Atoi(next)
		case "-u", "--unit":
			unit = next
		case "-f", "--follow":
			follow = true
		}
	}
	boot := p.h.opts.Booted.UTC().Format("Jan _2 15:04:05") + " " + p.h.opts.Hostname
	lines, said := p.h.job.since(0)
	lines = append([]string{
		boot + " kernel: Linux version " + p.h.kernel(), boot + " systemd[1]: Reached target multi-user.target - Multi-User System.",
	}, lines...)
	lines = ofUnit(lines, unit)
	if last >= 0 && last < len(lines) {
		lines = lines[len(lines)-last:]
	}
	for {
		for _, l := range lines {
			fmt.Fprintln(p.out, l)
		}
		if !follow {
			return 0
		}
		if p.out.Flush() != nil || !p.pause(followPause) {
			return 0
		}
		lines, said = p.h.job.since(said)
		lines = ofUnit(lines, unit)
	}
}

// ofUnit keeps the lines that a unit wrote, or that are about it.
func ofUnit(lines []string, unit string) []string {
	if unit == "" {
		return lines
	}
	name := strings.TrimSuffix(unit, ".service")
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
		return !strings.Contains(l, " "+name+"[") && !strings.Contains(l, " "+name+": ") && !strings.Contains(l, name+".service")
	})
}

// since gives the lines that were said after the first n ever, and how many there
// have been.
func (m *manager) since(n int) (lines []string, said int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := min(m.said-n, len(m.journal))
	return slices.Clone(m.journal[len(m.journal)-fresh:]), m.said
}

// loggerCommand writes to the journal and the system's log.
func loggerCommand(p *proc) int {
	tag, words := p.h.userName(p.w.uid), p.args[1:]
	for len(words) > 1 && strings.HasPrefix(words[0], "-") {
		if words[0] == "-t" || words[0] == "--tag" {
			tag = words[1]
		}
		words = words[min(2, len(words)):]
	}
	text := strings.Join(words, " ")
	p.h.job.say(tag, text)
	if f, err := p.h.who(rootUID).open("/var/log/syslog", appendFlags, 0o644); err == nil {
		fmt.Fprintf(f, "%s %s %s: %s\n", time.Now().UTC().Format("Jan _2 15:04:05"), p.h.opts.Hostname, tag, text)
	}
	return 0
}
