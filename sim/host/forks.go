package host

import (
	"context"
	"sync"
	"time"
)

// forks counts a shell's background jobs that have not begun. A script that ends
// right after "nohup server &" must not end before nohup has taken the server
// out of the session, as it could not on a real system either.
type forks struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n falls to 0; made by who waits
}

// settleTime bounds the wait for jobs that run nothing but builtins.
const settleTime = time.Second

func (f *forks) add() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
}

func (f *forks) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n--; f.n == 0 && f.idle != nil {
		close(f.idle)
		f.idle = nil
	}
}

func (f *forks) settle(ctx context.Context) {
	f.mu.Lock()
	if f.n <= 0 {
		f.mu.Unlock()
		return
	}
	if f.idle == nil {
		f.idle = make(chan struct{})
	}
	idle := f.idle
	f.mu.Unlock()
	t := time.NewTimer(settleTime)
	defer t.Stop()
	select {
	case <-idle:
	case <-t.C:
	case <-ctx.Done():
	}
}
