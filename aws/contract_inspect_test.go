package aws

import (
	"strings"
	"testing"

	"spot-tui/fleet"
)

// inspect looks closely at an instance: every group is there, what is not known
// says why, and another fleet's instance is not shown.
func (c *contract) inspect(t *testing.T) {
	groups, err := c.r.Inspect(c.ctx, fleetA, c.a[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	at := map[string]fleet.Fact{}
	for _, g := range groups {
		names = append(names, g.Name)
		for _, f := range g.Facts {
			if f.Value == "" && f.Why == "" || f.Value != "" && (f.Why != "" || f.None) {
				t.Errorf("%s: %+v", g.Name, f)
			}
			at[g.Name+"/"+f.Name] = f
		}
	}
	if got, want := strings.Join(names, ", "), "Status checks, Spot request, Disks, Network, Machine, Tags"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if at["Tags/"+fleet.TagFleet].Value != string(fleetA) || at["Disks/root device"].Value == "" || at["Network/security groups"].Value == "" || at["Status checks/scheduled"].Value != "nothing" {
		t.Errorf("%+v", at)
	}
	volume := ""
	for _, g := range groups {
		for _, f := range g.Facts {
			if g.Name == "Disks" && strings.HasPrefix(f.Value, "vol-") {
				volume = f.Value
			}
		}
	}
	if !strings.Contains(volume, " GiB ") {
		t.Errorf("its volume is %q", volume)
	}
	if q := at["Spot request/request"].Value; q != "" {
		s, err := c.r.SpotRequest(c.ctx, q)
		if err != nil || s.ID != q || s.Code == "" || s.Code != at["Spot request/status"].Value {
			t.Errorf("%+v %v", s, err)
		}
	}
	if _, err := c.r.SpotRequest(c.ctx, "sir-00000000"); fleet.KindOf(err) != fleet.KindGone {
		t.Errorf("a spot request that is not there: %v", err)
	}
	if _, err := c.r.Inspect(c.ctx, fleetA, c.b.ID); fleet.KindOf(err) != fleet.KindGone {
		t.Errorf("an instance of another fleet: %v", err)
	}
}
