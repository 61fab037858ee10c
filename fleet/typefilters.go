package fleet

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// The filters that take types out of a plan, in the order in which they are
// asked. The first that refuses a type is told, with its reason.
const (
	FilterKnown       = "known"       // EC2 has such a type in the region
	FilterSpot        = "spot"        // it is sold as spot
	FilterExclude     = "exclude"     // the config's patterns
	FilterGeneration  = "generation"  // how old it is
	FilterBareMetal   = "bare metal"  // a whole machine
	FilterArch        = "arch"        // its architecture
	FilterVCPU        = "vcpus"       // its vCPUs
	FilterMemory      = "memory"      // its memory
	FilterGPU         = "gpus"        // its GPUs
	FilterAccelerator = "accelerator" // what else computes in it
	FilterBurstable   = "burstable"   // CPU credits
	FilterImage       = "image"       // the image exists for its architecture
	FilterZone        = "zone"        // a zone that can be used offers it
	FilterQuota       = "quota"       // the account's vCPU limit has room for it
	FilterMaxTypes    = "max_types"   // not among the cheapest
	FilterDear        = "on-demand"   // on demand it costs no more
)

// typeFilter is one filter of the chain: why refuses a type with a reason, and
// says nothing where it lets it pass.
type typeFilter struct {
	name string
	why  func(TypeInfo) string
}

// filters is the chain for facts of types. What a need says by itself only narrows
// a choice among all types; types that a person has named are held to what the
// person asks for, not to these defaults.
func (n Needs) filters(named bool) []typeFilter {
	unless := func(ok bool, format string, args ...any) string {
		if ok {
			return ""
		}
		return fmt.Sprintf(format, args...)
	}
	return []typeFilter{
		{FilterSpot, func(t TypeInfo) string { return unless(t.Spot, "it is not sold as spot") }},
		{FilterExclude, func(t TypeInfo) string {
			i := slices.IndexFunc(n.Exclude, func(p string) bool { ok, err := path.Match(p, string(t.Type)); return err == nil && ok })
			if i < 0 {
				return ""
			}
			return fmt.Sprintf("capacity.exclude has %q", n.Exclude[i])
		}},
		{FilterGeneration, func(t TypeInfo) string { return n.generation(t, named) }},
		{FilterBareMetal, func(t TypeInfo) string {
			return unless(!t.BareMetal || n.BareMetal || named, "it is a whole machine, and capacity.bare_metal is not set")
		}},
		{FilterArch, func(t TypeInfo) string {
			fits := len(n.Arch) == 0 || slices.ContainsFunc(t.Arch, func(a string) bool { return slices.Contains(n.Arch, a) })
			return unless(fits, "it is %s, and capacity.arch asks for %s", strings.Join(t.Arch, " or "), strings.Join(n.Arch, " or "))
		}},
		{FilterVCPU, func(t TypeInfo) string {
			return unless(n.VCPU.Has(t.VCPU), "it has %s, and capacity.vcpus asks for %s", plural(t.VCPU, "vCPU"), n.VCPU)
		}},
		{FilterMemory, func(t TypeInfo) string {
			return unless(n.MemoryMiB.Has(t.MemoryMiB), "it has %s of memory, and capacity.memory_gib asks for %s", gib(t.MemoryMiB), n.memory())
		}},
		{FilterGPU, func(t TypeInfo) string {
			if !n.GPUs.Given {
				return unless(t.GPUs == 0 || named, "it has %s, and capacity.gpus asks for none", plural(t.GPUs, "GPU"))
			}
			return unless(n.GPUs.Has(t.GPUs), "it has %s, and capacity.gpus asks for %s", plural(t.GPUs, "GPU"), n.GPUs)
		}},
		{FilterAccelerator, func(t TypeInfo) string {
			return unless(t.Accelerators == 0 || named, "it has %s of another kind than GPUs; name it in capacity.instance_types to use it", plural(t.Accelerators, "accelerator"))
		}},
		{FilterBurstable, func(t TypeInfo) string {
			if n.Burstable == Yes {
				return unless(t.Burstable, "it is not burstable")
			}
			return unless(n.Burstable != No || !t.Burstable, "it is burstable: its CPU runs on credits")
		}},
	}
}

func (n Needs) generation(t TypeInfo, named bool) string {
	switch {
	case n.Generation.Given && !n.Generation.Has(t.Generation):
		return fmt.Sprintf("it is of generation %d, and capacity.generations asks for %s", t.Generation, n.Generation)
	case n.Generation.Given, n.AnyGeneration, named, t.Current:
		return ""
	}
	return "it is not of AWS's current generation"
}

// memory writes the range of memory as the config does, in GiB.
func (n Needs) memory() string {
	r := n.MemoryMiB
	switch {
	case r.High < 0:
		return gib(r.Low) + " or more"
	case r.Low == r.High:
		return gib(r.Low)
	}
	return strings.TrimSuffix(gib(r.Low), " GiB") + "-" + gib(r.High)
}

// gib writes MiB as GiB, with a fraction only where there is one.
func gib(mib int) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", float64(mib)/1024), "0"), ".") + " GiB"
}

// chosen is what the chain made of a region's types.
type chosen struct {
	types   []InstanceType
	dropped []Dropped
}

// choose asks the chain about each type. names are the types that a person named;
// empty: every type of infos is a candidate.
func (n Needs) choose(names []InstanceType, infos []TypeInfo) chosen {
	var c chosen
	chain := n.filters(len(names) > 0)
	for _, t := range names {
		if !slices.ContainsFunc(infos, func(i TypeInfo) bool { return i.Type == t }) {
			c.dropped = append(c.dropped, Dropped{t, FilterKnown, "EC2 does not know the type in this region"})
		}
	}
	for _, t := range infos {
		i := slices.IndexFunc(chain, func(f typeFilter) bool { return f.why(t) != "" })
		if i < 0 {
			c.types = append(c.types, t.Type)
			continue
		}
		c.dropped = append(c.dropped, Dropped{t.Type, chain[i].name, chain[i].why(t)})
	}
	return c
}

// cheapest keeps the pools of the n types whose cheapest pool costs least, and
// says of the others that they are not among them. pools are cheapest first.
func cheapest(pools []Pool, n int) (kept []Pool, dropped []Dropped) {
	var order []InstanceType
	for _, p := range pools {
		if !slices.Contains(order, p.Type) {
			order = append(order, p.Type)
		}
	}
	if n <= 0 || len(order) <= n {
		return pools, nil
	}
	for _, t := range order[n:] {
		dropped = append(dropped, Dropped{t, FilterMaxTypes, fmt.Sprintf("%s are cheaper, and capacity.max_types is %d", plural(n, "type"), n)})
	}
	for _, p := range pools {
		if slices.Contains(order[:n], p.Type) {
			kept = append(kept, p)
		}
	}
	return kept, dropped
}

// most is how many types may be kept in a region.
func (s Spec) most() int {
	if s.Needs.MaxTypes == 0 && len(s.Types) == 0 {
		return DefaultMaxTypes
	}
	return s.Needs.MaxTypes
}
