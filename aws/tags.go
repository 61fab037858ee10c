package aws

import (
	"maps"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// tagsOf gives tags in the order of their keys: a request that is sent again
// must be the same byte for byte (aws-facts §1.6).
func tagsOf(m map[string]string) []types.Tag {
	ts := make([]types.Tag, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		ts = append(ts, types.Tag{Key: awssdk.String(k), Value: awssdk.String(m[k])})
	}
	return ts
}

// specs puts the same tags on several kinds of resource.
func specs(tags []types.Tag, kinds ...types.ResourceType) []types.TagSpecification {
	ss := make([]types.TagSpecification, 0, len(kinds))
	for _, k := range kinds {
		ss = append(ss, types.TagSpecification{ResourceType: k, Tags: tags})
	}
	return ss
}

func tag(ts []types.Tag, key string) string {
	for _, t := range ts {
		if awssdk.ToString(t.Key) == key {
			return awssdk.ToString(t.Value)
		}
	}
	return ""
}

// ours says whether tags are those of the fleet.
func ours(ts []types.Tag, f fleet.Name) bool { return f != "" && tag(ts, fleet.TagFleet) == string(f) }

// tagTime reads a time that spot-tui wrote; zero where there is none.
func tagTime(ts []types.Tag, key string) time.Time {
	text := tag(ts, key)
	if text == "" { // an error costs more than the rest of a poll's reading
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

func timeTag(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: awssdk.String(name), Values: values}
}

// fleetFilter keeps what carries the fleet's tag.
func fleetFilter(f fleet.Name) types.Filter { return filter("tag:"+fleet.TagFleet, string(f)) }

// guard refuses to touch something that is not the fleet's (R7).
func guard(op string, r fleet.Region, what string, f fleet.Name) *fleet.Error {
	return &fleet.Error{
		Op: op, Region: r, Resource: what, Kind: fleet.KindGuard,
		Err:  &brief{text: "it does not carry the tag " + fleet.TagFleet + "=" + string(f) + ", so it is not touched"},
		Hint: "it is someone else's; rename the fleet or look at it in the console",
	}
}
