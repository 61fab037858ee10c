package fleet

import (
	"time"
)

// NetworkRequest asks for a VPC of the fleet's own in a region.
type NetworkRequest struct {
	Fleet Name              `json:"fleet"`
	CIDR  string            `json:"cidr"` // of the VPC, /16 to /20; each zone gets a sixteenth
	Zones []Zone            `json:"zones"`
	Tags  map[string]string `json:"tags"` // all tags, ours included
	// Before is when an earlier try began of which nobody knows what came: what
	// it made may be hidden for minutes, so nothing is made twice before then.
	Before time.Time `json:"-"`
}

// Network is a VPC to launch into.
type Network struct {
	VPC     string          `json:"vpc"`
	Subnets map[Zone]string `json:"subnets"`
}

// GroupRequest asks for the fleet's security group in a region.
type GroupRequest struct {
	Fleet   Name              `json:"fleet"`
	VPC     string            `json:"vpc"`
	SSHFrom string            `json:"ssh_from"`       // CIDR
	More    []string          `json:"more,omitempty"` // further CIDRs: the caller's IPv6 address, say
	Port    int               `json:"port"`
	Tags    map[string]string `json:"tags"` // all tags, ours included
}

// TemplateRequest asks for a launch template in a region.
type TemplateRequest struct {
	Fleet      Name              `json:"fleet"`
	Group      GroupID           `json:"group"`
	RootDevice string            `json:"root_device"`
	RootGiB    int               `json:"root_gib"`
	PublicKey  string            `json:"public_key"`        // authorized_keys line
	Profile    string            `json:"profile,omitempty"` // instance profile, name or ARN; empty: none
	HostKey    HostKey           `json:"host_key,omitzero"` // the host key that its instances get; zero: they make their own
	Private    bool              `json:"private,omitempty"` // no public IPv4 address
	IPv6       bool              `json:"ipv6,omitempty"`    // an IPv6 address each
	EndsAt     time.Time         `json:"ends_at"`
	Tags       map[string]string `json:"tags"`
	Image      string            `json:"image,omitempty"` // empty: the launch names it
	FirstBoot  FirstBoot         `json:"first_boot,omitzero"`
	// OnDemand leaves out what a launch of on-demand instances refuses: tags for spot
	// requests (aws-facts §1.2).
	OnDemand bool `json:"on_demand,omitempty"`
}

// LaunchRequest asks for instances in one region. It is journaled whole, and
// sent again byte for byte after a crash.
type LaunchRequest struct {
	Fleet    Name              `json:"fleet"`
	Launch   LaunchID          `json:"launch"`
	Token    string            `json:"token"` // ≤ 64 ASCII characters
	Region   Region            `json:"region"`
	Count    int               `json:"count"`
	Template TemplateName      `json:"template"`
	Pools    []Pool            `json:"pools"`
	Tags     map[string]string `json:"tags"`
	OnDemand bool              `json:"on_demand,omitempty"` // not spot; Template must be one for it
	// HourEach is the most that each instance may cost per hour, in USD, disk and
	// address included: a request without an answer counts for fleet.max_hourly_cost.
	// 0: not known. It is no part of what EC2 is asked.
	HourEach float64 `json:"hour_each,omitempty"`
}

// Launched is one instance that a launch returned.
type Launched struct {
	ID       InstanceID
	Type     InstanceType
	Zone     Zone
	OnDemand bool
}

// LaunchResult is what a launch came to: instances and errors side by side.
type LaunchResult struct {
	FleetID   string
	Instances []Launched
	Errors    []*Error // one per pool that could not serve; Resource is "type zone"
}
