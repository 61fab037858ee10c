package fleet

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhoLeaves(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	in := func(id string, usd float64, age time.Duration) Instance {
		return Instance{ID: InstanceID(id), Stage: StageReady, Price: Price{USD: usd, Known: usd > 0}, LaunchedAt: at.Add(-age)}
	}
	failed := in("failed", 0.01, 3*time.Hour)
	failed.Stage, failed.Reason = StageFailed, "setup exit 1"
	locked := in("locked", 9, time.Hour)
	locked.Locked = true
	base := in("base", 0.5, 4*time.Hour)
	base.OnDemand = true
	all := []Instance{in("old", 0.02, 2*time.Hour), in("young", 0.02, time.Minute), in("dear", 0.3, 5*time.Hour), failed, locked, base, in("unknown", 0, time.Second)}
	for n, want := range [][]string{
		{},
		{"failed"},
		{"failed", "dear"},
		{"failed", "dear", "young"},
		{"failed", "dear", "young", "old"},
		{"failed", "dear", "young", "old", "unknown"},
		{"failed", "dear", "young", "old", "unknown"}, // the base share and the locked one stay
	} {
		out, lock := leavers(all, n, 1)
		var ids []string
		for _, l := range out {
			ids = append(ids, string(l.Instance.ID))
			if l.Why == "" {
				t.Errorf("%s does not say why", l.Instance.ID)
			}
		}
		if !slices.Equal(ids, want) || lock != 1 {
			t.Errorf("%d of them: %v, want %v; %d locked", n, ids, want, lock)
		}
	}
	out, _ := leavers(all, 2, 0)
	if out[0].Why != "failed: setup exit 1" || out[1].Instance.ID != "base" || !strings.HasPrefix(out[1].Why, "the dearest: $0.50") {
		t.Errorf("without a base share the on-demand one is the dearest: %+v", out)
	}
}
