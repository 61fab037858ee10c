package fleet

import (
	"slices"
	"strings"
	"testing"
)

// some types, as EC2 describes them.
func someTypes() []TypeInfo {
	x86, arm := []string{"x86_64"}, []string{"arm64"}
	all := []TypeInfo{
		{Type: "t3.medium", VCPU: 2, MemoryMiB: 4096, Arch: x86, Burstable: true, Current: true},
		{Type: "t2.medium", VCPU: 2, MemoryMiB: 4096, Arch: []string{"i386", "x86_64"}, Burstable: true, Current: true},
		{Type: "m7g.large", VCPU: 2, MemoryMiB: 8192, Arch: arm, Current: true},
		{Type: "m7i.xlarge", VCPU: 4, MemoryMiB: 16384, Arch: x86, Current: true},
		{Type: "m4.large", VCPU: 2, MemoryMiB: 8192, Arch: x86},
		{Type: "m7g.metal", VCPU: 64, MemoryMiB: 262144, Arch: arm, Current: true, BareMetal: true},
		{Type: "g4dn.xlarge", VCPU: 4, MemoryMiB: 16384, Arch: x86, Current: true, GPUs: 1},
		{Type: "inf2.xlarge", VCPU: 4, MemoryMiB: 16384, Arch: x86, Current: true, Accelerators: 1},
		{Type: "hpc7g.4xlarge", VCPU: 16, MemoryMiB: 131072, Arch: arm, Current: true, OnDemand: true},
	}
	for i := range all {
		all[i].Spot = !strings.HasPrefix(string(all[i].Type), "hpc")
		all[i].Generation = GenerationOf(all[i].Type)
	}
	return all
}

