package fleet_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// A locked instance is not ended by a hand-over: it stays beside what AWS launches.
func TestAHandOverLeavesWhatIsLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		one := func(o *fleet.Options) { o.Spec.Regions = o.Spec.Regions[:1] }
		e, stop := b.engine(byAWS(3, one, func(o *fleet.Options) { o.Spec.Keep = "" }))
		defer func() { stop() }()
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 3, time.Hour)
		locked := someIDs(v, 1)[0]
		acct := b.account()
		if err := acct.In("us-west-2").Mark(context.Background(), "scenario", []fleet.InstanceID{locked}, map[string]string{fleet.TagLock: "me"}); err != nil {
			t.Fatal(err)
		}
		stop()
		e, stop = b.engine(byAWS(3, one))
		v = &view{}
		b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.stage(fleet.StageReady) == 3 && v.instances[locked].Locked })
		if o := b.create(e, v); len(o.Errors) > 0 {
			t.Fatalf("%+v", o)
		}
		b.ready(e, v, 3, time.Hour)
		if live := b.live(); len(live) != 3 || !slices.Contains(live, string(locked)) {
			t.Errorf("live: %v, locked %s", live, locked)
		}
	})
}

// account is the bench's account without an engine.
func (b *bench) account() (a fleet.Account) {
	b.t.Helper()
	_, stop := b.engine(func(o *fleet.Options) { a = o.Account })
	stop()
	return a
}
