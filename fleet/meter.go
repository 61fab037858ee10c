package fleet

import (
	"context"
	"time"
)

// Meter reads what a bill follows from and a describe does not show.
type Meter interface {
	// Disks lists the volumes that are attached to the fleet's instances.
	Disks(ctx context.Context, fleet Name) ([]Disk, error)
	// SpotEnds lists the fleet's spot requests that are over, as long as EC2 shows
	// them: it knows to the second when their instances ended, and why.
	SpotEnds(ctx context.Context, fleet Name) ([]SpotEnd, error)
}

// Disk is a volume of an instance.
type Disk struct {
	Instance InstanceID
	GiB      int
}

// SpotEnd is the end of a spot request.
type SpotEnd struct {
	Request  string
	Instance InstanceID
	At       time.Time // of its last status
	Taken    bool      // EC2 interrupted the instance
}

// LedgerStore keeps the ledger (R27).
type LedgerStore interface {
	// SaveEntries keeps entries, all of them or none. One that has ended is not
	// replaced by one that runs: another process may know less.
	SaveEntries(ctx context.Context, account string, fleet Name, es []Entry) error
	// Entries gives all entries of a fleet, those of its earlier lives included, in
	// the order of their launches.
	Entries(ctx context.Context, account string, fleet Name) ([]Entry, error)
	// CloseEntries ends the fleet's life: every entry that has ended belongs to it.
	CloseEntries(ctx context.Context, account string, fleet Name, at time.Time) error
	// SaveTariffs keeps a region's price changes, and for which time they are known.
	SaveTariffs(ctx context.Context, account string, region Region, ts map[Place]Tariff) error
	// Tariffs gives a region's price changes.
	Tariffs(ctx context.Context, account string, region Region) (map[Place]Tariff, error)
	// Watched keeps when a region's instances were last seen, and gives when they
	// were before; the zero time only asks.
	Watched(ctx context.Context, account string, fleet Name, region Region, at time.Time) (before time.Time, err error)
}

// Place is a pool by its names.
type Place struct {
	Type InstanceType
	Zone Zone
}
