package fleet

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"
)

// Account is the cloud account: what is not bound to a region.
// All methods are safe for concurrent use and give a *Error.
type Account interface {
	// Identity asks who we are. It is the first call, and the one that tells
	// bad credentials from a region that isn't enabled (aws-facts §2.4).
	Identity(ctx context.Context) (Identity, error)
	// Regions lists the regions that are enabled for the account.
	Regions(ctx context.Context) ([]Region, error)
	// CallerAddress is the address under which the world sees this machine.
	CallerAddress(ctx context.Context) (netip.Addr, error)
	// CallerIPv6 is the IPv6 address under which the world sees this machine; the
	// zero Addr where it has none.
	CallerIPv6(ctx context.Context) (netip.Addr, error)
	// In gives the region's part of the cloud. It makes no call.
	In(r Region) RegionCloud
}

// RegionCloud is one region of an account.
type RegionCloud interface {
	Watcher
	Market
	Catalog
	Inspector
	Meter
	Launcher
	Recorder
	Remover
	Keeper
	Sweeper
}

// Watcher reads what exists.
type Watcher interface {
	// Describe lists the fleet's instances by tag, terminated ones included for
	// as long as EC2 shows them (about an hour), in one paginated call.
	Describe(ctx context.Context, fleet Name) ([]Observation, error)
	// Prices gives the newest spot price per type and zone.
	Prices(ctx context.Context, types []InstanceType) ([]PoolPrice, error)
	// Console reads what an instance wrote to its console. KindGone where EC2
	// keeps nothing of it (yet).
	Console(ctx context.Context, id InstanceID) (Console, error)
	// Reach looks at everything in EC2 that decides whether q.From can open a
	// connection to an instance: its state and status checks, its address, its
	// security groups, the route and the gateway of its subnet. The first check
	// that fails is the reason.
	Reach(ctx context.Context, q ReachRequest) ([]Check, error)
}

// Catalog says what a region offers, and how much of it the account may have.
// It changes nothing.
type Catalog interface {
	// Types gives the facts of the named types, or of every type of the region
	// where none is named. A type that EC2 does not know here is left out. Answers
	// are kept for a day.
	Types(ctx context.Context, types []InstanceType) ([]TypeInfo, error)
	// Quotas gives every vCPU quota with what is used of it. What can't be read
	// (no permission, no such service) is not an error: it is Known = false there,
	// with the reason.
	Quotas(ctx context.Context) ([]Quota, error)
	// Scores gives spot placement scores, best first. AWS limits how many
	// different questions an account may ask in a day, so answers are kept for a
	// quarter of an hour; KindInvalid for fewer than MinScoreTypes types.
	Scores(ctx context.Context, q ScoreRequest) ([]Score, error)
}

// Launcher makes instances and what they need.
type Launcher interface {
	// Survey reads what a launch would build on: network, image, offered pools.
	// It changes nothing.
	Survey(ctx context.Context, q SurveyRequest) (Survey, error)
	// Images finds the newest image of an alias, or the one of an id, by
	// architecture. Answers are kept for a day.
	Images(ctx context.Context, image string) (map[string]Image, error)
	// EnsureNetwork finds the fleet's own VPC by its tag, or makes it, with a
	// public subnet in each of q's zones. Doing it again changes nothing, also
	// where the first try was cut off.
	EnsureNetwork(ctx context.Context, q NetworkRequest) (Network, error)
	// EnsureGroup finds or makes the fleet's security group and its rules for
	// q.SSHFrom and q.More. Doing it again changes nothing.
	EnsureGroup(ctx context.Context, q GroupRequest) (GroupID, error)
	// EnsureTemplate finds or makes a launch template whose name is a hash of
	// its content. Doing it again changes nothing.
	EnsureTemplate(ctx context.Context, q TemplateRequest) (TemplateName, error)
	// Launch asks for instances. The same request with the same token gives the
	// same instances, also after a crash. A short answer is a success with
	// Errors in it (aws-facts §1.4).
	Launch(ctx context.Context, q LaunchRequest) (LaunchResult, error)
}

// Recorder keeps the fleet record, a launch template named RecordName(fleet).
type Recorder interface {
	// CreateRecord claims the fleet's name; KindConflict if it is taken.
	CreateRecord(ctx context.Context, r Record, user map[string]string) error
	// ReadRecord gives the record, or KindGone if this region holds none.
	ReadRecord(ctx context.Context, fleet Name) (Record, error)
	// UpdateRecord writes target, end, phase and config hash of an existing one.
	UpdateRecord(ctx context.Context, r Record) error
	// Mark puts tags on the fleet's instances, in as few calls as EC2 allows.
	// An id that EC2 does not show with the fleet's tag is left alone.
	Mark(ctx context.Context, fleet Name, ids []InstanceID, tags map[string]string) error
}

