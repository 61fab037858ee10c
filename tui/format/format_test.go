package format

import (
	"testing"
	"time"
)

func TestTimesAndMoney(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0m00", 38 * time.Second: "0m38", 252 * time.Second: "4m12", 57*time.Minute + 59*time.Second: "57m",
		2*time.Hour + 4*time.Minute: "2h04", 76 * time.Hour: "3d04",
	} {
		if got := Short(d); got != want {
			t.Errorf("Short(%s) = %s, want %s", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{40 * time.Second: "40s", 5*time.Hour + 12*time.Minute: "5h 12m", 50 * time.Hour: "2d 2h"} {
		if got := Long(d); got != want {
			t.Errorf("Long(%s) = %s, want %s", d, got, want)
		}
	}
	for v, want := range map[float64]string{0: "$0", 0.0121: "$0.0121", 0.143: "$0.143", 12.4: "$12.40"} {
		if got := USD(v); got != want {
			t.Errorf("USD(%v) = %s, want %s", v, got, want)
		}
	}
	if Count(1, "host") != "1 host" || Count(2, "host") != "2 hosts" {
		t.Error("Count")
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.00 kB", 9_996: "10.0 kB", 123_456: "123 kB", 999_499: "999 kB", 999_600: "1.00 MB", 4_100_000: "4.10 MB", 12_340_000_000: "12.3 GB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
