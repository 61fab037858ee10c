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
	shellDoneMsg struct{ err error }
	copyMsg      struct {
		text string
		what string // said instead of the text, where that is long
		err  error
	}
)