// Remover takes things away. Each method re-reads the fleet's tag just before
// it acts and refuses (KindGuard) what does not carry it (R7).
type Remover interface {
	// Terminate asks for the end of instances and says per id what came of it.
	// An id that EC2 does not know is a success. One bad id does not spoil the rest.
	Terminate(ctx context.Context, fleet Name, ids []InstanceID) map[InstanceID]error
	// Leftovers lists everything that carries the fleet's tag and still exists,
	// instances that are not terminated included, in the order of removal. A list
	// beside an error of KindDenied has all but kinds that the caller may not list
	// and that spot-tui never makes by itself.
	Leftovers(ctx context.Context, fleet Name) ([]Resource, error)
	// Fleets lists the names of all fleets that have a resource here, whoever
	// owns them; one that ended within the hour may be among them.
	Fleets(ctx context.Context) ([]Name, error)
	// Remove deletes one resource that is not an instance. KindConflict means
	// that something still depends on it: again later.
	Remove(ctx context.Context, fleet Name, r Resource) error
}

// Sweeper finds what fleets have left behind, whichever they were, and takes it
// away one by one.
type Sweeper interface {
	// Strays lists everything that a maker's tags claim and that still exists, in
	// the order of removal: what lives is among it.
	Strays(ctx context.Context, by Maker) ([]Resource, error)
	// Sweep takes away one found resource, whatever its kind, after it has read
	// that its claim and its owner are still those that were found (KindGuard if
	// not). nil for an instance means that EC2 took the request.
	Sweep(ctx context.Context, r Resource) error
	// Blockers lists what keeps a resource from being removed, as far as EC2
	// shows it, whoever owns that.
	Blockers(ctx context.Context, r Resource) ([]Resource, error)
}

// RecordName is the name of the fleet's record, and the prefix of what belongs to it.
func RecordName(fleet Name) string { return "spot-tui-" + string(fleet) }

type (
	// GroupID is a security group's id.
	GroupID string
	// TemplateName is a launch template's name.
	TemplateName string
)

// Observation is one instance as a describe call shows it.
type Observation struct {
	ID               InstanceID
	Region           Region
	Zone             Zone
	Type             InstanceType
	State            State
	StateReasonCode  string // exactly as EC2 gives it, "Server.SpotInstanceTermination"
	StateReason      string
	TransitionReason string // free text, may be empty
	PublicIP         string
	PrivateIP        string
	IPv6             string
	Launch           LaunchID
	Owner            string
	EndsAt           time.Time
	LaunchedAt       time.Time
	ReadyAt          time.Time // from TagReady; zero while it was never ready
	Image            string
	Arch             string
	SpotRequest      string
	Subnet           string
	VPC              string
	OnDemand         bool     // EC2 gives no lifecycle, which means on-demand (SDK types.go Instance)
	Origin           Origin   // from TagOrigin
	Locked           bool     // TagLock is on it and not empty
	Keeper           KeeperID // the EC2 Fleet that launched it for keep = "aws"; empty: none
	HostKey          string   // from TagHostKey: the fingerprint it must prove itself with; empty: none was injected
}

// Console is what an instance wrote to its console: the end of it, at most 64 KiB
// (aws-facts §8). It is text of the instance and not to be trusted as such.
type Console struct {
	At   time.Time // when EC2 read it; zero: unknown
	Text string    // as it came, control characters included
	// HostKeys are the fingerprints ("SHA256:…") that cloud-init reported for the
	// keys of sshd, in the order of the text; empty where it has not (yet).
	HostKeys []string
}

// ReachRequest asks whether an instance can be reached.
type ReachRequest struct {
	Fleet    Name
	Instance InstanceID
	From     netip.Addr // the caller as the instance would see it; zero: unknown
	Port     int
	Network  NetworkSpec // how its instances are meant to be reached
}

// PoolPrice is the spot price of one pool.
type PoolPrice struct {
	Type InstanceType
	Zone Zone
	USD  float64
	AsOf time.Time
}

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

// IntentKind names a kind of journaled intent.
type IntentKind string

// What is journaled before it is done (R8).
const (
	IntentRecord   IntentKind = "record"
	IntentNetwork  IntentKind = "network"
	IntentGroup    IntentKind = "group"
	IntentTemplate IntentKind = "template"
	IntentLaunch   IntentKind = "launch"
	IntentKeeper   IntentKind = "keeper" // a KeeperRequest, by its token
	IntentKeep     IntentKind = "keep"   // a change of a keeper, or its end
	IntentDestroy  IntentKind = "destroy"
	// IntentRemove is of one resource; that it was begun says that EC2 had shown it.
	IntentRemove IntentKind = "remove"
)

