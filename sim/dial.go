package sim

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"spot-tui/sim/host"
	"spot-tui/sim/memnet"
)

// connectTimeout is when a kernel gives up a connection that nobody answers
// (Linux with its default of six SYN retries).
const connectTimeout = 127 * time.Second

// Dial connects to an instance's public or private address, or its DNS name;
// addr is host:port or a host alone, which means port 22.
// It is refused before sshd is up and on other ports, and gets no answer (until
// ctx ends, at most 127 s) where no instance is running under the address, no
// security group admits the caller to the port, or the subnet of a public address
// has no route through an internet gateway. A private address is reached from
// inside its VPC only, as by the jump host under JumpAddress.
func (w *World) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return w.dial(ctx, network, addr, false)
}

func (w *World) dial(ctx context.Context, network, addr string, inside bool) (net.Conn, error) {
	name, port := addr, 22
	if h, p, err := net.SplitHostPort(addr); err == nil {
		name = h
		if port, err = strconv.Atoi(p); err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("port %q is no number", p)}
		}
	}
	if name == JumpAddress && port == 22 {
		return w.dialJump(port)
	}
	h, at, answers, fault := w.reach(name, port, inside)
	remote := &net.TCPAddr{IP: at.AsSlice(), Port: port}
	fail := func(err error) error {
		if at.IsValid() {
			return &net.OpError{Op: "dial", Net: network, Addr: remote, Err: err}
		}
		return &net.OpError{Op: "dial", Net: network, Addr: memnet.Addr(addr), Err: err}
	}
	if !answers {
		if err := w.pause(ctx, connectTimeout); err != nil {
			return nil, fail(err)
		}
		return nil, fail(syscall.ETIMEDOUT)
	}
	if h == nil {
		return nil, fail(syscall.ECONNREFUSED)
	}
	if err := ctx.Err(); err != nil {
		return nil, fail(err)
	}
	w.mu.Lock()
	w.ports++
	local := &net.TCPAddr{IP: w.opts.Caller.AsSlice(), Port: 32768 + w.ports%28232}
	w.mu.Unlock()
	if c, ok, err := w.mishap(ctx, fault, local, remote); ok {
		if err != nil {
			return nil, fail(err)
		}
		return c, nil
	}
	ours, theirs := memnet.Pipe(local, remote)
	if !w.spawn(func() { h.Serve(w.ctx, theirs) }) {
		ours.Close()
		return nil, fail(net.ErrClosed)
	}
	return ours, nil
}

// reach finds who is under an address: the host if sshd is up, whether
// anything answers at all, and what is wrong with the connection.
func (w *World) reach(name string, port int, inside bool) (h sshHost, at netip.Addr, answers bool, fault string) {
	n := hostNamed(name)
	for _, r := range w.regions {
		i := r.instanceAt(n)
		if i == nil {
			continue
		}
		defer r.mu.Unlock()
		at = i.under(n)
		from := w.from(i, at, inside)
		if i.state() != "running" || !from.IsValid() || !r.admits(collect(nil, i.nic.tree, []string{"Groups", "GroupId"}), from, port) {
			return nil, at, false, ""
		}
		if (from == w.opts.Caller || from == w.opts.CallerIPv6) && !r.routed(i.spec.subnet, from) {
			return nil, at, false, ""
		}
		if port == 22 {
			if h = i.host; h != nil {
				fault = w.door(i)
			}
		}
		return h, at, true, fault
	}
	return nil, netip.Addr{}, false, ""
}

// instanceAt finds the living instance with an address or DNS name. It returns
// with the region locked if there is one.
func (r *region) instanceAt(n hostName) *instance {
	r.mu.Lock()
	r.settle()
	for _, i := range r.instances {
		if i.under(n).IsValid() && i.state() != "terminated" { // whose addresses are others' now
			return i
		}
	}
	r.mu.Unlock()
	return nil
}

// under is the address that a name means, the zero Addr if none of this instance.
func (i *instance) under(n hostName) netip.Addr {
	switch {
	case i.public.IsValid() && (n.addr == i.public || n.dns != "" && n.dns == i.publicDNS()):
		return i.public
	case i.six.IsValid() && n.addr == i.six:
		return i.six
	case i.private.IsValid() && (n.addr == i.private || n.dns != "" && n.dns == i.privateDNS()):
		return i.private
	}
	return netip.Addr{}
}

// hostName is what was dialled, read once: an address, or a DNS name.
type hostName struct {
	addr netip.Addr
	dns  string // empty: it is an address
}

func hostNamed(name string) hostName {
	if a, err := netip.ParseAddr(name); err == nil {
		return hostName{addr: a}
	}
	return hostName{dns: name}
}

// ServeJump serves an SSH jump host on l, for other processes: it takes any key
// and forwards to what Dial reaches, and to private addresses as the jump host
// under JumpAddress does. It returns when ctx or the world ends.
func (w *World) ServeJump(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.ctx, cancel)()
	return host.ServeJump(ctx, l, w.dialInside)
}
