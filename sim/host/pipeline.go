package host

import (
	"context"
	"sync"

	"mvdan.cc/sh/v3/interp"
)

// pipeline is one run of a | b.
type pipeline struct {
	pipe *pipe
	left chan struct{} // closed when the left side has ended

	mu       sync.Mutex
	status   int // of the left side
	pipefail bool
}

func newPipeline(ctx context.Context) *pipeline {
	// A left side that ends without a word was ended by "set -e".
	return &pipeline{pipe: newPipe(ctx), left: make(chan struct{}), status: 1}
}

func (l *pipeline) ended(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status = status
}

func (l *pipeline) strict() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pipefail = true
}

// wait gives the pipeline's status, right being that of the right side.
func (l *pipeline) wait(ctx context.Context, right int) error {
	select {
	case <-l.left:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if right == 0 && l.pipefail {
		right = l.status
	}
	return exitWith(right)
}

// exitWith is a status as the interpreter takes it.
func exitWith(status int) error {
	if status &= 0xff; status != 0 {
		return interp.ExitStatus(status)
	}
	return nil
}
