package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// rebalanceDelay is how long AWS lets an instance live on after it has launched
// its replacement: long enough for that one to be set up, as a rule. EC2 takes 2
// minutes to 2 hours (SDK FleetSpotCapacityRebalanceRequest).
const rebalanceDelay = 5 * time.Minute

// KeepPlan is what a plan changes about who keeps a region.
type KeepPlan struct {
	// Keeper is the EC2 Fleet that goes on; empty: one is made.
	Keeper KeeperID `json:"keeper,omitempty"`
	// Takes counts instances that the keeper did not launch. Each is ended when a
	// replacement of the keeper's is ready: the rolling hand-over.
	Takes int `json:"takes,omitempty"`
	// Surplus is how many more than Want may run during the hand-over.
	Surplus int `json:"surplus,omitempty"`
	// Delay is from a replacement of what is at risk to the end of the old one:
	// meanwhile there is one more for each.
	Delay    time.Duration `json:"delay,omitempty"`
	Settings string        `json:"settings,omitempty"` // of what the keeper launches: see settingsOf
	// Release are keepers that are ended; their instances stay.
	Release []KeeperID `json:"release,omitempty"`
	// Renews says that the keeper is released because the fleet's end has changed.
	Renews bool `json:"renews,omitempty"`

	ends         time.Time // the keeper's end
	target       int       // and its target so far
	all, pending int       // instances that live, and those that the keeper still launches
}

// byAWS says whether the plan hands the fleet to AWS.
func (p *Plan) byAWS() bool { return p.Keep == KeepAWS }

// Takes counts the running instances that the plan replaces: those that AWS takes
// over. Each ends.
func (p *Plan) Takes() int {
	n := 0
	for _, r := range p.Regions {
		if p.byAWS() && r.Keep != nil && r.Problem == nil {
			n += r.Keep.Takes
		}
	}
	return n
}

// Empty says whether the plan has nothing to do.
func (p *Plan) Empty() bool {
	if p.Launch > 0 {
		return false
	}
	for _, r := range p.Regions {
		if k := r.Keep; k != nil && r.Problem == nil && (len(k.Release) > 0 || p.byAWS() && (k.Keeper == "" || k.Takes > 0)) {
			return false
		}
	}
	return true
}

// surplusOf is how many more than its share a region may have during a hand-over:
// a fifth of what is replaced, so that it takes five rounds, and one at least.
func surplusOf(takes int) int { return (takes + 4) / 5 }

// keepPlan finds out who keeps the region, and what has to change about it.
func (w *worker) keepPlan(ctx context.Context, spec Spec, p *RegionPlan) error {
	ks, err := w.cloud.Keepers(ctx, spec.Name)
	if KindOf(err) == KindDenied && spec.Keep != KeepAWS {
		return nil // who may not look has made none, and asks for none
	}
	if err != nil {
		return err
	}
	seen := w.whyShort(ctx, slices.Clone(ks))
	w.post(func() { w.noteKeepers(seen) })
	k := &KeepPlan{}
	pending := 0
	if spec.Keep == KeepAWS {
		k.Settings, k.Delay = settingsOf(spec), rebalanceDelay
	}
	for _, s := range ks {
		if spec.Keep == KeepAWS && k.Keeper == "" && s.Settings == k.Settings {
			k.Keeper, k.ends, k.target, pending = s.ID, s.EndsAt, s.Target, s.Target
		} else {
			k.Release = append(k.Release, s.ID)
		}
	}
	if spec.Keep != KeepAWS {
		if len(k.Release) > 0 {
			p.Keep = k
		}
		return nil
	}
	p.Keep = k
	err = w.do(ctx, func() {
		others := w.others(k.Keeper)
		k.Takes = len(others)
		for _, o := range w.instances {
			if k.Keeper != "" && o.Keeper == k.Keeper && !o.Stage.Leaving() {
				pending--
			}
		}
		k.all = len(w.others(""))
	})
	k.Surplus, k.pending = surplusOf(k.Takes), max(0, pending)
	p.Have += k.pending // AWS launches these without being asked
	p.Launch = max(0, p.Want-p.Have)
	return err
}

