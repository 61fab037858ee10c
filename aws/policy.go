package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"spot-tui/fleet"
)

// PolicyLimit is how many characters an IAM managed policy may have; white
// space does not count (IAM user guide, quotas).
const PolicyLimit = 6144

// Policy is an IAM policy document.
type Policy struct {
	Version   string
	Statement []Statement
}

// Statement is one statement of a policy.
type Statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// PolicyRequest says for what a policy is.
type PolicyRequest struct {
	Fleet    fleet.Name // empty: every fleet
	Features []Feature  // FeatureCore is always there
	Network  fleet.NetworkSpec
	Regions  []fleet.RegionSpec // a given network is named by its ids
	Profile  string             // instance profile, name or ARN
	Only     []string           // only these actions, "ec2:CreateFleet"; nil: all
}

// FeaturesOf are the features that a fleet's config wants.
func FeaturesOf(s fleet.Spec) []Feature {
	out := []Feature{FeatureCore, FeatureCleanup, FeatureOptional}
	if !s.Network.Given() && s.Network.Mode != fleet.NetworkDefault {
		out = append(out, FeatureNetwork)
	}
	if s.Profile != "" {
		out = append(out, FeatureProfile)
	}
	if s.Keep == fleet.KeepAWS {
		out = append(out, FeatureKeep)
	}
	return out
}

// Policies makes the least that the features need, as one document, or as
// several where one would be larger than IAM takes.
func Policies(q PolicyRequest) ([]Policy, error) {
	var parts []Policy
	p := Policy{Version: "2012-10-17"}
	for _, s := range statements(q) {
		next := p
		next.Statement = append(slices.Clone(p.Statement), s)
		n, err := next.size()
		if err != nil {
			return nil, err
		}
		if n > PolicyLimit && len(p.Statement) > 0 {
			parts = append(parts, p)
			next.Statement = []Statement{s}
		}
		p = next
	}
	return append(parts, p), nil
}

// size is how many characters count.
func (p Policy) size() (int, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return 0, fmt.Errorf("write the policy: %w", err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		return 0, fmt.Errorf("write the policy: %w", err)
	}
	return out.Len(), nil
}

// statements gathers the lines of the table into as few statements as grant
// nothing more.
func statements(q PolicyRequest) []Statement {
	var out []Statement
	at := map[string]int{}
	for _, p := range permissions() {
		if !q.wants(p) {
			continue
		}
		s := Statement{Effect: "Allow", Resource: q.resources(p), Condition: q.condition(p)}
		key := p.together(s.Resource)
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			s.Sid = fmt.Sprintf("%s%d", map[bound]string{free: "Use", created: "Make", owned: "Change", special: "With"}[p.bound], n+1)
			s.Resource = nil
			out = append(out, s)
		}
		out[n].Action = union(out[n].Action, p.action)
		out[n].Resource = union(out[n].Resource, q.resources(p)...)
	}
	return cut(out)
}

// perStatement is how many resources one statement names at most: about half of
// what a policy has room for.
const perStatement = 40

// cut divides statements that name more resources, each of which is given by
// the config, so that none is larger than a policy may be.
func cut(ss []Statement) []Statement {
	var out []Statement
	for _, s := range ss {
		n := 0
		for part := range slices.Chunk(s.Resource, perStatement) {
			c := s
			c.Resource = part
			if n > 0 {
				c.Sid = fmt.Sprintf("%sPart%d", s.Sid, n+1)
			}
			n++
			out = append(out, c)
		}
	}
	return out
}

// together names the statement of a line. What a tag binds is one statement per
// feature: each of its actions acts on its own kinds of resources only, so their
// kinds may stand side by side. A launch's may not, as it acts on many.
func (p permission) together(resources []string) string {
	launch := p.action == "ec2:CreateFleet" || p.action == "ec2:RunInstances"
	if (p.bound == created || p.bound == owned) && !launch {
		return fmt.Sprint(p.bound, p.feature == FeatureNetwork)
	}
	return fmt.Sprint(p.bound, p.key, p.values, resources)
}

func union(to []string, more ...string) []string {
	for _, s := range more {
		if !slices.Contains(to, s) {
			to = append(to, s)
		}
	}
	return to
}

// wants says whether a line of the table belongs into the policy.
func (q PolicyRequest) wants(p permission) bool {
	if q.Only != nil && !slices.Contains(q.Only, p.action) {
		return false
	}
	return p.feature == "" || p.feature == FeatureCore || slices.Contains(q.Features, p.feature)
}

// resources writes the ARNs of a line.
func (q PolicyRequest) resources(p permission) []string {
	if len(p.on) == 0 {
		return []string{"*"}
	}
	var out []string
	for _, on := range p.on {
		switch ids := q.given(on); {
		case strings.HasPrefix(on, "arn:"):
			out = append(out, on)
		case p.bound == free && len(ids) > 0:
			out = append(out, ids...)
		default:
			out = append(out, "arn:aws:ec2:*:*:"+on+"/*")
		}
	}
	if p.action == "iam:PassRole" {
		if rest, ok := strings.CutPrefix(q.Profile, "arn:aws:iam::"); ok {
			account, _, _ := strings.Cut(rest, ":")
			out = []string{"arn:aws:iam::" + account + ":role/*"}
		}
	}
	return out
}

// given are the ARNs of what the config names of a kind.
func (q PolicyRequest) given(kind string) []string {
	var out []string
	for _, r := range q.Regions {
		var ids []string
		switch {
		case kind == "subnet" && q.Network.Mode == fleet.NetworkSubnets:
			ids = r.Subnets
		case kind == "vpc" && q.Network.Mode == fleet.NetworkVPC && r.VPC != "":
			ids = []string{r.VPC}
		}
		for _, id := range ids {
			out = append(out, "arn:aws:ec2:"+string(r.Name)+":*:"+kind+"/"+id)
		}
	}
	return out
}

// condition writes what a line is bound to.
func (q PolicyRequest) condition(p permission) map[string]map[string][]string {
	name := "?*" // some name: the tag must be there
	if q.Fleet != "" {
		name = string(q.Fleet)
	}
	switch p.bound {
	case created:
		return map[string]map[string][]string{"StringLike": {"aws:RequestTag/" + fleet.TagFleet: {name}}}
	case owned:
		return map[string]map[string][]string{"StringLike": {"aws:ResourceTag/" + fleet.TagFleet: {name}}}
	case special:
		return map[string]map[string][]string{"StringEquals": {p.key: p.values}}
	case free:
	}
	return nil
}

// Actions lists the actions that a request's policy grants, sorted.
func Actions(q PolicyRequest) []string {
	set := map[string]bool{}
	for _, p := range permissions() {
		if q.wants(p) {
			set[p.action] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}
