package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"spot-tui/fleet"
	"spot-tui/tui/theme"
)

// pane is which part of the screen the moving keys go to.
type pane uint8

const (
	paneTable pane = iota
	paneLog
)

// model is the root. It is used from Bubble Tea's loop only.
type model struct {
	ctx  context.Context
	o    Options
	acts []action

	w, h  int
	th    theme.Theme
	dark  bool
	few   bool // the terminal has 256 colours or fewer
	now   time.Time
	dirty bool
	frame string

	// the read model
	cursor  fleet.Cursor
	summary fleet.Summary
	regions []fleet.RegionStatus
	ops     []fleet.Operation
	rows    rows
	logs    logPanel
	frozen  []fleet.Batch // kept back while z is on
	freeze  bool
	receipt *fleet.Receipt

	pane    pane
	prompt  *prompt // an input line at the bottom, if open
	over    overlay // what lies over the screen, if anything
	overGen int     // tells answers and timers of one overlay from another's
	armed   bool    // keys of the overlay are taken (300 ms after it opened)
	toast   string
	toastN  int
	ticking bool
}

// messages; each is a struct so that no type switch catches another's.
type (
	batchMsg struct {
		b   fleet.Batch
		err error
	}
	tickMsg  struct{ at time.Time }
	armedMsg struct{ gen int }
	toastMsg struct{ n int }
	planMsg  struct {
		gen  int
		plan fleet.Plan
		err  error
	}
	startedMsg struct { // a launch or destroy was handed over
		what string
		err  error
	}
	runStartedMsg struct {
		gen int
		run *fleet.Run
		err error
	}
	runMsg struct {
		gen  int
		snap fleet.RunSnapshot
		err  error
	}
	shellDoneMsg struct{ err error }
	copyMsg      struct {
		text string
		err  error
	}
)

func newModel(ctx context.Context, o Options) *model {
	m := &model{ctx: ctx, o: o, dirty: true, acts: actions(), summary: fleet.Summary{Fleet: o.Name, ReadOnly: o.ReadOnly, Demo: o.Demo}}
	m.rows.init()
	m.logs.follow = true
	m.setTheme(o.Theme != "light")
	return m
}

func (m *model) setTheme(dark bool) {
	m.dark = dark
	t := theme.Dark()
	if !dark {
		t = theme.Light()
	}
	if m.few {
		t = t.In256()
	}
	m.th = theme.New(t, m.o.NoColor || m.o.Theme == "mono", m.o.ASCII)
	m.dirty = true
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.waitFeed(0)}
	if m.o.Theme == "auto" || m.o.Theme == "" {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// frameTime is the least time between two batches: more would be work that
// nobody sees.
const frameTime = time.Second / framesPerSecond

// waitFeed is the one waiting question to the engine. It is asked again when
// its answer has been taken in, pause later.
func (m *model) waitFeed(pause time.Duration) tea.Cmd {
	ctx, face, c := m.ctx, m.o.Face, m.cursor
	return func() tea.Msg {
		t := time.NewTimer(pause)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return batchMsg{err: ctx.Err()}
		}
		b, err := face.Next(ctx, c)
		return batchMsg{b, err}
	}
}

// Update implements tea.Model: it only dispatches.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case batchMsg:
		return m, m.onBatch(msg)
	case tea.WindowSizeMsg:
		m.w, m.h, m.dirty = msg.Width, msg.Height, true
	case tea.BackgroundColorMsg:
		if m.o.Theme == "auto" || m.o.Theme == "" {
			m.setTheme(msg.IsDark())
		}
	case tea.ColorProfileMsg:
		m.few = msg.Profile < colorprofile.TrueColor
		m.setTheme(m.dark)
	case tea.KeyPressMsg:
		m.dirty = true
		return m, m.onKey(msg)
	case tea.PasteMsg:
		m.dirty = true
		m.onPaste(msg.Content)
	case tickMsg:
		m.ticking = false
		if msg.at.After(m.now) {
			m.now, m.dirty = msg.at, true
		}
		return m, m.tick()
	case armedMsg:
		if msg.gen == m.overGen {
			m.armed, m.dirty = true, true
		}
	case toastMsg:
		if msg.n == m.toastN {
			m.toast, m.dirty = "", true
		}
	default:
		return m, m.onAnswer(msg)
	}
	return m, nil
}

