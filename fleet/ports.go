package fleet

import (
	"context"
	"net/netip"
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
