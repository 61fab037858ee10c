package fleet_test

import (
	"context"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// calmly is how a fleet is watched that runs for a week: else the test would be
// about describes.
func calmly(o *fleet.Options) {
	o.Spec.MaxLifetime = 30 * 24 * time.Hour
	o.Poll = fleet.Poll{Fast: 5 * time.Second, Slow: 10 * time.Minute, Prices: 20 * time.Minute, Settle: 2 * time.Second}
}

// someone is another client of the same account.
func (b *bench) someone(region string) *ec2.Client {
	return ec2.NewFromConfig(awssdk.Config{
		Region: region, HTTPClient: &http.Client{Transport: b.world.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider("AK", "s", ""),
	})
}

// onDemand launches an on-demand instance into the fleet, as another machine would.
func (b *bench) onDemand(region string) {
	b.t.Helper()
	c, tags := b.someone(region), []types.Tag{{Key: awssdk.String(fleet.TagFleet), Value: awssdk.String("scenario")}}
	images, err := c.DescribeImages(context.Background(), &ec2.DescribeImagesInput{Filters: []types.Filter{{Name: awssdk.String("architecture"), Values: []string{"x86_64"}}}})
	if err != nil || len(images.Images) == 0 {
		b.t.Fatal(err)
	}
	_, err = c.RunInstances(context.Background(), &ec2.RunInstancesInput{
		ImageId: images.Images[0].ImageId, InstanceType: "m6i.large", MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1),
		BlockDeviceMappings: []types.BlockDeviceMapping{{DeviceName: images.Images[0].RootDeviceName, Ebs: &types.EbsBlockDevice{VolumeSize: awssdk.Int32(40), VolumeType: "gp3", DeleteOnTermination: awssdk.Bool(true)}}},
		TagSpecifications: []types.TagSpecification{
			{ResourceType: types.ResourceTypeInstance, Tags: tags}, {ResourceType: types.ResourceTypeVolume, Tags: tags},
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// anyReady gives an instance that is ready, which is none of not.
func (v *view) anyReady(not ...fleet.InstanceID) fleet.InstanceID {
	for id, i := range v.instances {
		if i.Stage == fleet.StageReady && !i.OnDemand {
			for _, n := range not {
				if n == id {
					id = ""
				}
			}
			if id != "" {
				return id
			}
		}
	}
	return ""
}

// Done-point 4 of what a fleet costs: over a week with price changes, an
// interruption within its first hour and later ones, replacements, an on-demand
// instance, and hours in which nobody watches, the ledger agrees to the cent with
// what the world bills by rules in code of its own.
func TestTheLedgerAgreesWithTheBillOverAWeek(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(calmly)
		defer func() { stop() }()
		v := &view{}
		fill := func() {
			t.Helper()
			if o := b.create(e, v); len(o.Errors) > 0 {
				t.Fatalf("%+v", o)
			}
		}
		take := func(id fleet.InstanceID) {
			t.Helper()
			if err := b.world.Interrupt(string(id)); err != nil {
				t.Fatal(err)
			}
		}
		gone := func(id fleet.InstanceID) {
			t.Helper()
			b.until(e, v, time.Hour, "its end", func(v *view) bool { return v.instances[id].Stage == fleet.StageGone })
		}
		agree := func(when string) fleet.CostReport {
			t.Helper()
			r, err := e.Costs(context.Background())
			if err != nil || len(r.Problems) > 0 {
				t.Fatal(err, r.Problems)
			}
			total, bill := r.Total(), b.world.Bill()
			if !total.Known || math.Abs(total.USD()-bill.TotalUSD) >= 0.005 {
				for _, l := range r.Lines {
					for _, c := range bill.Charges {
						if c.ID == string(l.Instance) {
							t.Logf("%s %s: %v to %v $%.6f + $%.6f + $%.6f (unsure %v), billed %v to %v $%.6f + $%.6f + $%.6f", c.ID, c.Region, l.From, l.To, l.Machine, l.Disk, l.IPv4, l.Unsure, c.From, c.To, c.InstanceUSD, c.DiskUSD, c.IPv4USD)
						}
					}
				}
				t.Fatalf("%s: the ledger says $%.4f (known: %v, %s), the bill $%.4f", when, total.USD(), total.Known, total.Reason, bill.TotalUSD)
			}
			return r
		}
		fill()
		<-time.After(20 * time.Minute)
		first := v.anyReady()
		take(first)
		gone(first)
		fill()
		b.onDemand("us-east-1")
		<-time.After(26 * time.Hour)
		r := agree("after a day")
		for _, l := range r.Lines {
			if l.Instance == first && (!l.Free || l.Machine != 0 || l.Disk == 0) {
				t.Errorf("taken within its first hour: %+v", l)
			}
		}
		second := v.anyReady(first)
		take(second)
		gone(second)
		fill()
		<-time.After(40 * time.Hour)
		agree("after the second interruption")

		third := v.anyReady(first, second)
		stop() // nobody watches
		stop = func() {}
		<-time.After(30 * time.Minute)
		take(third)
		<-time.After(2 * time.Hour)
		e, stop = b.engine(calmly)
		v = &view{}
		b.until(e, v, time.Hour, "the fleet", func(v *view) bool { return v.summary.Scanned && v.stage(fleet.StageReady) >= 2 })
		<-time.After(45 * time.Minute) // EC2 may hide what is there: that it is gone is only said after some describes
		agree("after a time in which nobody watched")
		fill()
		<-time.After(70 * time.Hour)
		stop()
		stop = func() {}
		<-time.After(9 * time.Hour)
		e, stop = b.engine(calmly)
		v = &view{}
		b.until(e, v, time.Hour, "the fleet", func(v *view) bool { return v.summary.Scanned && v.stage(fleet.StageReady) >= 2 })
		<-time.After(22 * time.Hour)
		r = agree("after a week")
		if h := time.Since(r.Lines[0].From); h < 7*24*time.Hour {
			t.Errorf("that was no week but %s", h)
		}
		changes := 0
		for _, l := range r.Lines {
			changes += len(l.Prices)
		}
		if changes < 50 {
			t.Errorf("%d prices are hardly a week of changes", changes)
		}
		o := b.destroy(e, v)
		if o.Receipt == nil || !o.Receipt.Clean() || o.Receipt.TotalCostUSD == nil || math.Abs(*o.Receipt.TotalCostUSD-b.world.Bill().TotalUSD) >= 0.005 {
			t.Fatalf("%+v, billed %v", o.Receipt, b.world.Bill().TotalUSD)
		}
		if !strings.Contains(o.Receipt.CostNote, "instances over 17") || o.Receipt.LifetimeS < 7*24*3600 {
			t.Errorf("%s, %v s", o.Receipt.CostNote, o.Receipt.LifetimeS)
		}
		agree("after the destroy")
	})
}

// What ended while nobody watched, and EC2 has forgotten, is counted until it was
// missed, and how much of it that may be too much is said.
func TestAnEndThatNobodySawIsAnEstimate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(calmly)
		v := &view{}
		b.create(e, v)
		<-time.After(3 * time.Hour)
		lost := v.anyReady()
		stop()
		if err := b.world.Interrupt(string(lost)); err != nil {
			t.Fatal(err)
		}
		<-time.After(20 * time.Hour)
		e, stop = b.engine(calmly)
		defer stop()
		<-time.After(time.Hour)
		r, err := e.Costs(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		total, bill := r.Total(), b.world.Bill().TotalUSD
		if !total.Known || total.USD() <= bill || total.USD()-total.Guess > bill || !total.Estimated() {
			t.Errorf("$%.4f of which $%.4f is estimated, billed $%.4f", total.USD(), total.Guess, bill)
		}
		for _, l := range r.Lines {
			if l.Instance == lost && (l.Unsure < 20*time.Hour || !strings.Contains(l.Note(), "ended unseen")) {
				t.Errorf("%+v: %s", l, l.Note())
			}
		}
	})
}

// The ledger needs nothing of the process that began it: an instance that the store
// knows and the ledger does not, as after a kill between the two, is entered.
func TestTheLedgerSurvivesAKillBeforeItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) {
			calmly(o)
			o.Store = noLedger{o.Store}
		})
		b.create(e, &view{})
		<-time.After(time.Hour)
		stop()
		e, stop = b.engine(calmly)
		defer stop()
		b.until(e, &view{}, time.Hour, "a scan", func(v *view) bool { return v.summary.Scanned })
		r, err := e.Costs(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if total, bill := r.Total(), b.world.Bill().TotalUSD; total.Instances != 3 || !total.Known || math.Abs(total.USD()-bill) >= 0.005 {
			t.Errorf("%+v, billed %v", total, bill)
		}
	})
}

// noLedger is a store that loses the ledger.
type noLedger struct{ fleet.Store }

func (noLedger) SaveEntries(context.Context, string, fleet.Name, []fleet.Entry) error { return nil }
func (noLedger) SaveTariffs(context.Context, string, fleet.Region, map[fleet.Place]fleet.Tariff) error {
	return nil
}
