package aws

import (
	"testing"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// simQuirks: the simulated cloud claims to behave as EC2 does.
var simQuirks = quirks{
	region: "us-west-2",
	image:  "ubuntu-24.04",
	types:  []fleet.InstanceType{"t3.medium", "t4g.medium"},
}

func onSim(t *testing.T) *Account {
	t.Helper()
	w := sim.New(sim.Options{Seed: 1, Scale: 0.01})
	t.Cleanup(w.Close)
	a, err := New(t.Context(), Options{
		Endpoint: "http://simulated.invalid", Transport: w.Transport(), HomeRegion: string(simQuirks.region), CacheDir: t.TempDir(),
		Static: &StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSimulatedContract(t *testing.T) {
	t.Parallel()
	runContract(t, onSim(t), simQuirks)
}

// TestSimulatedImages: each alias of the config is found for both architectures.
func TestSimulatedImages(t *testing.T) {
	t.Parallel()
	a := onSim(t)
	users := map[string]string{"ubuntu-24.04": "ubuntu", "ubuntu-22.04": "ubuntu", "debian-12": "admin", "al2023": "ec2-user"}
	for _, alias := range ImageAliases() {
		for _, region := range []fleet.Region{"us-west-2", "eu-west-1"} {
			im, err := a.in(region).Images(t.Context(), alias)
			if err != nil || im[x86].ID == "" || im[arm].ID == "" || im[x86].User != users[alias] || im[x86].RootDevice == "" {
				t.Errorf("%s in %s = %+v, %v", alias, region, im, err)
			}
		}
	}
}

// TestSimulatedRegionNotEnabled: a region that needs opt-in is named as such.
func TestSimulatedRegionNotEnabled(t *testing.T) {
	t.Parallel()
	a := onSim(t)
	if _, err := a.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := a.In("af-south-1").Describe(t.Context(), "a")
	if e := asError(t, err); e.Kind != fleet.KindDenied {
		t.Errorf("af-south-1: %s %q", e.Kind, e)
	}
}
