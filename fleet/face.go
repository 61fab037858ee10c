package fleet

import "context"

// Face is what a face (tui, cli) may ask of the engine. *Engine implements it;
// the tui's tests fake it. No method blocks on the network unless it says so.
type Face interface {
	// Next blocks until something is newer than c, or ctx ends.
	Next(ctx context.Context, c Cursor) (Batch, error)
	// Plan asks the regions (network) and computes what a launch would be.
	Plan(ctx context.Context, q PlanRequest) (Plan, error)
	// Launch starts a plan and returns at once; progress is in the feed.
	Launch(p Plan) (OpID, error)
	// Destroy starts a confirmed destroy and returns at once.
	Destroy(q DestroyRequest) (OpID, error)
	// Costs reads the ledger up to now (network: the newest prices) and gives all of
	// it, earlier lives of the fleet included.
	Costs(ctx context.Context) (CostReport, error)
	// Refresh asks every region to describe now.
	Refresh()
	Remote
	Capacity
	Shaping
	Close
	Pricing
	Allowance
	// Access does what needs a terminal or an address.
	Access
	// Cleaner finds and removes leftovers.
	Cleaner
}

// Capacity is the memory of pools that failed a moment ago (R16). Batch.Benches
// has the same for a screen.
type Capacity interface {
	// Benches lists what is benched now, the first to end first. It waits until
	// AWS has said who we are, and reads the disk.
	Benches(ctx context.Context) ([]Bench, error)
	// LiftBench lets a benched part of a region be asked again; KindGone where it
	// is not benched. It writes to the disk.
	LiftBench(ctx context.Context, b Bench) error
}

// Pricing says what capacity costs.
type Pricing interface {
	// Prices asks the regions (network) for spot and on-demand prices, the last
	// week's history, interruptions and placement scores.
	Prices(ctx context.Context, q PriceRequest) (PriceReport, error)
}

// Shaping changes which instances a fleet has. What changes anything returns at
// once; its progress is in the feed.
type Shaping interface {
	// Lock keeps instances from being destroyed, shrunk or replaced, or lets go of
	// them; every machine sees it.
	Lock(ids []InstanceID, on bool) (OpID, error)
	// PlanShrink asks the regions (network) and chooses what goes for a smaller
	// target. KindGuard where too many are locked.
	PlanShrink(ctx context.Context, target int) (ShrinkPlan, error)
	// Shrink does a plan that was confirmed.
	Shrink(p ShrinkPlan) (OpID, error)
	// PlanReplace asks the regions (network) and says what stands in for which
	// instance, and for a move what that saves.
	PlanReplace(ctx context.Context, q ReplaceRequest) (ReplacePlan, error)
	// Replace does a plan that was confirmed: each substitute is ready before the
	// instance that it replaces is destroyed.
	Replace(p ReplacePlan) (OpID, error)
}

// Allowance says how much of a region the account may have (R24).
type Allowance interface {
	// Quotas asks the regions (network) for their vCPU quotas and what is used.
	Quotas(ctx context.Context) ([]RegionQuotas, error)
	// EnabledRegions asks AWS (network) for the regions that the account may use,
	// those of the config or not.
	EnabledRegions(ctx context.Context) ([]Region, error)
}

// Remote does things on instances. Everything that takes time returns at once
// and goes on by itself.
type Remote interface {
	// Run starts a command on instances.
	Run(q RunRequest) (*Run, error)
	// Upload starts a copy to instances.
	Upload(q UploadRequest) (*Run, error)
	// Fetch starts a copy from instances.
	Fetch(q FetchRequest) (*Run, error)
	// Provision takes up the provisioning of instances where it failed, or does
	// all of it again. An instance that is being provisioned is left alone.
	Provision(ids []InstanceID, fromStart bool) (OpID, error)
	// Follow starts to follow a log.
	Follow(q FollowRequest) (*Tail, error)
	// Forward starts to forward a port, until it is closed or the engine is.
	Forward(q ForwardRequest) (*Forwarding, error)
}

// Access is how a face gets at one instance.
type Access interface {
	// Interactive opens a login shell on tty and returns when it ended.
	Interactive(ctx context.Context, id InstanceID, tty TTY) (ExitStatus, error)
	// LoginLine is a command to paste, or an error that says why there is none.
	LoginLine(id InstanceID) (string, error)
	// ConfigText is an ssh_config text with an entry for each instance that has
	// an address.
	ConfigText(ids []InstanceID) string
	// Output gives the kept lines of an instance's provisioning, oldest first,
	// and the file that has all of them (empty: none).
	Output(id InstanceID) (lines []string, file string)
	// Explain finds out why an instance can or can't be reached. It asks EC2 and
	// the instance (network).
	Explain(ctx context.Context, id InstanceID) (Explanation, error)
	// Commands gives the command lines that were run before, newest first, each
	// once. It reads the disk.
	Commands(ctx context.Context) []string
}
