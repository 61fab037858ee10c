package sim

import (
	"fmt"
	"net/netip"
	"slices"

	"spot-tui/sim/wire"
)

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
	for _, g := range c.r.shown(kindGroup) {
		for _, one := range rulesIn(wire.Maps(g.tree, "IpPermissions")) {
			rows = append(rows, row{seq: len(rows), id: ruleID(g, one), tree: c.r.ruleTree(g, one)})
		}
	}
	return rows, nil
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
