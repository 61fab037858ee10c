package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"
)

// Bounds of what is kept in memory of a run's output.
const (
	maxOutput  = 256 << 10 // of one host
	minOutput  = 16 << 10
	allOutputs = 64 << 20 // of all hosts of a run together, unless that leaves less than minOutput to each
	liveOutput = 8 << 10  // of a host that still runs: its last lines
	// tellAfter gathers what comes: nobody reads more often.
	tellAfter = 100 * time.Millisecond
)

// outputRoom is how much is kept of each of so many hosts.
func outputRoom(hosts int) int {
	return min(maxOutput, max(minOutput, allOutputs/max(1, hosts)))
}

// output takes what one host prints: both streams as they come. It keeps the
// beginning and the end, and has all of it written to a file once that is more.
type output struct {
	id      InstanceID
	sink    func(id InstanceID, stderr bool, chunk []byte)
	changed func(tail string) // tells the newest lines while it runs; may be nil
	stirred func()            // something came; may be nil

	mu      sync.Mutex
	room    int
	head    []byte
	end     []byte // the last of what did not fit into head
	past    int64  // bytes that are in neither
	spill   spill
	sums    [2]hash.Hash // of the two streams: how they mix depends on chance
	pending *time.Timer  // will tell
	closed  bool
}

func newOutput(id InstanceID, room int, file string) *output {
	return &output{id: id, room: room, spill: spill{path: file}, sums: [2]hash.Hash{sha256.New(), sha256.New()}}
}

func (o *output) stream(stderr bool) io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		if o.stirred != nil {
			o.stirred()
		}
		if o.sink != nil {
			o.sink(o.id, stderr, b)
		}
		o.take(stderr, b)
		return len(b), nil
	})
}

func (o *output) take(stderr bool, b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	n := 0
	if stderr {
		n = 1
	}
	o.sums[n].Write(b)
	// Three quarters for the beginning, one for the end, where the failure is.
	most := o.room - o.room/4
	fits := min(most-len(o.head), len(b))
	if fits < len(b) {
		if o.spill.file == nil {
			o.spill.write(o.head)
		}
		o.spill.write(b)
	}
	o.head = append(o.head, b[:fits]...)
	o.keepEnd(b[fits:])
	if o.changed != nil && o.pending == nil {
		o.pending = time.AfterFunc(tellAfter, o.tell)
	}
}

// keepEnd keeps the last quarter; it lets twice of that gather before it drops any.
func (o *output) keepEnd(b []byte) {
	most := o.room / 4
	if len(b) > most {
		o.past += int64(len(b) - most)
		b = b[len(b)-most:]
	}
	o.end = append(o.end, b...)
	if drop := len(o.end) - most; drop > most {
		o.past += int64(drop)
		o.end = append(o.end[:0], o.end[drop:]...)
	}
}

// tell gives the newest lines to whoever watches.
func (o *output) tell() {
	o.mu.Lock()
	o.pending = nil
	if o.closed {
		o.mu.Unlock()
		return
	}
	from := o.end
	if len(from) == 0 {
		from = o.head
	}
	tail := CleanLines(string(from[max(0, len(from)-liveOutput):]))
	o.mu.Unlock()
	o.changed(tail)
}

// close ends it and puts into h what came.
func (o *output) close(h *HostResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	if o.pending != nil {
		o.pending.Stop()
	}
	// keepEnd lets a little more than its share gather.
	if drop := len(o.end) - o.room/4; drop > 0 {
		o.past += int64(drop)
		o.end = o.end[drop:]
	}
	h.File, h.Cut = o.spill.close(), o.past
	h.Sum = hex.EncodeToString(o.sums[1].Sum(o.sums[0].Sum(nil)))
	h.Output = CleanLines(string(o.head))
	if o.past > 0 {
		where := "not kept"
		if h.File != "" {
			where = "all of it: " + h.File
		} else if o.spill.err != nil {
			where = "not kept: " + o.spill.err.Error()
		}
		h.Output += fmt.Sprintf("\n[… %d bytes left out, %s]\n", o.past, where)
	}
	h.Output += CleanLines(string(o.end))
}

type writerFunc func([]byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
