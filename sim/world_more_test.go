package sim

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func TestPricesAreBetween30And45PerCent(t *testing.T) {
	t.Parallel()
	w := New(Options{Seed: 4})
	defer w.Close()
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, r := range w.regions {
		for _, typ := range w.types {
			for _, z := range r.zones() {
				for h := range 40 {
					price, since := r.spotPrice(typ, z, at.Add(time.Duration(h)*time.Hour))
					share := price / (typ.onDemand * r.info.factor)
					if share < 0.29 || share > 0.46 { // 4 decimals of a small price
						t.Fatalf("%s in %s costs %.4f, %.0f %% of on demand", typ.name, z, price, share*100)
					}
					if since.After(at.Add(time.Duration(h) * time.Hour)) {
						t.Fatalf("the price of %s at %s holds since later", typ.name, z)
					}
				}
			}
		}
	}
}

func TestNewestPricesOnly(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		out, err := client(w, "us-east-1").DescribeSpotPriceHistory(t.Context(), &ec2.DescribeSpotPriceHistoryInput{
			StartTime: awssdk.Time(time.Now()), InstanceTypes: []types.InstanceType{"t3.medium", "m6i.large"}, ProductDescriptions: []string{"Linux/UNIX"},
		})
		if err != nil || len(out.SpotPriceHistory) != 2*6 {
			t.Fatalf("%d prices, %v", len(out.SpotPriceHistory), err)
		}
		for _, p := range out.SpotPriceHistory {
			if v, err := strconv.ParseFloat(*p.SpotPrice, 64); err != nil || v <= 0 || p.Timestamp.After(time.Now()) {
				t.Errorf("%+v", p)
			}
		}
	})
}

func TestSameSeedSameWorld(t *testing.T) {
	story := func(t *testing.T, seed int64) (said string) {
		synctest.Test(t, func(t *testing.T) {
			w := New(Options{Seed: seed, Scale: 1})
			defer w.Close()
			c := client(w, "us-west-2")
			out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "same"), 4, "t"))
			if err != nil {
				t.Fatal(err)
			}
			pass(7 * time.Second)
			for _, id := range idsOf(out) {
				i := describe(t, c, id)
				said += fmt.Sprintln(id, i.State.Name, i.InstanceType, *i.Placement.AvailabilityZone, awssdk.ToString(i.PublicIpAddress))
			}
		})
		return said
	}
	a, b, other := story(t, 1), story(t, 1), story(t, 2)
	if a != b || a == other {
		t.Errorf("seed 1: %s\nagain: %s\nseed 2: %s", a, b, other)
	}
}

func TestRegionsZonesAndOfferings(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	for _, name := range w.Regions() {
		c := client(w, name)
		zones, err := c.DescribeAvailabilityZones(t.Context(), &ec2.DescribeAvailabilityZonesInput{})
		if err != nil || len(zones.AvailabilityZones) < 3 {
			t.Errorf("%s: %v", name, err)
		}
		everywhere, err := c.DescribeInstanceTypeOfferings(t.Context(), &ec2.DescribeInstanceTypeOfferingsInput{
			LocationType: types.LocationTypeAvailabilityZone, Filters: []types.Filter{filter("instance-type", "t3.medium")},
		})
		if err != nil || len(everywhere.InstanceTypeOfferings) != len(zones.AvailabilityZones) {
			t.Errorf("%s: t3.medium is in %d zones, %v", name, len(everywhere.InstanceTypeOfferings), err)
		}
		arm, err := c.DescribeInstanceTypes(t.Context(), &ec2.DescribeInstanceTypesInput{Filters: []types.Filter{filter("processor-info.supported-architecture", "arm64")}})
		if err != nil || len(arm.InstanceTypes) < 5 {
			t.Errorf("%s: %d arm64 types, %v", name, len(arm.InstanceTypes), err)
		}
	}
	if n := len(w.Regions()); n < 8 {
		t.Errorf("%d regions", n)
	}
}

func TestLatenciesScale(t *testing.T) {
	for _, tc := range []struct {
		scale float64
		want  time.Duration
	}{{1, 80 * time.Millisecond}, {0.1, 8 * time.Millisecond}, {0, 0}} {
		bubble(t, Options{Scale: tc.scale}, func(t *testing.T, w *World) {
			began := time.Now()
			if _, err := client(w, "us-east-1").DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != tc.want {
				t.Errorf("scale %v: %v, want %v", tc.scale, took, tc.want)
			}
		})
	}
}

func TestWildcards(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pattern, text string
		want          bool
	}{
		{"a", "a", true},
		{"a", "ab", false},
		{"a*", "a", true},
		{"*", "", true},
		{"?", "", false},
		{"a?c", "abc", true},
		{"*b*d", "abcbd", true},
		{"*b*d", "abcbde", false},
		{`a\*`, "a*", true},
		{`a\*`, "ab", false},
		{`a\?b`, "a?b", true},
		{"ü?", "üß", true},
	} {
		if got := wildcard(tc.pattern, tc.text); got != tc.want {
			t.Errorf("%q and %q: %v", tc.pattern, tc.text, got)
		}
	}
}
