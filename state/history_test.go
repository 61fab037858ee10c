package state

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"spot-tui/fleet"
)

func moment() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 5, time.UTC) }

func TestInstancesComeBackWhole(t *testing.T) {
	t.Parallel()
	at := moment()
	dir, ctx := t.TempDir(), t.Context()
	want := fleet.Instance{
		ID: "i-1", Region: "r", Zone: "ra", Type: "t3.micro", State: fleet.StateRunning, Stage: fleet.StageSettingUp,
		Step: fleet.Step{Name: "setup", Index: 1, Of: 2, Percent: 50, Detail: "x"}, Reason: "why", ReasonCode: "Client.InternalError", PublicIP: "1.2.3.4", PrivateIP: "10.0.0.1", IPv6: "2001:db8::1", Address: "1.2.3.4",
		Launch: "l-1", LaunchedAt: at, EndsAt: at, StageSince: at, GoneAt: at, Price: fleet.Price{USD: 0.01, Known: true, Reason: "r", AsOf: at},
		Image: "ami-1", SpotRequest: "sir-1", Subnet: "s", VPC: "v", Arch: "arm64", User: "ubuntu", Owner: "me", SeenAt: at, Rev: 7,
		HostKey: "SHA256:x", Keeper: "fleet-1", Estimated: true, Verified: true, OnDemand: true, Locked: true, Origin: fleet.Origin{Attempt: 2, Why: "moved", Replaces: "i-0"}, Track: &fleet.Track{Run: "r", Steps: []fleet.TrackStep{{
			Name: "setup", Key: "k", State: fleet.StepFailed, Began: at, Took: 5, Deadline: at, Tries: 2, Exit: 127, Last: "l", Moved: 1, Size: 2,
		}}},
	}
	whole(t, reflect.ValueOf(want), "Instance")
	s := open(t, dir)
	if err := s.SaveInstances(ctx, "1", "f", []fleet.Instance{{ID: "i-1"}, {ID: "i-2", Stage: fleet.StageGone}, want}); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, dir).Instances(ctx, "1", "f") // as a second process
	if err != nil || !reflect.DeepEqual(got, []fleet.Instance{want, {ID: "i-2", Stage: fleet.StageGone}}) {
		t.Fatalf("%+v %v", got, err)
	}
	for _, other := range [][2]string{{"2", "f"}, {"1", "g"}} {
		if is, err := s.Instances(ctx, other[0], fleet.Name(other[1])); err != nil || len(is) != 0 {
			t.Errorf("%v has its own: %+v %v", other, is, err)
		}
	}
}

// whole fails for a field that the test leaves empty: a new field of the
// contract must be tested too.
func whole(t *testing.T, v reflect.Value, name string) {
	t.Helper()
	for f := range v.NumField() {
		field, path := v.Field(f), name+"."+v.Type().Field(f).Name
		if field.IsZero() {
			t.Errorf("the test does not set %s", path)
		}
		switch {
		case field.Kind() == reflect.Pointer && !field.IsNil():
			field = field.Elem()
		case field.Kind() == reflect.Slice && field.Len() > 0:
			field = field.Index(0)
		}
		if field.Kind() == reflect.Struct && field.Type() != reflect.TypeFor[time.Time]() {
			whole(t, field, path)
		}
	}
}

// Every stage that there is comes back, whatever else an instance holds.
func TestAnyInstanceComesBack(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, t.TempDir()), t.Context()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		want := fleet.Instance{
			ID: fleet.InstanceID(fmt.Sprint("i-", n)), Stage: fleet.Stage(rapid.IntRange(0, int(fleet.StageGone)).Draw(t, "stage")),
			Reason: rapid.String().Draw(t, "reason"), Rev: rapid.Uint64().Draw(t, "rev"),
			Price:  fleet.Price{USD: rapid.Float64Range(0, 1e6).Draw(t, "usd"), Known: rapid.Bool().Draw(t, "known")},
			EndsAt: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "sec"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC(),
		}
		name := fleet.Name(fmt.Sprint("f-", n))
		if err := s.SaveInstances(ctx, "1", name, []fleet.Instance{want}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Instances(ctx, "1", name); err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Fatalf("got %+v want %+v (%v)", got, want, err)
		}
	})
}

func TestASaveIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, t.TempDir()), t.Context()
	bad := fleet.Instance{ID: "i-2", Price: fleet.Price{USD: math.NaN()}} // JSON has no word for it
	if err := s.SaveInstances(ctx, "1", "f", []fleet.Instance{{ID: "i-1"}, bad}); err == nil {
		t.Fatal("it can't be written")
	}
	if is, err := s.Instances(ctx, "1", "f"); err != nil || len(is) != 0 {
		t.Errorf("%+v %v", is, err)
	}
	if err := errors.Join(s.SaveInstances(ctx, "1", "f", nil), s.AppendEvents(ctx, "1", "f", nil)); err != nil {
		t.Errorf("nothing to save is no error: %v", err)
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	at := moment()
	s, ctx := open(t, t.TempDir()), t.Context()
	if _, ok, err := s.LastReceipt(ctx, "1", "f"); ok || err != nil {
		t.Errorf("there is none yet: %v %v", ok, err)
	}
	cost := 1.25
	want := fleet.Receipt{
		Fleet: "f", Account: "1", Removed: map[fleet.ResourceKind]int{fleet.KindOfInstance: 3}, Left: 1,
		Leftovers: []fleet.Resource{{
			Locked: true, Kind: fleet.KindOfVolume, ID: "vol-1", Name: "n", Region: "r", State: "in-use", Owner: "me", Fleet: "f",
			Claim: fleet.ClaimOf("f"), Detail: "8 GiB", Type: "gp3", Zone: "ra", GiB: 8, Spot: true, Public: true, Since: at, Phase: fleet.PhaseActive, EndsAt: at, USDMonth: &cost, USDNote: "n",
		}},
		RegionsScanned: []fleet.Region{"r"}, RegionsFailed: []fleet.Region{"s"}, TotalCostUSD: &cost, CostNote: "about", StartedAt: at,
		FirstLaunch: at.Add(-time.Hour), LifetimeS: 3600, LeftUSDMonth: &cost, File: "f.json", FinishedAt: at.Add(time.Minute),
	}
	whole(t, reflect.ValueOf(want), "Receipt")
	for _, r := range []fleet.Receipt{{Fleet: "f", Account: "1", FinishedAt: at.Add(time.Hour)}, want, {Fleet: "g", Account: "1"}} {
		if err := s.SaveReceipt(ctx, "1", r); err != nil {
			t.Fatal(err)
		}
	}
	if r, ok, err := s.LastReceipt(ctx, "1", "f"); err != nil || !ok || !reflect.DeepEqual(r, want) {
		t.Errorf("%+v %v", r, err)
	}
	if rs, err := s.Receipts(ctx, "1", "f"); err != nil || len(rs) != 2 || !reflect.DeepEqual(rs[0], want) {
		t.Errorf("%+v %v", rs, err)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	at := moment()
	s, ctx := open(t, t.TempDir()), t.Context()
	want := fleet.Event{Seq: 9, At: at, Kind: fleet.EventReady, Region: "r", Instance: "i-1", Op: "op-1", Text: "i-1 is ready", Estimated: true}
	whole(t, reflect.ValueOf(want), "Event")
	second := fleet.Event{Seq: 1, At: at.Add(time.Minute), Kind: fleet.EventGone, Text: "from another process, which counts from 1"}
	same := fleet.Event{Seq: 2, At: second.At, Kind: fleet.EventError, Text: "in the same instant"}
	if err := errors.Join(s.AppendEvents(ctx, "1", "f", []fleet.Event{second, same}), s.AppendEvents(ctx, "1", "f", []fleet.Event{want}), s.AppendEvents(ctx, "1", "g", []fleet.Event{{At: at}})); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		since time.Time
		want  []fleet.Event
	}{
		{time.Time{}, []fleet.Event{want, second, same}},
		{at, []fleet.Event{want, second, same}},
		{at.Add(1), []fleet.Event{second, same}},
		{at.Add(time.Hour), nil},
	} {
		if got, err := s.Events(ctx, "1", "f", tt.since); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("since %s: %+v %v", tt.since, got, err)
		}
	}
}
