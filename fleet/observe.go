package fleet

import (
	"fmt"
	"strings"
	"time"
)

// observe takes in one instance of a describe answer.
func (w *worker) observe(asked time.Time, ob Observation) {
	o, ok := w.instances[ob.ID]
	w.book.observe(asked, ob)
	if !ok {
		if ob.State == StateTerminated {
			w.ending(ob)
			return // ended before we looked: no row for it
		}
		if ob.Keeper != "" && w.caughtUp {
			w.tellLaunched(ob.ID, ob.LaunchedAt)
		}
		o = &owned{known: asked, Instance: &Instance{ID: ob.ID, Region: w.region, Stage: StagePending, StageSince: asked}}
		w.instances[ob.ID] = o
	}
	w.ending(ob)
	before, shown := o.Instance, o.shown
	o.missed, o.seen = 0, asked
	now := *o.Instance
	copyFacts(&now, ob)
	now.Address = w.e.spec.Network.Pick(now.PublicIP, now.IPv6, now.PrivateIP)
	if now.User == "" {
		now.User = w.user
	}
	now.Price = w.priceOf(&now)
	if before.changed(&now) {
		*o.edit() = now
	}
	if !ob.ReadyAt.IsZero() {
		o.marked = true
	}
	o.readyAt = ob.ReadyAt
	w.advance(o, ob)
	if !shown || before.changed(o.Instance) {
		w.publish(o)
	}
}

// ending keeps what EC2 says of the end of a keeper's instance: its fleet's history
// does not say why.
func (w *worker) ending(ob Observation) {
	if ob.Keeper == "" || ob.State != StateTerminated {
		return
	}
	if w.endings == nil {
		w.endings = map[InstanceID]Observation{}
	}
	w.endings[ob.ID] = ob
}

// adopts says whether an instance that AWS launched is to be looked after: it sets
// itself up, so this only looks how that went, and marks it ready.
func (w *worker) adopts(o *owned) bool {
	return o.Keeper != "" && w.e.opts.Provision && !w.e.opts.ReadOnly
}

// copyFacts copies what EC2 says. A fact that an answer leaves out keeps its
// last value: a terminated instance has no address any more, but had one.
func copyFacts(i *Instance, ob Observation) {
	i.Zone, i.Type, i.State = ob.Zone, ob.Type, ob.State
	keep(&i.PublicIP, ob.PublicIP)
	keep(&i.PrivateIP, ob.PrivateIP)
	keep(&i.IPv6, ob.IPv6)
	keep(&i.Image, ob.Image)
	keep(&i.Arch, ob.Arch)
	keep(&i.SpotRequest, ob.SpotRequest)
	keep(&i.Subnet, ob.Subnet)
	keep(&i.VPC, ob.VPC)
	keep(&i.Owner, ob.Owner)
	keep(&i.Launch, ob.Launch)
	keep(&i.HostKey, ob.HostKey)
	keep(&i.Keeper, ob.Keeper)
	i.OnDemand, i.Locked = ob.OnDemand, ob.Locked
	if ob.State != StatePending && ob.State != StateRunning { // a pending one's reason is that it is pending
		keep(&i.ReasonCode, ob.StateReasonCode)
	}
	if ob.Origin != (Origin{}) {
		i.Origin = ob.Origin
	}
	if !ob.LaunchedAt.IsZero() {
		i.LaunchedAt = ob.LaunchedAt
	}
	if !ob.EndsAt.IsZero() {
		i.EndsAt = ob.EndsAt
	}
}

func keep[T ~string](to *T, v T) {
	if v != "" {
		*to = v
	}
}

// changed says whether anything that a person sees has changed. SeenAt alone
// has not: the header shows the data's age per region.
func (i *Instance) changed(to *Instance) bool {
	if i == to {
		return false
	}
	was := *i
	was.SeenAt, was.Rev = to.SeenAt, to.Rev
	return was != *to
}

