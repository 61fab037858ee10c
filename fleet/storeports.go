package fleet

import (
	"context"
	"encoding/json"
	"time"
)

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
	// Begin writes an intent and returns when it is on disk. One that was begun
	// before is open again, and begun at the new time.
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
