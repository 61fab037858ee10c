package fleet

import (
	"strings"
	"testing"
)

// The log keeps the newest calls, in their order.
func TestCallLogKeepsTheNewest(t *testing.T) {
	t.Parallel()
	l := NewCallLog(3)
	for n, want := range []string{"a", "ab", "abc", "bcd", "cde"} {
		l.Add(Call{Op: string(rune('a' + n))})
		var got strings.Builder
		for _, c := range l.Calls() {
			got.WriteString(c.Op)
		}
		if got.String() != want {
			t.Errorf("after %d: %s, want %s", n+1, got.String(), want)
		}
	}
}