// Intent is a change that was decided, with its whole request.
type Intent struct {
	ID      string // unique; a launch's is its token
	Account string
	Fleet   Name
	Region  Region
	Kind    IntentKind
	Request json.RawMessage
	At      time.Time
}

// Ended is an intent with what came of it.
type Ended struct {
	Intent
	EndedAt time.Time
	Result  json.RawMessage
	Failure string // empty where it was done
}

// Store keeps what must survive this process. All methods are safe for
// concurrent use, also by two processes on one folder.
type Store interface {
	Journal
	Leases
	History
	Memory
	LedgerStore
	// Close closes the store.
	Close() error
}

// Journal keeps what was decided, before it is done (R8).
type Journal interface {
	// Begin writes an intent and returns when it is on disk.
	Begin(ctx context.Context, i Intent) error
	// End writes what came of it: the result as JSON, or the failure.
	End(ctx context.Context, id string, result json.RawMessage, failure error) error
	// Open lists the intents of a fleet that have no end, oldest first.
	Open(ctx context.Context, account string, fleet Name) ([]Intent, error)
	// Recent lists the intents of a fleet that have ended since a time, oldest first.
	Recent(ctx context.Context, account string, fleet Name, since time.Time) ([]Ended, error)
}

// Leases let one process at a time change a fleet.
type Leases interface {
	// Lease takes the right to change a fleet for ttl, or prolongs it, among the
	// processes that share this store. Where another one has it, ok is false and
	// by says who, for a person to read. It ends by itself with its time or its
	// process (R13).
	Lease(ctx context.Context, account string, fleet Name, ttl time.Duration) (by string, ok bool, err error)
	// Release gives the right back.
	Release(ctx context.Context, account string, fleet Name) error
}

// History keeps what was.
type History interface {
	// SaveInstances keeps the last known instances of a fleet; gone ones stay
	// for the history.
	SaveInstances(ctx context.Context, account string, fleet Name, is []Instance) error
	// Instances gives the last known instances of a fleet.
	Instances(ctx context.Context, account string, fleet Name) ([]Instance, error)
	// SaveReceipt keeps the proof of a destroy.
	SaveReceipt(ctx context.Context, account string, r Receipt) error
	// SaveCommand keeps a command line that was run.
	SaveCommand(ctx context.Context, account string, fleet Name, line string) error
	// Commands lists the lines that were run, newest first, each once, at most n.
	Commands(ctx context.Context, account string, fleet Name, n int) ([]string, error)
}

// Memory keeps what a region had no capacity for, of an account: every fleet of
// it meets the same pools (R16).
type Memory interface {
	// SaveBenches keeps benches, each until its time; one of the same part of a
	// region is replaced.
	SaveBenches(ctx context.Context, account string, bs []Bench) error
	// Benches lists those whose time has not come, the first to end first.
	Benches(ctx context.Context, account string) ([]Bench, error)
	// LiftBench forgets the bench of a part of a region.
	LiftBench(ctx context.Context, account string, b Bench) error
}

// Receipt is the proof, after a destroy, of what is left (R11).
type Receipt struct {
	Fleet          Name                 `json:"fleet"`
	Account        string               `json:"account"`
	Removed        map[ResourceKind]int `json:"removed"`
	Left           int                  `json:"left"`
	Leftovers      []Resource           `json:"leftovers"`
	RegionsScanned []Region             `json:"regions_scanned"`
	RegionsFailed  []Region             `json:"regions_failed"` // could not be scanned: nothing is proven there
	TotalCostUSD   *float64             `json:"total_cost_usd"` // nil where unknown
	CostNote       string               `json:"cost_note,omitempty"`
	FirstLaunch    time.Time            `json:"first_launch,omitzero"`     // of the fleet; zero: unknown
	LifetimeS      float64              `json:"lifetime_seconds,omitzero"` // from it to the last instance's end
	LeftUSDMonth   *float64             `json:"left_usd_month"`            // of what is left; nil where a price is unknown
	File           string               `json:"file,omitempty"`            // this receipt as JSON; beside it stands the same as text
	StartedAt      time.Time            `json:"started_at"`
	FinishedAt     time.Time            `json:"finished_at"`
}

// Clean says whether every enabled region was scanned and nothing was found.
func (r Receipt) Clean() bool { return r.Left == 0 && len(r.RegionsFailed) == 0 }
