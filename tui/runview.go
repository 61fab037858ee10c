package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// runView shows a command's or a copy's results: live, then grouped by identical
// output. Its cursor is bound to an instance and goes with it into the group in
// which it ends.
type runView struct {
	line    string
	on      []fleet.InstanceID
	begin   func() (*fleet.Run, error)
	run     *fleet.Run
	snap    fleet.RunSnapshot
	gs      []fleet.Group
	in      map[fleet.InstanceID]int // the group of each host that has ended
	counts  fleet.Totals             // how they ended
	going   []fleet.HostResult       // the hosts that have not, in the run's order
	err     error
	stopped bool // all of it was canceled
	gen     int  // its number among the overlays

	at   fleet.InstanceID // the cursor's instance; empty: what stands first
	off  int              // the cursor's line of its group
	one  fleet.InstanceID // was canceled alone
	top  int              // first line on the screen
	pics groupPictures
}

// startRun opens the view and starts the command.
func (m *model) startRun(on []fleet.InstanceID, text string) tea.Cmd {
	face := m.o.Face
	m.didOn("exec", on, "--", text)
	return m.startCopy(on, text, func() (*fleet.Run, error) {
		return face.Run(fleet.RunRequest{Instances: on, Line: text})
	})
}

// startCopy opens the view and starts what begin starts.
func (m *model) startCopy(on []fleet.InstanceID, line string, begin func() (*fleet.Run, error)) tea.Cmd {
	v := &runView{line: line, on: on, begin: begin}
	m.open(v) // it starts no quiet time: it was typed and sent
	v.gen = m.overGen
	gen := v.gen
	return func() tea.Msg {
		r, err := begin()
		return runStartedMsg{gen: gen, run: r, err: err}
	}
}

func (v *runView) started(m *model, msg runStartedMsg) tea.Cmd {
	v.run, v.err = msg.run, msg.err
	if msg.err != nil {
		return nil
	}
	return v.wait(m, 0)
}

// wait is the one waiting question for the run's progress, asked pause later:
// more than one answer per frame would be work that nobody sees.
func (v *runView) wait(m *model, pause time.Duration) tea.Cmd {
	ctx, gen, run, rev := m.ctx, v.gen, v.run, v.snap.Rev
	return func() tea.Msg {
		if err := rest(ctx, pause); err != nil {
			return runMsg{gen: gen, err: err}
		}
		s, err := run.Next(ctx, rev)
		return runMsg{gen: gen, snap: s, err: err}
	}
}

func (v *runView) take(m *model, msg runMsg) tea.Cmd {
	if msg.err != nil {
		return nil
	}
	if v.gs == nil || msg.snap.Done != v.snap.Done {
		v.gs, v.in = fleet.Groups(msg.snap.Hosts), make(map[fleet.InstanceID]int, msg.snap.Done)
		for n, g := range v.gs {
			for _, h := range g.Hosts {
				v.in[h.Instance] = n
			}
		}
		v.counts = fleet.Count(msg.snap.Hosts)
		v.pics = m.drawGroups(v.gs, m.w)
	}
	v.snap, v.going = msg.snap, v.going[:0]
	for _, h := range msg.snap.Hosts {
		if !h.Done {
			v.going = append(v.going, h)
		}
	}
	if v.ended() {
		return nil
	}
	return tea.Batch(v.wait(m, frameTime), m.tick())
}

func (*runView) place() place    { return atRun }
func (*runView) escape() string  { return "back" }
func (*runView) dangerous() bool { return false }

// closed leaves the command running: its end is in the log.
func (*runView) closed() {}

// ended says whether every host is done.
func (v *runView) ended() bool { return v.run != nil && v.snap.Done == len(v.snap.Hosts) }

// live says whether some host is not.
func (v *runView) live() bool { return v.run != nil && !v.ended() }

func (v *runView) again(m *model) tea.Cmd {
	m.back()
	return m.startCopy(v.on, v.line, v.begin)
}

// stop cancels the host under the cursor. Where the cursor is on none that goes
// on, or that was canceled just now, it cancels all.
func (v *runView) stop(m *model) tea.Cmd {
	h, ok := v.chosen()
	if !ok || h.Done || h.Instance == v.one {
		return v.stopAll(m)
	}
	v.one = h.Instance
	run, id := v.run, h.Instance
	return func() tea.Msg {
		run.CancelHosts(id)
		return startedMsg{what: "canceled on " + string(id) + "; X again cancels it everywhere"}
	}
}

func (v *runView) stopAll(*model) tea.Cmd {
	v.stopped = true
	run := v.run
	return func() tea.Msg { run.Cancel(); return startedMsg{what: "canceled on the hosts that had not ended"} }
}

// markOdd marks the hosts that differ from the majority or failed.
func (v *runView) markOdd(m *model) tea.Cmd {
	hs := oddOnes(v.gs)
	if len(hs) == 0 {
		return m.say("all ended alike; no mark was changed")
	}
	return m.markHosts(hs)
}

// oddOnes are the hosts of a run that differ from the majority or failed.
func oddOnes(gs []fleet.Group) (hs []fleet.HostResult) {
	for n, g := range gs {
		if n > 0 || g.Failed() { // the first that did well is the majority
			hs = append(hs, g.Hosts...)
		}
	}
	return hs
}

// markGroup marks the hosts of the group under the cursor.
func (v *runView) markGroup(m *model) tea.Cmd {
	h, ok := v.chosen()
	if n, ended := v.in[h.Instance]; ok && ended {
		return m.markHosts(v.gs[n].Hosts)
	}
	return m.markHosts([]fleet.HostResult{h})
}

// markHosts marks what is still in the table and goes back to it.
func (m *model) markHosts(hs []fleet.HostResult) tea.Cmd {
	clear(m.rows.marks)
	for _, h := range hs {
		if _, ok := m.rows.of(h.Instance); ok {
			m.rows.marks[h.Instance] = true
		}
	}
	return tea.Batch(m.back(), m.say(count(len(m.rows.marks), "instance")+" marked"))
}

// onHost does something with the instance under the cursor.
func onHost(f func(m *model, id fleet.InstanceID) tea.Cmd) func(*model) tea.Cmd {
	return on(func(v *runView, m *model) tea.Cmd {
		if h, ok := v.chosen(); ok {
			return f(m, h.Instance)
		}
		return nil
	})
}
