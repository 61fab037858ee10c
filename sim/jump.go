package sim

import (
	"context"
	"net"
	"net/netip"

	"spot-tui/sim/host"
	"spot-tui/sim/memnet"
	"spot-tui/sim/wire"
)

// JumpAddress is the public address of the simulated cloud's own jump host. It
// has a foot in every VPC, so private instances can be reached through it, if
// their security groups admit it: it comes from the tenth address of the VPC.
const JumpAddress = "198.19.255.254"

// inVPC is how many addresses after a VPC's first one the jump host has.
const inVPC = 10

// from is where a connection to an instance begins: the address that its
// security group sees. The zero Addr: there is no way from there.
func (w *World) from(i *instance, at netip.Addr, inside bool) netip.Addr {
	switch {
	case at == i.public:
		return w.opts.Caller
	case inside:
		vpc := i.r.shelves[kindVPC].byID[wire.Str(i.spec.subnet.tree, "VpcId")]
		if vpc == nil {
			return netip.Addr{}
		}
		if at == i.six {
			return after(sixOf(vpc).Addr(), inVPC)
		}
		block, err := netip.ParsePrefix(wire.Str(vpc.tree, "CidrBlock"))
		if err != nil {
			return netip.Addr{}
		}
		return offset(block.Addr(), inVPC)
	case at == i.six:
		return w.opts.CallerIPv6
	}
	return netip.Addr{} // private addresses are routed inside the VPC only
}

// dialInside is Dial as the jump host does it.
func (w *World) dialInside(ctx context.Context, network, addr string) (net.Conn, error) {
	return w.dial(ctx, network, addr, true)
}

// dialJump connects to the jump host.
func (w *World) dialJump(port int) (net.Conn, error) {
	j, err := w.jumpHost()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.ports++
	local := &net.TCPAddr{IP: w.opts.Caller.AsSlice(), Port: 32768 + w.ports%28232}
	w.mu.Unlock()
	ours, theirs := memnet.Pipe(local, &net.TCPAddr{IP: netip.MustParseAddr(JumpAddress).AsSlice(), Port: port})
	if !w.spawn(func() { j.Serve(w.ctx, theirs, w.dialInside) }) {
		ours.Close()
		return nil, net.ErrClosed
	}
	return ours, nil
}

// jumpHost makes the jump host when it is first needed: its key stays for as
// long as the world does.
func (w *World) jumpHost() (*host.Jump, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jump == nil {
		j, err := host.NewJump()
		if err != nil {
			return nil, err
		}
		w.jump = j
	}
	return w.jump, nil
}
