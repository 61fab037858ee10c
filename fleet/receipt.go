package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Receipt is the proof, after a destroy, of what is left (R11).
type Receipt struct {
	Fleet          Name                 `json:"fleet"`
	Account        string               `json:"account"`
	Removed        map[ResourceKind]int `json:"removed"`
	Left           int                  `json:"left"`
	Leftovers      []Resource           `json:"leftovers"`
	RegionsScanned []Region             `json:"regions_scanned"`
	RegionsFailed  []Region             `json:"regions_failed"` // could not be scanned: nothing is proven there
	TotalCostUSD   *float64             `json:"total_cost_usd"` // nil where unknown
	CostNote       string               `json:"cost_note,omitempty"`
	FirstLaunch    time.Time            `json:"first_launch,omitzero"`     // of the fleet; zero: unknown
	LifetimeS      float64              `json:"lifetime_seconds,omitzero"` // from it to the last instance's end
	LeftUSDMonth   *float64             `json:"left_usd_month"`            // of what is left; nil where a price is unknown
	File           string               `json:"file,omitempty"`            // this receipt as JSON; beside it stands the same as text
	StartedAt      time.Time            `json:"started_at"`
	FinishedAt     time.Time            `json:"finished_at"`
}

// Clean says whether every enabled region was scanned and nothing was found.
func (r Receipt) Clean() bool { return r.Left == 0 && len(r.RegionsFailed) == 0 }

// past is what a receipt tells of the time before its destroy. It stands in the
// destroy's intent, so that one that takes up a killed destroy still knows it.
type past struct {
	Scope       string    `json:"scope"`
	FirstLaunch time.Time `json:"first_launch,omitzero"`
	// earlier is what destroys that were cut off have removed, by id.
	earlier map[string]Resource
}

func (p past) request() []byte {
	p.Scope = "fleet"
	b, err := json.Marshal(p)
	if err != nil {
		return []byte(`{"scope":"fleet"}`) // a text and a time: can't happen
	}
	return b
}

// pastOf finds out when the fleet's first instance was launched, and what
// destroys that were cut off have removed already. A store that fails costs only
// these.
func (e *Engine) pastOf(ctx context.Context, rec Record, found bool) past {
	p := past{earlier: map[string]Resource{}}
	open, err := e.opts.Store.Open(ctx, e.account(), e.spec.Name)
	if err != nil {
		return p
	}
	var began time.Time
	for _, i := range open {
		if i.Kind != IntentDestroy || i.Region != "" {
			continue
		}
		var before past
		if json.Unmarshal(i.Request, &before) == nil && !before.FirstLaunch.IsZero() {
			p.FirstLaunch = before.FirstLaunch
		}
		if began.IsZero() || i.At.Before(began) {
			began = i.At
		}
	}
	if !began.IsZero() {
		p.earlier = e.removedSince(ctx, began, open)
	}
	if p.FirstLaunch.IsZero() {
		p.FirstLaunch = e.firstLaunch(ctx, rec, found)
	}
	return p
}

// removedSince lists what was removed since a time. One whose removal has no end
// counts: what of it still exists is removed, and counted, again.
func (e *Engine) removedSince(ctx context.Context, since time.Time, open []Intent) map[string]Resource {
	out := map[string]Resource{}
	note := func(i Intent) {
		var r Resource
		var ids []InstanceID
		switch {
		case i.At.Before(since):
		case i.Kind == IntentRemove && json.Unmarshal(i.Request, &r) == nil:
			out[r.ID] = r
		case i.Kind == IntentDestroy && i.Region != "" && json.Unmarshal(i.Request, &ids) == nil:
			for _, id := range ids {
				out[string(id)] = Resource{Kind: KindOfInstance, ID: string(id)}
			}
		}
	}
	for _, i := range open {
		note(i)
	}
	ended, err := e.opts.Store.Recent(ctx, e.account(), e.spec.Name, since)
	if err != nil {
		return out // the receipt counts fewer, and still proves what is left
	}
	for _, i := range ended {
		if i.Failure == "" {
			note(i.Intent)
		}
	}
	return out
}

