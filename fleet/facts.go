package fleet

import "time"

// Cursor is how far a face has read the feed. The zero Cursor asks for everything.
type Cursor struct {
	Rev uint64 // of facts
	Seq uint64 // of events
	Log uint64 // of log lines
}

// Batch is what changed since a Cursor. Nobody changes what it holds: the instances
// are snapshots that the engine and all faces share.
type Batch struct {
	Cursor    Cursor         // for the next question
	At        time.Time      // when it was taken: the face's clock
	Summary   Summary        // always whole
	Regions   []RegionStatus // always all, in config order
	Benches   []Bench        // always all; one whose Until has passed counts no more
	Instances []*Instance    // those that changed, as they are now
	Forgotten []InstanceID   // gone for so long that they leave the table
	Ops       []Operation    // those that changed
	Events    []Event        // every one, in order, none lost
	Logs      []LogLine      // newest at the end
	LogsLost  int            // lines that the ring dropped before they were read
}

// Summary is the fleet in one look: the header.
type Summary struct {
	Fleet    Name
	Identity Identity // empty until AWS has answered
	Record   Record   // zero until read; Fleet empty when there is none
	Scanned  bool     // every region has been asked at least once: an empty table is really empty
	Counts   map[Stage]int
	Live     int
	Target   int
	PerHour  Price // of all that runs, disks and addresses included; Known only if every price is
	Accrued  Price // by the ledger, since the fleet's first launch, in USD (not per hour)
	// Estimated is how much of Accrued is an estimate, in USD.
	Estimated float64
	Saved     Share     // of what the spot instances that run would cost on demand
	Since     time.Time // the fleet's first launch; zero: none
	Guard     GuardSpec // what it may cost
	EndsAt    time.Time
	Problem   string // a banner: credentials; one sentence with what to do
	// StoreProblem is a banner too: nothing can be launched, all else works.
	StoreProblem string
	ReadOnly     bool
	Demo         bool
	Keep         KeepMode // who holds the target, as EC2 shows it; empty: not known yet
	Rev          uint64
}

// Level is a log line's weight.
type Level uint8

// Levels, lightest first.
const (
	LevelDebug Level = iota
	LevelInfo
	LevelOK
	LevelWarn
	LevelError
)

// String gives the level's word.
func (l Level) String() string { return [...]string{"debug", "info", "ok", "warn", "error"}[l] }

// LogLine is one line of the log panel. Text is clean: no control characters.
type LogLine struct {
	Seq      uint64
	At       time.Time
	Level    Level
	Region   Region     // may be empty
	Instance InstanceID // may be empty
	Text     string
}

// EventKind names what happened.
type EventKind string

// The events of a fleet's life.
const (
	EventLaunched    EventKind = "launched"
	EventShort       EventKind = "short" // a region gave less than it was asked for
	EventRunning     EventKind = "running"
	EventReady       EventKind = "ready"
	EventFailed      EventKind = "failed"
	EventInterrupted EventKind = "interrupted"
	EventGone        EventKind = "gone"
	EventOpDone      EventKind = "operation done"
	EventError       EventKind = "error"
	EventBudget      EventKind = "budget" // a part of fleet.budget is spent
	EventKept        EventKind = "kept"   // what AWS did for the fleet while nobody watched
)

// Event is something that happened, once. Events are never lost or merged.
type Event struct {
	Seq      uint64     `json:"seq"`
	At       time.Time  `json:"at"`
	Kind     EventKind  `json:"event"`
	Region   Region     `json:"region,omitempty"`
	Instance InstanceID `json:"instance,omitempty"`
	Op       OpID       `json:"op,omitempty"`
	Text     string     `json:"text"` // one sentence
	// Estimated says that At, or what happened, is not known for certain.
	Estimated bool `json:"estimated,omitempty"`
}

// OpID names an operation of this process.
type OpID string

// OpKind names what an operation does.
type OpKind string

// The kinds of operations.
const (
	OpLaunch    OpKind = "launch"
	OpDestroy   OpKind = "destroy"
	OpRun       OpKind = "run"
	OpUpload    OpKind = "upload"
	OpFetch     OpKind = "fetch"
	OpProvision OpKind = "provision"
	OpForward   OpKind = "forward"
	OpLock      OpKind = "lock"
	OpReplace   OpKind = "replace"
	OpCleanup   OpKind = "cleanup"
)

// Operation is something that was started and takes time.
type Operation struct {
	ID       OpID      `json:"id"`
	Kind     OpKind    `json:"kind"`
	Title    string    `json:"title"` // "launch 3 in 3 regions"
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"` // zero while it runs
	Done     int       `json:"done"`
	Total    int       `json:"total"`
	Detail   string    `json:"detail"`            // what it waits for now
	Errors   []string  `json:"errors,omitempty"`  // one sentence each
	Failures []*Error  `json:"-"`                 // the same, to tell kinds apart
	Receipt  *Receipt  `json:"receipt,omitempty"` // of a fleet's destroy, when done
	Asks     []Ask     `json:"asks,omitempty"`    // of a launch: its requests in the order of their answers
	Rev      uint64    `json:"rev"`
}

// Running says whether the operation has not ended yet.
func (o Operation) Running() bool { return o.Finished.IsZero() }

