package fleet

import (
	"fmt"
	"slices"
	"strings"
)

// RegionWhy says in lines of text why a region's part of a plan is as it is.
type RegionWhy struct {
	Region Region   `json:"region"`
	Lines  []string `json:"lines"`
}

// Explain says for each region how many instances go there and why, what the quotas
// leave, which filter took which types out, and among which pools EC2 chooses.
// benches are the pools that are left alone for a while.
func (p Plan) Explain(benches []Bench) []RegionWhy {
	out := make([]RegionWhy, 0, len(p.Regions))
	for _, r := range p.Regions {
		w := &telling{}
		w.share(p, r)
		w.quotas(r)
		w.filters(r)
		w.pools(p, r, benches)
		w.dropped(r)
		out = append(out, RegionWhy{r.Region, w.lines})
	}
	return out
}

// manyDropped is how many types a region may have left out before only their number
// is told: a choice by need asks about every type of the region.
const manyDropped = 8

// Brief leaves the types that were taken out to their number where there are many,
// for who does not ask for the reasons of each.
func (p *Plan) Brief() {
	p.Regions = slices.Clone(p.Regions)
	for i := range p.Regions {
		if r := &p.Regions[i]; len(r.Dropped) > manyDropped {
			r.Dropped = nil
		}
	}
}

// LeftOut says in sentences which types a region's part does without.
func (r RegionPlan) LeftOut() []string {
	if len(r.Dropped) == 0 {
		return nil
	}
	var out []string
	if len(r.Dropped) <= manyDropped {
		for _, d := range r.Dropped {
			out = append(out, fmt.Sprintf("%s is left out: %s", d.Type, d.Reason))
		}
		return out
	}
	text := ""
	for _, c := range r.Filters() {
		text += fmt.Sprintf(", %s %d", c.Filter, c.Types)
	}
	return []string{fmt.Sprintf("%s kept; left out by%s", plural(len(r.kept()), "type"), strings.TrimPrefix(text, ","))}
}

// telling gathers lines.
type telling struct{ lines []string }

func (w *telling) say(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

// share says how many instances go to a region, and what was moved.
func (w *telling) share(p Plan, r RegionPlan) {
	if r.Problem != nil {
		w.say("takes no part: %s", r.Problem)
		return
	}
	w.say("%d to launch: its share is %d, and %d are there", r.Launch, r.Want, r.Have)
	if r.OnDemand > 0 {
		w.say("%d of them on demand from the start", r.OnDemand)
	}
	for _, c := range r.Checks {
		if c.What == "price" && c.State != CheckOK {
			w.say("%s; %s", c.Detail, c.Hint)
		}
	}
	for _, m := range p.Moves {
		switch {
		case m.From == r.Region && m.To == "":
			w.say("%d of its share are not launched: %s, and no other region may take more", m.Count, m.Reason)
		case m.OnDemand && m.To == r.Region && m.From == r.Region:
			w.say("%d of its share are launched on demand: %s", m.Count, m.Reason)
		case m.OnDemand && m.To == r.Region:
			w.say("%d of the share of %s are launched here on demand: %s", m.Count, m.From, m.Reason)
		case m.From == r.Region:
			w.say("%d of its share go to %s: %s", m.Count, m.To, m.Reason)
		case m.To == r.Region:
			w.say("%d of the share of %s come here: %s", m.Count, m.From, m.Reason)
		}
	}
}

func (w *telling) quotas(r RegionPlan) {
	for _, q := range r.Quotas {
		if q.Known {
			w.say("quota %s: %d used, %s asked, limit %d vCPU (%s)", q.Name(), q.Used, q.Asked(), q.Limit, q.Link)
		} else {
			w.say("quota %s: ?, %s", q.Name(), orText(q.Reason, "nobody knows"))
		}
	}
}

// filters counts what each filter took out.
func (w *telling) filters(r RegionPlan) {
	if len(r.Dropped) == 0 && len(r.Pools) == 0 {
		return
	}
	text := fmt.Sprintf("types: %d kept", len(r.kept()))
	for _, c := range r.Filters() {
		text += fmt.Sprintf(", %s took out %d", c.Filter, c.Types)
	}
	w.say("%s", text)
}

// kept are the types that have a pool, the one with the cheapest first.
func (r RegionPlan) kept() []InstanceType {
	var out []InstanceType
	for _, p := range r.Pools {
		if !slices.Contains(out, p.Type) {
			out = append(out, p.Type)
		}
	}
	return out
}

// pools lists what EC2 may choose from, the cheapest first.
func (w *telling) pools(p Plan, r RegionPlan, benches []Bench) {
	if len(r.Pools) == 0 {
		return
	}
	switch {
	case r.Scores.Reason != "":
		w.say("placement scores: ?, %s", r.Scores.Reason)
	case len(r.Scores.Scores) == 0:
		w.say("placement scores: ?, not asked: AWS answers only so many a day, and `spot-tui plan --explain` asks")
	}
	w.say("EC2 chooses by price and capacity among %s:", plural(len(r.Pools), "pool"))
	w.say("  %-16s %-16s %5s %9s %-7s %9s  %-6s%s", "ZONE", "TYPE", "VCPU", "MEMORY", "ARCH", "$/H", "SCORE", "")
	for _, pool := range r.Pools {
		i := slices.IndexFunc(r.Types, func(t TypeInfo) bool { return t.Type == pool.Type })
		vcpu, memory := "?", "?"
		if i >= 0 {
			vcpu, memory = fmt.Sprint(r.Types[i].VCPU), gib(r.Types[i].MemoryMiB)
		}
		price, note := "?", ""
		if pool.Price.Known {
			price = fmt.Sprintf("%.4f", pool.Price.USD)
		} else {
			note = pool.Price.Reason
		}
		if pool.Dear() {
			note = "saves nothing: " + moneyText(pool.OnDemand.USD) + " on demand"
		}
		if b := benched(benches, r.Region, pool); b != nil {
			note = "benched until " + b.Until.UTC().Format("15:04:05 UTC") + ": " + b.Why
		}
		w.say("  %-16s %-16s %5s %9s %-7s %9s  %-6s%s", pool.Zone, pool.Type, vcpu, memory, pool.Arch, price, r.Scores.of(pool.Zone), note)
	}
}

// benched finds what keeps a pool from being asked.
func benched(bs []Bench, r Region, p Pool) *Bench {
	i := slices.IndexFunc(bs, func(b Bench) bool {
		return b.Region == r && !b.OnDemand && (b.Zone == "" || b.Zone == p.Zone) && (b.Type == "" || b.Type == p.Type) && (b.Family == "" || QuotaFamily(b.Family) == FamilyOf(p.Type))
	})
	if i < 0 {
		return nil
	}
	return &bs[i]
}

// dropped lists the types that were taken out, by filter.
func (w *telling) dropped(r RegionPlan) {
	for _, c := range r.Filters() {
		w.say("taken out by %s:", c.Filter)
		for _, d := range r.Dropped {
			if d.Filter == c.Filter {
				w.say("  %-16s %s", d.Type, d.Reason)
			}
		}
	}
	for i, l := range w.lines {
		w.lines[i] = strings.TrimRight(l, " ")
	}
}
