package sim

import (
	"fmt"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
)

func TestQuotaCountsFamilies(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string][2]string{ // spot, on demand
		"t3.medium": {"L-34B43A08", "L-1216C47A"}, "m7i-flex.large": {"L-34B43A08", "L-1216C47A"}, "i4i.large": {"L-34B43A08", "L-1216C47A"},
		"g4dn.xlarge": {"L-3819A6DF", "L-DB2E81BA"}, "g6f.large": {"L-3819A6DF", "L-DB2E81BA"}, "inf2.xlarge": {"L-B5D1601B", "L-1945791B"},
		"p5.4xlarge": {"L-C4BD4855", "L-417A185B"}, "trn1.2xlarge": {"L-6B0D517C", "L-2C3B7624"}, "x2gd.medium": {"L-E3A00192", "L-7295265B"},
		"hpc7g.4xlarge": {"", "L-F7808C92"},
	} {
		of := quotasByMarket([]typeInfo{{name: typ}})
		if got := [2]string{of[market{typ, true}].code, of[market{typ, false}].code}; got != want {
			t.Errorf("%s is counted by %v, want %v", typ, got, want)
		}
	}
	p4 := quotasByMarket([]typeInfo{{name: "p4d.24xlarge"}})
	if got := p4[market{"p4d.24xlarge", true}].code; got != "L-7212CCBC" {
		t.Errorf("p4d is counted by %q", got)
	}
	for _, typ := range typeCatalog() {
		if _, ok := quotasByMarket([]typeInfo{typ})[market{typ.name, false}]; !ok {
			t.Errorf("no limit counts %s", typ.name)
		}
	}
}

func setLimit(t *testing.T, w *World, region, code string, vcpu int) {
	t.Helper()
	if err := w.Inject(Fault{Fault: "quota", Region: region, Code: code, Capacity: vcpu}); err != nil {
		t.Fatal(err)
	}
}

func TestSpotLimitHoldsInAllZones(t *testing.T) {
	bubble(t, Options{Seed: 1}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		setLimit(t, w, "us-east-1", "", 5) // of a new account: two of two vCPUs
		out, err := c.CreateFleet(t.Context(), fleetOf(t, c, ready(t, c, "limited"), 3, "a"))
		if err != nil {
			t.Fatal(err)
		}
		if len(idsOf(out)) != 2 || len(out.Errors) == 0 {
			t.Fatalf("%d instances and %d errors, want 2 and some", len(idsOf(out)), len(out.Errors))
		}
		for _, e := range out.Errors {
			if got := *e.ErrorCode; got != "MaxSpotInstanceCountExceeded" {
				t.Errorf("error %s", got)
			}
		}
		for _, zone := range []string{"us-east-1a", "us-east-1b", "us-east-1c"} {
			in := fleetOf(t, c, "limited", 1, "in "+zone)
			in.LaunchTemplateConfigs[0].Overrides = []types.FleetLaunchTemplateOverridesRequest{{InstanceType: "t3.medium", AvailabilityZone: awssdk.String(zone)}}
			if out, err := c.CreateFleet(t.Context(), in); err != nil || len(idsOf(out)) != 0 {
				t.Errorf("%s: %v, %v", zone, idsOf(out), err)
			}
		}
		if _, err := launchN(t, c, 1, ""); err != nil { // on demand it has a limit of its own
			t.Errorf("on demand: %v", err)
		}
		if _, err := c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: idsOf(out)[:1]}); err != nil {
			t.Fatal(err)
		}
		if out, err := c.CreateFleet(t.Context(), fleetOf(t, c, "limited", 1, "b")); err != nil || len(idsOf(out)) != 1 {
			t.Errorf("after one ended: %v, %v", idsOf(out), err)
		}
		other := client(w, "us-west-2")
		if out, err := other.CreateFleet(t.Context(), fleetOf(t, other, ready(t, other, "free"), 3, "c")); err != nil || len(idsOf(out)) != 3 {
			t.Errorf("another region: %v, %v", idsOf(out), err)
		}
	})
}

