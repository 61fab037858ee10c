package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"spot-tui/sim/wire"
)

// ControlPath is the root of the control endpoint (docs/simulation.md).
const ControlPath = "/_control/"

// Resource is one thing that exists in the world and was not there at the
// start, whatever tags it has.
type Resource struct {
	Region string            `json:"region"`
	Kind   string            `json:"kind"` // EC2's resource type
	ID     string            `json:"id"`
	Name   string            `json:"name,omitempty"`
	State  string            `json:"state,omitempty"`
	Tags   map[string]string `json:"tags,omitempty"`
}

// Inventory is everything that exists beyond the default furniture. Terminated
// instances, closed spot requests, deleted fleets and instant fleets without a
// living instance are over and don't count: they cost nothing, and EC2 keeps them for a while.
type Inventory struct {
	Total     int            `json:"total"`
	Counts    map[string]int `json:"counts"`
	Resources []Resource     `json:"resources"`
}

// Inventory lists what exists, region by region in order of creation.
func (w *World) Inventory() Inventory {
	inv := Inventory{Counts: map[string]int{}, Resources: []Resource{}}
	for _, r := range w.regions {
		for _, t := range r.living() {
			inv.Total++
			inv.Counts[t.Kind]++
			inv.Resources = append(inv.Resources, t)
		}
	}
	return inv
}

// living lists a region's part of the inventory.
func (r *region) living() []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	var things []*thing
	for _, s := range r.shelves {
		for _, t := range s.order {
			if !t.furniture && t.gone.IsZero() && !r.fleetOver(t) {
				things = append(things, t)
			}
		}
	}
	slices.SortFunc(things, func(a, b *thing) int { return a.seq - b.seq })
	out := make([]Resource, 0, len(things))
	for _, t := range things {
		one := Resource{Region: r.info.name, Kind: string(t.kind), ID: t.id, Tags: map[string]string{}}
		for _, g := range t.tags {
			one.Tags[g.key] = g.value
		}
		one.Name = firstOf(t.tree, "LaunchTemplateName", "GroupName", "KeyName")
		one.State = firstOf(t.tree, "State", "Status", "FleetState")
		if s := wire.Str(t.tree, "State", "Name"); s != "" {
			one.State = s
		}
		out = append(out, one)
	}
	return out
}

func firstOf(tree wire.Map, members ...string) string {
	for _, m := range members {
		if s := wire.Str(tree, m); s != "" {
			return s
		}
	}
	return ""
}

// fleetOver says whether a thing is an instant fleet none of whose instances
// live, or one of type maintain that launches nothing any more.
func (r *region) fleetOver(t *thing) bool {
	if t.kind != kindFleet {
		return false
	}
	if m := r.maintained[t.id]; m != nil {
		return m.over()
	}
	for _, id := range r.fleets[t.id] {
		if i := r.instances[id]; i != nil && i.gone.IsZero() {
			return false
		}
	}
	return true
}

// Calls gives the log of API calls from number since+1 on, oldest first.
func (w *World) Calls(since int) []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, _ := slices.BinarySearchFunc(w.calls, since+1, func(c Call, n int) int { return c.N - n })
	return append([]Call{}, w.calls[i:]...)
}

// control answers a request under ControlPath.
func (w *World) control(_ context.Context, q asked) answer {
	what := strings.TrimPrefix(q.path, ControlPath)
	switch q.method + " " + what {
	case "GET inventory":
		return say(http.StatusOK, w.Inventory())
	case "GET bill":
		return say(http.StatusOK, w.Bill())
	case "GET calls":
		since, err := strconv.Atoi(q.query.Get("since"))
		if err != nil && q.query.Has("since") {
			return refuse("since is the number of a call, not " + strconv.Quote(q.query.Get("since")))
		}
		return say(http.StatusOK, map[string]any{"calls": w.Calls(since)})
	case "GET faults":
		return say(http.StatusOK, map[string]any{"faults": w.armedFaults(), "known": FaultHelp()})
	case "POST faults":
		var f Fault
		if err := strict(q.body, &f); err != nil {
			return refuse("the fault is not as documented: " + err.Error())
		}
		if err := w.Inject(f); err != nil {
			return refuse(err.Error())
		}
		return say(http.StatusOK, map[string]any{"ok": true})
	case "GET scenario":
		return say(http.StatusOK, map[string]any{"played": w.PlayedSteps()})
	case "GET held":
		return say(http.StatusOK, map[string]any{"held": w.Held()})
	case "POST release":
		var which struct {
			ID int `json:"id"`
		}
		if len(bytes.TrimSpace(q.body)) > 0 {
			if err := strict(q.body, &which); err != nil {
				return refuse("what to release is not as documented: " + err.Error())
			}
		}
		return say(http.StatusOK, map[string]any{"released": w.Release(which.ID)})
	}
	return say(http.StatusNotFound, map[string]any{
		"error": q.method + " " + q.path + " does not exist; GET inventory, bill, calls, faults, held, scenario; POST faults, release",
	})
}

// FaultHelp says in a line what each fault does.
func FaultHelp() map[string]string {
	out := map[string]string{}
	for name, k := range faultKinds() {
		out[name] = k.help
	}
	return out
}

func (w *World) armedFaults() []Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Fault{}
	for _, a := range w.faults {
		out = append(out, a.Fault)
	}
	return out
}

// strict reads JSON and refuses fields that don't exist.
func strict(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func refuse(why string) answer {
	return say(http.StatusBadRequest, map[string]any{"error": why})
}

func say(status int, v any) answer {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil { // values of ours always encode
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer could not be encoded"}`)
	}
	return answer{status: status, kind: "application/json", body: append(body, '\n')}
}

// Regions lists the world's enabled regions.
func (w *World) Regions() []string {
	var out []string
	for _, r := range w.regions {
		if r.info.optedIn {
			out = append(out, r.info.name)
		}
	}
	return out
}
