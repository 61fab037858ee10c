package aws

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// scope says whose resources a scan is about: what EC2 is asked for, and what of
// its answer counts. EC2's filter is not believed alone.
type scope struct {
	filter types.Filter
	claim  func([]types.Tag) (fleet.Claim, bool)
}

// ofFleet is everything of one fleet.
func ofFleet(f fleet.Name) scope {
	return scope{filter: fleetFilter(f), claim: func(ts []types.Tag) (fleet.Claim, bool) { return fleet.ClaimOf(f), ours(ts, f) }}
}

// ofMaker is everything that a maker's tags claim.
func ofMaker(by fleet.Maker) scope {
	if by == fleet.MadeByPredecessor {
		names := fleet.PredecessorNames()
		return scope{filter: filter("tag:"+fleet.TagManagedBy, names...), claim: func(ts []types.Tag) (fleet.Claim, bool) {
			v := tag(ts, fleet.TagManagedBy)
			// What spot-tui made too is its own, whatever tags a person gave it besides.
			return fleet.Claim{Key: fleet.TagManagedBy, Value: v}, slices.Contains(names, v) && tag(ts, fleet.TagFleet) == ""
		}}
	}
	return scope{filter: filter("tag-key", fleet.TagFleet), claim: func(ts []types.Tag) (fleet.Claim, bool) {
		f := fleet.Name(tag(ts, fleet.TagFleet))
		return fleet.ClaimOf(f), f != ""
	}}
}

// claimed says whether tags still carry a claim.
func claimed(ts []types.Tag, c fleet.Claim) bool {
	return c.Key != "" && c.Value != "" && tag(ts, c.Key) == c.Value
}

// found makes a resource of what a describe shows; ok is false where it is not
// in the scope.
func (r *region) found(s scope, k fleet.ResourceKind, id *string, tags []types.Tag) (res fleet.Resource, ok bool) {
	c, ok := s.claim(tags)
	if !ok || id == nil {
		return res, false
	}
	res = fleet.Resource{Kind: k, ID: *id, Region: r.name, Owner: tag(tags, fleet.TagOwner), Claim: c}
	if c.Key == fleet.TagFleet {
		res.Fleet = fleet.Name(c.Value)
	}
	return res, true
}