func TestOnDemandLimit(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		c := client(w, "eu-west-1")
		setLimit(t, w, "eu-west-1", "L-1216C47A", 4)
		if _, err := launchN(t, c, 3, ""); code(err) != "VcpuLimitExceeded" {
			t.Errorf("3 × 2 of 4 vCPUs: %v", err)
		}
		if _, err := launchN(t, c, 2, ""); err != nil {
			t.Errorf("2 × 2 of 4 vCPUs: %v", err)
		}
		if _, err := launchN(t, c, 1, ""); code(err) != "VcpuLimitExceeded" {
			t.Errorf("one more: %v", err)
		}
	})
}

func TestServiceQuotas(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, w *World) {
		q := servicequotas.NewFromConfig(sdkConfig(w, "us-west-2"))
		setLimit(t, w, "us-west-2", "L-34B43A08", 64)
		got, err := q.GetServiceQuota(t.Context(), &servicequotas.GetServiceQuotaInput{ServiceCode: awssdk.String("ec2"), QuotaCode: awssdk.String("L-34B43A08")})
		if err != nil || *got.Quota.Value != 64 || *got.Quota.ServiceCode != "ec2" {
			t.Errorf("applied: %+v, %v", got, err)
		}
		def, err := q.GetAWSDefaultServiceQuota(t.Context(), &servicequotas.GetAWSDefaultServiceQuotaInput{ServiceCode: awssdk.String("ec2"), QuotaCode: awssdk.String("L-34B43A08")})
		if err != nil || *def.Quota.Value == 64 {
			t.Errorf("default: %+v, %v", def, err)
		}
		seen := map[string]float64{}
		pages := servicequotas.NewListServiceQuotasPaginator(q, &servicequotas.ListServiceQuotasInput{ServiceCode: awssdk.String("ec2"), MaxResults: awssdk.Int32(5)})
		for pages.HasMorePages() {
			p, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Quotas) > 5 {
				t.Errorf("a page of %d", len(p.Quotas))
			}
			for _, one := range p.Quotas {
				seen[*one.QuotaCode] = *one.Value
			}
		}
		if len(seen) != len(vcpuQuotas())-1 || seen["L-34B43A08"] != 64 {
			t.Errorf("listed: %v", seen)
		}
		for _, in := range []servicequotas.GetServiceQuotaInput{
			{ServiceCode: awssdk.String("ec2"), QuotaCode: awssdk.String("L-00000000")},
			{ServiceCode: awssdk.String("vpc"), QuotaCode: awssdk.String("L-F678F1CE")},
			{ServiceCode: awssdk.String("ec2"), QuotaCode: awssdk.String("L-43DA4232")}, // unlisted: only its default is known
		} {
			if _, err := q.GetServiceQuota(t.Context(), &in); code(err) != "NoSuchResourceException" {
				t.Errorf("%s %s: %v", *in.ServiceCode, *in.QuotaCode, err)
			}
		}
		for _, f := range []Fault{{Fault: "quota", Code: "L-1"}, {Fault: "quota", Capacity: -1}, {Fault: "quota", Region: "mars-1"}} {
			if w.Inject(f) == nil {
				t.Errorf("%+v was taken", f)
			}
		}
	})
}

