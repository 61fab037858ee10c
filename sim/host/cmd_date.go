package host

import (
	"fmt"
	"strings"
	"time"
)

func sleepCommand(p *proc) int {
	var total time.Duration
	for _, a := range p.args[1:] {
		if a == "infinity" {
			<-p.ctx.Done()
			return 130
		}
		d, err := parsePause(a)
		if err != nil {
			return p.fail("invalid time interval '%s'", a)
		}
		total += d
	}
	if len(p.args) == 1 {
		return p.fail("missing operand")
	}
	if !p.pause(total) {
		return 130
	}
	return 0
}

// parseDate reads the dates that scripts give to date -d and touch -d.
func parseDate(s string, now time.Time) (time.Time, error) {
	var n int
	var unit, ago string
	if fields, _ := fmt.Sscanf(s, "%d %s %s", &n, &unit, &ago); fields >= 2 {
		step, ok := map[string]time.Duration{"sec": time.Second, "second": time.Second, "min": time.Minute, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour}[strings.TrimSuffix(unit, "s")]
		if ok {
			if ago == "ago" {
				n = -n
			}
			return now.Add(time.Duration(n) * step), nil
		}
	}
	if s == "now" || s == "" {
		return now, nil
	}
	var sec int64
	if c, _ := fmt.Sscanf(s, "@%d", &sec); c == 1 {
		return time.Unix(sec, 0), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02", time.RFC1123Z, time.RFC1123} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("invalid date %q", s)
}

func dateCommand(p *proc) int {
	opts, rest, ok := p.options("uIR", "drs", "utc", "date=", "iso-8601=", "rfc-3339=")
	if !ok {
		return 1
	}
	at := time.Now().UTC()
	if d := opts["d"] + opts["date"]; d != "" {
		t, err := parseDate(d, at)
		if err != nil {
			return p.fail("invalid date '%s'", d)
		}
		at = t.UTC()
	}
	format := "%a %b %e %H:%M:%S UTC %Y"
	switch {
	case has(opts, "I"):
		format = "%Y-%m-%d"
	case has(opts, "iso-8601"):
		format = map[bool]string{true: "%Y-%m-%dT%H:%M:%S+00:00", false: "%Y-%m-%d"}[opts["iso-8601"] != ""]
	case has(opts, "R"):
		format = "%a, %d %b %Y %H:%M:%S +0000"
	}
	for _, a := range rest {
		f, ok := strings.CutPrefix(a, "+")
		if !ok {
			return p.fail("invalid date '%s'", a)
		}
		format = f
	}
	fmt.Fprintln(p.out, strftime(format, at))
	return 0
}

func strftime(format string, t time.Time) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		pad := byte('0')
		if format[i] == '-' && i+1 < len(format) {
			pad = '-'
			i++
		}
		text, ok := dateField(format[i], t)
		if !ok {
			text = "%" + format[i:i+1]
		}
		if pad == '-' {
			text = strings.TrimLeft(text, "0 ")
		}
		b.WriteString(text)
	}
	return b.String()
}

func dateField(c byte, t time.Time) (string, bool) {
	layouts := map[byte]string{
		'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January", 'Z': "MST", 'z': "-0700", 'F': "2006-01-02",
		'T': "15:04:05", 'R': "15:04", 'D': "01/02/06", 'j': "002", 'c': "Mon Jan _2 15:04:05 2006", 'k': "15",
	}
	if layout, ok := layouts[c]; ok {
		return t.Format(layout), true
	}
	switch c {
	case 's':
		return fmt.Sprint(t.Unix()), true
	case 'N':
		return fmt.Sprintf("%09d", t.Nanosecond()), true
	case 'u':
		return fmt.Sprint((int(t.Weekday())+6)%7 + 1), true
	case 'w':
		return fmt.Sprint(int(t.Weekday())), true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case '%':
		return "%", true
	}
	return "", false
}
