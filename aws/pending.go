package aws

import (
	"context"

	"spot-tui/fleet"
)

// PENDING: these are to be implemented; the file goes.

func (r *region) Console(ctx context.Context, id fleet.InstanceID) (fleet.Console, error) {
	panic("pending")
}

func (r *region) Reach(ctx context.Context, q fleet.ReachRequest) ([]fleet.Check, error) {
	panic("pending")
}
