package sim

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Prices stay in the bands of aws-facts §5.3, move in small steps, and are the
// same whenever they are asked for.
func TestPricesWalkInTheirBands(t *testing.T) {
	t.Parallel()
	w := New(Options{Seed: 4})
	defer w.Close()
	began := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var shares []float64
	changes, dear := 0, 0
	for _, r := range w.regions {
		for _, typ := range w.types {
			z := r.zones()[0]
			last, lastSince := r.spotPrice(typ, z, began)
			for h := range 14 * 24 {
				at := began.Add(time.Duration(h) * time.Hour)
				price, since := r.spotPrice(typ, z, at)
				if again, _ := r.spotPrice(typ, z, at); again != price || since.After(at) || at.Sub(since) > 9*time.Hour {
					t.Fatalf("%s in %s: %v since %s, asked at %s", typ.name, z, price, since, at)
				}
				full := typ.onDemand * r.info.factor
				if step := math.Abs(price-last) / full; step > 0.2 || (since.Equal(lastSince) && price != last) {
					t.Fatalf("%s in %s jumps from %v to %v", typ.name, z, last, price)
				}
				if !since.Equal(lastSince) {
					changes++
				}
				if price > full {
					dear++
				}
				last, lastSince = price, since
				shares = append(shares, 1-price/full)
			}
		}
	}
	slices.Sort(shares)
	for _, tt := range []struct{ part, low, high float64 }{{0.1, 0.48, 0.60}, {0.5, 0.61, 0.70}, {0.9, 0.74, 0.86}} {
		if s := shares[int(tt.part*float64(len(shares)))]; s < tt.low || s > tt.high {
			t.Errorf("the saving at %.0f %% is %.2f, want %v to %v", tt.part*100, s, tt.low, tt.high)
		}
	}
	perDay := float64(changes) / float64(len(w.regions)*len(w.types)*14)
	if perDay < 2.5 || perDay > 8 || dear == 0 || dear > len(shares)/50 {
		t.Errorf("%.1f changes per pool and day, %d of %d prices above on-demand", perDay, dear, len(shares))
	}
}

func TestCatalogIsWhole(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	if n := len(w.Regions()); n != 17 || len(regionCatalog()) != 19 {
		t.Errorf("%d enabled regions of %d", n, len(regionCatalog()))
	}
	if n := len(w.types); n < 60 {
		t.Errorf("%d types", n)
	}
	for i, typ := range w.types {
		if i > 0 && w.types[i-1].name >= typ.name || typ.vcpu%typ.threads != 0 || typ.memory < 512 || typ.onDemand <= 0 {
			t.Errorf("%+v", typ)
		}
	}
	for _, r := range w.regions {
		if len(r.info.zones) < 3 || r.info.saving < 50 {
			t.Errorf("%+v", r.info)
		}
	}
}

func BenchmarkPriceHistoryOf90Days(b *testing.B) {
	w := New(Options{})
	defer w.Close()
	now := time.Now()
	for b.Loop() {
		w.regions[0].history(w.types[0], 0, now.Add(-maxHistory), now)
	}
}

func TestNewestPricesOnly(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		out, err := client(w, "us-east-1").DescribeSpotPriceHistory(t.Context(), &ec2.DescribeSpotPriceHistoryInput{
			StartTime: awssdk.Time(time.Now()), InstanceTypes: []types.InstanceType{"t3.medium", "m6i.large"}, ProductDescriptions: []string{"Linux/UNIX"},
		})
		if err != nil || len(out.SpotPriceHistory) != 2*5 { // us-east-1e has neither
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
		want := len(zones.AvailabilityZones)
		if name == "us-east-1" {
			want-- // us-east-1e has none of these types
		}
		if err != nil || len(everywhere.InstanceTypeOfferings) != want {
			t.Errorf("%s: t3.medium is in %d zones, %v", name, len(everywhere.InstanceTypeOfferings), err)
		}
		arm, err := c.DescribeInstanceTypes(t.Context(), &ec2.DescribeInstanceTypesInput{Filters: []types.Filter{filter("processor-info.supported-architecture", "arm64")}})
		if err != nil || len(arm.InstanceTypes) < 5 {
			t.Errorf("%s: %d arm64 types, %v", name, len(arm.InstanceTypes), err)
		}
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
