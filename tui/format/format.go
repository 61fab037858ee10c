// Package format writes times, money and bytes as the screens show them. All
// functions are pure.
package format

import (
	"fmt"
	"time"
)

// Short writes a duration in at most five characters: 0m38, 4m10, 57m, 2h04, 3d04.
func Short(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("0m%02d", int(d.Seconds()))
	case d >= 10*time.Minute && d < time.Hour: // seconds would be noise by now
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02d", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02d", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02d", int(d.Hours())/24, int(d.Hours())%24)
}

// Long writes a duration in words that a sentence can hold: 5h 12m, 40s.
func Long(d time.Duration) string {
	d = max(0, d).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour && d%time.Hour < time.Minute:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh %dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd %dh", int(d.Hours())/24, int(d.Hours())%24)
}

// USD writes money with the digits that matter: $0.0121, $0.143, $12.40.
func USD(v float64) string {
	switch {
	case v == 0:
		return "$0"
	case v < 0.00005: // little is not nothing
		return "<$0.0001"
	case v < 0.1:
		return fmt.Sprintf("$%.4f", v)
	case v < 1:
		return fmt.Sprintf("$%.3f", v)
	}
	return fmt.Sprintf("$%.2f", v)
}

// Count writes a number with its noun in the right form.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Bytes writes a size with three digits that matter: 812 B, 4.10 MB, 12.3 GB.
func Bytes(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1000, 0
	for v >= 999.5 && unit < len(units)-1 {
		v, unit = v/1000, unit+1
	}
	digits := 2
	if v >= 9.995 {
		digits = 1
	}
	if v >= 99.95 {
		digits = 0
	}
	return fmt.Sprintf("%.*f %cB", digits, v, units[unit])
}
