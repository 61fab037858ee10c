package fleet

import (
	"io/fs"
	"time"
)

// Spec is what a fleet should be: the config file, read and checked.
// The config package builds it; the engine trusts it.
type Spec struct {
	Name        Name
	Target      int            // instances, over all regions
	Keep        KeepMode       `json:",omitempty"` // who holds the target; empty: KeepOwn
	MaxLifetime time.Duration  // 0: no end (never the default, R14)
	Types       []InstanceType // empty: by need alone
	Needs       Needs          `json:",omitzero"` // what a type must have; the zero value: nothing
	Regions     []RegionSpec   // at least one; the first is the preferred home
	Image       string         // alias ("ubuntu-24.04") or "ami-…"
	RootGiB     int            // size of the root volume; 0: the image's own
	Profile     string         // instance profile of the instances, name or ARN; empty: none
	Capacity    CapacitySpec   `json:",omitzero"`
	Network     NetworkSpec
	SSH         SSHSpec
	Provision   ProvisionSpec
	Guard       GuardSpec `json:",omitzero"`
	Poll        PollSpec
	Tags        map[string]string // the user's, put on every resource
	ConfigHash  string            // of the file's meaning, not of its bytes
	ConfigPath  string            // where it was read from, for messages
}

// RegionSpec is one region of a fleet. With any Count set, counts rule and the
// target is their sum; else the target is spread by Weight.
type RegionSpec struct {
	Name   Region
	Weight int // 0 counts as 1
	Count  int // -1: not given
	// What this region does otherwise than the fleet; empty for as the fleet.
	Types []InstanceType
	Image string
	Zones []Zone // only these
	// The network that this region was given, by the fleet's NetworkSpec.Mode.
	VPC     string   `json:",omitempty"`
	Subnets []string `json:",omitempty"`
}

// OnDemandMode says when on-demand instances stand in for spot ones.
type OnDemandMode string

// When on-demand instances stand in for spot ones.
const (
	OnDemandNever OnDemandMode = "never" // also the empty mode
	// OnDemandFallback asks for what no spot pool of any region could give.
	OnDemandFallback OnDemandMode = "fallback"
)

// CapacitySpec says which capacity a fleet takes (R23).
type CapacitySpec struct {
	OnDemand OnDemandMode
	// OnDemandBase is how many of the target are always on-demand; 0 to the target.
	OnDemandBase int
}

// wanted says whether on-demand instances may be launched at all.
func (c CapacitySpec) wanted() bool { return c.OnDemand == OnDemandFallback || c.OnDemandBase > 0 }

// NetworkMode says which VPC of a region the fleet lives in.
type NetworkMode string

// The ways to get a VPC.
const (
	// NetworkAuto is the default VPC, and one of our own where a region has none.
	NetworkAuto NetworkMode = "auto"
	// NetworkDefault is the default VPC only; a region without one can't take part.
	NetworkDefault NetworkMode = "default"
	// NetworkOwn is a VPC of the fleet's own, with a subnet per zone.
	NetworkOwn NetworkMode = "own"
)

// OwnCIDR is the address block of a VPC of our own where nothing else is said.
const OwnCIDR = "10.77.0.0/16"

// NetworkSpec says where instances live and who may reach them.
type NetworkSpec struct {
	Mode NetworkMode // empty: NetworkAuto
	// CIDR is the address block of a VPC of our own, /16 to /20; empty: 10.77.0.0/16.
	CIDR string
	// SSHFrom is the CIDR that may reach port 22; "auto" is the caller's own
	// address, or the VPC's own ones where instances are private.
	SSHFrom string
	// Private instances get no public IPv4 address.
	Private bool     `json:",omitempty"`
	IPv6    IPv6Mode `json:",omitempty"` // empty: IPv6Off
	// VPC and Subnets are a region's own, where Mode is NetworkVPC or NetworkSubnets.
	VPC     string   `json:",omitempty"`
	Subnets []string `json:",omitempty"`
}

// SSHSpec says how instances are reached.
type SSHSpec struct {
	User       string // empty: the image's own login name
	PrivateKey string // path of the private key
	PublicKey  string // its public half, one authorized_keys line
	Jump       string // user@host:port of a jump host; empty: none
	Port       int    // 22 where nothing else is said
	// HostKeys says how a host's key is checked; empty: HostKeysPin.
	HostKeys HostKeyMode
	Parallel int           // SSH sessions at once, over all regions; 0: 64
	Connect  time.Duration // TCP, key exchange and login together; 0: 10 s
}

// HostKeyMode says how it is made sure that a host is the instance that it
// should be.
type HostKeyMode string

// The ways to check host keys. docs/ssh.md weighs them.
const (
	// HostKeysPin takes the key that a host shows first, and no other later.
	HostKeysPin HostKeyMode = "pin"
	// HostKeysConsole does the same, and compares it to the instance's console
	// as soon as EC2 shows that.
	HostKeysConsole HostKeyMode = "console"
	// HostKeysInject makes one key per launch and gives it to the instances in
	// their user data, so that it is known before the first connection.
	HostKeysInject HostKeyMode = "inject"
)

// ProvisionSpec says what happens between reachable and ready.
type ProvisionSpec struct {
	Enabled    bool
	CloudInit  bool     // wait for cloud-init's end before anything else
	Packages   []string // of the host's package manager, for which sudo is used
	Files      []FileSpec
	Setup      string        // shell script text; empty: none
	ReadyCheck string        // shell command that must exit 0; empty: none
	Timeout    time.Duration // for each step
	SSHTimeout time.Duration // from running to reachable
}

// FileSpec is one tree or file to upload.
type FileSpec struct {
	Source string      // local path, absolute
	Target string      // remote directory (for a directory) or file
	Mode   fs.FileMode // of the files; 0: as they are here
	Owner  string      // "user" or "user:group" on the host; empty: the login
	Ignore []string    // patterns as in .gitignore
	// Template says that the file is a text/template that gets the instance's
	// facts (see Card); a fact that does not exist is an error.
	Template bool
	Secret   bool // only to a host whose key is verified
}

// PollSpec is how often a region is asked for its instances.
type PollSpec struct {
	Fast time.Duration // while anything moves; 0: 2 s (in the demo, less)
	Slow time.Duration // when nothing does; 0: 10 s
}

// GuardSpec says what a fleet may cost (R28).
type GuardSpec struct {
	MaxHourly float64      // USD/h with disks and addresses; 0: no limit
	Budget    float64      // USD from the first launch to the destroy; 0: none
	Action    BudgetAction // when the budget is spent; empty: BudgetStop
}

// BudgetAction says what happens when the budget is spent.
type BudgetAction string

// What happens when the budget is spent.
const (
	BudgetStop    BudgetAction = "stop"    // nothing more is launched
	BudgetDestroy BudgetAction = "destroy" // and the fleet is destroyed
)
