package sim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// What is billed beside the instance (aws-facts §5.6); gp3 by a month of 730 h.
const (
	ipv4Hour   = 0.005
	gp3GiBHour = 0.08 / 730
	freeHour   = time.Hour // a spot instance that EC2 takes within it costs nothing
	// leastTime is billed for each start of an instance, and for its volumes (AWS,
	// "Announcing Amazon EC2 per second billing", 2017-10-02).
	leastTime = time.Minute
)

// Charge is what one instance has cost so far.
type Charge struct {
	ID     string    `json:"id"`
	Region string    `json:"region"`
	Zone   string    `json:"zone"`
	Type   string    `json:"type"`
	Spot   bool      `json:"spot"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"` // its end, or now
	// In USD. The instance's is the integral of the price in effect over the time.
	InstanceUSD float64 `json:"instance_usd"`
	DiskUSD     float64 `json:"disk_usd"`
	IPv4USD     float64 `json:"ipv4_usd"`
	Free        bool    `json:"free,omitempty"` // EC2 took it within its first hour

	gib     int  // of its disks
	public  bool // it has a public address
	running bool // it goes on
}

// LoneCharge is what a volume or an address has cost without an instance: one that
// its instance left behind, or that never had one.
type LoneCharge struct {
	ID     string    `json:"id"`
	Kind   string    `json:"kind"` // EC2's resource type
	Region string    `json:"region"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"` // its end, or now
	USD    float64   `json:"usd"`
}

// USD is all of a charge.
func (c Charge) USD() float64 { return c.InstanceUSD + c.DiskUSD + c.IPv4USD }

// Bill is what the world's account owes, since its start.
type Bill struct {
	TotalUSD float64            `json:"total_usd"`
	Regions  map[string]float64 `json:"regions"`
	Charges  []Charge           `json:"charges"` // also of instances that are forgotten
	Lone     []LoneCharge       `json:"lone"`    // what is billed without an instance
}

// Bill adds up what has been used until now.
func (w *World) Bill() Bill {
	b := Bill{Regions: map[string]float64{}, Charges: []Charge{}, Lone: []LoneCharge{}}
	for _, r := range w.regions {
		for _, c := range r.charges() {
			b.Charges = append(b.Charges, c)
			b.Regions[r.info.name] += c.USD()
			b.TotalUSD += c.USD()
		}
		for _, c := range r.lone() {
			b.Lone = append(b.Lone, c)
			b.Regions[r.info.name] += c.USD
			b.TotalUSD += c.USD
		}
	}
	return b
}

// charges lists a region's, by their beginning.
func (r *region) charges() []Charge {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	out := slices.Clone(r.billed)
	now := time.Now()
	for _, i := range r.instances {
		if s := i.state(); s == "pending" || s == "running" {
			c := i.charge(now, false)
			c.running = true
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Charge) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID)) })
	return out
}

// lone lists what a region bills without an instance, by its beginning.
func (r *region) lone() []LoneCharge {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	out := slices.Clone(r.left)
	for _, k := range []kind{kindVolume, kindAddress} {
		for _, t := range r.shelves[k].order {
			if !t.lone.IsZero() {
				out = append(out, r.loneCharge(t, time.Now()))
			}
		}
	}
	slices.SortFunc(out, func(a, b LoneCharge) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID)) })
	return out
}

// loneCharge is what a volume or an address has cost by itself until a time.
func (r *region) loneCharge(t *thing, to time.Time) LoneCharge {
	c := LoneCharge{ID: t.id, Kind: string(t.kind), Region: r.info.name, From: t.lone, To: to}
	if t.kind == kindVolume {
		c.USD = round9(float64(wire.Int(t.tree, "Size")) * gp3GiBHour * to.Sub(t.lone).Hours())
	} else {
		c.USD = round9(ipv4Hour * to.Sub(t.lone).Hours())
	}
	return c
}

// leave ends what a volume or an address costs by itself: it is deleted.
func (r *region) leave(t *thing, at time.Time) {
	if !t.lone.IsZero() {
		r.left = append(r.left, r.loneCharge(t, at))
		t.lone = time.Time{}
	}
}

// charge is what an instance has cost until a time, a minute at least. What stays
// after it is billed by itself.
func (i *instance) charge(to time.Time, taken bool) Charge {
	c := Charge{ID: i.id, Region: i.r.info.name, Zone: i.spec.zone, Type: i.spec.typ.name, Spot: i.spec.spot, From: i.made, To: to}
	paid := to
	if least := i.made.Add(leastTime); paid.Before(least) {
		paid = least
	}
	hours := paid.Sub(i.made).Hours()
	for _, d := range i.spec.disks {
		c.DiskUSD += float64(d.gib) * gp3GiBHour * hours
		c.gib += d.gib
	}
	if c.public = i.public.IsValid(); c.public {
		c.IPv4USD = ipv4Hour * hours
	}
	switch {
	case taken && to.Sub(i.made) < freeHour:
		c.Free = true
	case i.spec.spot:
		c.InstanceUSD = i.r.spotCost(i.spec.typ, i.spec.zone, i.made, paid)
	default:
		c.InstanceUSD = i.spec.typ.onDemand * i.r.info.factor * hours
	}
	c.InstanceUSD, c.DiskUSD, c.IPv4USD = round9(c.InstanceUSD), round9(c.DiskUSD), round9(c.IPv4USD)
	return c
}

func round9(f float64) float64 { return math.Round(f*1e9) / 1e9 }

// spotCost adds up a pool's price over a time: the charge follows the price in
// effect, it is not fixed at launch.
func (r *region) spotCost(t typeInfo, zone string, from, to time.Time) float64 {
	usd := 0.0
	for to.After(from) {
		price, since := r.spotPrice(t, zone, to.Add(-1))
		if since.Before(from) {
			since = from
		}
		usd += price * to.Sub(since).Hours()
		to = since
	}
	return usd
}
