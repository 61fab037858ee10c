package sim

import (
	"cmp"
	"slices"

	"spot-tui/sim/wire"
)

// fill launches from the offers until the target is met, and gives the answer's
// instances and errors. A short answer has an error for each pool that was dry.
func (c *call) fill(q *fleetRequest, fleet *thing) (launched, errors []wire.Map) {
	var usable []offer
	for _, o := range q.offers {
		if o.failure != nil {
			errors = append(errors, o.errorTree(o.failure))
		} else {
			usable = append(usable, o)
		}
	}
	if q.least > 0 && c.most(q, usable) < q.least {
		for _, o := range usable {
			errors = append(errors, o.errorTree(c.r.refusal(o.spec, 1)))
		}
		return nil, errors
	}
	c.rank(q, usable)
	left := q.target
	if len(usable) == 0 {
		return nil, errors
	}
	if limit, failure := c.cutShort(q); failure != nil {
		left = limit
		errors = append(errors, usable[0].errorTree(failure))
	}
	if left <= 0 {
		return nil, errors
	}
	for _, o := range usable {
		n := min((left+o.weight-1)/o.weight, c.r.room(o.spec))
		if n > 0 {
			launched = append(launched, c.launchOffer(o, n, fleet))
			left -= n * o.weight
		}
		if left <= 0 {
			return launched, errors
		}
	}
	for _, o := range usable {
		errors = append(errors, o.errorTree(c.r.refusal(o.spec, 1)))
	}
	return launched, errors
}

// most gives how much capacity all offers could serve together.
func (c *call) most(q *fleetRequest, offers []offer) int {
	sum := 0
	for _, o := range offers {
		sum += c.r.room(o.spec) * o.weight
	}
	return sum
}

// rank sorts offers as the allocation strategy takes them. Price-and-capacity
// takes the cheapest of the pools that can serve all of it, then the rest by
// capacity for the price.
func (c *call) rank(q *fleetRequest, offers []offer) {
	room := func(o offer) int { return c.r.room(o.spec) * o.weight }
	perUnit := func(o offer) float64 { return o.price / float64(o.weight) }
	slices.SortStableFunc(offers, func(a, b offer) int {
		switch q.strategy {
		case "price-capacity-optimized":
			aFits, bFits := room(a) >= q.target, room(b) >= q.target
			if aFits != bFits {
				return cmp.Compare(b2i(bFits), b2i(aFits))
			}
			if aFits {
				return cmp.Compare(perUnit(a), perUnit(b))
			}
			return cmp.Compare(float64(room(b))/perUnit(b), float64(room(a))/perUnit(a))
		case "capacity-optimized":
			return cmp.Compare(room(b), room(a))
		case "capacity-optimized-prioritized", "prioritized":
			return cmp.Compare(a.priority, b.priority)
		case "diversified":
			return cmp.Compare(a.index, b.index)
		}
		return cmp.Compare(perUnit(a), perUnit(b))
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (o offer) pair() wire.Map {
	return wire.Map{"LaunchTemplateSpecification": o.template, "Overrides": o.override}
}

func (o offer) errorTree(e *wire.Error) wire.Map {
	return wire.Map{"ErrorCode": e.Code, "ErrorMessage": e.Message, "Lifecycle": lifecycle(o.spot), "LaunchTemplateAndOverrides": o.pair()}
}

func (c *call) launchOffer(o offer, n int, fleet *thing) wire.Map {
	s := *o.spec
	s.token = c.str("ClientToken")
	s.own = []tag{{"aws:ec2:fleet-id", fleet.id}, {"aws:ec2launchtemplate:id", s.templated}, {"aws:ec2launchtemplate:version", "1"}}
	ids := wire.List{}
	for _, i := range c.r.launch(&s, n) {
		ids = append(ids, i.id)
	}
	return wire.Map{
		"InstanceIds": ids, "InstanceType": s.typ.name, "Lifecycle": lifecycle(s.spot), "LaunchTemplateAndOverrides": o.pair(),
		"AvailabilityZone": s.zone, "SubnetId": s.subnet.id, "AvailabilityZoneId": s.subnet.tree["AvailabilityZoneId"],
	}
}

func lifecycle(spot bool) string {
	if spot {
		return "spot"
	}
	return "on-demand"
}

// cutShort says whether something other than capacity keeps a fleet from its
// target: a fault, or the rate at which instances may be launched. Both are
// answered inside Errors, beside what was launched (aws-facts §1.4).
func (c *call) cutShort(q *fleetRequest) (limit int, failure *wire.Error) {
	if limit, failure = c.w.mixed(c, q.target); failure != nil {
		return limit, failure
	}
	if got := c.allowed("RunInstances", q.target); got < q.target {
		return got, tooMany()
	}
	return q.target, nil
}
