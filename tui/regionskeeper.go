package tui

import (
	"fmt"

	"spot-tui/fleet"
	"spot-tui/tui/format"
	"spot-tui/tui/theme"
)

// keeperLines says how an EC2 Fleet stands that keeps a region, and what is not as it
// should be, with what to do about it.
func (m *model) keeperLines(k fleet.KeeperState, say func(st theme.Style, head, text string)) {
	until := "without an end"
	if !k.EndsAt.IsZero() {
		until = "until " + k.EndsAt.UTC().Format("2006-01-02 15:04 UTC")
	}
	say(m.th.Text, "kept by AWS", fmt.Sprintf("%d of %d there, %s, %s", k.Fulfilled, k.Target, k.State, until))
	say(m.th.Dim, "", string(k.ID))
	switch {
	case k.Target < k.Want:
		say(m.th.Dim, "its share", fmt.Sprintf("%d: it takes over as others leave", k.Want))
	case k.Target > k.Want:
		say(m.th.Dim, "its share", fmt.Sprintf("%d: one more for each instance that is being replaced", k.Want))
	}
	if end := m.summary.EndsAt; !end.IsZero() && !k.EndsAt.Equal(end) {
		say(m.th.Warn, "its end", "the fleet ends "+end.UTC().Format("2006-01-02 15:04 UTC")+"; "+m.keyFor("new")+" makes an EC2 Fleet with that end and hands over to it")
	}
	if !k.ShortSince.IsZero() && k.Fulfilled < k.Target {
		say(m.th.Warn, "short of "+fmt.Sprint(k.Target-k.Fulfilled), "for "+format.Short(max(0, m.now.Sub(k.ShortSince)))+": "+k.Short)
		say(m.th.Dim, "", "AWS goes on trying. To have other regions take its share, change count or weight in the config ("+m.keyFor("edit")+"), restart and plan ("+m.keyFor("new")+")")
	}
}
