package fleet

import (
	"strconv"
	"strings"
)

// TypeInfo is what EC2 says of an instance type in a region
// (DescribeInstanceTypes): the facts that a choice by need reads.
type TypeInfo struct {
	Type      InstanceType `json:"type"`
	VCPU      int          `json:"vcpu"`       // by default, which is what quotas count (aws-facts §5.5)
	MemoryMiB int          `json:"memory_mib"` // all of it
	Arch      []string     `json:"arch"`       // "x86_64", "arm64"; some old types also "i386"
	GPUs      int          `json:"gpus"`
	GPU       string       `json:"gpu,omitempty"` // what kind, "NVIDIA T4"
	// Accelerators counts what computes and is no GPU: Inferentia, Trainium,
	// FPGAs, video and Gaudi cards.
	Accelerators int  `json:"accelerators"`
	Generation   int  `json:"generation"` // the number in the name, 6 of m6i; 0 where it has none
	Current      bool `json:"current"`    // AWS counts it to the current generation
	BareMetal    bool `json:"bare_metal"`
	Burstable    bool `json:"burstable"` // CPU credits
	Spot         bool `json:"spot"`      // sold as spot
	OnDemand     bool `json:"on_demand"` // sold on demand
}

// Family is the quota that counts the type.
func (t TypeInfo) Family() QuotaFamily { return FamilyOf(t.Type) }

// nameParts cuts a type's name: "m6i.large" is the letters "m", generation 6 and
// the size "large".
func nameParts(t InstanceType) (letters string, generation int, size string) {
	class, size, _ := strings.Cut(string(t), ".")
	at := strings.IndexAny(class, "0123456789")
	if at < 0 {
		return class, 0, size
	}
	end := at
	for end < len(class) && class[end] >= '0' && class[end] <= '9' {
		end++
	}
	generation, _ = strconv.Atoi(class[at:end]) // only digits; one too large for an int is 0
	return class[:at], generation, size
}

// GenerationOf is the number in a type's name, 6 of "m6i.large"; 0 where it has none.
func GenerationOf(t InstanceType) int {
	letters, n, _ := nameParts(t)
	if letters == "u-" { // "u-6tb1.metal" counts terabytes
		return 0
	}
	return n
}
