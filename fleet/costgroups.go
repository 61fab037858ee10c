package fleet

import (
	"cmp"
	"slices"
	"time"
)

// CostBy is what costs are grouped by.
type CostBy string

// The ways to group costs.
const (
	ByInstance CostBy = "instance"
	ByRegion   CostBy = "region"
	ByLaunch   CostBy = "launch"
	ByFleet    CostBy = "fleet" // one line per life of the fleet
)

// CostBys lists the ways to group costs.
func CostBys() []CostBy { return []CostBy{ByInstance, ByRegion, ByLaunch, ByFleet} }

// CostGroup is what a group of instances has cost.
type CostGroup struct {
	Name      string    `json:"name"` // an instance's id, a region, a launch, or the fleet
	Instances int       `json:"instances"`
	Running   int       `json:"running"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"` // zero while one runs
	Hours     float64   `json:"instance_hours"`
	Cost
	PerHour Price `json:"per_hour"`
	// Line is the instance, where the group is one.
	Line *CostLine `json:"-"`
}

// By groups the lines, the dearest group first.
func (r CostReport) By(by CostBy) []CostGroup {
	at := map[string]int{}
	var gs []CostGroup
	for i := range r.Lines {
		l := &r.Lines[i]
		k := r.key(l, by)
		n, ok := at[k]
		if !ok {
			n = len(gs)
			at[k] = n
			gs = append(gs, newCostGroup(k))
		}
		gs[n].add(l, r.At)
		if gs[n].Line = l; gs[n].Instances > 1 {
			gs[n].Line = nil
		}
	}
	slices.SortStableFunc(gs, func(a, b CostGroup) int {
		return cmp.Or(cmp.Compare(b.USD(), a.USD()), cmp.Compare(a.Name, b.Name))
	})
	return gs
}

func (r CostReport) key(l *CostLine, by CostBy) string {
	switch by {
	case ByRegion:
		return string(l.Region)
	case ByLaunch:
		return string(l.Launch)
	case ByFleet:
		if l.Closed.IsZero() {
			return string(r.Fleet)
		}
		return string(r.Fleet) + " until " + l.Closed.UTC().Format("2006-01-02 15:04")
	default:
		return string(l.Instance)
	}
}

func newCostGroup(name string) CostGroup {
	return CostGroup{Name: name, Cost: Cost{Known: true, ListKnown: true, Free: true}, PerHour: Price{Known: true}}
}

func (g *CostGroup) add(l *CostLine, now time.Time) {
	g.Instances++
	g.Cost = g.plus(l.Cost)
	if g.From.IsZero() || l.From.Before(g.From) {
		g.From = l.From
	}
	g.Hours += l.end(now).Sub(l.From).Hours()
	if l.Ended() {
		if g.Running == 0 {
			g.To = maxTime(g.To, l.To)
		}
		return
	}
	g.Running++
	g.To = time.Time{}
	g.PerHour.USD += l.PerHour.USD
	if !l.PerHour.Known {
		g.PerHour.Known, g.PerHour.Reason = false, l.PerHour.Reason
	}
}
