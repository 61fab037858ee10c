package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"spot-tui/fleet"
)

// Every column sorts, both ways; what is not known comes last in both, and the
// cursor stays on its instance.
func TestEveryColumnSorts(t *testing.T) {
	t.Parallel()
	for n, c := range columns() {
		m := open(Options{}, size{120, 40}, steady())
		press(m, "left", "left", "left")
		for range n {
			press(m, "right")
		}
		if !strings.Contains(m.View().Content, c.head) {
			t.Errorf("%s is under the cursor and not shown", c.head)
		}
		at := m.rows.at
		if c.head == stageHead {
			press(m, "o") // it is the order of the beginning
		}
		for _, reverse := range []bool{false, true} {
			press(m, "o")
			s := m.rows.sortBy
			if s.head != c.head || s.reverse != reverse || m.rows.at != at || !slices.IsSortedFunc(m.rows.shown, s.compare) {
				t.Errorf("%s: %+v", c.head, s)
			}
		}
	}
}

func TestAddressesSortAsNumbersAndUnknownsComeLast(t *testing.T) {
	t.Parallel()
	at := func(ip string) *fleet.Instance { return &fleet.Instance{ID: fleet.InstanceID(ip), PublicIP: ip} }
	is := []*fleet.Instance{at("10.0.0.10"), at(""), at("10.0.0.9"), at("9.255.0.1")}
	for reverse, want := range map[bool]string{false: "9.255.0.1 10.0.0.9 10.0.0.10 ", true: "10.0.0.10 10.0.0.9 9.255.0.1 "} {
		slices.SortFunc(is, sorting{order: byAddress(func(i *fleet.Instance) string { return i.PublicIP }), reverse: reverse}.compare)
		var got []string
		for _, i := range is {
			got = append(got, i.PublicIP)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q", got)
		}
	}
}

// However instances come and change, the table is in its order after each batch,
// whatever it is sorted by: a change that moves no row may skip the sort.
func TestTheOrderHoldsThroughChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var r rows
		r.init()
		c := rapid.SampledFrom(columns()).Draw(t, "column")
		r.sortBy = sorting{head: c.head, order: c.order, reverse: rapid.Bool().Draw(t, "reverse")}
		for range rapid.IntRange(1, 30).Draw(t, "batches") {
			for range rapid.IntRange(1, 4).Draw(t, "changes") {
				id := fleet.InstanceID(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "id"))
				if rapid.IntRange(0, 9).Draw(t, "gone") == 0 {
					r.remove(id)
					continue
				}
				text := rapid.SampledFrom([]string{"", "x", "y"})
				i := fleet.Instance{ID: id, Stage: rapid.SampledFrom([]fleet.Stage{fleet.StageReady, fleet.StageFailed, fleet.StagePending}).Draw(t, "stage")}
				i.Zone, i.Type = fleet.Zone(text.Draw(t, "zone")), fleet.InstanceType(text.Draw(t, "type"))
				i.PublicIP = rapid.SampledFrom([]string{"", "10.0.0.9", "10.0.0.10"}).Draw(t, "address")
				i.Price = fleet.Price{Known: rapid.Bool().Draw(t, "known"), USD: float64(rapid.IntRange(0, 2).Draw(t, "price"))}
				if rapid.Bool().Draw(t, "launched") {
					i.LaunchedAt = time.Unix(int64(rapid.IntRange(1, 3).Draw(t, "when")), 0)
				}
				r.put(&i)
			}
			r.settle()
			if !slices.IsSortedFunc(r.shown, r.sortBy.compare) || len(r.shown) != len(r.all) {
				t.Fatalf("by %s: not in order", c.head)
			}
		}
	})
}