// advance moves an instance's stage along with EC2's state.
func (w *worker) advance(o *owned, ob Observation) {
	switch ob.State {
	case StateTerminated:
		w.gone(o, whyGone(ob))
	case StateShuttingDown, StateStopping, StateStopped:
		w.stopProvisioning(o)
		if spotTaken(ob.StateReasonCode) {
			if o.Stage != StageInterrupted {
				w.stage(o, StageInterrupted, whyGone(ob))
				w.died(o)
				w.e.feed.event(LevelWarn, Event{Kind: EventInterrupted, Region: w.region, Instance: o.ID, Text: "interrupted: " + whyGone(ob)})
			}
		} else if o.Stage != StageShuttingDown && o.Stage != StageInterrupted {
			w.stage(o, StageShuttingDown, whyGone(ob))
		}
	case StateRunning:
		w.running(o)
	case StatePending:
		if o.Stage == StageRequested {
			w.stage(o, StagePending, "")
		}
	}
}

// running decides what a running instance needs: nothing, to be watched, or
// to be provisioned by us.
func (w *worker) running(o *owned) {
	if !o.announced {
		o.announced = true
		if o.Stage.Moving() {
			w.say(LevelInfo, o.ID, "running, %s in %s", o.Type, o.Zone)
		}
	}
	w.verify(o)
	switch {
	case o.Stage == StageReady || o.Stage == StageFailed || o.Stage.Leaving():
	case o.going && o.anew: // a mark is from before
	case o.marked && !o.readyAt.IsZero(): // by us, or by another machine that was quicker
		w.stopProvisioning(o)
		w.stage(o, StageReady, "")
	case o.going:
	case o.marked: // its mark is on the way
	case !w.e.spec.Provision.Enabled:
		w.ready(o)
	case o.stop == nil && (o.mine || w.adoptAll || w.adopts(o)):
		w.provision(o)
	case o.Stage < StageRunning:
		w.stage(o, StageRunning, "")
	}
}

// stage sets an instance's stage and reason.
func (w *worker) stage(o *owned, s Stage, reason string) {
	if o.Stage != s {
		i := o.edit()
		i.StageSince, i.Step = time.Now(), Step{}
	}
	if why := Clean(reason); o.Stage != s || o.Reason != why {
		i := o.edit()
		i.Stage, i.Reason = s, why
	}
}

// gone ends an instance's row.
func (w *worker) gone(o *owned, reason string) {
	w.stopProvisioning(o)
	if o.Stage == StageGone {
		return
	}
	interrupted := o.Stage == StageInterrupted
	if o.Reason != "" && interrupted {
		reason = o.Reason
	}
	w.stage(o, StageGone, reason)
	i := o.edit()
	i.State, i.GoneAt = StateTerminated, time.Now()
	w.e.opts.Shell.Forget(o.ID)
	if o.quiet = w.dated(o); !o.quiet {
		w.e.feed.event(LevelInfo, Event{Kind: EventGone, Region: w.region, Instance: o.ID, Text: "gone: " + reason})
	}
	w.publish(o)
}

// spotTaken says whether a state reason code means that AWS took the instance
// (aws-facts §4.2): only those may ever be healed (R17).
func spotTaken(code string) bool { return strings.HasPrefix(code, "Server.Spot") }

// whyGone says in plain words why an instance ended (R22). The codes are those
// of aws-facts §4.2.
func whyGone(ob Observation) string {
	switch ob.StateReasonCode {
	case "Server.SpotInstanceTermination", "Server.SpotInstanceShutdown":
		return "AWS took it back for lack of spot capacity"
	case "Client.UserInitiatedShutdown":
		return "destroyed on request"
	case "Client.InstanceInitiatedShutdown":
		return "it shut itself down from inside (its end, or a poweroff)"
	case "Server.InsufficientInstanceCapacity":
		return "there was no capacity to start it"
	case "Server.InternalError":
		return "an internal error of AWS ended it"
	case "Server.ScheduledStop":
		return "AWS stopped it for scheduled maintenance"
	case "Client.VolumeLimitExceeded":
		return "the account's volume limit was reached"
	case "Client.InvalidSnapshot.NotFound":
		return "the image's snapshot was not found"
	case "Client.InternalError":
		return "a mistake in what was asked for ended it during its launch"
	case "Client.InstanceTerminated":
		return "it was terminated or rebooted while an image was made of it"
	case "Client.UserInitiatedHibernate":
		return "hibernated on request"
	case "":
		if ob.TransitionReason != "" {
			return ob.TransitionReason
		}
		return "ended; EC2 gives no reason"
	}
	return fmt.Sprintf("%s (%s)", ob.StateReason, ob.StateReasonCode)
}
