package fleet

import (
	"fmt"
	"strconv"
)

// Needs says what an instance type must have (config: [capacity]). The zero value
// asks for nothing: the named types are taken as they are.
type Needs struct {
	VCPU      Range    `json:",omitzero"`
	MemoryMiB Range    `json:",omitzero"`
	Arch      []string `json:",omitempty"` // "x86_64", "arm64"; empty: what the image exists for
	GPUs      Range    `json:",omitzero"`
	// Generation is of the number in a type's name; with AnyGeneration old types
	// will do too. Without either, types must be of AWS's current generation.
	Generation    Range    `json:",omitzero"`
	AnyGeneration bool     `json:",omitempty"`
	Burstable     Tristate `json:",omitempty"`
	BareMetal     bool     `json:",omitempty"` // whole machines will do too
	Exclude       []string `json:",omitempty"` // patterns of types that won't: "t2.*", "*.metal*"
	MaxTypes      int      `json:",omitempty"` // per region, the cheapest first; 0: DefaultMaxTypes when nothing is named, else all
}

// DefaultMaxTypes is how many types a choice by need keeps in a region: more than
// the ten that AWS advises (aws-facts §1.1), and few enough to read.
const DefaultMaxTypes = 30

// Given says whether anything is asked for.
func (n Needs) Given() bool {
	return n.VCPU.Given || n.MemoryMiB.Given || len(n.Arch) > 0 || n.GPUs.Given || n.Generation.Given || n.AnyGeneration ||
		n.Burstable != "" || n.BareMetal || len(n.Exclude) > 0 || n.MaxTypes > 0
}

// Tristate is a wish for yes or no, or none.
type Tristate string

// The wishes.
const (
	Yes Tristate = "yes"
	No  Tristate = "no"
)

// Range is a range of whole numbers, both ends included. The zero Range takes
// every number.
type Range struct {
	Low, High int  // High < 0: no upper end
	Given     bool // false: every number
}

// Has says whether a number is in the range.
func (r Range) Has(n int) bool { return !r.Given || n >= r.Low && (r.High < 0 || n <= r.High) }

// String writes it as the config does: "2-8", "4", "4-".
func (r Range) String() string {
	switch {
	case !r.Given:
		return "any"
	case r.High < 0:
		return strconv.Itoa(r.Low) + "-"
	case r.Low == r.High:
		return strconv.Itoa(r.Low)
	}
	return fmt.Sprintf("%d-%d", r.Low, r.High)
}
