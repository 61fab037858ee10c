package sim

import (
	"math"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// near compares amounts of money to a millionth of a dollar.
func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

func TestBillFollowsThePrice(t *testing.T) {
	bubble(t, Options{Seed: 2}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "billed"), 2, ""))
		must(t, err)
		pass(50 * time.Hour)
		ids := idsOf(out)
		_, err = c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids[:1]})
		must(t, err)
		b := w.Bill()
		if len(b.Charges) != 2 {
			t.Fatalf("%+v", b)
		}
		for _, one := range b.Charges {
			typ, _ := w.typeNamed(one.Type)
			want, prices := 0.0, map[float64]bool{}
			for m := range 50 * 60 { // by the minute, another way to add it up
				p, _ := w.regions[0].spotPrice(typ, one.Zone, one.From.Add(time.Duration(m)*time.Minute))
				want += p / 60
				prices[p] = true
			}
			if math.Abs(one.InstanceUSD-want) > 0.001*want || len(prices) < 5 {
				t.Errorf("%s costs %v, by the minute %v, at %d prices", one.Type, one.InstanceUSD, want, len(prices))
			}
			if !near(one.IPv4USD, 50*0.005) || !near(one.DiskUSD, 50*8*0.08/730) {
				t.Errorf("address %v, disk %v", one.IPv4USD, one.DiskUSD)
			}
		}
		pass(3 * time.Hour) // the first one is forgotten by now, but owed
		later := w.Bill()
		if len(later.Charges) != 2 || later.TotalUSD <= b.TotalUSD || !near(later.TotalUSD, later.Regions["us-east-1"]) {
			t.Errorf("later: %+v", later)
		}
		for _, one := range later.Charges {
			if one.ID == ids[0] && one.To.Sub(one.From) != 50*time.Hour {
				t.Errorf("the ended one goes on: %+v", one)
			}
		}
	})
}

func TestWhatEC2TakesWithinAnHourIsFree(t *testing.T) {
	bubble(t, Options{Seed: 2, Scale: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "taken"), 2, ""))
		must(t, err)
		pass(30 * time.Minute)
		must(t, w.Interrupt(idsOf(out)[0]))
		pass(time.Hour)
		must(t, w.Interrupt(idsOf(out)[1]))
		pass(10 * time.Minute)
		free := map[string]bool{}
		for _, one := range w.Bill().Charges {
			free[one.ID] = one.Free
			if one.Free != (one.InstanceUSD == 0) || one.IPv4USD == 0 {
				t.Errorf("%+v", one)
			}
		}
		if !free[idsOf(out)[0]] || free[idsOf(out)[1]] {
			t.Errorf("free: %v", free)
		}
	})
}

// A minute is the least that a start costs, and what an instance leaves behind
// costs on until it is deleted.
func TestTheBillHasAMinimumAndFollowsWhatIsLeft(t *testing.T) {
	bubble(t, Options{Seed: 2, Scale: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "short"), 1, ""))
		must(t, err)
		pass(10 * time.Second)
		_, err = c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: idsOf(out)})
		must(t, err)
		b := w.Bill()
		if one := b.Charges[0]; one.To.Sub(one.From) > 15*time.Second || !near(one.IPv4USD, ipv4Hour/60) || !near(one.DiskUSD, 8*gp3GiBHour/60) || one.InstanceUSD < 0.0001 {
			t.Errorf("%+v", one)
		}
		v, err := c.CreateVolume(t.Context(), &ec2.CreateVolumeInput{AvailabilityZone: aws.String("us-east-1a"), Size: aws.Int32(100)})
		must(t, err)
		a, err := c.AllocateAddress(t.Context(), &ec2.AllocateAddressInput{})
		must(t, err)
		was := w.Bill().TotalUSD
		pass(10 * time.Hour)
		_, err = c.DeleteVolume(t.Context(), &ec2.DeleteVolumeInput{VolumeId: v.VolumeId})
		must(t, err)
		_, err = c.ReleaseAddress(t.Context(), &ec2.ReleaseAddressInput{AllocationId: a.AllocationId})
		must(t, err)
		after := w.Bill()
		pass(time.Hour)
		if want := 10 * (100*gp3GiBHour + ipv4Hour); math.Abs(after.TotalUSD-was-want) > 1e-4 || len(after.Lone) != 2 || w.Bill().TotalUSD != after.TotalUSD {
			t.Errorf("%v more, want %v: %+v", after.TotalUSD-was, want, after.Lone)
		}
	})
}
