package sim

import "slices"

// typeInfo is an instance type.
type typeInfo struct {
	name     string
	vcpu     int
	memory   int // MiB
	arch     string
	onDemand float64 // USD per hour, Linux, us-east-1
	network  string
	threads  int // per core
	traits   trait
}

// trait is what only some types are.
type trait uint8

const (
	burstable trait = 1 << iota
	older           // not of the current generation
	freeTier
	xen    // on the old hypervisor
	metal  // a whole machine
	noSpot // sold on demand only
)

func (t typeInfo) is(what trait) bool { return t.traits&what != 0 }

// typeCatalog lists the instance types. Prices are on-demand for Linux in
// us-east-1, from Karpenter's price table (aws/karpenter-provider-aws,
// zz_generated.pricing_aws.go, generated from AWS's price list on 2026-01-19); all
// else is from EC2's DescribeInstanceTypes as moto 5.2.1 keeps it.
func typeCatalog() []typeInfo {
	const x86, arm = "x86_64", "arm64"
	return []typeInfo{
		{"c4.large", 2, 3840, x86, 0.1, "Moderate", 2, older | xen},
		{"c5.large", 2, 4096, x86, 0.085, "Up to 10 Gigabit", 2, older},
		{"c5.xlarge", 4, 8192, x86, 0.17, "Up to 10 Gigabit", 2, older},
		{"c6a.large", 2, 4096, x86, 0.0765, "Up to 12.5 Gigabit", 2, 0},
		{"c6a.xlarge", 4, 8192, x86, 0.153, "Up to 12.5 Gigabit", 2, 0},
		{"c6g.large", 2, 4096, arm, 0.068, "Up to 10 Gigabit", 1, 0},
		{"c6g.xlarge", 4, 8192, arm, 0.136, "Up to 10 Gigabit", 1, 0},
		{"c6i.2xlarge", 8, 16384, x86, 0.34, "Up to 12.5 Gigabit", 2, 0},
		{"c6i.large", 2, 4096, x86, 0.085, "Up to 12.5 Gigabit", 2, 0},
		{"c6i.xlarge", 4, 8192, x86, 0.17, "Up to 12.5 Gigabit", 2, 0},
		{"c7a.large", 2, 4096, x86, 0.10264, "Up to 12.5 Gigabit", 1, 0},
		{"c7g.2xlarge", 8, 16384, arm, 0.29, "Up to 15 Gigabit", 1, 0},
		{"c7g.large", 2, 4096, arm, 0.0725, "Up to 12.5 Gigabit", 1, 0},
		{"c7g.xlarge", 4, 8192, arm, 0.145, "Up to 12.5 Gigabit", 1, 0},
		{"c7i-flex.large", 2, 4096, x86, 0.08479, "Up to 12.5 Gigabit", 2, freeTier},
		{"c7i.large", 2, 4096, x86, 0.08925, "Up to 12.5 Gigabit", 2, 0},
		{"c7i.xlarge", 4, 8192, x86, 0.1785, "Up to 12.5 Gigabit", 2, 0},
		{"c8g.large", 2, 4096, arm, 0.07976, "Up to 12.5 Gigabit", 1, 0},
		{"c8g.xlarge", 4, 8192, arm, 0.15952, "Up to 12.5 Gigabit", 1, 0},
		{"g4dn.12xlarge", 48, 196608, x86, 3.912, "50 Gigabit", 2, 0},
		{"g4dn.xlarge", 4, 16384, x86, 0.526, "Up to 25 Gigabit", 2, 0},
		{"g5.xlarge", 4, 16384, x86, 1.006, "Up to 10 Gigabit", 2, 0},
		{"g5g.xlarge", 4, 8192, arm, 0.42, "Up to 10 Gigabit", 1, 0},
		{"g6.xlarge", 4, 16384, x86, 0.8048, "Up to 10 Gigabit", 2, 0},
		{"g6f.large", 2, 8192, x86, 0.202, "Up to 10 Gigabit", 2, 0},
		{"hpc7g.4xlarge", 16, 131072, arm, 1.6832, "200 Gigabit", 1, noSpot},
		{"i4i.large", 2, 16384, x86, 0.172, "Up to 10 Gigabit", 2, 0},
		{"inf2.xlarge", 4, 16384, x86, 0.7582, "Up to 15 Gigabit", 2, 0},
		{"m4.large", 2, 8192, x86, 0.1, "Moderate", 2, older | xen},
		{"m5.2xlarge", 8, 32768, x86, 0.384, "Up to 10 Gigabit", 2, older},
		{"m5.large", 2, 8192, x86, 0.096, "Up to 10 Gigabit", 2, older},
		{"m5.metal", 96, 393216, x86, 4.608, "25 Gigabit", 2, older | metal},
		{"m5.xlarge", 4, 16384, x86, 0.192, "Up to 10 Gigabit", 2, older},
		{"m6a.large", 2, 8192, x86, 0.0864, "Up to 12.5 Gigabit", 2, 0},
		{"m6a.xlarge", 4, 16384, x86, 0.1728, "Up to 12.5 Gigabit", 2, 0},
		{"m6g.large", 2, 8192, arm, 0.077, "Up to 10 Gigabit", 1, 0},
		{"m6g.xlarge", 4, 16384, arm, 0.154, "Up to 10 Gigabit", 1, 0},
		{"m6i.2xlarge", 8, 32768, x86, 0.384, "Up to 12.5 Gigabit", 2, older},
		{"m6i.4xlarge", 16, 65536, x86, 0.768, "Up to 12.5 Gigabit", 2, older},
		{"m6i.large", 2, 8192, x86, 0.096, "Up to 12.5 Gigabit", 2, older},
		{"m6i.xlarge", 4, 16384, x86, 0.192, "Up to 12.5 Gigabit", 2, older},
		{"m7a.large", 2, 8192, x86, 0.11592, "Up to 12.5 Gigabit", 1, 0},
		{"m7a.medium", 1, 4096, x86, 0.05796, "Up to 12.5 Gigabit", 1, 0},
		{"m7g.large", 2, 8192, arm, 0.0816, "Up to 12.5 Gigabit", 1, 0},
		{"m7g.medium", 1, 4096, arm, 0.0408, "Up to 12.5 Gigabit", 1, 0},
		{"m7g.metal", 64, 262144, arm, 2.6112, "30 Gigabit", 1, metal},
		{"m7g.xlarge", 4, 16384, arm, 0.1632, "Up to 12.5 Gigabit", 1, 0},
		{"m7i-flex.large", 2, 8192, x86, 0.09576, "Up to 12.5 Gigabit", 2, freeTier},
		{"m7i.large", 2, 8192, x86, 0.1008, "Up to 12.5 Gigabit", 2, 0},
		{"m7i.xlarge", 4, 16384, x86, 0.2016, "Up to 12.5 Gigabit", 2, 0},
		{"m8g.large", 2, 8192, arm, 0.08976, "Up to 12.5 Gigabit", 1, 0},
		{"m8g.medium", 1, 4096, arm, 0.04488, "Up to 12.5 Gigabit", 1, 0},
		{"m8g.xlarge", 4, 16384, arm, 0.17952, "Up to 12.5 Gigabit", 1, 0},
		{"p5.4xlarge", 16, 262144, x86, 6.88, "100 Gigabit", 2, 0},
		{"r4.large", 2, 15616, x86, 0.133, "Up to 10 Gigabit", 2, older | xen},
		{"r5.large", 2, 16384, x86, 0.126, "Up to 10 Gigabit", 2, older},
		{"r6a.large", 2, 16384, x86, 0.1134, "Up to 12.5 Gigabit", 2, 0},
		{"r6g.large", 2, 16384, arm, 0.1008, "Up to 10 Gigabit", 1, 0},
		{"r6i.large", 2, 16384, x86, 0.126, "Up to 12.5 Gigabit", 2, older},
		{"r6i.xlarge", 4, 32768, x86, 0.252, "Up to 12.5 Gigabit", 2, older},
		{"r7a.large", 2, 16384, x86, 0.15215, "Up to 12.5 Gigabit", 1, 0},
		{"r7g.large", 2, 16384, arm, 0.1071, "Up to 12.5 Gigabit", 1, 0},
		{"r7g.xlarge", 4, 32768, arm, 0.2142, "Up to 12.5 Gigabit", 1, 0},
		{"r7i.large", 2, 16384, x86, 0.1323, "Up to 12.5 Gigabit", 2, 0},
		{"r8g.large", 2, 16384, arm, 0.11782, "Up to 12.5 Gigabit", 1, 0},
		{"t2.medium", 2, 4096, x86, 0.0464, "Low to Moderate", 1, burstable | xen},
		{"t2.micro", 1, 1024, x86, 0.0116, "Low to Moderate", 1, burstable | xen},
		{"t3.large", 2, 8192, x86, 0.0832, "Up to 5 Gigabit", 2, burstable},
		{"t3.medium", 2, 4096, x86, 0.0416, "Up to 5 Gigabit", 2, burstable},
		{"t3.micro", 2, 1024, x86, 0.0104, "Up to 5 Gigabit", 2, burstable | freeTier},
		{"t3.small", 2, 2048, x86, 0.0208, "Up to 5 Gigabit", 2, burstable | freeTier},
		{"t3.xlarge", 4, 16384, x86, 0.1664, "Up to 5 Gigabit", 2, burstable},
		{"t3a.large", 2, 8192, x86, 0.0752, "Up to 5 Gigabit", 2, burstable},
		{"t3a.medium", 2, 4096, x86, 0.0376, "Up to 5 Gigabit", 2, burstable},
		{"t3a.small", 2, 2048, x86, 0.0188, "Up to 5 Gigabit", 2, burstable},
		{"t3a.xlarge", 4, 16384, x86, 0.1504, "Up to 5 Gigabit", 2, burstable},
		{"t4g.large", 2, 8192, arm, 0.0672, "Up to 5 Gigabit", 1, burstable},
		{"t4g.medium", 2, 4096, arm, 0.0336, "Up to 5 Gigabit", 1, burstable},
		{"t4g.micro", 2, 1024, arm, 0.0084, "Up to 5 Gigabit", 1, burstable | freeTier},
		{"t4g.small", 2, 2048, arm, 0.0168, "Up to 5 Gigabit", 1, burstable | freeTier},
		{"t4g.xlarge", 4, 16384, arm, 0.1344, "Up to 5 Gigabit", 1, burstable},
		{"trn1.2xlarge", 8, 32768, x86, 1.34375, "Up to 12.5 Gigabit", 2, 0},
		{"x2gd.large", 2, 32768, arm, 0.167, "Up to 10 Gigabit", 1, 0},
		{"x2gd.medium", 1, 16384, arm, 0.0835, "Up to 10 Gigabit", 1, 0},
	}
}

// typeNamed finds a type.
func (w *World) typeNamed(name string) (typeInfo, bool) {
	i := slices.IndexFunc(w.types, func(t typeInfo) bool { return t.name == name })
	if i < 0 {
		return typeInfo{}, false
	}
	return w.types[i], true
}
