package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"spot-tui/sim/host"
	"spot-tui/sim/memnet"
)

// The faults of SSH. They are about instances (Fault.Instance, Fault.Region),
// not about API calls.
func sshFaultKinds() map[string]faultKind {
	return map[string]faultKind{
		"ssh-refuse":  {help: "connections to an instance's port 22 are refused (n of them; 0: all)"},
		"ssh-drop":    {help: "connections to an instance's port 22 get no answer (n of them; 0: all)"},
		"ssh-hang":    {help: "an instance takes connections and sshd never says a word (n of them; 0: all)"},
		"ssh-new-key": {help: "an instance proves itself with another host key from now on", at: (*World).rekey},
		"ssh-cut":     {help: "connections to an instance break: all that are open, or with match that of a command, after_bytes of its input or delay_ms after its start; hold: and nothing answers until clear", at: (*World).cut},
	}
}

// errArm says that a fault waits for its moment.
var errArm = errors.New("armed")

// about says whether a fault is about an instance.
func (f Fault) about(i *instance) bool {
	return (f.Instance == "" || f.Instance == i.id) && (f.Region == "" || f.Region == i.r.info.name)
}

// eachHost calls do for the running instances that a fault is about.
func (w *World) eachHost(f Fault, do func(h *host.Host) error) error {
	found := 0
	for _, r := range w.regions {
		r.mu.Lock()
		r.settle()
		var hosts []*host.Host
		for _, i := range r.instances {
			if h, ok := i.host.(*host.Host); ok && f.about(i) {
				hosts = append(hosts, h)
			}
		}
		r.mu.Unlock()
		for _, h := range hosts {
			if err := do(h); err != nil {
				return err
			}
		}
		found += len(hosts)
	}
	if found == 0 {
		return fmt.Errorf("no instance %s has an sshd that is up", f.Instance)
	}
	return nil
}

func (w *World) rekey(f Fault) error { return w.eachHost(f, (*host.Host).Rekey) }

// cut breaks what is open at once, or waits for the command.
func (w *World) cut(f Fault) error {
	if f.Match != "" {
		return errArm
	}
	err := w.eachHost(f, func(h *host.Host) error { h.CutAll(); return nil })
	if err == nil && f.Hold {
		w.shutDoor(f.Instance, f.Region)
	}
	return err
}

// shutDoor lets nothing in until the faults are cleared.
func (w *World) shutDoor(instance, region string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, &armed{Fault: Fault{Fault: "ssh-drop", Instance: instance, Region: region}})
}

// onCommand gives the cut that waits for a command of an instance, if there is one.
func (w *World) onCommand(i *instance, line string) *host.Cut {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.faults {
		if a.Fault.Fault != "ssh-cut" || a.done || !a.about(i) || !strings.Contains(line, a.Match) {
			continue
		}
		a.seen++
		a.done = a.seen >= max(a.N, 1)
		hold := a.Hold
		w.faults = slices.DeleteFunc(w.faults, func(a *armed) bool { return a.done })
		return &host.Cut{After: a.AfterBytes, Delay: w.scaled(time.Duration(a.DelayMS) * time.Millisecond), Done: func() {
			if hold {
				w.shutDoor(i.id, "")
			}
		}}
	}
	return nil
}

// door is the fault of a connection to an instance, or empty.
func (w *World) door(i *instance) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.faults {
		switch name := a.Fault.Fault; name {
		case "ssh-refuse", "ssh-drop", "ssh-hang":
			if a.about(i) {
				a.seen++
				a.done = a.N > 0 && a.seen >= a.N
				w.faults = slices.DeleteFunc(w.faults, func(a *armed) bool { return a.done })
				return name
			}
		}
	}
	return ""
}

// mishap is a connection under a fault. ok is false where there is none.
func (w *World) mishap(ctx context.Context, fault string, local, remote *net.TCPAddr) (c net.Conn, ok bool, err error) {
	switch fault {
	case "ssh-refuse":
		return nil, true, syscall.ECONNREFUSED
	case "ssh-drop":
		if err := w.pause(ctx, connectTimeout); err != nil {
			return nil, true, err
		}
		return nil, true, syscall.ETIMEDOUT
	case "ssh-hang":
		ours, theirs := memnet.Pipe(local, remote)
		if !w.spawn(func() {
			defer theirs.Close()
			stop := context.AfterFunc(w.ctx, func() { theirs.Close() })
			defer stop()
			_, _ = io.Copy(io.Discard, theirs) // until the caller gives up
		}) {
			ours.Close()
			return nil, true, net.ErrClosed
		}
		return ours, true, nil
	}
	return nil, false, nil
}
