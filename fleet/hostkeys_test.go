package fleet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// keysMode is a fleet of one with a secret, on the whole way: our SSH client, the
// simulated cloud's user data, tags and consoles.
func keysMode(b *bench, mode fleet.HostKeyMode) func(*fleet.Options) {
	secret := filepath.Join(b.home, "token")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return func(o *fleet.Options) {
		o.Spec.Target, o.Spec.Regions = 1, []fleet.RegionSpec{{Name: "us-west-2", Count: -1}}
		o.Spec.SSH.HostKeys = mode
		o.Spec.Provision = fleet.ProvisionSpec{Enabled: true, CloudInit: true, Files: []fleet.FileSpec{{Source: secret, Target: "~/token", Mode: 0o600, Secret: true}}}
	}
}

func TestAHostKeyIsVerifiedAndThenASecretGoesUp(t *testing.T) {
	for _, mode := range []fleet.HostKeyMode{fleet.HostKeysInject, fleet.HostKeysConsole} {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.world.Close()
				e, stop := b.engine(keysMode(b, mode))
				v := &view{}
				b.create(e, v)
				i := v.only()
				if i.Stage != fleet.StageReady || (i.HostKey != "") != (mode == fleet.HostKeysInject) {
					t.Fatalf("%s %q %q", i.Stage, i.Reason, i.HostKey)
				}
				if got := b.runs(e, i.ID, "cat ~/token; stat -c %a ~/token"); got != "s3cret\n600\n" {
					t.Errorf("%q", got)
				}
				stop()

				// Another machine, which has seen nothing of it, knows the injected key from
				// the tag; and whoever comes in between is found out by all of them.
				if err := b.world.Inject(sim.Fault{Fault: "ssh-new-key", Instance: string(i.ID)}); err != nil {
					t.Fatal(err)
				}
				other := *b
				if mode == fleet.HostKeysInject {
					other.home = t.TempDir()
				}
				e, stop = other.engine(keysMode(&other, mode))
				defer stop()
				v = &view{}
				b.until(e, v, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.only().ID == i.ID && v.only().User != "" })
				r, err := e.Run(fleet.RunRequest{Instances: []fleet.InstanceID{i.ID}, Line: "true"})
				if err != nil {
					t.Fatal(err)
				}
				s, err := r.Wait(t.Context())
				if err != nil || fleet.KindOf(s.Hosts[0].Err) != fleet.KindConflict || !strings.Contains(s.Hosts[0].Err.Error(), "key") {
					t.Errorf("%v %v", err, s.Hosts[0].Err)
				}
			})
		})
	}
}
