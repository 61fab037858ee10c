package fleet

import (
	"context"
	"time"
)

// EnsureKeeper implements Keeper.
func (g gated) EnsureKeeper(ctx context.Context, q KeeperRequest) (KeeperID, error) {
	return through(ctx, g.e, func() (KeeperID, error) { return g.c.EnsureKeeper(ctx, q) })
}

// ModifyKeeper implements Keeper.
func (g gated) ModifyKeeper(ctx context.Context, f Name, c KeeperChange) error {
	return g.do(ctx, func() error { return g.c.ModifyKeeper(ctx, f, c) })
}

// DeleteKeeper implements Keeper.
func (g gated) DeleteKeeper(ctx context.Context, f Name, id KeeperID) error {
	return g.do(ctx, func() error { return g.c.DeleteKeeper(ctx, f, id) })
}

// Keepers implements Keeper.
func (g gated) Keepers(ctx context.Context, f Name) ([]KeeperState, error) {
	return through(ctx, g.e, func() ([]KeeperState, error) { return g.c.Keepers(ctx, f) })
}

// KeeperHistory implements Keeper.
func (g gated) KeeperHistory(ctx context.Context, id KeeperID, since time.Time) ([]KeeperEvent, error) {
	return through(ctx, g.e, func() ([]KeeperEvent, error) { return g.c.KeeperHistory(ctx, id, since) })
}