func TestPlacementScores(t *testing.T) {
	bubble(t, Options{Seed: 4}, func(t *testing.T, w *World) {
		c := client(w, "us-east-1")
		ask := func(n int32, zones bool, types ...string) (*ec2.GetSpotPlacementScoresOutput, error) {
			return c.GetSpotPlacementScores(t.Context(), &ec2.GetSpotPlacementScoresInput{
				TargetCapacity: &n, InstanceTypes: types, SingleAvailabilityZone: &zones, RegionNames: []string{"us-west-2", "eu-west-1"},
			})
		}
		some := []string{"t3.medium", "m6a.large", "c6i.large"}
		few, err := ask(10, false, some...)
		if err != nil || len(few.SpotPlacementScores) != 2 || *few.SpotPlacementScores[0].Score < 8 {
			t.Fatalf("a small request: %+v, %v", few, err)
		}
		many, err := ask(5000, false, some...)
		if err != nil || *many.SpotPlacementScores[0].Score >= *few.SpotPlacementScores[0].Score {
			t.Errorf("a large request scores no lower: %+v, %v", many, err)
		}
		single, err := ask(10, false, some[0])
		if err != nil || *single.SpotPlacementScores[0].Score > 2 {
			t.Errorf("one type: %+v, %v", single, err)
		}
		zones, err := ask(10, true, some...)
		if err != nil || len(zones.SpotPlacementScores) != 7 { // four zones and three
			t.Fatalf("by zone: %+v, %v", zones, err)
		}
		for _, s := range zones.SpotPlacementScores {
			if s.AvailabilityZoneId == nil || *s.Score < 1 || *s.Score > 10 {
				t.Errorf("zone score %+v", s)
			}
		}
		if err := w.Inject(Fault{Fault: "no-capacity", Region: "us-west-2"}); err != nil {
			t.Fatal(err)
		}
		dry, err := ask(10, false, some...)
		if err != nil || *dry.SpotPlacementScores[1].Region != "us-west-2" || *dry.SpotPlacementScores[1].Score != 1 {
			t.Errorf("without capacity: %+v, %v", dry, err)
		}
		for n := range maxScoreQuestions {
			_, err = ask(int32(100+n), false, some...)
		}
		if code(err) != "MaxConfigLimitExceededException" {
			t.Errorf("after %d questions: %v", maxScoreQuestions, err)
		}
		if _, err := ask(10, false, some...); err != nil {
			t.Errorf("a question that was asked before: %v", err)
		}
	})
}

func TestTypesSayWhatTheyHave(t *testing.T) {
	t.Parallel()
	w := New(Options{})
	defer w.Close()
	got := map[string]string{}
	pages := ec2.NewDescribeInstanceTypesPaginator(client(w, "us-east-1"), &ec2.DescribeInstanceTypesInput{MaxResults: awssdk.Int32(30)})
	for pages.HasMorePages() {
		p, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.InstanceTypes {
			gpus, neurons := int32(0), int32(0)
			if i.GpuInfo != nil {
				gpus = *i.GpuInfo.Gpus[0].LogicalGpuCount
			}
			if i.NeuronInfo != nil {
				neurons = *i.NeuronInfo.NeuronDevices[0].Count
			}
			got[string(i.InstanceType)] = fmt.Sprint(*i.VCpuInfo.DefaultVCpus, *i.MemoryInfo.SizeInMiB, i.ProcessorInfo.SupportedArchitectures,
				gpus, neurons, *i.CurrentGeneration, *i.BareMetal, *i.BurstablePerformanceSupported, i.SupportedUsageClasses)
		}
	}
	for name, want := range map[string]string{
		"t3.micro":      "2 1024 [x86_64] 0 0 true false true [on-demand spot]",
		"g4dn.12xlarge": "48 196608 [x86_64] 4 0 true false false [on-demand spot]",
		"g6f.large":     "2 8192 [x86_64] 1 0 true false false [on-demand spot]",
		"g5g.xlarge":    "4 8192 [arm64] 1 0 true false false [on-demand spot]",
		"inf2.xlarge":   "4 16384 [x86_64] 0 1 true false false [on-demand spot]",
		"m5.metal":      "96 393216 [x86_64] 0 0 false true false [on-demand spot]",
		"hpc7g.4xlarge": "16 131072 [arm64] 0 0 true false false [on-demand]",
	} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
}
