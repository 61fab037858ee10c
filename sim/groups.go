package sim

import (
	"fmt"
	"net/netip"
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

// defaultVPC gives the region's default VPC.
func (r *region) defaultVPC() *thing { return r.shelves[kindVPC].order[0] }

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
		vpc = c.r.defaultVPC().id
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
	if g := c.r.groupNamed(c.r.defaultVPC().id, name); g != nil {
		return g, nil
	}
	return nil, wire.Errorf("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC '%s'", name, c.r.defaultVPC().id)
}

// rule is one entry of a security group: one protocol, ports and one source.
type rule struct {
	protocol string
	from, to int
	source   string // a CIDR or a group id
	list     string // the member of a permission that holds the source
	member   string // the member of that list's entries
	about    string
}

func (r rule) key() string { return fmt.Sprintf("%s %d %d %s", r.protocol, r.from, r.to, r.source) }

// rulesIn reads the rules of permissions.
func rulesIn(permissions []wire.Map) []rule {
	var out []rule
	for _, p := range permissions {
		base := rule{protocol: wire.Str(p, "IpProtocol"), from: -1, to: -1}
		if p["FromPort"] != nil {
			base.from = wire.Int(p, "FromPort")
		}
		if p["ToPort"] != nil {
			base.to = wire.Int(p, "ToPort")
		}
		for _, s := range []struct{ list, member string }{
			{"IpRanges", "CidrIp"}, {"Ipv6Ranges", "CidrIpv6"}, {"UserIdGroupPairs", "GroupId"}, {"PrefixListIds", "PrefixListId"},
		} {
			for _, e := range wire.Maps(p, s.list) {
				one := base
				one.list, one.member, one.source, one.about = s.list, s.member, wire.Str(e, s.member), wire.Str(e, "Description")
				out = append(out, one)
			}
		}
	}
	return out
}

// permissionsOf gives the tree of rules: one permission per protocol and ports.
func permissionsOf(rules []rule) wire.List {
	var out wire.List
	at := map[string]wire.Map{}
	for _, r := range rules {
		key := fmt.Sprintf("%s %d %d", r.protocol, r.from, r.to)
		p := at[key]
		if p == nil {
			p = wire.Map{
				"IpProtocol": r.protocol, "IpRanges": wire.List{}, "Ipv6Ranges": wire.List{},
				"PrefixListIds": wire.List{}, "UserIdGroupPairs": wire.List{},
			}
			if r.from >= 0 || r.to >= 0 {
				p["FromPort"], p["ToPort"] = r.from, r.to
			}
			at[key] = p
			out = append(out, p)
		}
		e := wire.Map{r.member: r.source}
		if r.about != "" {
			e["Description"] = r.about
		}
		if r.list == "UserIdGroupPairs" {
			e["UserId"] = Account
		}
		list, _ := p[r.list].(wire.List)
		p[r.list] = append(list, e)
	}
	return out
}

// wanted reads the rules that a request adds or removes, in either of its forms.
func (c *call) wanted() ([]rule, error) {
	permissions := wire.Maps(c.in, "IpPermissions")
	if cidr := c.str("CidrIp"); cidr != "" {
		p := wire.Map{"IpProtocol": c.in["IpProtocol"], "IpRanges": wire.List{wire.Map{"CidrIp": cidr}}}
		for _, m := range []string{"FromPort", "ToPort"} {
			if c.in[m] != nil {
				p[m] = c.in[m]
			}
		}
		permissions = append(permissions, p)
	}
	rules := rulesIn(permissions)
	if len(rules) == 0 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter ipPermissions")
	}
	for _, r := range rules {
		if err := c.checkRule(r); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

func (c *call) checkRule(r rule) error {
	if !slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6", "-1", "6", "17", "1", "58"}, r.protocol) {
		return wire.Errorf("InvalidPermission.Malformed", "Unknown protocol '%s'", r.protocol)
	}
	if r.protocol == "tcp" && (r.from < 0 || r.to > 65535 || r.from > r.to) {
		return wire.Errorf("InvalidPermission.Malformed", "Invalid TCP port range (%d:%d)", r.from, r.to)
	}
	switch r.list {
	case "IpRanges", "Ipv6Ranges":
		p, err := netip.ParsePrefix(r.source)
		if err != nil || p.Addr().Is4() != (r.list == "IpRanges") {
			return wire.Errorf("InvalidParameterValue", "CIDR block %s is malformed", r.source)
		}
		if p != p.Masked() {
			return wire.Errorf("InvalidParameterValue", "CIDR block %s is invalid: its host bits must be zero", r.source)
		}
	case "UserIdGroupPairs":
		_, err := c.r.find(kindGroup, r.source)
		return err
	}
	return nil
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

// ruleID follows from group and rule, so that it need not be kept.
func ruleID(g *thing, r rule) string { return fmt.Sprintf("sgr-0%016x", hash(g.id+r.key())) }

func (r *region) ruleTree(g *thing, one rule) wire.Map {
	t := wire.Map{
		"SecurityGroupRuleId": ruleID(g, one), "GroupId": g.id, "GroupOwnerId": Account, "IsEgress": false,
		"IpProtocol": one.protocol, "FromPort": one.from, "ToPort": one.to, "Tags": wire.List{},
	}
	if one.about != "" {
		t["Description"] = one.about
	}
	switch one.list {
	case "IpRanges":
		t["CidrIpv4"] = one.source
	case "Ipv6Ranges":
		t["CidrIpv6"] = one.source
	case "PrefixListIds":
		t["PrefixListId"] = one.source
	case "UserIdGroupPairs":
		t["ReferencedGroupInfo"] = wire.Map{"GroupId": one.source, "UserId": Account, "VpcId": g.tree["VpcId"]}
	}
	return t
}

func ruleRows(c *call) ([]row, error) {
	var rows []row
	for _, g := range c.r.shelves[kindGroup].order {
		for _, one := range rulesIn(wire.Maps(g.tree, "IpPermissions")) {
			rows = append(rows, row{seq: len(rows), id: ruleID(g, one), tree: c.r.ruleTree(g, one)})
		}
	}
	return rows, nil
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

// admits says whether one of the groups lets the address reach a TCP port.
func (r *region) admits(groups []string, from netip.Addr, port int) bool {
	for _, id := range groups {
		g := r.shelves[kindGroup].byID[id]
		if g == nil {
			continue
		}
		for _, one := range rulesIn(wire.Maps(g.tree, "IpPermissions")) {
			p, err := netip.ParsePrefix(one.source)
			every := one.protocol == "-1"
			tcp := (one.protocol == "tcp" || one.protocol == "6") && one.from <= port && port <= one.to
			if err == nil && p.Contains(from) && (every || tcp) {
				return true
			}
		}
	}
	return false
}
