package fleet

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{8 * time.Hour: "8h", 10 * time.Minute: "10m", 90 * time.Minute: "1h30m", 48 * time.Hour: "2d", time.Hour + time.Second: "1h0m1s"} {
		if got := Span(d); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
