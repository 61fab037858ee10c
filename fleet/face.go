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
	// Run starts a command on instances and returns at once.
	Run(q RunRequest) (*Run, error)
	// Refresh asks every region to describe now.
	Refresh()
	// Access does what needs a terminal or an address.
	Access
}

// Access is how a face gets at one instance.
type Access interface {
	// Interactive opens a login shell on tty and returns when it ended.
	Interactive(ctx context.Context, id InstanceID, tty TTY) (ExitStatus, error)
	// LoginLine is a command to paste, or an error that says why there is none.
	LoginLine(id InstanceID) (string, error)
}
