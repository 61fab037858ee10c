package sim

import (
	"fmt"
	"slices"

	"spot-tui/sim/wire"
)

// addGroup makes a security group that lets everything out, as EC2 does.
func (r *region) addGroup(name, about, vpc string) *thing {
	g := r.add(kindGroup, "GroupId", wire.Map{
		"GroupName": name, "Description": about, "VpcId": vpc, "OwnerId": Account, "IpPermissions": wire.List{},
		"IpPermissionsEgress": wire.List{wire.Map{
			"IpProtocol": "-1", "IpRanges": wire.List{wire.Map{"CidrIp": "0.0.0.0/0"}},
			"Ipv6Ranges": wire.List{}, "PrefixListIds": wire.List{}, "UserIdGroupPairs": wire.List{},
		}},
	})
	g.tree["SecurityGroupArn"] = fmt.Sprintf("arn:aws:ec2:%s:%s:security-group/%s", r.info.name, Account, g.id)
	g.showTags()
	return g
}

func createGroup(c *call) (wire.Map, error) {
	name, err := c.need("GroupName")
	if err != nil {
		return nil, err
	}
	about, err := c.need("Description")
	if err != nil {
		return nil, err
	}
	vpc := c.str("VpcId")
	if vpc == "" {
		home := c.r.defaultVPC()
		if home == nil {
			return nil, errNoDefault()
		}
		vpc = home.id
	}
	if _, err := c.r.find(kindVPC, vpc); err != nil {
		return nil, err
	}
	if len(name) > 255 || len(name) >= 3 && name[:3] == "sg-" {
		return nil, wire.Errorf("InvalidParameterValue", "Value (%s) for parameter GroupName is invalid.", name)
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindGroup)
	if err != nil {
		return nil, err
	}
	if c.r.groupNamed(vpc, name) != nil {
		return nil, wire.Errorf("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpc)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	g := c.r.addGroup(name, about, vpc)
	g.label(tags[kindGroup])
	return wire.Map{"GroupId": g.id, "Tags": g.tree["Tags"], "SecurityGroupArn": g.tree["SecurityGroupArn"]}, nil
}

func (r *region) groupNamed(vpc, name string) *thing {
	for _, g := range r.shelves[kindGroup].order {
		if wire.Str(g.tree, "VpcId") == vpc && wire.Str(g.tree, "GroupName") == name {
			return g
		}
	}
	return nil
}

// group finds the group that a request names by id, or by name in the default VPC.
func (c *call) group() (*thing, error) {
	if id := c.str("GroupId"); id != "" {
		return c.r.find(kindGroup, id)
	}
	name, err := c.need("GroupId")
	if n := c.str("GroupName"); n != "" {
		name, err = n, nil
	}
	if err != nil {
		return nil, err
	}
	home := c.r.defaultVPC()
	if home == nil {
		return nil, errNoDefault()
	}
	if g := c.r.groupNamed(home.id, name); g != nil {
		return g, nil
	}
	return nil, wire.Errorf("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC '%s'", name, home.id)
}

// maxRules is the default quota of rules in a security group (aws-facts §6.2).
const maxRules = 60

func authorizeIngress(c *call) (wire.Map, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	add, err := c.wanted()
	if err != nil {
		return nil, err
	}
	rules := rulesIn(wire.Maps(g.tree, "IpPermissions"))
	for _, a := range add {
		if slices.ContainsFunc(rules, func(r rule) bool { return r.key() == a.key() }) {
			return nil, wire.Errorf("InvalidPermission.Duplicate",
				"the specified rule \"peer: %s, %s, from port: %d, to port: %d, ALLOW\" already exists", a.source, a.protocol, a.from, a.to)
		}
		rules = append(rules, a)
	}
	if len(rules) > maxRules {
		return nil, wire.Errorf("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	g.tree["IpPermissions"] = permissionsOf(rules)
	shown := wire.List{}
	for _, a := range add {
		shown = append(shown, c.r.ruleTree(g, a))
	}
	return wire.Map{"Return": true, "SecurityGroupRules": shown}, nil
}

func revokeIngress(c *call) (wire.Map, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	rules := rulesIn(wire.Maps(g.tree, "IpPermissions"))
	ids := c.list("SecurityGroupRuleIds")
	var drop []rule
	if len(ids) > 0 {
		for _, id := range ids {
			i := slices.IndexFunc(rules, func(r rule) bool { return ruleID(g, r) == id })
			if i < 0 {
				return nil, wire.Errorf("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
			}
			drop = append(drop, rules[i])
		}
	} else if drop, err = c.wanted(); err != nil {
		return nil, err
	}
	for _, d := range drop {
		if !slices.ContainsFunc(rules, func(r rule) bool { return r.key() == d.key() }) {
			return nil, wire.Errorf("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
		}
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	rules = slices.DeleteFunc(rules, func(r rule) bool {
		return slices.ContainsFunc(drop, func(d rule) bool { return r.key() == d.key() })
	})
	g.tree["IpPermissions"] = permissionsOf(rules)
	return wire.Map{"Return": true}, nil
}

func deleteGroup(c *call) (wire.Map, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	if wire.Str(g.tree, "GroupName") == "default" {
		return nil, wire.Errorf("CannotDelete", "the specified group: %q name: \"default\" cannot be deleted by a user", g.id)
	}
	if c.r.groupUsed(g) {
		return nil, wire.Errorf("DependencyViolation", "resource %s has a dependent object", g.id)
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.shelves[kindGroup].remove(g.id)
	return wire.Map{"Return": true, "GroupId": g.id}, nil
}

// groupUsed says whether an interface has the group or another group's rule
// names it (aws-facts §6.3).
func (r *region) groupUsed(g *thing) bool {
	for _, e := range r.shelves[kindInterface].order {
		if slices.Contains(collect(nil, e.tree, []string{"Groups", "GroupId"}), g.id) {
			return true
		}
	}
	for _, other := range r.shelves[kindGroup].order {
		if other != g && slices.Contains(collect(nil, other.tree, []string{"IpPermissions", "UserIdGroupPairs", "GroupId"}), g.id) {
			return true
		}
	}
	return false
}
