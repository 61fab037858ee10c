package sim

import (
	"slices"
	"strings"
	"time"
)

// regionInfo is what is fixed about a region.
type regionInfo struct {
	name    string
	zones   string  // the letters of its zones
	code    string  // how zone ids start: "use1" in "use1-az1"
	factor  float64 // on-demand price against us-east-1, of m5.large on the public price list, rounded
	latency time.Duration
	saving  int    // median spot saving in per cent (aws-facts §5.3; 65, the median of all, where its table has none)
	optedIn bool   // false only where a region needs opt-in and the account has not done so
	optIn   bool   // needs opt-in (aws-facts §12)
	lacks   string // zones and the families that they don't offer: "ab: m7a g5; c: t3a", * is every family
}

// regionCatalog lists the regions in the order in which DescribeRegions gives
// them: the 17 that need no opting in (aws-facts §12), and two that do. Zones,
// and which families a zone lacks, are those of EC2's own offerings as moto
// 5.2.1 keeps them; only us-west-1 has a third zone here, which new accounts
// don't see. Latencies are what a caller in the US east would about see.
func regionCatalog() []regionInfo {
	ms := time.Millisecond
	return []regionInfo{
		{"us-east-1", "abcdef", "use1", 1, 80 * ms, 66, true, false, "abdf: hpc7g; ad: trn1; d: inf2; e: *; f: g5g g6f"},
		{"us-east-2", "abc", "use2", 1, 95 * ms, 66, true, false, "ab: trn1; abc: g5g hpc7g"},
		{"us-west-1", "abc", "usw1", 1.17, 125 * ms, 70, true, false, "ab: c7a g5 g6 inf2 m7a r7a; abc: g5g g6f hpc7g trn1 x2gd; c: c4 m4 p5 r4 t2"},
		{"us-west-2", "abcd", "usw2", 1, 130 * ms, 65, true, false, "abcd: hpc7g; ac: trn1; d: c4 g4dn g5 g5g m4 r4 t2"},
		{"ca-central-1", "abd", "cac1", 1.11, 95 * ms, 64, true, false, "ab: p5; abd: c7a g5g hpc7g inf2 m7a r7a trn1 x2gd; d: c4 g4dn g5 g6f m4 r4 r6a t2 t3a"},
		{"eu-west-1", "abc", "euw1", 1.11, 140 * ms, 55, true, false, "abc: g5g g6 g6f p5 trn1; ac: hpc7g"},
		{"eu-west-2", "abc", "euw2", 1.16, 145 * ms, 65, true, false, "abc: g5g hpc7g r6a r7a trn1 x2gd; bc: inf2; c: c7a g5 g6f"},
		{"eu-west-3", "abc", "euw3", 1.17, 148 * ms, 65, true, false, "a: g6 inf2; abc: c4 c6a c7a c8g g5 g5g g6f hpc7g m4 m7a p5 r6a r7a trn1 x2gd"},
		{"eu-central-1", "abc", "euc1", 1.2, 150 * ms, 67, true, false, "a: c7i-flex; ab: g5g; abc: hpc7g p5 trn1 x2gd; c: g6f inf2"},
		{"eu-north-1", "abc", "eun1", 1.06, 165 * ms, 77, true, false, "a: g5; abc: c4 c6a g5g hpc7g m4 m6a r4 r6a t2 t3a trn1 x2gd; c: g6 g6f inf2"},
		{"ap-south-1", "abc", "aps1", 1.05, 240 * ms, 68, true, false, "ab: trn1; abc: c7a g5g hpc7g m7a r7a x2gd; c: c4 g5 g6 g6f inf2 m4 r4 t2"},
		{"ap-northeast-1", "acd", "apne1", 1.29, 210 * ms, 66, true, false, "a: g5g; acd: trn1 x2gd; c: t3a; cd: hpc7g; d: g5 g6 g6f inf2 p5"},
		{"ap-northeast-2", "abcd", "apne2", 1.23, 220 * ms, 65, true, false, "abcd: c6a c7a hpc7g m6a m7a r6a r7a trn1 x2gd; ac: c7i-flex; b: g5 g6 g6f; bcd: p5; bd: c4 g5g m4 r4 t2 t3a; d: g4dn i4i inf2 r8g"},
		{"ap-northeast-3", "abc", "apne3", 1.29, 215 * ms, 65, true, false, "a: g4dn; abc: c6a c7a c7i-flex g5 g5g g6 g6f hpc7g inf2 m6a m7a p5 r6a r7a t3a trn1 x2gd; bc: c4 m4 r4 t2"},
		{"ap-southeast-1", "abc", "apse1", 1.25, 235 * ms, 66, true, false, "a: inf2; abc: c7a g5 g6 g6f hpc7g m7a p5 r7a trn1 x2gd; c: g5g r6a"},
		{"ap-southeast-2", "abc", "apse2", 1.25, 230 * ms, 65, true, false, "a: g5 g6f trn1; abc: c7a g5g hpc7g r7a x2gd; c: inf2"},
		{"sa-east-1", "abc", "sae1", 1.59, 190 * ms, 73, true, false, "ab: inf2 p5; abc: c7a g5g hpc7g m7a r6a r7a trn1 x2gd; b: c4 m4 r4 t2; c: g5 g6 g6f"},
		{"af-south-1", "abc", "afs1", 1.32, 250 * ms, 79, false, true, "a: c6g c7i g4dn; abc: c4 c6a c7a c8g g5 g5g g6 g6f hpc7g inf2 m4 m6a m7a m7i-flex p5 r4 r6a r7a r7i r8g t2 t3a trn1 x2gd; c: c7i-flex"},
		{"eu-south-2", "abc", "eus2", 1.11, 155 * ms, 77, false, true, "abc: c4 c6a c6i g4dn g5 hpc7g inf2 m4 m6a m6i p5 r4 r6a r6i t2 t3a trn1 x2gd; bc: g5g"},
	}
}

// offered says whether a zone has a type at all.
func (r *region) offered(t typeInfo, zone string) bool {
	family, _, _ := strings.Cut(t.name, ".")
	for part := range strings.SplitSeq(r.info.lacks, "; ") {
		zones, families, _ := strings.Cut(part, ": ")
		if strings.ContainsRune(zones, rune(zone[len(zone)-1])) && (families == "*" || slices.Contains(strings.Fields(families), family)) {
			return false
		}
	}
	return true
}
