package fleet

import (
	"slices"
	"time"
)

// ResourceKind names a kind of AWS resource as receipts and leftovers show it.
type ResourceKind string

// The kinds in the order in which a teardown removes them (R10, aws-facts §6.3).
const (
	KindOfKeeper        ResourceKind = "EC2 fleet" // of type maintain: first, or it launches again what goes
	KindOfInstance      ResourceKind = "instance"
	KindOfSpotRequest   ResourceKind = "spot request"
	KindOfAddress       ResourceKind = "elastic IP"
	KindOfInterface     ResourceKind = "network interface"
	KindOfVolume        ResourceKind = "volume"
	KindOfSnapshot      ResourceKind = "snapshot"
	KindOfSecurityGroup ResourceKind = "security group"
	KindOfSubnet        ResourceKind = "subnet"
	KindOfRouteTable    ResourceKind = "route table"
	KindOfGateway       ResourceKind = "internet gateway"
	KindOfVPC           ResourceKind = "VPC"
	KindOfTemplate      ResourceKind = "launch template"
	KindOfKeyPair       ResourceKind = "key pair"
	KindOfRecord        ResourceKind = "fleet record" // always last
)

// ResourceKinds lists every kind in the order of removal.
func ResourceKinds() []ResourceKind {
	return []ResourceKind{
		KindOfKeeper, KindOfInstance, KindOfSpotRequest, KindOfAddress, KindOfInterface, KindOfVolume, KindOfSnapshot, KindOfSecurityGroup,
		KindOfSubnet, KindOfRouteTable, KindOfGateway, KindOfVPC, KindOfTemplate, KindOfKeyPair, KindOfRecord,
	}
}

// rank is a kind's place in the order of removal; one that is not known goes last.
func (k ResourceKind) rank() int {
	ks := ResourceKinds()
	if i := slices.Index(ks, k); i >= 0 {
		return i
	}
	return len(ks)
}

// Claim is the tag that says who made a resource: what a scan found it by, and
// what it must still carry just before it is changed (R7).
type Claim struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ClaimOf is the claim on everything of a fleet.
func ClaimOf(f Name) Claim { return Claim{Key: TagFleet, Value: string(f)} }

// Maker is who made resources, as their tags tell.
type Maker string

// The makers whose resources can be found.
const (
	MadeBySpotTUI     Maker = "spot-tui"
	MadeByPredecessor Maker = "amauo" // the Python tool that came before, by any of its names
)

// TagManagedBy is the tag by which the predecessor's resources are known.
const TagManagedBy = "ManagedBy"

// PredecessorNames are the values that the predecessor wrote into TagManagedBy.
// Its VPCs had another spelling than its instances, so that it never found them
// again (aws-facts §1.10; its own cleanup looks for these four).
func PredecessorNames() []string {
	return []string{"amauo", "Amauo", "SpotDeployer", "aws-spot-deployer"}
}

// Resource is one thing in AWS that carries a claim.
type Resource struct {
	Kind   ResourceKind `json:"kind"`
	ID     string       `json:"id"`
	Name   string       `json:"name,omitempty"`
	Region Region       `json:"region"`
	State  string       `json:"state,omitempty"`
	Owner  string       `json:"owner,omitempty"`
	Fleet  Name         `json:"fleet,omitempty"` // empty: it is no fleet's of spot-tui
	Claim  Claim        `json:"claim,omitzero"`
	Detail string       `json:"detail,omitempty"` // what it belongs to or hangs on, in a few words

	Type   string    `json:"type,omitempty"` // of an instance or a volume
	Zone   Zone      `json:"zone,omitempty"`
	GiB    int       `json:"gib,omitempty"` // of a volume or a snapshot
	Spot   bool      `json:"spot,omitempty"`
	Locked bool      `json:"locked,omitempty"` // an instance with TagLock
	Public bool      `json:"public,omitempty"` // an instance that has a public IPv4 address
	Since  time.Time `json:"since,omitzero"`   // when it was made, where EC2 tells

	// Phase and EndsAt are a fleet record's.
	Phase  Phase     `json:"phase,omitempty"`
	EndsAt time.Time `json:"ends_at,omitzero"`

	// USDMonth is what it costs in a month of 730 hours; nil: unknown, and
	// USDNote says why. Where it is known, the note says how it was found.
	USDMonth *float64 `json:"usd_month"`
	USDNote  string   `json:"usd_note,omitempty"`
}

// String names the resource for a sentence.
func (r Resource) String() string {
	if r.ID == "" {
		return string(r.Kind) + " " + r.Name
	}
	return string(r.Kind) + " " + r.ID
}
