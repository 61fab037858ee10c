package config

import (
	"net/netip"
	"slices"

	"spot-tui/fleet"
)

// ownBlock is the block of a VPC of our own where nothing else is said.
const ownBlock = "10.77.0.0/16"

func (r *reader) network() fleet.NetworkSpec {
	t := r.d.table("network")
	n := fleet.NetworkSpec{SSHFrom: r.sshFrom(t)}
	n.Mode = fleet.NetworkMode(t.oneOf("mode", string(fleet.NetworkAuto), string(fleet.NetworkDefault), string(fleet.NetworkOwn), string(fleet.NetworkVPC), string(fleet.NetworkSubnets)))
	switch {
	case n.Mode == fleet.NetworkAuto || n.Mode == fleet.NetworkOwn:
		n.CIDR = r.block(t)
	case t.has("cidr"):
		r.d.bad(t.key("cidr"), "contradicts mode = %q, which takes what is there; leave one out", n.Mode)
	}
	r.reach(t, &n)
	return n
}

// block reads the address block of a VPC of our own.
func (r *reader) block(t table) string {
	key, v := t.key("cidr"), t.text("cidr", ownBlock)
	p, err := netip.ParsePrefix(v)
	switch {
	case err != nil:
		r.d.bad(key, "%s is no CIDR; write it like %s", quote(v), ownBlock)
	case !slices.ContainsFunc(privateBlocks(), func(b netip.Prefix) bool { return b.Bits() <= p.Bits() && b.Contains(p.Addr()) }):
		r.d.bad(key, "%s is not private; use a block of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10", quote(v))
	case p.Bits() < 16 || p.Bits() > 20:
		r.d.bad(key, "%s has the wrong size; use /16 to /20, there must be room for a subnet per zone", quote(v))
	case p != p.Masked():
		r.d.bad(key, "%s is an address inside a block; did you mean %q?", quote(v), p.Masked())
	}
	return v
}

// privateBlocks are those that are nobody's: RFC 1918 and RFC 6598.
func privateBlocks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
	}
}

// sshFrom reads who may reach SSH.
func (r *reader) sshFrom(t table) string {
	key, v := t.key("ssh_from"), t.text("ssh_from", "auto")
	if v == "auto" {
		return v
	}
	p, err := netip.ParsePrefix(v)
	if err != nil {
		hint := `write it like 203.0.113.7/32, or "auto" for your own address`
		if a, err := netip.ParseAddr(v); err == nil && a.Zone() == "" {
			hint = "did you mean \"" + netip.PrefixFrom(a, a.BitLen()).String() + "\"?"
		}
		r.d.bad(key, "%s is no CIDR; %s", quote(v), hint)
		return v
	}
	if p.Bits() == 0 {
		r.d.warn(key, `SSH is open to the whole world; "auto" opens it to your own address only`)
	}
	return p.Masked().String()
}
