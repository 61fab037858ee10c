package config

import (
	"reflect"
	"testing"

	"spot-tui/fleet"
)

func TestNeeds(t *testing.T) {
	t.Parallel()
	in := func(low, high int) fleet.Range { return fleet.Range{Low: low, High: high, Given: true} }
	for _, tt := range []struct {
		text string
		want fleet.Needs
	}{
		{``, fleet.Needs{}},
		{`generations = "current"`, fleet.Needs{}},
		{`vcpus = "2-8"`, fleet.Needs{VCPU: in(2, 8)}},
		{`vcpus = " 2 - 8 "`, fleet.Needs{VCPU: in(2, 8)}},
		{`vcpus = "4"`, fleet.Needs{VCPU: in(4, 4)}},
		{`vcpus = 4`, fleet.Needs{VCPU: in(4, 4)}},
		{`vcpus = "4-"`, fleet.Needs{VCPU: in(4, -1)}},
		{`vcpus = "-8"`, fleet.Needs{VCPU: in(0, 8)}},
		{`memory_gib = "0.5-2"`, fleet.Needs{MemoryMiB: in(512, 2048)}},
		{`memory_gib = 3.75`, fleet.Needs{MemoryMiB: in(3840, 3840)}},
		{`gpus = "0"`, fleet.Needs{GPUs: in(0, 0)}},
		{`gpus = "1-4"`, fleet.Needs{GPUs: in(1, 4)}},
		{`arch = ["x86_64", "arm64"]`, fleet.Needs{Arch: []string{"arm64", "x86_64"}}},
		{`generations = "all"`, fleet.Needs{AnyGeneration: true}},
		{`generations = "6-"`, fleet.Needs{Generation: in(6, -1)}},
		{`generations = 7`, fleet.Needs{Generation: in(7, 7)}},
		{`burstable = true`, fleet.Needs{Burstable: fleet.Yes}},
		{`burstable = false`, fleet.Needs{Burstable: fleet.No}},
		{`bare_metal = true`, fleet.Needs{BareMetal: true}},
		{`exclude = ["t2.*", "*.metal*", "m5.large"]`, fleet.Needs{Exclude: []string{"*.metal*", "m5.large", "t2.*"}}},
		{`max_types = 12`, fleet.Needs{MaxTypes: 12}},
	} {
		f := mustParse(t, swap(t, "[capacity]", "[capacity]\n"+tt.text), "/")
		if got := f.Spec().Needs; !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

// Needs alone choose types: names are then not required.
func TestNeedsInsteadOfNames(t *testing.T) {
	t.Parallel()
	s := mustParse(t, swap(t, `instance_types = ["t3.micro", "m7g.large"]`, `vcpus = "2"`), "/").Spec()
	if len(s.Types) != 0 || !s.Needs.Given() {
		t.Errorf("%v, %+v", s.Types, s.Needs)
	}
}
