package fleet

import (
	"slices"
	"time"
)

// Entry is one instance in the ledger (R27): what its cost follows from. It stays
// after the instance and its fleet are gone.
type Entry struct {
	Instance InstanceID   `json:"id"`
	Region   Region       `json:"region"`
	Zone     Zone         `json:"zone"`
	Type     InstanceType `json:"type"`
	Launch   LaunchID     `json:"launch"`
	OnDemand bool         `json:"on_demand"`
	From     time.Time    `json:"from"`  // its launch
	Shown    bool         `json:"shown"` // From is EC2's, not our clock's
	// To is its end: the first second that nobody pays for. Zero: it runs.
	To time.Time `json:"to"`
	// Unsure is how much earlier than To it may have ended, because nobody watched.
	Unsure time.Duration `json:"unsure,omitempty"`
	Taken  bool          `json:"taken,omitempty"` // EC2 interrupted it
	EndsAt time.Time     `json:"ends_at"`         // it ends itself then; zero: it does not
	// Pauses are the times in which it was stopped: only its disk was paid for.
	Pauses  []Stretch `json:"pauses,omitempty"`
	Address bool      `json:"address"`            // it has, or had, a public IPv4 address
	DiskGiB int       `json:"disk_gib,omitempty"` // all of its volumes; 0: not read
	// OnDemandUSD is what its type costs on demand per hour; 0: not known.
	OnDemandUSD float64 `json:"on_demand_usd_hour,omitempty"`
	// Request is its spot request; empty for on-demand instances.
	Request string `json:"request,omitempty"`
	// Closed is the end of the fleet's life that it belonged to: when a destroy had
	// proven that nothing is left. Zero: that life goes on.
	Closed time.Time `json:"closed"`
}

// Stretch is a stretch of time.
type Stretch struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"` // zero: it goes on
}

// freeHour: a spot instance that EC2 interrupts before it has run for so long
// costs nothing (docs/cost.md).
const freeHour = time.Hour

// usualRootGiB is the disk that is counted, as an estimate, while nobody has read
// how large it is: what Ubuntu's and Debian's images have (aws-facts §7).
const usualRootGiB = 8

// diskRegion is the one whose price of gp3 is known; it is an estimate elsewhere.
const diskRegion Region = "us-east-1"

// Cost is what something has cost, in USD.
type Cost struct {
	Machine float64 `json:"instance_usd"` // the instance itself
	Disk    float64 `json:"disk_usd"`
	IPv4    float64 `json:"ipv4_usd"`
	// Guess is how much of it is an estimate: where the price history does not
	// reach, nobody watched the end, or the price is another region's.
	Guess float64 `json:"estimated_usd"`
	// List is what Machine would have been on demand, as far as those prices are
	// known; of on-demand instances it is what they cost.
	List      float64 `json:"on_demand_usd"`
	ListKnown bool    `json:"on_demand_known"`
	Known     bool    `json:"known"`
	Reason    string  `json:"reason,omitempty"` // why it is not known
	Free      bool    `json:"free,omitempty"`   // EC2 interrupted it within its first hour
}

// USD is the sum. It is the known part where the cost is not known.
func (c Cost) USD() float64 { return c.Machine + c.Disk + c.IPv4 }

// Estimated says whether more than a tenth of a cent of it is an estimate.
func (c Cost) Estimated() bool { return c.Guess > 0.001 }

// plus adds another cost. An unknown part makes the sum unknown.
func (c Cost) plus(o Cost) Cost {
	return Cost{
		Machine: c.Machine + o.Machine, Disk: c.Disk + o.Disk, IPv4: c.IPv4 + o.IPv4, Guess: c.Guess + o.Guess,
		List: c.List + o.List, ListKnown: c.ListKnown && o.ListKnown,
		Known: c.Known && o.Known, Reason: orText(c.Reason, o.Reason), Free: c.Free && o.Free,
	}
}

// Ended says whether it has ended.
func (e Entry) Ended() bool { return !e.To.IsZero() }

// end is its end, or now.
func (e Entry) end(now time.Time) time.Time {
	if e.Ended() {
		return maxTime(e.From, e.To)
	}
	return maxTime(e.From, now)
}

