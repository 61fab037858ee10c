package ssh

import (
	"context"

	"spot-tui/fleet"
)

// PENDING: these are to be implemented; the file goes.

func (c *Client) Fetch(ctx context.Context, t fleet.Target, f fleet.Fetch) (fleet.FetchResult, error) {
	panic("pending")
}
