package fleet

import (
	"context"
	"time"
)

// KeepMode says who holds a fleet at its target.
type KeepMode string

// Who may keep a fleet.
const (
	// KeepOwn is spot-tui itself, as long as it runs; the default.
	KeepOwn KeepMode = "own"
	// KeepAWS is an EC2 Fleet of type maintain in each region, so that the target is
	// held while nobody's machine is on.
	KeepAWS KeepMode = "aws"
)

// TagKeep is on instances that a keeper launched, and on the keeper: KeepAWS.
const TagKeep = "spot-tui:keep"

// KeeperID is the id of an EC2 Fleet of type maintain ("fleet-…").
type KeeperID string

// Keeper hands a region's capacity to AWS. Its methods are part of RegionCloud.
type Keeper interface {
	// EnsureKeeper makes an EC2 Fleet of type maintain. The same request with the
	// same token gives the same one, also after a crash.
	EnsureKeeper(ctx context.Context, q KeeperRequest) (KeeperID, error)
	// ModifyKeeper sets a keeper's target and what becomes of what is above it. It
	// returns when EC2 works by the new target: what is terminated before that would
	// be launched again.
	ModifyKeeper(ctx context.Context, fleet Name, c KeeperChange) error
	// DeleteKeeper ends a keeper; its instances stay. KindGuard where it does not
	// carry the fleet's tag (R7). One that is gone is a success.
	DeleteKeeper(ctx context.Context, fleet Name, id KeeperID) error
	// Keepers lists the fleet's keepers that can still launch, oldest first.
	Keepers(ctx context.Context, fleet Name) ([]KeeperState, error)
	// KeeperHistory reads what a keeper did, oldest first. EC2 keeps 48 hours.
	KeeperHistory(ctx context.Context, id KeeperID, since time.Time) ([]KeeperEvent, error)
}

// HistoryKept is how long EC2 keeps a fleet's history (SDK DescribeFleetHistory).
const HistoryKept = 48 * time.Hour

// KeeperRequest asks for a keeper in one region. It is journaled whole, and sent
// again byte for byte after a crash.
type KeeperRequest struct {
	Fleet     Name                    `json:"fleet"`
	Launch    LaunchID                `json:"launch"` // in the tags of all that it launches
	Token     string                  `json:"token"`  // ≤ 64 ASCII characters
	Region    Region                  `json:"region"`
	Target    int                     `json:"target"`           // at first; 0 is allowed
	Templates map[string]TemplateName `json:"templates"`        // by architecture: each names its image
	Pools     []Pool                  `json:"pools"`            // whose images are the templates' own
	EndsAt    time.Time               `json:"ends_at,omitzero"` // it and its instances end then; zero: never
	Delay     time.Duration           `json:"delay"`            // from a replacement to the end of what it replaces; 2 min to 2 h
	Tags      map[string]string       `json:"tags"`             // of the keeper; its instances have their templates' tags
}

// KeeperChange changes a keeper.
type KeeperChange struct {
	ID     KeeperID `json:"id"`
	Target int      `json:"target"` // of EC2's
	Want   int      `json:"want"`   // the region's share of the fleet, which the target may rise to
}

// KeeperState is a keeper as EC2 shows it.
type KeeperState struct {
	ID        KeeperID  `json:"id"`
	Region    Region    `json:"region"`
	State     string    `json:"state"`     // EC2's: submitted, active, modifying
	Target    int       `json:"target"`    // what EC2 holds
	Want      int       `json:"want"`      // the region's share of the fleet; above Target while it takes over
	Fulfilled int       `json:"fulfilled"` // instances, as EC2 counts them
	Owner     string    `json:"owner,omitempty"`
	Settings  string    `json:"settings,omitempty"` // of what it launches: see settingsOf
	Made      time.Time `json:"made"`
	EndsAt    time.Time `json:"ends_at,omitzero"`
	// ShortSince is when EC2 first could not launch what is missing, and Short why,
	// in its words; zero: it could, or nothing is missing.
	ShortSince time.Time `json:"short_since,omitzero"`
	Short      string    `json:"short,omitempty"`
}

// KeeperEventKind is what a keeper's event is about.
type KeeperEventKind string

// The kinds of events of a keeper's history, as far as they are told.
const (
	KeeperLaunched   KeeperEventKind = "launched"
	KeeperTerminated KeeperEventKind = "terminated"
	KeeperShort      KeeperEventKind = "short" // it could not launch; Text says why
	KeeperChanged    KeeperEventKind = "changed"
)

// KeeperEvent is one entry of a keeper's history.
type KeeperEvent struct {
	At       time.Time
	Kind     KeeperEventKind
	Instance InstanceID // of launched and terminated
	Type     InstanceType
	Zone     Zone
	Text     string // EC2's, where it says more
}
