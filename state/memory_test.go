package state

import (
	"reflect"
	"testing"
	"time"

	"spot-tui/fleet"
)

// What is benched is of the account, ends with its time, and is known to the
// next process until it is lifted.
func TestBenchesSurviveUntilTheirTime(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	pool := fleet.Bench{Region: "r", Zone: "ra", Type: "t3.micro", OnDemand: true, Until: soon, Why: "no capacity"}
	family := fleet.Bench{Region: "r", Family: "standard", Until: soon.Add(time.Hour), Why: "the quota is used up"}
	over := fleet.Bench{Region: "r", Zone: "rb", Until: time.Now().Add(-time.Second), Why: "long ago"}
	if err := open(t, dir).SaveBenches(ctx, "1", []fleet.Bench{family, pool, over}); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	read := func(account string) []fleet.Bench {
		t.Helper()
		got, err := s.Benches(ctx, account)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := read("1"); !reflect.DeepEqual(got, []fleet.Bench{pool, family}) {
		t.Fatalf("%+v", got)
	}
	if got := read("2"); len(got) != 0 {
		t.Errorf("another account has its own: %+v", got)
	}
	shorter, longer := pool, family
	shorter.Until, shorter.Why = soon.Add(-time.Minute), "later, but for less"
	longer.Until, longer.Why = family.Until.Add(time.Hour), "again"
	if err := s.SaveBenches(ctx, "1", []fleet.Bench{shorter, longer}); err != nil {
		t.Fatal(err)
	}
	if got := read("1"); !reflect.DeepEqual(got, []fleet.Bench{pool, longer}) {
		t.Errorf("the longer time counts: %+v", got)
	}
	if err := s.LiftBench(ctx, "1", fleet.Bench{Region: "r", Zone: "ra", Type: "t3.micro", OnDemand: true}); err != nil {
		t.Fatal(err)
	}
	if got := read("1"); !reflect.DeepEqual(got, []fleet.Bench{longer}) {
		t.Errorf("lifted: %+v", got)
	}
}
