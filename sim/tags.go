package sim

import (
	"strings"
	"unicode/utf8"

	"spot-tui/sim/wire"
)

// maxTags is how many tags of its own a resource may have (aws-facts §1.7).
const maxTags = 50

// checkTags refuses tags that EC2 refuses. have is what the resource has already.
func checkTags(have []tag, add []wire.Map) error {
	after := map[string]bool{}
	for _, t := range have {
		if !strings.HasPrefix(t.key, "aws:") {
			after[t.key] = true
		}
	}
	for _, t := range add {
		k, v := wire.Str(t, "Key"), wire.Str(t, "Value")
		switch {
		case k == "":
			return wire.Errorf("InvalidParameterValue", "Tag key cannot be empty")
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return wire.Errorf("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		case utf8.RuneCountInString(k) > 128:
			return wire.Errorf("InvalidParameterValue", "Tag key exceeds the maximum length of 128 characters")
		case utf8.RuneCountInString(v) > 256:
			return wire.Errorf("InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters")
		}
		after[k] = true
	}
	if len(after) > maxTags {
		return wire.Errorf("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
	}
	return nil
}

// specified gives the tags that TagSpecifications have for a kind, and refuses
// kinds that the call doesn't create.
func specified(specs []wire.Map, allowed ...kind) (map[kind][]wire.Map, error) {
	out := map[kind][]wire.Map{}
	for _, s := range specs {
		k := kind(wire.Str(s, "ResourceType"))
		ok := false
		for _, a := range allowed {
			ok = ok || a == k
		}
		if !ok {
			return nil, wire.Errorf("InvalidParameterValue", "'%s' is not a valid taggable resource type for this operation.", k)
		}
		if _, twice := out[k]; twice {
			return nil, wire.Errorf("InvalidParameterValue", "Duplicate resource type '%s' in tag specifications.", k)
		}
		tags := wire.Maps(s, "Tags")
		if err := checkTags(nil, tags); err != nil {
			return nil, err
		}
		out[k] = tags
	}
	return out, nil
}

// label puts tags on a resource.
func (t *thing) label(tags []wire.Map) {
	for _, g := range tags {
		t.setTag(wire.Str(g, "Key"), wire.Str(g, "Value"))
	}
	t.showTags()
}

// named finds the resources of a CreateTags or DeleteTags call, all or none.
func (c *call) named() ([]*thing, error) {
	ids := c.list("Resources")
	if len(ids) == 0 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter resourceIdSet")
	}
	out := make([]*thing, 0, len(ids))
	for _, id := range ids {
		t, err := c.r.findAny(id)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func createTags(c *call) (wire.Map, error) {
	things, err := c.named()
	if err != nil {
		return nil, err
	}
	tags := wire.Maps(c.in, "Tags")
	if len(tags) == 0 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter tagSet")
	}
	for _, t := range things {
		if err := checkTags(t.tags, tags); err != nil {
			return nil, err
		}
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	for _, t := range things {
		t.label(tags)
	}
	return nil, nil
}

func deleteTags(c *call) (wire.Map, error) {
	things, err := c.named()
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	for _, t := range things {
		tags := wire.Maps(c.in, "Tags")
		if len(tags) == 0 { // no tag named: all of one's own
			for _, g := range append([]tag(nil), t.tags...) {
				if !strings.HasPrefix(g.key, "aws:") {
					t.dropTag(g.key, nil)
				}
			}
		}
		for _, g := range tags {
			var value *string
			if v, ok := g["Value"].(string); ok {
				value = &v
			}
			t.dropTag(wire.Str(g, "Key"), value)
		}
	}
	return nil, nil
}