// Plan is a launch before it is done. The value that is shown is the value
// that Launch executes; Hash binds the two.
type Plan struct {
	Fleet     Name          `json:"fleet"`
	At        time.Time     `json:"at"` // when its regions were asked
	Account   string        `json:"account"`
	Owner     string        `json:"owner"`
	Home      Region        `json:"home"`
	Recorded  bool          `json:"recorded"` // the fleet had a record when the plan was made
	Target    int           `json:"target"`   // of the fleet, afterwards
	Running   int           `json:"running"`
	Launch    int           `json:"launch"`              // instances that it adds
	OnDemand  int           `json:"on_demand,omitempty"` // of those, what is on-demand from the start: the base share
	Surplus   int           `json:"surplus,omitempty"`   // how many more than the target run during a hand-over to AWS
	Keep      KeepMode      `json:"keep,omitempty"`      // who holds the target afterwards; empty: KeepOwn
	Lifetime  time.Duration `json:"lifetime"`
	EndsAt    time.Time     `json:"ends_at"` // a running fleet keeps its end; replacements inherit it
	Image     string        `json:"image"`
	KeyPath   string        `json:"key"`
	SSHFrom   string        `json:"ssh_from"`            // a CIDR, or FromVPC
	SSHFrom6  string        `json:"ssh_from6,omitempty"` // the caller's IPv6 address as a CIDR, where IPv6 is used
	Provision bool          `json:"provision"`
	Regions   []RegionPlan  `json:"regions"`
	PerHour   Price         `json:"per_hour"` // of the instances it adds, cheapest pools
	// OnDemandHour is what they would cost on demand.
	OnDemandHour Price     `json:"on_demand_hour"`
	IPv4Hour     Price     `json:"ipv4_hour"`       // $0.005 each (aws-facts §5.6); 0 where instances get none
	DiskHour     Price     `json:"disk_hour"`       // gp3 root volumes
	Makes        []string  `json:"makes"`           // "3 security groups"
	May          []string  `json:"may,omitempty"`   // sentences: what happens if EC2 has less than is asked for
	Moves        []Move    `json:"moves,omitempty"` // what quotas moved from one region's share to another's
	Guard        PlanGuard `json:"guard"`           // what the fleet may cost
	Problems     []*Error  `json:"-"`               // regions that can't take part, and why
	Hash         string    `json:"hash"`
}

// RegionPlan is one region's part of a plan.
type RegionPlan struct {
	Region Region    `json:"region"`
	Want   int       `json:"want"` // its share of the target
	Have   int       `json:"have"`
	Launch int       `json:"launch"`
	Keep   *KeepPlan `json:"keep,omitempty"` // nil: AWS has no part in it
	// OnDemand is how many of Launch are on-demand from the start.
	OnDemand      int              `json:"on_demand,omitempty"`
	HaveOnDemand  int              `json:"have_on_demand,omitempty"`
	OnDemandPools []Pool           `json:"on_demand_pools,omitempty"` // with on-demand prices; empty where the config wants none
	VPC           string           `json:"vpc"`
	Blocks        []string         `json:"vpc_blocks,omitempty"` // its addresses, as CIDRs
	IPv6          bool             `json:"ipv6,omitempty"`       // its instances get an IPv6 address each
	Images        map[string]Image `json:"images"`
	Pools         []Pool           `json:"pools"`           // cheapest first
	Types         []TypeInfo       `json:"types,omitempty"` // facts of the types that have a pool
	Dropped       []Dropped        `json:"dropped,omitempty"`
	Quotas        []QuotaUse       `json:"quotas,omitempty"` // of the families of the types; those of on-demand where the config wants some
	Scores        ScoreCard        `json:"scores,omitzero"`  // only where the request asked for them
	Checks        []Check          `json:"checks,omitempty"`
	Low           Price            `json:"low"`
	High          Price            `json:"high"`
	counted       bool             // Have was read
	instead       bool             // spot saves nothing, and on demand stands in for it
	base          string           // why the base share is not all on demand; empty: it is
	Problem       *Error           `json:"-"`
}

// PlanRequest changes what the config says, for one plan. Zero values keep it.
type PlanRequest struct {
	Target   int // 0: the config's
	Lifetime time.Duration
	Types    []InstanceType
	Regions  []RegionSpec
	Image    string
	Scores   bool // ask for placement scores, of which AWS answers only so many a day
}

// ScopeKind says how much a destroy takes.
type ScopeKind uint8

// The scopes of a destroy, smallest first.
const (
	ScopeInstances ScopeKind = iota // the listed instances
	ScopeRegion                     // the listed instances, which are a region's
	ScopeFleet                      // everything that carries the fleet's tag
)

// DestroyRequest asks for a destroy that was confirmed.
type DestroyRequest struct {
	Scope     ScopeKind
	Instances []InstanceID // frozen when the dialog opened; for ScopeFleet only what was shown
	Region    Region       // for ScopeRegion
	AnyOwner  bool
	// IncludeLocked takes a fleet's locked instances too. Listed instances are
	// refused where one is locked, whatever it says.
	IncludeLocked bool
	// Target is the fleet's afterwards; nil: less by as many as go.
	Target *int
}
