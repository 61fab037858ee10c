package host

import (
	"sync"
	"time"
)

// maxProcesses bounds what runs at once in pipelines: a fork bomb ends itself,
// not the program that simulates.
const maxProcesses = 500

// manager is what outlives sessions: units, timers, the shutdown to come.
type manager struct {
	h *Host

	mu        sync.Mutex
	pid       int
	lives     lives
	processes int
	enabled   map[string]bool
	active    map[string]bool
	failed    map[string]bool
	journal   []string
	said      int // lines of the journal ever, the forgotten ones too
	timers    map[string]*time.Timer
	stopped   bool
	going     bool // OnShutdown has been called
}

// maxJournal bounds the lines that journalctl remembers.
const maxJournal = 500

func newManager(h *Host) *manager {
	return &manager{
		h: h, pid: 1200, timers: map[string]*time.Timer{},
		enabled: map[string]bool{"ssh.service": true, "cron.service": true},
		active:  map[string]bool{"ssh.service": true, "sshd.service": true, "cron.service": true},
		failed:  map[string]bool{},
	}
}

func (h *Host) nextPID() int {
	h.job.mu.Lock()
	defer h.job.mu.Unlock()
	h.job.pid += 3
	return h.job.pid
}

func (h *Host) takeProcess() bool {
	h.job.mu.Lock()
	defer h.job.mu.Unlock()
	if h.job.processes >= maxProcesses {
		return false
	}
	h.job.processes++
	return true
}

func (h *Host) freeProcess() {
	h.job.mu.Lock()
	defer h.job.mu.Unlock()
	h.job.processes--
}

// say adds a line to the journal.
func (m *manager) say(unit, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	line := time.Now().UTC().Format("Jan _2 15:04:05") + " " + m.h.opts.Hostname + " " + unit + ": " + text
	m.said++
	m.journal = append(m.journal, line)
	if len(m.journal) > maxJournal {
		m.journal = m.journal[len(m.journal)-maxJournal:]
	}
}

// at runs f after d, in place of an earlier timer of that name. It tells whether
// the timer was set: after the end of the host none is.
func (m *manager) at(name string, d time.Duration, f func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return false
	}
	if old := m.timers[name]; old != nil {
		old.Stop()
	}
	m.timers[name] = time.AfterFunc(max(0, d), f)
	return true
}

// cancel tells whether there was such a timer.
func (m *manager) cancel(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.timers[name]
	delete(m.timers, name)
	return t != nil && t.Stop()
}

func (m *manager) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
	for name, t := range m.timers {
		t.Stop()
		delete(m.timers, name)
	}
}

// shutdownDelay lets the command that asked for it end and its status go out.
const shutdownDelay = 200 * time.Millisecond

// shutdown turns the instance off after d; the last word counts.
func (m *manager) shutdown(d time.Duration) {
	m.at("shutdown", max(d, shutdownDelay), func() {
		m.mu.Lock()
		first := !m.going && !m.stopped
		m.going = true
		m.mu.Unlock()
		if f := m.h.opts.OnShutdown; f != nil && first {
			f()
		}
	})
}
