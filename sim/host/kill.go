package host

import (
	"context"
	"strconv"
	"strings"
)

// lives are the shells that run, by process id: what kill can reach. A shell's
// end ends all that it started, except what nohup or setsid took out of it, so a
// process and its group are the same here.
type lives struct{ ends map[int]context.CancelFunc }

// live counts a shell among what kill can reach until over is called.
func (m *manager) live(ctx context.Context, pid int) (inner context.Context, over func()) {
	inner, cancel := context.WithCancel(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lives.ends == nil {
		m.lives.ends = map[int]context.CancelFunc{}
	}
	m.lives.ends[pid] = cancel
	return inner, func() {
		m.mu.Lock()
		delete(m.lives.ends, pid)
		m.mu.Unlock()
		cancel()
	}
}

// signal ends a process; signal 0 only asks whether it is there.
func (m *manager) signal(pid int, sig string) bool {
	m.mu.Lock()
	end, ok := m.lives.ends[pid]
	m.mu.Unlock()
	if ok && sig != "0" && sig != "CONT" && sig != "WINCH" && sig != "CHLD" {
		end()
	}
	return ok
}

// killCommand is kill [-s SIGNAL | -SIGNAL] [--] PID..., where -PID is a group.
func killCommand(p *proc) int {
	sig, args := "TERM", p.args[1:]
	switch {
	case len(args) > 1 && args[0] == "-s":
		sig, args = args[1], args[2:]
	case len(args) > 0 && args[0] == "-l":
		_, _ = p.out.WriteString("HUP INT QUIT KILL TERM\n")
		return 0
	case len(args) > 1 && strings.HasPrefix(args[0], "-") && args[0] != "--":
		sig, args = args[0][1:], args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return p.failf(2, "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]")
	}
	status := 0
	for _, a := range args {
		pid, err := strconv.Atoi(a)
		if err != nil {
			status = p.failf(1, "bash: kill: %s: arguments must be process or job IDs", a)
			continue
		}
		if !p.h.job.signal(max(pid, -pid), strings.TrimPrefix(strings.ToUpper(sig), "SIG")) {
			status = p.failf(1, "bash: kill: (%d) - No such process", pid)
		}
	}
	return status
}
