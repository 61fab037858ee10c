package config

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"spot-tui/fleet"
)

var days = ruleOf(`^([0-9]{1,4})d(.*)$`)

// parseDuration reads Go's durations and, before them, days: "30d", "1d12h".
func parseDuration(s string) (time.Duration, bool) {
	var whole time.Duration
	if m := days.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, false
		}
		whole, s = time.Duration(n)*24*time.Hour, m[2]
		if s == "" {
			return whole, true
		}
		if s[0] == '-' || s[0] == '+' {
			return 0, false
		}
	}
	d, err := time.ParseDuration(s)
	return whole + d, err == nil && d <= math.MaxInt64-whole
}

// shortestLife and longestLife bound a fleet's lifetime.
const (
	shortestLife = 10 * time.Minute
	longestLife  = 30 * 24 * time.Hour
)

// CheckLifetime reads how long a fleet may live: 10m to 30d.
func CheckLifetime(s string) (time.Duration, error) {
	d, ok := parseDuration(s)
	switch {
	case !ok:
		return 0, fmt.Errorf(`%s is no duration; write it like "8h", "30m" or "2d"`, quote(s))
	case d < shortestLife || d > longestLife:
		return 0, fmt.Errorf("%s is out of range; use %s to %s", s, fleet.Span(shortestLife), fleet.Span(longestLife))
	}
	return d, nil
}