func TestEachFilterSaysWhy(t *testing.T) {
	t.Parallel()
	in := func(low, high int) Range { return Range{Low: low, High: high, Given: true} }
	for _, tt := range []struct {
		name  string
		needs Needs
		named []InstanceType
		kept  string
		gone  map[InstanceType][2]string // a type, the filter and a part of its reason
	}{
		{"small ones", Needs{VCPU: in(2, 4)}, nil, "t3.medium t2.medium m7g.large m7i.xlarge", map[InstanceType][2]string{
			"m4.large": {FilterGeneration, "current generation"}, "m7g.metal": {FilterBareMetal, "whole machine"}, "g4dn.xlarge": {FilterGPU, "1 GPU, and capacity.gpus asks for none"},
			"inf2.xlarge": {FilterAccelerator, "name it in capacity.instance_types"}, "hpc7g.4xlarge": {FilterSpot, "not sold as spot"},
		}},
		{"memory", Needs{MemoryMiB: in(8192, 16384)}, nil, "m7g.large m7i.xlarge", map[InstanceType][2]string{"t3.medium": {FilterMemory, "4 GiB of memory, and capacity.memory_gib asks for 8-16 GiB"}}},
		{"arm", Needs{Arch: []string{"arm64"}}, nil, "m7g.large", map[InstanceType][2]string{"t2.medium": {FilterArch, "it is i386 or x86_64, and capacity.arch asks for arm64"}}},
		{"gpus", Needs{GPUs: in(1, -1)}, nil, "g4dn.xlarge", map[InstanceType][2]string{"t3.medium": {FilterGPU, "0 GPUs, and capacity.gpus asks for 1-"}}},
		{"new ones", Needs{Generation: in(7, -1)}, nil, "m7g.large m7i.xlarge", map[InstanceType][2]string{"t3.medium": {FilterGeneration, "generation 3, and capacity.generations asks for 7-"}}},
		{"any age", Needs{AnyGeneration: true, VCPU: in(2, 2)}, nil, "t3.medium t2.medium m7g.large m4.large", nil},
		{"no credits", Needs{Burstable: No}, nil, "m7g.large m7i.xlarge", map[InstanceType][2]string{"t3.medium": {FilterBurstable, "credits"}}},
		{"credits", Needs{Burstable: Yes}, nil, "t3.medium t2.medium", map[InstanceType][2]string{"m7g.large": {FilterBurstable, "not burstable"}}},
		{"patterns", Needs{VCPU: in(2, 2), Exclude: []string{"t2.*"}}, nil, "t3.medium m7g.large", map[InstanceType][2]string{"t2.medium": {FilterExclude, `capacity.exclude has "t2.*"`}}},
		{"machines", Needs{VCPU: in(48, -1), BareMetal: true}, nil, "m7g.metal", map[InstanceType][2]string{"m7i.xlarge": {FilterVCPU, "4 vCPUs, and capacity.vcpus asks for 48-"}}},
		{"names are held to what is asked for, not to defaults", Needs{VCPU: in(2, 4)}, []InstanceType{"m4.large", "g4dn.xlarge", "inf2.xlarge", "m7g.metal", "m9.huge"}, "m4.large g4dn.xlarge inf2.xlarge", map[InstanceType][2]string{
			"m7g.metal": {FilterVCPU, "64 vCPUs"}, "m9.huge": {FilterKnown, "does not know"},
		}},
	} {
		infos := someTypes()
		if tt.named != nil {
			infos = slices.DeleteFunc(infos, func(i TypeInfo) bool { return !slices.Contains(tt.named, i.Type) })
		}
		c := tt.needs.choose(tt.named, infos)
		var kept []string
		for _, k := range c.types {
			kept = append(kept, string(k))
		}
		if got := strings.Join(kept, " "); got != tt.kept {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.kept)
		}
		for typ, want := range tt.gone {
			i := slices.IndexFunc(c.dropped, func(d Dropped) bool { return d.Type == typ })
			if i < 0 || c.dropped[i].Filter != want[0] || !strings.Contains(c.dropped[i].Reason, want[1]) {
				t.Errorf("%s: %s is dropped as %+v, want %v", tt.name, typ, c.dropped, want)
			}
		}
		if n := len(c.types) + len(c.dropped); tt.named == nil && n != len(infos) {
			t.Errorf("%s: %d of %d types are told", tt.name, n, len(infos))
		}
	}
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	for typ, want := range map[InstanceType]QuotaFamily{
		"t3.medium": FamilyStandard, "im4gn.large": FamilyStandard, "is4gen.medium": FamilyStandard, "i4i.large": FamilyStandard, "inf2.xlarge": FamilyInf,
		"g6f.large": FamilyG, "gr6.4xlarge": FamilyG, "vt1.3xlarge": FamilyG, "p4d.24xlarge": FamilyP, "p5.4xlarge": FamilyP5, "p5en.48xlarge": FamilyP5, "trn1.2xlarge": FamilyTrn,
		"f2.6xlarge": FamilyF, "x2gd.medium": FamilyX, "dl1.24xlarge": FamilyDL, "u-6tb1.metal": FamilyHighMemory, "u7i-12tb.224xlarge": FamilyHighMemory, "hpc7g.4xlarge": FamilyHPC,
		"mac2.metal": "", "d3en.xlarge": FamilyStandard, "z1d.large": FamilyStandard, "c7i-flex.large": FamilyStandard,
	} {
		if got := FamilyOf(typ); got != want {
			t.Errorf("%s is of %q, want %q", typ, got, want)
		}
	}
	if FamilyP5.Counts(true) != FamilyP || FamilyP5.Counts(false) != FamilyP5 {
		t.Error("on demand all P types have one quota")
	}
}

func TestTheCheapestTypesAreKept(t *testing.T) {
	t.Parallel()
	pools := []Pool{{Type: "a.large", Zone: "1"}, {Type: "b.large", Zone: "1"}, {Type: "a.large", Zone: "2"}, {Type: "c.large", Zone: "1"}}
	kept, dropped := cheapest(pools, 2)
	if len(kept) != 3 || len(dropped) != 1 || dropped[0].Type != "c.large" || dropped[0].Filter != FilterMaxTypes {
		t.Errorf("%+v, %+v", kept, dropped)
	}
	if kept, dropped := cheapest(pools, 0); len(kept) != 4 || dropped != nil {
		t.Errorf("without a limit: %+v, %+v", kept, dropped)
	}
}
