package tui

import (
	"context"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
	"spot-tui/tui/theme"
)

// model is the root. It is used from Bubble Tea's loop only.
type model struct {
	ctx  context.Context
	o    Options
	acts []action

	w, h  int
	th    theme.Theme
	dark  bool
	few   depth // how many colours the terminal has
	now   time.Time
	dirty bool
	frame string

	// the read model
	cursor  fleet.Cursor
	summary fleet.Summary
	regions []fleet.RegionStatus
	benches []fleet.Bench
	ops     []fleet.Operation
	rows    rows
	logs    logPanel
	stale   map[fleet.Region]bool
	freeze  bool         // the screen stands still
	held    *fleet.Batch // came while it did
	waiting bool         // a question to the feed is under way
	receipt *fleet.Receipt
	looked  fleet.Cheaper  // advice that a look has shown to be none
	unseen  []*receiptView // receipts that wait until nothing dangerous is in front

	logSize  logSize
	logMore  int     // lines that the log has more than its share
	footH    int     // lines of the footer in the newest frame
	prompt   *prompt // an input line at the bottom, if open
	over     overlay // the front one of what lies over the screen, if anything
	overGen  int     // tells answers and timers of one overlay from another's
	lastGen  int
	below    []layer             // overlays behind the front one, oldest first
	screens  map[place]screen    // that were opened once, with what they showed
	armed    bool                // keys of the overlay are taken (300 ms after it opened)
	said     map[string][]string // what was typed, by what it was for; newest first
	deeds    []deed              // what was done, oldest first
	forwards []*forward
	toast    string
	toastN   int
	clock    ticks
	mouse    bool // the mouse is ours
	away     bool // the terminal has lost the focus
	// tellsStatus says that the terminal shows what a program is at (OSC 7501).
	tellsStatus bool
	given       atomic.Bool   // to the shell, by a suspension; not for Update
	left        chan struct{} // closed when the person leaves
	kept        View          // as it was last written
	keeps       int           // how often that was asked for
	keeper      *keeper
}

// layer is an overlay and the number that its answers carry.
type layer struct {
	over overlay
	gen  int
}

func newModel(ctx context.Context, o Options) *model {
	m := &model{ctx: ctx, o: o, dirty: true, acts: bound(actions(), o.Keys), left: make(chan struct{}), said: map[string][]string{}, screens: map[place]screen{}, summary: fleet.Summary{Fleet: o.Name, ReadOnly: o.ReadOnly, Demo: o.Demo}}
	m.rows.init()
	m.mouse = o.Mouse
	m.setTheme(o.Theme != "light")
	m.keeper = &keeper{save: o.SaveView}
	m.restore(o.View)
	return m
}

// Init implements tea.Model.
func (m *model) Init() tea.Cmd {
	return tea.Batch(m.waitFeed(0), m.askBackground(), tea.RequestProgramStatusSupport)
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
		if m.o.followsBackground() && msg.IsDark() != m.dark {
			m.setTheme(msg.IsDark())
		}
	case tea.BlurMsg:
		m.away = true
		m.cool()
		m.dirty = true
	case tea.ProgramStatusSupportMsg:
		m.tellsStatus = true
	case tea.MouseMsg:
		return m, m.onMouse(msg)
	case tea.FocusMsg: // a terminal changes its colours with the time of day while one looks elsewhere
		m.away = false
		return m, m.askBackground()
	case tea.ColorProfileMsg:
		m.few = depthOf(msg.Profile)
		m.setTheme(m.dark)
	case tea.KeyPressMsg:
		m.dirty = true
		cmd := m.onKey(msg)
		if keep := m.keep(); keep != nil { // a batch of one would be another command to the tests and to Bubble Tea
			cmd = tea.Batch(cmd, keep)
		}
		return m, cmd
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
	m.dress(&v)
	return v
}
