package sim

import (
	"net/http"
	"sync"
	"time"

	"spot-tui/sim/wire"
)

// bucket is the size of a token bucket and its refill per second.
type bucket struct{ size, refill float64 }

// Buckets per region and API (aws-facts §3.1).
func readBucket() bucket     { return bucket{100, 20} }
func unpagedBucket() bucket  { return bucket{50, 10} }
func mutatingBucket() bucket { return bucket{50, 5} }
func instanceBuckets() map[string]bucket {
	return map[string]bucket{"RunInstances": {1000, 2}, "TerminateInstances": {1000, 20}}
}

// callBuckets are those that differ from their class.
func callBuckets() map[string]bucket {
	return map[string]bucket{
		"RunInstances": {5, 2}, "TerminateInstances": {100, 5}, "CreateTags": {100, 10}, "DeleteTags": {100, 10},
		"DeleteVolume": {100, 5}, "DeleteNetworkInterface": {100, 5}, "CreateDefaultVpc": {1, 1},
	}
}

// unpaged are the describes that have a smaller bucket where they are neither
// filtered nor paginated.
func unpaged() map[string]bool {
	return map[string]bool{
		"DescribeInstances": true, "DescribeInstanceStatus": true, "DescribeNetworkInterfaces": true, "DescribeSecurityGroups": true,
		"DescribeSpotInstanceRequests": true, "DescribeVolumes": true,
	}
}

// rates are a region's token buckets. Time runs by the world's scale: where a
// call takes a tenth, the buckets fill ten times as fast, and without latencies
// there are no limits.
type rates struct {
	scale float64
	mu    sync.Mutex
	level map[string]*level
}

// level is how full a bucket was at a time.
type level struct {
	tokens float64
	at     time.Time
}

// take takes up to n tokens and gives how many it got.
func (r *rates) take(name string, b bucket, n int) int {
	if r.scale <= 0 {
		return n
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	l := r.level[name]
	if l == nil {
		l = &level{tokens: b.size, at: now}
		r.level[name] = l
	}
	l.tokens = min(b.size, l.tokens+now.Sub(l.at).Seconds()*b.refill/r.scale)
	l.at = now
	got := min(n, int(l.tokens))
	l.tokens -= float64(got)
	return got
}

// admit takes a call's token, or refuses it as EC2 does. Only EC2 is limited
// here: nobody calls the other services often.
func (c *call) admit() error {
	if c.req.Service != "ec2" || c.r == nil {
		return nil
	}
	name, b := c.op, readBucket()
	if own, ok := callBuckets()[c.op]; ok {
		b = own
	} else if c.mutating {
		b = mutatingBucket()
	} else if unpaged()[c.op] && c.in["Filters"] == nil && c.in["MaxResults"] == nil {
		name, b = c.op+" unpaged", unpagedBucket()
	}
	if c.r.rates.take(name, b, 1) == 0 {
		return throttled(c)
	}
	return nil
}

// allowed gives for how many of n instances an operation's resource bucket has
// tokens.
func (c *call) allowed(op string, n int) int {
	return c.r.rates.take(op+" instances", instanceBuckets()[op], n)
}

// tooMany is EC2's refusal of more instances than the rate allows.
func tooMany() *wire.Error {
	return &wire.Error{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: http.StatusServiceUnavailable}
}
