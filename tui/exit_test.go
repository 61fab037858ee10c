package tui

import (
	"strings"
	"testing"

	"spot-tui/fleet"
)

// What stays in the terminal after leaving says what runs, what it costs and
// how to come back; after a destroy, that nothing is left.
func TestWhatIsSaidAfterLeaving(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{120, 40}, steady())
	if said := strings.Join(m.exit().Summary, "\n"); !strings.Contains(said, "12 instances keep running, $0.143/h; they end by themselves at 2026-11-23 17:16") || !strings.Contains(said, "spot-tui destroy ends them") {
		t.Errorf("it says %q", said)
	}
	gone := steady()
	gone.Summary.Live = 0
	gone.Ops = []fleet.Operation{{ID: "d", Kind: fleet.OpDestroy, Started: now(), Finished: now(), Receipt: &fleet.Receipt{Fleet: "sensors", RegionsScanned: []fleet.Region{"a", "b"}}}}
	m.Update(batchMsg{b: gone})
	if said := strings.Join(m.exit().Summary, "\n"); said != "fleet sensors destroyed: 0 left in 2 scanned regions" {
		t.Errorf("it says %q", said)
	}
	if said := open(Options{}, size{120, 40}).exit().Summary; said != nil {
		t.Errorf("with nothing known it says %q", said)
	}
}
