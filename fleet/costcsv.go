package fleet

import (
	"encoding/csv"
	"strconv"
	"strings"
	"time"
)

// CSV writes a line per group, with a head. Amounts are USD, and empty where they
// are not known; times are RFC 3339 in UTC.
func (r CostReport) CSV(by CostBy) string {
	var b strings.Builder
	w := csv.NewWriter(&b) // it writes into memory: there is no error
	_ = w.Write([]string{
		string(by), "instances", "running", "from", "to", "instance_hours", "total_usd", "instance_usd", "disk_usd", "ipv4_usd", "estimated_usd", "on_demand_usd", "per_hour_usd",
		"region", "zone", "type", "launch", "on_demand", "note",
	})
	for _, g := range r.By(by) {
		row := []string{
			g.Name, strconv.Itoa(g.Instances), strconv.Itoa(g.Running), csvTime(g.From), csvTime(g.To), csvAmount(g.Hours, true), csvAmount(g.USD(), g.Known), csvAmount(g.Machine, g.Known),
			csvAmount(g.Disk, true), csvAmount(g.IPv4, true), csvAmount(g.Guess, true), csvAmount(g.List, g.ListKnown), csvAmount(g.PerHour.USD, g.PerHour.Known), "", "", "", "", "", g.Note(),
		}
		if l := g.Line; l != nil && by == ByInstance {
			copy(row[13:], []string{string(l.Region), string(l.Zone), string(l.Type), string(l.Launch), strconv.FormatBool(l.OnDemand)})
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.String()
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}

func csvAmount(v float64, known bool) string {
	if !known {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 6, 64)
}
