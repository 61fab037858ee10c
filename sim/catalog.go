package sim

import (
	"slices"
	"time"
)

// regionInfo is what is fixed about a region.
type regionInfo struct {
	name    string
	zones   string  // the letters of its zones
	code    string  // how zone ids start: "use1" in "use1-az1"
	factor  float64 // on-demand price against us-east-1, rounded from the public price list
	latency time.Duration
	optedIn bool // false only where a region needs opt-in and the account has not done so
	optIn   bool // needs opt-in (aws-facts §12)
}

// regionCatalog lists the regions in the order in which DescribeRegions gives
// them. Latencies are what a caller in Europe or the US east would about see.
func regionCatalog() []regionInfo {
	ms := time.Millisecond
	return []regionInfo{
		{"us-east-1", "abcdef", "use1", 1, 80 * ms, true, false},
		{"us-east-2", "abc", "use2", 1, 95 * ms, true, false},
		{"us-west-2", "abcd", "usw2", 1, 130 * ms, true, false},
		{"eu-west-1", "abc", "euw1", 1.10, 140 * ms, true, false},
		{"eu-central-1", "abc", "euc1", 1.15, 150 * ms, true, false},
		{"eu-north-1", "abc", "eun1", 1.04, 165 * ms, true, false},
		{"ap-southeast-1", "abc", "apse1", 1.22, 235 * ms, true, false},
		{"ap-northeast-1", "abc", "apne1", 1.28, 210 * ms, true, false},
		{"sa-east-1", "abc", "sae1", 1.60, 190 * ms, true, false},
		{"af-south-1", "abc", "afs1", 1.32, 250 * ms, false, true},
	}
}

// typeInfo is an instance type.
type typeInfo struct {
	name     string
	vcpu     int
	memory   int // MiB
	arch     string
	onDemand float64 // USD per hour, Linux, us-east-1
	network  string
	burst    bool
}

// typeCatalog lists the instance types. On-demand prices are us-east-1's public
// list prices for Linux; t3.micro, t3.small, t3.medium, t4g.small, t4g.medium,
// m5.large, m6i.large and c7g.large are the anchors of aws-facts §5.1, the rest
// follows from the same price list (a size up costs double).
func typeCatalog() []typeInfo {
	const x86, arm = "x86_64", "arm64"
	const low, mid, high = "Up to 5 Gigabit", "Up to 10 Gigabit", "Up to 12.5 Gigabit"
	return []typeInfo{
		{"c5.large", 2, 4096, x86, 0.085, mid, false},
		{"c6a.large", 2, 4096, x86, 0.0765, high, false},
		{"c6i.large", 2, 4096, x86, 0.085, high, false},
		{"c6i.xlarge", 4, 8192, x86, 0.17, high, false},
		{"c7g.large", 2, 4096, arm, 0.0725, high, false},
		{"c7g.xlarge", 4, 8192, arm, 0.145, high, false},
		{"m5.large", 2, 8192, x86, 0.096, mid, false},
		{"m6a.large", 2, 8192, x86, 0.0864, high, false},
		{"m6g.large", 2, 8192, arm, 0.077, mid, false},
		{"m6i.large", 2, 8192, x86, 0.096, high, false},
		{"m6i.xlarge", 4, 16384, x86, 0.192, high, false},
		{"m7g.large", 2, 8192, arm, 0.0816, high, false},
		{"m7g.medium", 1, 4096, arm, 0.0408, high, false},
		{"r6g.large", 2, 16384, arm, 0.1008, mid, false},
		{"r6i.large", 2, 16384, x86, 0.126, high, false},
		{"r7g.large", 2, 16384, arm, 0.1071, high, false},
		{"t3.large", 2, 8192, x86, 0.0832, low, true},
		{"t3.medium", 2, 4096, x86, 0.0416, low, true},
		{"t3.micro", 2, 1024, x86, 0.0104, low, true},
		{"t3.small", 2, 2048, x86, 0.0208, low, true},
		{"t3.xlarge", 4, 16384, x86, 0.1664, low, true},
		{"t3a.large", 2, 8192, x86, 0.0752, low, true},
		{"t3a.medium", 2, 4096, x86, 0.0376, low, true},
		{"t4g.large", 2, 8192, arm, 0.0672, low, true},
		{"t4g.medium", 2, 4096, arm, 0.0336, low, true},
		{"t4g.small", 2, 2048, arm, 0.0168, low, true},
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

// imageInfo is a family of machine images: the same system for both architectures.
type imageInfo struct {
	param   string // SSM parameter with %s for the architecture (aws-facts §7.1)
	params  []string
	name    string // with %s for the architecture and %s for the build date
	owner   string
	alias   string
	user    string // login name (aws-facts §7.3)
	root    string // root device (aws-facts §7.2)
	debArch bool   // spells x86_64 "amd64"
	about   string
	gib     int
}

// imageCatalog lists the image families.
func imageCatalog() []imageInfo {
	return []imageInfo{
		{
			param: "/aws/service/canonical/ubuntu/server/24.04/stable/current/%s/hvm/ebs-gp3/ami-id",
			name:  "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-%s-server-%s", owner: "099720109477", alias: "amazon",
			user: "ubuntu", root: "/dev/sda1", debArch: true, gib: 8, about: "Canonical, Ubuntu, 24.04, %s noble image",
		},
		{
			param:  "/aws/service/canonical/ubuntu/server/22.04/stable/current/%s/hvm/ebs-gp2/ami-id",
			params: []string{"/aws/service/canonical/ubuntu/server/22.04/stable/current/%s/hvm/ebs-gp3/ami-id"},
			name:   "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-%s-server-%s", owner: "099720109477", alias: "amazon",
			user: "ubuntu", root: "/dev/sda1", debArch: true, gib: 8, about: "Canonical, Ubuntu, 22.04 LTS, %s jammy image",
		},
		{
			param:  "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-%s",
			params: []string{"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-%s"},
			name:   "al2023-ami-2023.9.%[2]s-kernel-6.1-%[1]s", owner: "137112412989", alias: "amazon",
			user: "ec2-user", root: "/dev/xvda", gib: 8, about: "Amazon Linux 2023 AMI %s HVM kernel-6.1",
		},
		{
			param:  "/aws/service/debian/release/12/latest/%s",
			params: []string{"/aws/service/debian/release/bookworm/latest/%s"},
			name:   "debian-12-%s-%s-1", owner: "136693071363",
			user: "admin", root: "/dev/xvda", debArch: true, gib: 8, about: "Debian 12 (%s)",
		},
	}
}
