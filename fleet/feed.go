package fleet

import (
	"context"
	"sync"
	"time"
)

// logRing is how many log lines the feed keeps for faces that read slowly; the
// log file has them all.
const logRing = 2000

// forgetAfter is how long a gone instance stays in the table: EC2 itself shows
// terminated instances for about an hour (aws-facts §1.9).
const forgetAfter = time.Hour

// feed is where facts meet faces. Per instance the newest fact wins; events
// are kept whole; log lines go to a ring. Publishing never blocks on a face.
type feed struct {
	mu        sync.Mutex
	changed   chan struct{} // closed and replaced at each change
	rev, seq  uint64
	logSeq    uint64
	summary   Summary
	regions   []RegionStatus
	benches   []Bench
	regionAt  map[Region]int
	instances []*Instance // snapshots: each is replaced, never changed
	at        map[InstanceID]int
	forgotten []forgotten
	ops       []Operation
	opAt      map[OpID]int
	events    []Event
	logs      []LogLine
	meters    map[Region]reading
}

// forgotten is an instance that left the table, and when.
type forgotten struct {
	id  InstanceID
	rev uint64
}

func newFeed(s Summary, regions []Region) *feed {
	f := &feed{
		changed: make(chan struct{}), summary: s, regionAt: map[Region]int{},
		at: map[InstanceID]int{}, opAt: map[OpID]int{}, meters: map[Region]reading{}, rev: 1,
	}
	for _, r := range regions {
		f.regionAt[r] = len(f.regions)
		f.regions = append(f.regions, RegionStatus{Region: r, Rev: 1})
	}
	return f
}

// wakeLocked tells every waiting face that there is something new.
func (f *feed) wakeLocked() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// publish replaces what is known of an instance. It is the feed's from now on, and
// nobody changes it any more.
func (f *feed) publish(i *Instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rev++
	i.Rev = f.rev
	if n, ok := f.at[i.ID]; ok {
		f.instances[n] = i
	} else {
		f.at[i.ID] = len(f.instances)
		f.instances = append(f.instances, i)
	}
	f.wakeLocked()
}

// forget takes an instance out of the table.
func (f *feed) forget(id InstanceID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, ok := f.at[id]
	if !ok {
		return
	}
	last := len(f.instances) - 1
	f.instances[n] = f.instances[last]
	f.at[f.instances[n].ID] = n
	f.instances[last] = nil
	f.instances = f.instances[:last]
	delete(f.at, id)
	f.rev++
	f.forgotten = append(f.forgotten, forgotten{id, f.rev})
	f.wakeLocked()
}

// region changes a region's status in place.
func (f *feed) region(r Region, change func(*RegionStatus)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, ok := f.regionAt[r]
	if !ok {
		n = len(f.regions)
		f.regionAt[r] = n
		f.regions = append(f.regions, RegionStatus{Region: r})
	}
	change(&f.regions[n])
	f.rev++
	f.regions[n].Rev = f.rev
	f.wakeLocked()
}

// head changes the summary in place.
func (f *feed) head(change func(*Summary)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.summary)
	f.rev++
	f.summary.Rev = f.rev
	f.wakeLocked()
}

// op starts or changes an operation.
func (f *feed) op(id OpID, change func(*Operation)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, ok := f.opAt[id]
	if !ok {
		n = len(f.ops)
		f.opAt[id] = n
		f.ops = append(f.ops, Operation{ID: id})
	}
	change(&f.ops[n])
	f.rev++
	f.ops[n].Rev = f.rev
	f.wakeLocked()
}

// event appends what happened, and says it in the log. Without a time it happened now.
func (f *feed) event(level Level, e Event) {
	now := time.Now()
	if e.At.IsZero() {
		e.At = now
	}
	e.Text = Clean(e.Text)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	e.Seq = f.seq
	f.events = append(f.events, e)
	f.logLocked(LogLine{At: now, Level: level, Region: e.Region, Instance: e.Instance, Text: e.Text})
	f.wakeLocked()
}

// log appends a line to the ring.
func (f *feed) log(level Level, r Region, id InstanceID, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logLocked(LogLine{At: time.Now(), Level: level, Region: r, Instance: id, Text: Clean(text)})
	f.wakeLocked()
}

func (f *feed) logLocked(l LogLine) {
	f.logSeq++
	l.Seq = f.logSeq
	f.logs = append(f.logs, l)
	if len(f.logs) > 2*logRing { // trimmed rarely, so that appending stays cheap
		f.logs = append([]LogLine(nil), f.logs[len(f.logs)-logRing:]...)
	}
}

// next blocks until something is newer than c.
func (f *feed) next(ctx context.Context, c Cursor) (Batch, error) {
	for {
		f.mu.Lock()
		if f.rev > c.Rev || f.seq > c.Seq || f.logSeq > c.Log {
			b := f.batchLocked(c)
			f.mu.Unlock()
			return b, nil
		}
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		}
	}
}

func (f *feed) batchLocked(c Cursor) Batch {
	b := Batch{
		Cursor: Cursor{Rev: f.rev, Seq: f.seq, Log: f.logSeq}, At: time.Now(),
		Summary: f.summary, Regions: append([]RegionStatus(nil), f.regions...), Benches: append([]Bench(nil), f.benches...),
	}
	b.Summary.Counts = map[Stage]int{}
	f.sumLocked(&b.Summary, b.At)
	b.Instances = f.sinceLocked(c.Rev)
	for _, g := range f.forgotten {
		if g.rev > c.Rev {
			b.Forgotten = append(b.Forgotten, g.id)
		}
	}
	for _, o := range f.ops {
		if o.Rev > c.Rev {
			o.Errors = append([]string(nil), o.Errors...)
			b.Ops = append(b.Ops, o)
		}
	}
	if n := f.seq - c.Seq; n > 0 {
		b.Events = append(b.Events, f.events[uint64(len(f.events))-n:]...)
	}
	if n := f.logSeq - c.Log; n > 0 {
		if have := uint64(len(f.logs)); n > have {
			b.LogsLost, n = int(n-have), have
		}
		b.Logs = append(b.Logs, f.logs[uint64(len(f.logs))-n:]...)
	}
	return b
}

// sumLocked counts stages and money over all instances.
func (f *feed) sumLocked(s *Summary, now time.Time) {
	s.Live = 0
	for _, in := range f.instances {
		s.Counts[in.Stage]++
		if in.Stage != StageGone {
			s.Live++
		}
	}
	f.moneyLocked(s, now)
	for i := range f.regions {
		r := &f.regions[i]
		if r.Answered.IsZero() && r.Health != HealthDown {
			return
		}
	}
	s.Scanned = true
}

// opIfChanged updates an operation's progress, and wakes no one if it is as it was.
func (f *feed) opIfChanged(id OpID, done, total int, detail string) {
	f.mu.Lock()
	n, ok := f.opAt[id]
	same := ok && f.ops[n].Done == done && f.ops[n].Total == total && f.ops[n].Detail == detail
	f.mu.Unlock()
	if !same {
		f.op(id, func(o *Operation) { o.Done, o.Total, o.Detail = done, total, detail })
	}
}
