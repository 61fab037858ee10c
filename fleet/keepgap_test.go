package fleet_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// Away for longer than EC2 remembers: from when to when is said, and what nobody can
// date is dated by estimate and marked so.
func TestWhatNobodyCanTellIsMarkedEstimated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		long := byAWS(3, func(o *fleet.Options) { o.Spec.MaxLifetime = 20 * 24 * time.Hour })
		e, stop := b.engine(long)
		defer func() { stop() }()
		v := &view{}
		b.create(e, v)
		b.ready(e, v, 3, time.Hour)
		first := someIDs(v, 3)
		stop()
		left := time.Now()
		pass(time.Hour)
		if err := b.world.Interrupt(string(first[0])); err != nil {
			t.Fatal(err)
		}
		pass(5 * 24 * time.Hour)
		e, stop = b.engine(long)
		v = &view{}
		b.until(e, v, 20*time.Minute, "the replacement, ready", func(v *view) bool { return v.stage(fleet.StageReady) == 3 })
		var gap, gone fleet.Event
		b.until(e, v, 5*time.Minute, "what is not known", func(*view) bool {
			batch, err := e.Next(context.Background(), fleet.Cursor{})
			if err != nil {
				t.Fatal(err)
			}
			for _, ev := range batch.Events {
				switch {
				case ev.Kind == fleet.EventKept && ev.Estimated:
					gap = ev
				case ev.Kind == fleet.EventGone && ev.Instance == first[0]:
					gone = ev
				}
			}
			return gap.Text != "" && gone.Text != ""
		})
		if !strings.Contains(gap.Text, "is not known: EC2 keeps a fleet's history for 48 hours") {
			t.Errorf("the gap: %+v", gap)
		}
		if !gone.Estimated || gone.At.Before(left) || gone.At.After(left.Add(3*24*time.Hour)) {
			t.Errorf("its end: %+v", gone)
		}
		costs, err := e.Costs(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range costs.Lines {
			if l.Instance == first[0] && (!l.Ended() || l.Unsure == 0) {
				t.Errorf("the ledger's line: ended %v, unsure by %s", l.Ended(), l.Unsure)
			}
		}
	})
}

// A setup that fails at the first boot is said so, with its line; a person's wish
// does it again over SSH.
func TestAFirstBootThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(byAWS(1, func(o *fleet.Options) {
			o.Spec.Regions = o.Spec.Regions[:1]
			o.Spec.Provision.Setup = "#!/bin/sh\necho begins\ntest -e made && exit 0\necho done > made\necho 'fatal: no such thing' >&2\nexit 7\n"
		}))
		defer stop()
		v := &view{}
		b.create(e, v)
		in := v.only()
		if in.Stage != fleet.StageFailed || in.Reason != "setup exit 7: fatal: no such thing" {
			t.Fatalf("%s: %s", in.Stage, in.Reason)
		}
		if o := b.again(e, v, in.ID, false); len(o.Errors) > 0 {
			t.Fatalf("%+v", o)
		}
		if in = v.only(); in.Stage != fleet.StageReady {
			t.Errorf("%s: %s", in.Stage, in.Reason)
		}
	})
}

// What the first boot does fits, compressed; what can't is an error with its size.
func TestFirstBootFits(t *testing.T) {
	t.Parallel()
	if err := fleet.FirstBootFits(fleet.ProvisionSpec{Enabled: true, Setup: strings.Repeat("echo the same line\n", 5000)}); err != nil {
		t.Errorf("100 KB that can be compressed: %v", err)
	}
	var noise strings.Builder
	r := rand.New(rand.NewPCG(1, 1))
	for range 40000 {
		noise.WriteByte("0123456789abcdefghijklmnopqrstuvwxyz"[r.IntN(36)])
	}
	if err := fleet.FirstBootFits(fleet.ProvisionSpec{Enabled: true, Setup: noise.String()}); err == nil || !strings.Contains(err.Error(), "EC2 takes 16384") {
		t.Errorf("%v", err)
	}
	if err := fleet.FirstBootFits(fleet.ProvisionSpec{Setup: noise.String()}); err != nil {
		t.Errorf("what is switched off needs no room: %v", err)
	}
}
