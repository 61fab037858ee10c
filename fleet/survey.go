package fleet

// SurveyRequest asks what a launch in a region would build on.
type SurveyRequest struct {
	Fleet   Name
	Image   string
	Types   []InstanceType
	Zones   []Zone // only these; empty: every zone
	Network NetworkSpec
}

// Survey is what a launch in a region would build on.
type Survey struct {
	VPC     string           // empty: one of our own is still to be made
	Images  map[string]Image // by architecture
	Pools   []Pool           // offered types × zones that have a subnet, with prices where known
	Dropped []Dropped        // types that can't be used here and why
	Checks  []Check          // what a launch needs, in the order in which it needs it (R30)
	Types   []TypeInfo       // facts of the asked types that EC2 knows here
	Blocks  []string         // the VPC's address blocks, as CIDRs; empty where it is still to be made
	IPv6    bool             // every subnet of the pools has IPv6 addresses to give, and they are asked for
	Room    int              // free addresses in the subnets of the pools; -1: not known
}

// CheckState is how a check of the preflight came out.
type CheckState string

// The outcomes of a check.
const (
	CheckOK   CheckState = "ok"
	CheckMake CheckState = "make" // not there yet; the launch makes it
	CheckWarn CheckState = "warn" // a launch works, but not as a person may expect
	CheckFail CheckState = "fail" // nothing can be launched here
)

// Check is one line of a region's preflight (R30).
type Check struct {
	What   string     `json:"what"` // "VPC", "route", "image"…
	State  CheckState `json:"state"`
	Detail string     `json:"detail"` // what was found
	Hint   string     `json:"hint,omitempty"`
}

// Dropped is a type that a filter took out, and why.
type Dropped struct {
	Type   InstanceType `json:"type"`
	Filter string       `json:"filter"` // the filter's name, "vcpus"
	Reason string       `json:"reason"`
}

// Image is a machine image in a region.
type Image struct {
	ID         string
	Arch       string // "x86_64" or "arm64"
	User       string // login name
	RootDevice string // "/dev/sda1": a wrong one would add a second disk (aws-facts §7.2)
	RootGiB    int    // of its snapshot: the smallest root volume
}

// Pool is a type in a zone: the unit in which spot capacity and price exist.
type Pool struct {
	Type   InstanceType `json:"type"`
	Zone   Zone         `json:"zone"`
	Subnet string       `json:"subnet"` // empty: the launch makes it
	Image  string       `json:"image"`
	Arch   string       `json:"arch"`
	Price  Price        `json:"price"`
	// OnDemand is what the type costs on demand; of a plan's pools only.
	OnDemand Price `json:"on_demand_price,omitzero"`
}
