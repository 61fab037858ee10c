package tui

import (
	"context"
	"os"
	"testing"
	"time"
)

// TestMain shows times in one zone, so that goldens are the same everywhere.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// contextOf is a context that has ended: whatever waits in a test ends at once.
func contextOf() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
