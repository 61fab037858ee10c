package fleet

import (
	"context"
	"time"
)

// leaseTime is how long the right to change a fleet outlives its last renewal:
// long enough for a busy disk, short enough to wait for.
const leaseTime = 30 * time.Second

// lease takes the right to change the fleet from this machine, and keeps it
// until release is called by all who took it here. Two processes that launched
// side by side would launch twice: each plans from what it sees, and sees the
// other's too late.
func (e *Engine) lease(op string) (release func(), err error) {
	e.leaseMu.Lock()
	defer e.leaseMu.Unlock()
	if e.leases == 0 {
		if err := e.takeLease(op, e.account()); err != nil {
			return nil, err
		}
	}
	e.leases++
	return e.release, nil
}

func (e *Engine) takeLease(op, account string) error {
	by, ok, err := e.opts.Store.Lease(e.ctx, account, e.spec.Name, leaseTime)
	if err != nil {
		return &Error{Op: op, Kind: KindInternal, Err: err, Hint: "nothing was done in AWS; free the state folder and try again"}
	}
	if !ok {
		return &Error{Op: op, Resource: string(e.spec.Name), Kind: KindConflict, Err: errText(by + " is launching or destroying this fleet"), Hint: "wait until it is done, then try again"}
	}
	ctx, stop := context.WithCancel(e.ctx)
	done := make(chan struct{})
	e.group.run("lease", func() {
		defer close(done)
		for sleep(ctx, leaseTime/3) {
			if _, _, err := e.opts.Store.Lease(ctx, account, e.spec.Name, leaseTime); err != nil && ctx.Err() == nil {
				e.feed.log(LevelWarn, "", "", "the lease on the fleet can't be renewed: "+err.Error())
			}
		}
	})
	e.unlease = func() {
		stop()
		<-done
		if err := e.opts.Store.Release(context.WithoutCancel(ctx), account, e.spec.Name); err != nil {
			e.log.Warn("the lease was not given back; it ends by itself", "err", err)
		}
	}
	return nil
}

// release gives the lease back when the last one who took it is done.
func (e *Engine) release() {
	e.leaseMu.Lock()
	defer e.leaseMu.Unlock()
	if e.leases--; e.leases == 0 {
		e.unlease()
	}
}
