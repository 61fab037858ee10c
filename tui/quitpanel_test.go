package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
)

func TestANightEndsAtEightOrWithTheFleet(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 30, 0, 0, time.Local) }
	eight := func(day int) time.Time { return time.Date(2026, 11, day, 8, 0, 0, 0, time.Local) }
	for _, tt := range []struct {
		now, ends, until time.Time
		byEnd            bool
	}{
		{at(23, 22), time.Time{}, eight(24), false},
		{at(24, 7), time.Time{}, eight(24), false},
		{eight(24), time.Time{}, eight(25), false},
		{at(24, 8), time.Time{}, eight(25), false},
		{at(23, 22), at(24, 3), at(24, 3), true},
		{at(23, 22), at(24, 9), eight(24), false},
	} {
		if until, byEnd := night(tt.now, tt.ends); !until.Equal(tt.until) || byEnd != tt.byEnd {
			t.Errorf("at %v with an end at %v the night lasts until %v (%v)", tt.now, tt.ends, until, byEnd)
		}
	}
}

// Whoever leaves is told of each thing that goes on what becomes of it, and what
// the night costs.
func TestTheQuitPanelTellsWhatBecomesOfTheWork(t *testing.T) {
	t.Parallel()
	b := steady()
	now := time.Date(2026, 11, 23, 22, 0, 0, 0, time.Local)
	b.At, b.Summary.EndsAt = now, now.Add(30*time.Hour)
	b.Summary.PerHour.USD = 0.5
	for n, k := range []fleet.OpKind{fleet.OpLaunch, fleet.OpDestroy, fleet.OpRun, fleet.OpUpload, fleet.OpFetch, fleet.OpForward} {
		b.Ops = append(b.Ops, fleet.Operation{ID: fleet.OpID(k), Kind: k, Title: "work " + string(rune('a'+n)), Started: now})
	}
	b.Ops = append(b.Ops, fleet.Operation{ID: "old", Kind: fleet.OpRun, Title: "done", Started: now, Finished: now})
	m := open(Options{}, size{120, 60}, b)
	press(m, "q")
	text := ansi.Strip(m.View().Content)
	for _, want := range []string{
		"$0.500/h", "$5.00 until 08:00", "$15.00 until they end", "work a: what AWS was asked for comes", "work b: what was asked to end does end", "work c: the command may run on", "work d: the copy is cut off", "work e: the copy is cut off",
		"1 instance is being set up: a script that has begun runs on", "D  destroy the fleet", "q  detach",
	} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "done:") || strings.Contains(text, "work f") {
		t.Errorf("what has ended, or is said elsewhere, is named:\n%s", text)
	}
}
