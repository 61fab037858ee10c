package aws

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// typeAge is how long the facts of types are good: a type never changes, and new
// ones come a few times a year.
const typeAge = 24 * time.Hour

// typePage is the largest page of DescribeInstanceTypes (EC2 API reference).
const typePage = 100

// typeFacts is what a region has said of its types. The zero value knows nothing.
type typeFacts struct {
	mu  sync.Mutex
	of  map[fleet.InstanceType]fleet.TypeInfo
	at  time.Time // of the oldest answer in it
	all bool      // every type of the region is in it
}

// known gives what is kept of the named types, or of all, and which of them it
// has nothing of.
func (f *typeFacts) known(ts []fleet.InstanceType) (infos []fleet.TypeInfo, missing []fleet.InstanceType, all bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.at) > typeAge {
		f.of, f.all = nil, false
	}
	if len(ts) == 0 {
		if f.all {
			for _, i := range f.of {
				infos = append(infos, i)
			}
		}
		return infos, nil, f.all
	}
	for _, t := range ts {
		if i, ok := f.of[t]; ok {
			infos = append(infos, i)
		} else if !f.all {
			missing = append(missing, t)
		}
	}
	return infos, missing, len(missing) == 0
}

func (f *typeFacts) learn(infos []fleet.TypeInfo, all bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil || all {
		f.of, f.at = map[fleet.InstanceType]fleet.TypeInfo{}, time.Now()
	}
	f.all = f.all || all
	for _, i := range infos {
		f.of[i.Type] = i
	}
}

// Types implements fleet.Catalog. All types of a region are about ten calls, once
// a day; named ones are a call for those that are not known yet.
func (r *region) Types(ctx context.Context, ts []fleet.InstanceType) ([]fleet.TypeInfo, error) {
	infos, missing, whole := r.facts.known(ts)
	if !whole {
		var fresh []fleet.TypeInfo
		take := func(it *types.InstanceTypeInfo) { fresh = append(fresh, typeInfo(it)) }
		var err error
		if len(ts) == 0 {
			err = r.describeTypes(ctx, nil, take)
		} else {
			err = byType(missing, func(f types.Filter) error { return r.describeTypes(ctx, []types.Filter{f}, take) })
		}
		if err != nil {
			return nil, err
		}
		r.facts.learn(fresh, len(ts) == 0)
		infos = append(infos, fresh...)
	}
	slices.SortFunc(infos, func(a, b fleet.TypeInfo) int { return cmp.Compare(a.Type, b.Type) })
	return slices.CompactFunc(infos, func(a, b fleet.TypeInfo) bool { return a.Type == b.Type }), nil
}

func (r *region) describeTypes(ctx context.Context, fs []types.Filter, each func(*types.InstanceTypeInfo)) error {
	return pages(r.op("describe instance types"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeInstanceTypes", "describe instance types"), &ec2.DescribeInstanceTypesInput{
			Filters: fs, MaxResults: awssdk.Int32(typePage), NextToken: token,
		}, r.ec2().DescribeInstanceTypes)
		if err != nil {
			return nil, err
		}
		for i := range out.InstanceTypes {
			each(&out.InstanceTypes[i])
		}
		return out.NextToken, nil
	})
}

// typeInfo copies a type's facts out of an answer.
func typeInfo(it *types.InstanceTypeInfo) fleet.TypeInfo {
	name := fleet.InstanceType(it.InstanceType)
	i := fleet.TypeInfo{
		Type: name, Arch: []string{}, Generation: fleet.GenerationOf(name),
		// An emulator may leave these out; EC2 itself always says them.
		Current:   it.CurrentGeneration == nil || *it.CurrentGeneration,
		BareMetal: awssdk.ToBool(it.BareMetal), Burstable: awssdk.ToBool(it.BurstablePerformanceSupported),
		Spot:     len(it.SupportedUsageClasses) == 0 || slices.Contains(it.SupportedUsageClasses, types.UsageClassTypeSpot),
		OnDemand: len(it.SupportedUsageClasses) == 0 || slices.Contains(it.SupportedUsageClasses, types.UsageClassTypeOnDemand),
	}
	if it.ProcessorInfo != nil {
		for _, a := range it.ProcessorInfo.SupportedArchitectures {
			i.Arch = append(i.Arch, string(a))
		}
	}
	if it.VCpuInfo != nil {
		i.VCPU = int(awssdk.ToInt32(it.VCpuInfo.DefaultVCpus))
	}
	if it.MemoryInfo != nil {
		i.MemoryMiB = int(awssdk.ToInt64(it.MemoryInfo.SizeInMiB))
	}
	if it.GpuInfo != nil {
		for _, g := range it.GpuInfo.Gpus {
			// A type with a part of a GPU has a count of 0 and one logical GPU.
			i.GPUs += int(max(awssdk.ToInt32(g.Count), awssdk.ToInt32(g.LogicalGpuCount)))
			if i.GPU == "" {
				i.GPU = awssdk.ToString(g.Manufacturer) + " " + awssdk.ToString(g.Name)
			}
		}
	}
	i.Accelerators = accelerators(it)
	return i
}

// accelerators counts what computes and is no GPU. Neuron chips stand in an older
// answer as inference accelerators, in a newer one also as Neuron devices.
func accelerators(it *types.InstanceTypeInfo) int {
	neuron, inference, rest := 0, 0, 0
	if it.NeuronInfo != nil {
		for _, d := range it.NeuronInfo.NeuronDevices {
			neuron += int(awssdk.ToInt32(d.Count))
		}
	}
	if it.InferenceAcceleratorInfo != nil {
		for _, d := range it.InferenceAcceleratorInfo.Accelerators {
			inference += int(awssdk.ToInt32(d.Count))
		}
	}
	if it.FpgaInfo != nil {
		for _, d := range it.FpgaInfo.Fpgas {
			rest += int(awssdk.ToInt32(d.Count))
		}
	}
	if it.MediaAcceleratorInfo != nil {
		for _, d := range it.MediaAcceleratorInfo.Accelerators {
			rest += int(awssdk.ToInt32(d.Count))
		}
	}
	return max(neuron, inference) + rest
}