// renewKeepers has keepers replaced whose end is not the fleet's any more: ModifyFleet
// can't change ValidUntil (SDK ModifyFleetInput), and the instances, which end
// themselves by what they were launched with, are handed over to the new ones.
func (p *Plan) renewKeepers() {
	for i := range p.Regions {
		r := &p.Regions[i]
		k := r.Keep
		if !p.byAWS() || !p.Recorded || k == nil || k.Keeper == "" || k.ends.Equal(p.EndsAt) {
			continue
		}
		k.Release, k.Keeper, k.Renews = append(k.Release, k.Keeper), "", true
		k.Takes, k.Surplus = k.all, surplusOf(k.all)
		r.Have -= k.pending
		r.Launch = max(0, r.Want-r.Have)
	}
}

// settingsOf is the same for what makes the same instances, on whatever machine:
// a keeper with other settings would launch what nobody wants any more.
func settingsOf(s Spec) string {
	r := s.Regions[0]
	s.Network.SSHFrom = "" // of the machine at hand
	b, err := json.Marshal([]any{
		slices.Sorted(slices.Values(s.Types)), s.Needs, slices.Sorted(slices.Values(r.Zones)), s.Image, s.RootGiB, s.Profile, s.Network,
		s.SSH.User, s.Provision.Enabled, s.Provision.Packages, s.Provision.Setup, s.Tags,
	})
	if err != nil {
		return "" // only texts and numbers: can't happen
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// others lists the live instances that a keeper did not launch, oldest first. The
// worker calls it.
func (w *worker) others(keeper KeeperID) []InstanceID {
	var ids []InstanceID
	for id, o := range w.instances {
		if !o.Stage.Leaving() && (keeper == "" || o.Keeper != keeper) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b InstanceID) int {
		if c := w.instances[a].LaunchedAt.Compare(w.instances[b].LaunchedAt); c != 0 {
			return c
		}
		return compareText(a, b)
	})
	return ids
}

func compareText[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// keepMakes says what the plan changes about who keeps the fleet.
func (p *Plan) keepMakes() []string {
	var makes []string
	made, goes, takes, released, renewed := 0, 0, 0, 0, 0
	for _, r := range p.Regions {
		k := r.Keep
		if k == nil || r.Problem != nil {
			continue
		}
		released += len(k.Release)
		if p.byAWS() {
			renewed += b2i(k.Renews)
			if k.Keeper == "" {
				made++
			} else {
				goes++
			}
			takes += k.Takes
			p.Surplus += k.Surplus
		}
	}
	if made > 0 {
		text := plural(made, "EC2 Fleet") + " of type maintain: AWS holds the target while nobody watches"
		if !p.EndsAt.IsZero() {
			text += ", until " + p.EndsAt.UTC().Format("2006-01-02 15:04 UTC")
		}
		makes = append(makes, text)
	}
	if renewed > 0 {
		makes = append(makes, "the fleet's end has changed, and EC2 can't change that of an EC2 Fleet: "+plural(renewed, "EC2 Fleet")+" ended, and the instances handed over to the new ones")
	}
	if p.byAWS() && made+goes > 0 {
		makes = append(makes, fmt.Sprintf("AWS replaces what is at risk first and ends it %s later: meanwhile there is one more for each", rebalanceDelay))
	}
	if takes > 0 {
		makes = append(makes, fmt.Sprintf("hand-over to AWS: %s replaced one after the other, each ended when its replacement is ready; up to %d more meanwhile", plural(takes, "running instance"), p.Surplus))
	}
	if released > 0 && !p.byAWS() {
		text := fmt.Sprintf("AWS stops keeping the fleet: %s ended, and the instances stay", plural(released, "EC2 Fleet"))
		if more := p.Running - p.Target; more > 0 { // of a hand-over that was cut off
			text += fmt.Sprintf("; %d more than the target run, which `spot-tui scale %d` ends", more, p.Target)
		}
		makes = append(makes, text)
	}
	return makes
}