// runs gives the stretches for which the instance itself is paid: without its
// pauses, each a minute at least.
func (e Entry) runs(now time.Time) []Stretch {
	var out []Stretch
	from, end := e.From, e.end(now)
	for _, p := range e.Pauses {
		out = append(out, Stretch{from, maxTime(p.From, from.Add(minimumCharge))})
		if p.To.IsZero() {
			return out
		}
		from = p.To
	}
	return append(out, Stretch{from, maxTime(end, from.Add(minimumCharge))})
}

// cost is what the entry has cost until now, at the prices of its pool.
func (e Entry) cost(t Tariff, now time.Time) Cost {
	c := Cost{Known: true, ListKnown: e.OnDemandUSD > 0}
	hours, last := 0.0, e.end(now)
	for _, r := range e.runs(now) {
		hours += r.To.Sub(r.From).Hours()
		e.machine(&c, t, r)
	}
	if e.Taken && !e.OnDemand && e.To.Sub(e.From) < freeHour {
		c = Cost{Known: true, ListKnown: c.ListKnown, Free: true}
	}
	c.List = hours * e.OnDemandUSD
	gib, wide := e.DiskGiB, maxTime(last, e.From.Add(minimumCharge)).Sub(e.From).Hours()
	if gib == 0 {
		gib = usualRootGiB
	}
	c.Disk = float64(gib) * gp3GiBHour * wide
	if e.DiskGiB == 0 || e.Region != diskRegion {
		c.Guess += c.Disk
	}
	if e.Address {
		c.IPv4 = hours * ipv4Hour
	}
	if e.Ended() && e.Unsure > 0 && wide > 0 { // the part that it may not have run
		c.Guess = max(c.Guess, c.USD()*min(1, e.Unsure.Hours()/wide))
	}
	return c
}

// machine adds what one run of the instance cost.
func (e Entry) machine(c *Cost, t Tariff, r Stretch) {
	if e.OnDemand {
		if e.OnDemandUSD <= 0 {
			c.Known, c.Reason = false, orText(c.Reason, "the on-demand price of "+string(e.Type)+" in "+string(e.Region)+" is not known")
		}
		c.Machine += e.OnDemandUSD * r.To.Sub(r.From).Hours()
		return
	}
	usd, guess, known := t.over(r.From, r.To)
	if !known {
		c.Known, c.Reason = false, orText(c.Reason, "no spot price of "+string(e.Type)+" in "+string(e.Zone)+" has been read yet")
	}
	c.Machine += usd
	c.Guess += guess
}

// rate is what the entry costs per hour now, and what it would on demand (0: not
// known).
func (e Entry) rate(t Tariff, now time.Time) (instance Price, aside, onDemand float64) {
	if e.Ended() {
		return Price{Known: true}, 0, 0
	}
	gib := e.DiskGiB
	if gib == 0 {
		gib = usualRootGiB
	}
	aside = float64(gib) * gp3GiBHour
	if n := len(e.Pauses); n > 0 && e.Pauses[n-1].To.IsZero() {
		return Price{Known: true}, aside, 0
	}
	if e.Address {
		aside += ipv4Hour
	}
	if e.OnDemand {
		if e.OnDemandUSD <= 0 {
			return Price{Reason: "the on-demand price of " + string(e.Type) + " in " + string(e.Region) + " is not known"}, aside, 0
		}
		return Price{USD: e.OnDemandUSD, Known: true}, aside, e.OnDemandUSD
	}
	p, ok := t.at(now)
	if !ok {
		return Price{Reason: PriceNotAsked}, aside, e.OnDemandUSD
	}
	return Price{USD: p.USD, Known: true, AsOf: p.At}, aside, e.OnDemandUSD
}

// began takes in what EC2 says of a start. A launch time after a pause is a new
// start of the same instance.
func (e *Entry) began(at time.Time) {
	if at.IsZero() {
		return
	}
	if n := len(e.Pauses); n > 0 {
		if p := &e.Pauses[n-1]; p.To.IsZero() && at.After(p.From) {
			p.To = at
		}
		return
	}
	if !e.Shown {
		e.From, e.Shown = at, true
	}
}

// stopped takes in that it was stopped between two looks.
func (e *Entry) stopped(at time.Time) {
	if n := len(e.Pauses); n > 0 && e.Pauses[n-1].To.IsZero() {
		return
	}
	e.Pauses = append(slices.Clone(e.Pauses), Stretch{From: at})
}
