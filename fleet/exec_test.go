package fleet_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// TestACommandOn200Hosts runs one on a fleet in which a few hosts misbehave in
// every way: it ends on time, tells them apart, and neither our memory nor our
// screen is theirs to fill.
func TestACommandOn200Hosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			o.OutputDir = b.home
			o.Spec.Target = 200
			o.Spec.Types = []fleet.InstanceType{"t3.medium", "t3a.medium", "m6i.large", "c6i.large"}
			o.Spec.Provision = fleet.ProvisionSpec{}
		})
		defer stop()
		v := &view{}
		b.create(e, v)
		var ids []fleet.InstanceID
		for id, i := range v.instances {
			if i.Stage == fleet.StageReady {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		if len(ids) != 200 {
			t.Fatalf("%d instances", len(ids))
		}
		// As in a fleet that has been up for a while: every host is known, its
		// connection is open.
		<-time.After(time.Minute) // sshd is up everywhere
		reached(t, e, ids)
		refuse, hang, slow, loud, rude, other := ids[10:15], ids[20:23], ids[30:32], ids[40], ids[41], ids[42]
		fault := func(name string, ids ...fleet.InstanceID) {
			for _, id := range ids {
				for _, f := range []string{name, "ssh-cut"} { // and what is open is cut
					if err := b.world.Inject(sim.Fault{Fault: f, Instance: string(id)}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		fault("ssh-refuse", refuse...)
		fault("ssh-hang", hang...)
		fault("ssh-new-key", other)

		line := fmt.Sprintf(`case "$(cat /var/lib/cloud/data/instance-id)" in
%s|%s) echo begun; sleep 100000;;
%s) head -c 100000000 /dev/zero | tr '\0' 'x'; echo; echo last;;
%s) printf '\033]0;owned\007\033[2J\033[31mred\r\033[1A\n'; echo ok;;
*) echo same;;
esac`, slow[0], slow[1], loud, rude)
		before := memory()
		began := time.Now()
		r, err := e.Run(fleet.RunRequest{Instances: ids, Line: line, Limits: fleet.Limits{Connect: 15 * time.Second, Idle: 30 * time.Second, Total: time.Minute}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.Wait(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		// Two rounds of 64 at a time that may have a silent one among them.
		if took > 35*time.Second {
			t.Errorf("it took %s", took)
		}
		if grown := memory() - before; grown > 64<<20 {
			t.Errorf("memory has grown by %d MiB", grown>>20)
		}
		if got, want := fleet.Count(s.Hosts).String(), "187 same, 2 different, 1 failed, timed out: 10"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		at := map[fleet.InstanceID]fleet.HostResult{}
		for n, h := range s.Hosts {
			if at[h.Instance] = h; h.Instance != ids[n] {
				t.Fatal("the order is not the one that was asked for")
			}
			if strings.ContainsFunc(h.Output, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) || strings.Contains(h.Output, "owned") {
				t.Errorf("%s: what it wrote is not clean: %.60q", h.Instance, h.Output)
			}
		}
		for _, tc := range []struct {
			ids  []fleet.InstanceID
			want string
		}{
			{refuse, "did not take it within 15s; last: port 22 is closed"},
			{hang, "did not take it within 15s"},
			{slow, "gave no sign of progress for 30s"},
			{[]fleet.InstanceID{other}, "the host key of " + string(other) + " changed"},
		} {
			for _, id := range tc.ids {
				if h := at[id]; h.Err == nil || !strings.Contains(h.Err.Error(), tc.want) {
					t.Errorf("%s: %v, want %q", id, h.Err, tc.want)
				}
			}
		}
		if h := at[slow[0]]; h.Output != "begun\n" {
			t.Errorf("what it wrote before is lost: %q", h.Output)
		}
		h := at[loud]
		if fi, err := os.Stat(h.File); err != nil || fi.Size() != 100_000_006 || !strings.HasSuffix(h.Output, "x\nlast\n") {
			t.Errorf("%v %v %d bytes kept", err, h.File, len(h.Output))
		}
		if h := at[rude]; h.Output != "red\nok\n" && h.Output != "redok\n" {
			t.Errorf("%q", h.Output)
		}
		var sizes []int
		for _, g := range fleet.Groups(s.Hosts) {
			sizes = append(sizes, len(g.Hosts))
		}
		if !slices.Equal(sizes, []int{187, 1, 1, 5, 3, 2, 1}) {
			t.Errorf("groups of %v", sizes)
		}
	})
}

func reached(t *testing.T, e *fleet.Engine, ids []fleet.InstanceID) {
	t.Helper()
	r, err := e.Run(fleet.RunRequest{Instances: ids, Line: "true"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Wait(context.Background())
	if err != nil || fleet.Count(s.Hosts).Same != len(ids) {
		t.Fatalf("%v %s", err, fleet.Count(s.Hosts))
	}
}

// memory is what is reachable now.
func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
