package tui

import (
	"time"

	"spot-tui/fleet"
)

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
	historyMsg struct {
		p     *prompt // the line that asked
		lines []string
	}
	completeMsg struct {
		p          *prompt
		text, rest string // what had been typed, and what would complete it
	}
	textMsg struct {
		gen         int // the layer that asked: the page opens over it only
		title, file string
		lines       []string
		page        *textView // the whole page, where it is more than lines
	}
	explainMsg struct {
		gen int
		x   fleet.Explanation
		err error
	}
	inspectMsg struct {
		gen int
		x   fleet.Inspection
		err error
	}
	followingMsg struct {
		gen  int
		tail *fleet.Tail
		err  error
	}
	tailMsg struct {
		gen   int
		lines []fleet.TailLine
		lost  int
		open  bool
		err   error
	}
	forwardMsg struct {
		f     *fleet.Forwarding
		state fleet.ForwardState
		rev   uint64
		err   error
	}
	panesMsg struct {
		n      int
		attach []string
		err    error
	}
	shellDoneMsg struct{ err error }
	copyMsg      struct {
		text string
		what string // said instead of the text, where that is long
		err  error
	}
)