// onAnswer takes answers to questions; those of an overlay that was closed are
// dropped here and nowhere else.
func (m *model) onAnswer(msg tea.Msg) tea.Cmd {
	m.dirty = true
	switch msg := msg.(type) {
	case planMsg:
		if p, ok := m.over.(*planView); ok && msg.gen == p.gen {
			p.take(msg)
		}
	case startedMsg:
		if msg.err != nil {
			return m.say(msg.err.Error())
		}
		return m.say(msg.what)
	case runStartedMsg:
		if v, ok := m.over.(*runView); ok && msg.gen == m.overGen {
			return v.started(m, msg)
		}
	case runMsg:
		if v, ok := m.over.(*runView); ok && msg.gen == m.overGen {
			return v.take(m, msg)
		}
	case shellDoneMsg:
		if msg.err != nil {
			return m.say(msg.err.Error())
		}
	case copyMsg:
		if msg.err != nil {
			return m.say(msg.err.Error())
		}
		return tea.Batch(tea.SetClipboard(msg.text), m.say("sent to clipboard: "+msg.text))
	default:
		m.dirty = false
	}
	return nil
}

// onBatch takes facts in, whatever lies over the screen.
func (m *model) onBatch(msg batchMsg) tea.Cmd {
	if msg.err != nil {
		return nil // the engine is closing
	}
	m.cursor = msg.b.Cursor
	if m.freeze {
		m.frozen = append(m.frozen, msg.b)
		return m.waitFeed(frameTime)
	}
	m.take(msg.b)
	return tea.Batch(m.waitFeed(frameTime), m.tick())
}

func (m *model) take(b fleet.Batch) {
	m.now, m.summary, m.regions, m.dirty = b.At, b.Summary, b.Regions, true
	for _, i := range b.Instances {
		m.rows.put(i)
	}
	for _, id := range b.Forgotten {
		m.rows.remove(id)
	}
	m.rows.settle()
	m.logs.add(b.Logs, b.LogsLost)
	for _, o := range b.Ops {
		m.takeOp(o)
	}
}

func (m *model) takeOp(o fleet.Operation) {
	for i := range m.ops {
		if m.ops[i].ID == o.ID {
			m.ops[i] = o
			m.tookOp(o)
			return
		}
	}
	m.ops = append(m.ops, o)
	m.tookOp(o)
}

func (m *model) tookOp(o fleet.Operation) {
	if o.Receipt != nil && m.receipt != o.Receipt {
		m.receipt = o.Receipt
		if m.over == nil {
			m.open(&receiptView{r: *o.Receipt, errs: o.Errors})
		}
	}
}

// running gives the operation that is shown above the log.
func (m *model) running() (fleet.Operation, bool) {
	for i := len(m.ops) - 1; i >= 0; i-- {
		if o := m.ops[i]; o.Running() && o.Kind != fleet.OpRun {
			return o, true
		}
	}
	return fleet.Operation{}, false
}

// tick keeps a clock running only while something on the screen counts.
func (m *model) tick() tea.Cmd {
	_, busy := m.running()
	if m.ticking || !busy && !m.rows.counting {
		return nil
	}
	m.ticking = true
	return tea.Tick(time.Second, func(at time.Time) tea.Msg { return tickMsg{at} })
}

// toastTime is how long a short feedback stays.
const toastTime = 6 * time.Second

func (m *model) say(text string) tea.Cmd {
	m.toast, m.dirty = fleet.Clean(text), true
	m.toastN++
	n := m.toastN
	return tea.Tick(toastTime, func(time.Time) tea.Msg { return toastMsg{n} })
}

// quiet is how long a dialog that just opened takes no keys (R3).
const quiet = 300 * time.Millisecond

// open lays an overlay over the screen.
func (m *model) open(o overlay) tea.Cmd {
	m.over, m.dirty = o, true
	m.overGen++
	m.armed = !o.dangerous()
	if m.armed {
		return nil
	}
	gen := m.overGen
	return tea.Tick(quiet, func(time.Time) tea.Msg { return armedMsg{gen} })
}

func (m *model) shut() {
	m.over, m.dirty = nil, true
	m.overGen++
}

// View implements tea.Model.
func (m *model) View() tea.View {
	if m.dirty {
		m.frame, m.dirty = m.compose(), false
	}
	v := tea.NewView(m.frame)
	v.AltScreen = true
	v.WindowTitle = "spot-tui " + string(m.o.Name)
	return v
}
