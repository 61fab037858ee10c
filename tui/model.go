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
	freeze  bool         // the screen stands still
	held    *fleet.Batch // came while it did
	waiting bool         // a question to the feed is under way
	receipt *fleet.Receipt
	unseen  []*receiptView // receipts that wait until nothing dangerous is in front

	pane    pane
	logSize logSize
	footH   int     // lines of the footer in the newest frame
	prompt  *prompt // an input line at the bottom, if open
	over    overlay // the front one of what lies over the screen, if anything
	overGen int     // tells answers and timers of one overlay from another's
	lastGen int
	below   []layer // overlays behind the front one, oldest first
	armed   bool    // keys of the overlay are taken (300 ms after it opened)
	toast   string
	toastN  int
	clock   ticks
	left    chan struct{} // closed when the person leaves
}

// layer is an overlay and the number that its answers carry.
type layer struct {
	over overlay
	gen  int
}

// messages; each is a struct so that no type switch catches another's.
type (
	batchMsg struct {
		b   fleet.Batch
		err error
	}
	tickMsg struct {
		n  int
		at time.Time
	}
	armedMsg struct{ gen int }
	toastMsg struct{ n int }
	planMsg  struct {
		layer, ask int
		plan       fleet.Plan
		err        error
	}
	replanMsg  struct{ layer, ask int }
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
		what string // said instead of the text, where that is long
		err  error
	}
)

func newModel(ctx context.Context, o Options) *model {
	m := &model{ctx: ctx, o: o, dirty: true, acts: actions(), left: make(chan struct{}), summary: fleet.Summary{Fleet: o.Name, ReadOnly: o.ReadOnly, Demo: o.Demo}}
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
	m.waiting = true
	return func() tea.Msg {
		if err := rest(ctx, pause); err != nil {
			return batchMsg{err: err}
		}
		b, err := face.Next(ctx, c)
		return batchMsg{b, err}
	}
}

// rest lets d pass in a command, unless ctx ends before.
func rest(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
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
		return m, m.onTick(msg)
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
	was := m.dirty
	m.dirty = true
	switch msg := msg.(type) {
	case planMsg:
		if p, ok := m.layer(msg.layer).(*planView); ok && msg.ask == p.asked {
			p.take(msg)
		}
	case replanMsg:
		if p, ok := m.layer(msg.layer).(*planView); ok && msg.ask == p.asked {
			return p.send(m)
		}
	case startedMsg:
		if msg.err != nil {
			return m.say(msg.err.Error())
		}
		return m.say(msg.what)
	case runStartedMsg:
		if v, ok := m.layer(msg.gen).(*runView); ok {
			return v.started(m, msg)
		}
	case runMsg:
		if v, ok := m.layer(msg.gen).(*runView); ok {
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
		what := msg.what
		if what == "" {
			what = msg.text
		}
		return tea.Batch(tea.SetClipboard(msg.text), m.say("sent to clipboard: "+what))
	default:
		m.dirty = was
	}
	return nil
}

// onBatch takes facts in, whatever lies over the screen. While it is frozen no
// further question is asked: the engine keeps the facts, merged.
func (m *model) onBatch(msg batchMsg) tea.Cmd {
	m.waiting = false
	if msg.err != nil {
		return nil // the engine is closing
	}
	m.cursor = msg.b.Cursor
	if m.freeze {
		m.held = &msg.b
		return nil
	}
	return tea.Batch(m.take(msg.b), m.waitFeed(frameTime), m.tick())
}

func (m *model) toggleFreeze() tea.Cmd {
	m.freeze = !m.freeze
	if m.freeze {
		return nil
	}
	var cmds []tea.Cmd
	if m.held != nil {
		cmds = append(cmds, m.take(*m.held))
		m.held = nil
	}
	if !m.waiting {
		cmds = append(cmds, m.waitFeed(0))
	}
	return tea.Batch(append(cmds, m.tick())...)
}

func (m *model) take(b fleet.Batch) tea.Cmd {
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
	return m.showReceipt()
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
		m.unseen = append(m.unseen, &receiptView{r: *o.Receipt, errs: o.Errors})
	}
}

// showReceipt opens the receipts that came in, as soon as no confirmation and
// no input is in front: it must be seen, but not swallow what is being typed.
func (m *model) showReceipt() tea.Cmd {
	if len(m.unseen) == 0 || m.prompt != nil || m.over != nil && m.over.dangerous() {
		return nil
	}
	v := m.unseen[0]
	m.unseen = m.unseen[1:]
	return m.open(v)
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

// toastTime is how long a short feedback stays.
const toastTime = 6 * time.Second

func (m *model) say(text string) tea.Cmd {
	m.toast, m.dirty = fleet.Clean(text), true
	m.toastN++
	n := m.toastN
	return tea.Tick(toastTime, func(time.Time) tea.Msg { return toastMsg{n} })
}

// View implements tea.Model.
func (m *model) View() tea.View {
	if m.dirty {
		m.frame, m.dirty = m.compose(), false
		if m.o.ASCII {
			m.frame = ascii(m.frame)
		}
	}
	v := tea.NewView(m.frame)
	v.AltScreen = true
	v.WindowTitle = "spot-tui " + string(m.o.Name)
	return v
}