// firstLaunch is when the fleet's oldest instance was launched, as far as the
// store or EC2 knows; zero where neither does. A fleet of the same name that was
// destroyed before does not count.
func (e *Engine) firstLaunch(ctx context.Context, rec Record, found bool) time.Time {
	is, err := e.opts.Store.Instances(ctx, e.account(), e.spec.Name)
	if err != nil {
		is = nil // EC2's shall do
	}
	e.feed.mu.Lock()
	is = append(is, values(e.feed.instances)...)
	e.feed.mu.Unlock()
	var first time.Time
	for _, i := range is {
		switch {
		case i.LaunchedAt.IsZero():
		case found && i.LaunchedAt.Before(rec.CreatedAt.Add(-time.Minute)):
		case !found && i.Stage == StageGone:
		case first.IsZero() || i.LaunchedAt.Before(first):
			first = i.LaunchedAt
		}
	}
	if first.IsZero() && found {
		return rec.CreatedAt
	}
	return first
}

// lifetime fills in how long the fleet was there: to the end of its last
// instance, or to now where none is known.
func (e *Engine) lifetime(r *Receipt, p past) {
	if p.FirstLaunch.IsZero() {
		return
	}
	r.FirstLaunch = p.FirstLaunch
	last := time.Time{}
	e.feed.mu.Lock()
	for _, i := range e.feed.instances {
		if i.GoneAt.After(last) {
			last = i.GoneAt
		}
	}
	e.feed.mu.Unlock()
	if last.IsZero() || last.Before(p.FirstLaunch) {
		last = r.FinishedAt
	}
	r.LifetimeS = last.Sub(p.FirstLaunch).Round(time.Second).Seconds()
}

// because says of leftovers why they are left, as the teardown found out, and
// adds up what they cost.
func (r *Receipt) because(left map[Region][]Resource) {
	why := map[string]string{}
	for _, rs := range left {
		for _, l := range rs {
			why[l.ID] = l.State
		}
	}
	for i, l := range r.Leftovers {
		if text := why[l.ID]; text != "" && l.ID != "" {
			r.Leftovers[i].State = text
		}
	}
	if usd, known := MonthOf(r.Leftovers); known {
		r.LeftUSDMonth = &usd
	}
}

// Lifetime is how long the fleet was there; zero: unknown.
func (r Receipt) Lifetime() time.Duration { return time.Duration(r.LifetimeS * float64(time.Second)) }

// Text is the receipt for a person to read and to keep.
func (r Receipt) Text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	what := "fleet " + string(r.Fleet)
	if r.Fleet == "" {
		what = "a cleanup"
	}
	line("Receipt of %s in account %s", what, r.Account)
	line("from %s to %s", at(r.StartedAt), at(r.FinishedAt))
	if !r.FirstLaunch.IsZero() {
		line("lifetime: %s, first launch %s", r.Lifetime(), at(r.FirstLaunch))
	}
	if r.TotalCostUSD != nil {
		line("total cost: $%.4f (%s)", *r.TotalCostUSD, r.CostNote)
	} else if r.CostNote != "" {
		line("total cost: ? (%s)", r.CostNote)
	}
	line("")
	line("removed:")
	none := true
	for _, k := range ResourceKinds() {
		if n := r.Removed[k]; n > 0 {
			line("  %4d  %s", n, k)
			none = false
		}
	}
	if none {
		line("     0")
	}
	line("")
	line("scanned %s: %s", plural(len(r.RegionsScanned), "region"), joined(r.RegionsScanned))
	if len(r.RegionsFailed) > 0 {
		line("NOT scanned, so nothing is proven there: %s", joined(r.RegionsFailed))
	}
	line("left: %d", r.Left)
	for _, l := range r.Leftovers {
		line("  %s in %s, %s: %s", l, l.Region, l.MonthText(), orText(Clean(l.State), "still there"))
	}
	return b.String()
}

func joined(rs []Region) string {
	names := make([]string, len(rs))
	for i, r := range rs {
		names[i] = string(r)
	}
	return strings.Join(names, " ")
}

// writeReceipt writes the receipt into a file of its own, as JSON and as text,
// and notes where. A disk that refuses is said; the proof stands in the store and
// on the screen all the same.
func (e *Engine) writeReceipt(r *Receipt) {
	dir := e.opts.ReceiptDir
	if dir == "" {
		return
	}
	name := orText(string(r.Fleet), "cleanup") + "-" + r.FinishedAt.UTC().Format("20060102-150405")
	path := filepath.Join(dir, name+".json")
	r.File = path
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var body []byte
		if body, err = json.MarshalIndent(r, "", "  "); err == nil {
			err = os.WriteFile(path, append(body, '\n'), 0o600)
		}
	}
	if err == nil {
		err = os.WriteFile(strings.TrimSuffix(path, ".json")+".txt", []byte(r.Text()), 0o600)
	}
	if err != nil {
		r.File = ""
		e.feed.log(LevelWarn, "", "", "the receipt's file can't be written: "+err.Error())
	}
}
