package sim

import "spot-tui/sim/wire"

// card is what computes in a type beside its CPU.
type card struct {
	maker  string
	name   string
	count  int // 0: a part of one
	memory int // MiB each
	neuron bool
	infers bool // is listed as an inference accelerator too
}

// cards gives what the types with accelerators have, from EC2's
// DescribeInstanceTypes as moto 5.2.1 keeps it.
func cards() map[string]card {
	return map[string]card{
		"g4dn.xlarge":   {maker: "NVIDIA", name: "T4", count: 1, memory: 16384},
		"g4dn.12xlarge": {maker: "NVIDIA", name: "T4", count: 4, memory: 16384},
		"g5.xlarge":     {maker: "NVIDIA", name: "A10G", count: 1, memory: 22888},
		"g5g.xlarge":    {maker: "NVIDIA", name: "T4g", count: 1, memory: 16384},
		"g6.xlarge":     {maker: "NVIDIA", name: "L4", count: 1, memory: 22888},
		"g6f.large":     {maker: "NVIDIA", name: "L4", memory: 2861},
		"inf2.xlarge":   {maker: "AWS", name: "Inferentia2", count: 1, memory: 32768, neuron: true, infers: true},
		"p5.4xlarge":    {maker: "NVIDIA", name: "H100", count: 1, memory: 81920},
		"trn1.2xlarge":  {maker: "AWS", name: "Trainium", count: 1, memory: 32768, neuron: true},
	}
}

// showCards adds a type's accelerators to what DescribeInstanceTypes shows of it.
func (t typeInfo) showCards(tree wire.Map) {
	c, ok := cards()[t.name]
	if !ok {
		return
	}
	memory, all := wire.Map{"SizeInMiB": c.memory}, c.memory*max(c.count, 1)
	if !c.neuron {
		tree["GpuInfo"] = wire.Map{"TotalGpuMemoryInMiB": all, "Gpus": wire.List{wire.Map{
			"Count": c.count, "Manufacturer": c.maker, "Name": c.name, "MemoryInfo": memory, "LogicalGpuCount": max(c.count, 1),
		}}}
		return
	}
	tree["NeuronInfo"] = wire.Map{"TotalNeuronDeviceMemoryInMiB": all, "NeuronDevices": wire.List{wire.Map{
		"Count": c.count, "Name": c.name, "MemoryInfo": memory, "CoreInfo": wire.Map{"Count": 2, "Version": 2},
	}}}
	if c.infers {
		tree["InferenceAcceleratorInfo"] = wire.Map{"TotalInferenceMemoryInMiB": all, "Accelerators": wire.List{wire.Map{
			"Count": c.count, "Manufacturer": c.maker, "Name": c.name, "MemoryInfo": wire.Clone(memory),
		}}}
	}
}
