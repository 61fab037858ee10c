package tui

import (
	"strings"
	"testing"
)

// A filter is completed by fields and by values that are there, and comes back
// from the history.
func TestTheFilterIsCompleted(t *testing.T) {
	t.Parallel()
	m := open(Options{}, size{160, 40}, steady())
	for text, want := range map[string]string{
		"reg": "ion:", "re": "", "rea": "son:", "ag": "e", "!reg": "ion:", "eu or zon": "e:", "region:": "", "region:eu": "-west-1", "region:us-e": "ast-1",
		"stage:set": "", "stage:rea": "dy", "zone:zz": "", "": "", "nosuch:x": "", "(region:ap": "-northeast-1", `"a b`: "",
	} {
		if got := m.filterOffer(text); got != want {
			t.Errorf("%q is completed by %q, want %q", text, got, want)
		}
	}
	press(m, "/", "r", "e", "g", "right", "e", "u", "right", "enter")
	if m.rows.filter.text != "region:eu-west-1" || len(m.rows.shown) == 0 || len(m.rows.shown) == len(m.rows.all) {
		t.Errorf("the filter is %q and shows %d", m.rows.filter.text, len(m.rows.shown))
	}
	press(m, "esc", "/", "up")
	if !strings.Contains(m.plain(), "filter: region:eu-west-1") {
		t.Errorf("the history does not have it:\n%s", m.plain())
	}
}
