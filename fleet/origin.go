package fleet

import (
	"strconv"
	"strings"
)

// asPlanned is why an instance is where it is if nothing got in its way.
const asPlanned = "as planned"

// Origin is where an instance came from: which request of its launch asked for
// it in its region, and why there. It is a tag, so that every machine can tell.
type Origin struct {
	Attempt int    `json:"attempt"` // 1 is the region's first request of the launch; 0: unknown
	Why     string `json:"why"`     // "as planned", "moved from eu-west-1: InsufficientInstanceCapacity"
	// Replaces is the instance for which it was launched; empty: none.
	Replaces InstanceID `json:"replaces,omitempty"`
}

// String is an origin in words; empty where it is not known.
func (o Origin) String() string {
	if o.Attempt == 0 {
		return ""
	}
	text := o.Why
	if o.Replaces != "" {
		text = replacing + string(o.Replaces) + ": " + o.Why
	}
	if o.Attempt > 1 {
		text += " (request " + strconv.Itoa(o.Attempt) + " of its launch there)"
	}
	return text
}

// replacing stands before the id of the instance that was replaced.
const replacing = "replaces "

// tag writes an origin as a tag's value, in characters that any tag may have.
func (o Origin) tag() string {
	why := o.Why
	if o.Replaces != "" {
		why = replacing + string(o.Replaces) + ": " + why
	}
	text := strconv.Itoa(o.Attempt) + " " + why
	const most = 256 // characters of a tag's value (aws-facts §1.7)
	if len(text) > most {
		text = text[:most]
	}
	return text
}

// ParseOrigin reads what tag wrote; zero where it did not.
func ParseOrigin(tag string) Origin {
	if tag == "" {
		return Origin{}
	}
	first, why, ok := strings.Cut(tag, " ")
	n, err := strconv.Atoi(first)
	if !ok || err != nil || n < 0 {
		return Origin{}
	}
	o := Origin{Attempt: n, Why: Clean(why)}
	if id, rest, ok := strings.Cut(strings.TrimPrefix(o.Why, replacing), ": "); ok && strings.HasPrefix(o.Why, replacing) {
		o.Replaces, o.Why = InstanceID(id), rest
	}
	return o
}

// Ask is one request of a launch for capacity and what came of it.
type Ask struct {
	Launch   LaunchID `json:"launch"`
	Region   Region   `json:"region"`
	OnDemand bool     `json:"on_demand"`
	Why      string   `json:"why"`    // as in Origin
	Pools    int      `json:"pools"`  // that EC2 could choose from
	Asked    int      `json:"asked"`  // instances
	Got      int      `json:"got"`    // instances
	Errors   []string `json:"errors"` // "t3.medium us-west-2a: InsufficientInstanceCapacity", as EC2 gave them
}

// report adds a request to what the operation tells, and to the events.
func (l *launching) report(q LaunchRequest, n want, res LaunchResult) {
	k := Ask{Launch: q.Launch, Region: q.Region, OnDemand: q.OnDemand, Why: n.why, Pools: len(q.Pools), Asked: q.Count, Got: len(res.Instances), Errors: []string{}}
	for _, e := range res.Errors {
		k.Errors = append(k.Errors, strings.TrimPrefix(e.Resource+": "+orText(e.Code, e.Error()), ": "))
	}
	l.e.feed.op(l.op, func(o *Operation) { o.Asks = append(o.Asks, k) })
	text := "launched " + strconv.Itoa(k.Got) + " of " + strconv.Itoa(k.Asked)
	if k.OnDemand {
		text += " on-demand"
	}
	if k.Why != asPlanned {
		text += " (" + k.Why + ")"
	}
	l.e.feed.event(LevelInfo, Event{Kind: EventLaunched, Region: q.Region, Op: l.op, Text: text})
}

// market names spot by nothing: it is what everything is unless said otherwise.
func market(onDemand bool) string {
	if onDemand {
		return "on-demand"
	}
	return "spot"
}
