package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// shrinkTries bounds how many worlds a walk that went wrong is tried on.
const shrinkTries = 250

// shortened says what was wrong about a walk, and the shortest one for which
// something still is, as a row for TestWalksThatOnceWentWrong.
func shortened(t *testing.T, wrong string, keys []string) string {
	t.Helper()
	tries := 0
	again := func(keys []string) string {
		tries++
		return worldAfter(t, keys)
	}
	now := again(keys)
	if now == "" {
		return fmt.Sprintf("%s\n\nafter these %d keys, but not when they are typed on a world of their own: what came before them matters\n%s", wrong, len(keys), row(keys))
	}
	short := fewest(keys, func(keys []string) bool {
		if tries >= shrinkTries {
			return false
		}
		said := again(keys)
		if said != "" {
			now = said
		}
		return said != ""
	})
	return fmt.Sprintf("%s\n\nafter %d of %d keys (%d worlds); for TestWalksThatOnceWentWrong:\n%s", now, len(short), len(keys), tries, row(short))
}

// fewest leaves keys out, as long as it fails without them: large parts first,
// then smaller ones, until each that is left is needed.
func fewest(keys []string, fails func([]string) bool) []string {
	for part := (len(keys) + 1) / 2; part > 0; {
		was := len(keys)
		for at := 0; at < len(keys); {
			without := slices.Delete(slices.Clone(keys), at, min(at+part, len(keys)))
			if fails(without) {
				keys = without
			} else {
				at += part
			}
		}
		if part > 1 || len(keys) == was {
			part /= 2
		}
	}
	return keys
}

func row(keys []string) string {
	quoted := make([]string, len(keys))
	for n, k := range keys {
		quoted[n] = fmt.Sprintf("%q", k)
	}
	return "\t\t{" + strings.Join(quoted, ", ") + "},"
}

// worldAfter types keys on a world of their own, the confirmations taken away, and
// gives what went wrong or what has changed.
func worldAfter(t *testing.T, keys []string) (wrong string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q := newQuietWorld(t)
		defer q.shut()
		s := q.show(size{80, 24})
		s.typed(keys)
		synctest.Wait()
		wrong = q.leave(s)
	})
	return wrong
}

// Walks that once went wrong, or are the first that anybody would try, change
// nothing. What shortens a walk prints rows for here.
func TestWalksThatOnceWentWrong(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, keys := range [][]string{
		{"wait", "D", "y"},                       // what is left of a walk when a dialog's quiet time is taken out
		{"wait", "*", "D", "wait", "j", "enter"}, // or when any word will do
		{"wait", "D", "left", "wait", "name", "enter", "wait", "name", "enter"},
		{"wait", "*", "-", "rest", "left", "wait", "n", "a", "name", "enter"},
		{"wait", "space", "space", "H", "y", "rest", "wait", "name", "y", "enter"},
		{"wait", "n", "rest", "enter", "wait", "?", "y", "esc", "y", "wait", "y"},
	} {
		if wrong := worldAfter(t, keys); wrong != "" {
			t.Errorf("%s\nafter %q", wrong, keys)
		}
	}
}

// A failing sequence is left with what it needs, in its order.
func TestAFailingSequenceIsMadeShort(t *testing.T) {
	t.Parallel()
	var keys []string
	for n := range 300 {
		keys = append(keys, fmt.Sprint(n))
	}
	tries := 0
	got := fewest(keys, func(keys []string) bool {
		tries++
		a, b := slices.Index(keys, "17"), slices.Index(keys, "205")
		return a >= 0 && b > a && slices.Contains(keys, "206")
	})
	if !slices.Equal(got, []string{"17", "205", "206"}) || tries > 120 {
		t.Errorf("%v after %d tries", got, tries)
	}
}
