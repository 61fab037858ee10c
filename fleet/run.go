package fleet

import (
	"context"
	"sync"
	"time"
)

// Run is one command on several instances, as it goes on. The engine records
// into it; faces read snapshots. It is safe for concurrent use.
type Run struct {
	op      OpID
	kind    OpKind
	line    string
	started time.Time
	cancel  context.CancelFunc

	mu      sync.Mutex
	stops   map[InstanceID]context.CancelFunc // of hosts that have not ended
	hosts   []HostResult
	index   map[InstanceID]int
	done    int
	rev     uint64
	changed chan struct{} // closed and replaced at each change
}

// NewRun prepares a run over hosts, in the order in which they will be shown.
// cancel stops what has not ended; it may be nil.
func NewRun(op OpID, line string, started time.Time, hosts []HostResult, cancel context.CancelFunc) *Run {
	r := &Run{
		op: op, kind: OpRun, line: line, started: started, cancel: cancel,
		hosts: append([]HostResult(nil), hosts...), index: make(map[InstanceID]int, len(hosts)),
		changed: make(chan struct{}), rev: 1, stops: map[InstanceID]context.CancelFunc{},
	}
	for i, h := range r.hosts {
		r.index[h.Instance] = i
	}
	return r
}

// Of makes it a run of another kind, such as OpUpload. It is called before
// anything else.
func (r *Run) Of(kind OpKind) *Run {
	r.kind = kind
	return r
}

// Record replaces the result of one host that has not ended.
func (r *Run) Record(h HostResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, ok := r.index[h.Instance]
	if !ok || r.hosts[i].Done {
		return
	}
	if h.Done {
		r.done++
		h.Phase = PhaseEnded
		delete(r.stops, h.Instance)
	}
	r.hosts[i] = h
	r.rev++
	close(r.changed)
	r.changed = make(chan struct{})
}

// Snapshot gives the run as it stands.
func (r *Run) Snapshot() RunSnapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.snapshotLocked()
}

func (r *Run) snapshotLocked() RunSnapshot {
	return RunSnapshot{
		Op: r.op, Kind: r.kind, Line: r.line, Started: r.started, Done: r.done, Rev: r.rev,
		Hosts: append([]HostResult(nil), r.hosts...),
	}
}

// Next blocks until the run is newer than rev, every host is done, or ctx ends.
func (r *Run) Next(ctx context.Context, rev uint64) (RunSnapshot, error) {
	for {
		r.mu.Lock()
		if r.rev > rev || r.done == len(r.hosts) {
			defer r.mu.Unlock()
			return r.snapshotLocked(), nil
		}
		changed := r.changed
		r.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return RunSnapshot{}, ctx.Err()
		}
	}
}

// Wait blocks until every host is done or ctx ends.
func (r *Run) Wait(ctx context.Context) (RunSnapshot, error) {
	for rev := uint64(0); ; {
		s, err := r.Next(ctx, rev)
		if err != nil || s.Done == len(s.Hosts) {
			return s, err
		}
		rev = s.Rev
	}
}

// Cancel stops the command on every host that has not ended.
func (r *Run) Cancel() {
	if r.cancel != nil {
		r.cancel()
	}
}

// CancelHosts stops it on some hosts, where it has not ended; the others go on.
func (r *Run) CancelHosts(ids ...InstanceID) {
	r.mu.Lock()
	var stops []context.CancelFunc
	for _, id := range ids {
		if stop, ok := r.stops[id]; ok {
			stops = append(stops, stop)
		}
	}
	r.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
}

// stopWith says how one host's part is stopped.
func (r *Run) stopWith(id InstanceID, stop context.CancelFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stops[id] = stop
}
