package fleet

import (
	"context"
	"net/netip"
)

// sshFrom is who may reach SSH, as CIDRs: from is IPv4 unless something else is
// configured, from6 the caller's IPv6 address where that is used as well.
func (e *Engine) sshFrom(ctx context.Context, s Spec) (from, from6 string, err error) {
	n := s.Network
	switch {
	case n.SSHFrom != "" && n.SSHFrom != "auto":
		return n.SSHFrom, "", nil
	case n.Private:
		return FromVPC, "", nil
	case n.WantsIPv6():
		if from6, err = e.callerIPv6(ctx, n); err != nil || n.IPv6 == IPv6Only {
			return "", from6, err
		}
	}
	a, err := e.opts.Account.CallerAddress(ctx)
	if err != nil {
		return "", "", err
	}
	if a.Is6() {
		return hostPrefix(a), "", nil // it is the only one that the world sees
	}
	return hostPrefix(a), from6, nil
}

// callerIPv6 is the caller's IPv6 address. Where there is another way in, to have
// none is no error.
func (e *Engine) callerIPv6(ctx context.Context, n NetworkSpec) (string, error) {
	a, err := e.opts.Account.CallerIPv6(ctx)
	switch {
	case n.IPv6 != IPv6Only && (err != nil || !a.IsValid()):
		return "", nil //nolint:nilerr // IPv4 lets us in
	case err != nil:
		return "", err
	case !a.IsValid():
		return "", &Error{
			Op: "plan", Kind: KindInvalid, Err: errText("this machine has no IPv6 address, and network.ipv6 = \"only\" reaches instances by IPv6"),
			Hint: "set network.ipv6 = \"on\", or private = true with a jump host, or network.ssh_from to the IPv6 range from which you come",
		}
	}
	return hostPrefix(a), nil
}

func hostPrefix(a netip.Addr) string { return netip.PrefixFrom(a, a.BitLen()).String() }

// callerFor is the caller's address as an instance sees it: of the family by
// which it is reached. It is not known behind a jump host.
func (e *Engine) callerFor(ctx context.Context, in Instance) (netip.Addr, error) {
	if e.spec.Network.Private {
		return netip.Addr{}, nil
	}
	if a, err := netip.ParseAddr(in.Host()); err == nil && a.Is6() {
		return e.opts.Account.CallerIPv6(ctx)
	}
	return e.opts.Account.CallerAddress(ctx)
}
