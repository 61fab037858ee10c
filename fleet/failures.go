package fleet

import (
	"slices"
	"sync"
)

// failures gathers what went wrong in one operation, from all regions, each
// sentence once.
type failures struct {
	mu   sync.Mutex
	errs []*Error
}

// add notes a failure; it says false for one that is known already.
func (f *failures) add(e *Error) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	text := e.Error()
	if slices.ContainsFunc(f.errs, func(h *Error) bool { return h.Error() == text }) {
		return false
	}
	f.errs = append(f.errs, e)
	return true
}

func (f *failures) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.errs)
}

// into copies them to the operation that a face sees.
func (f *failures) into(o *Operation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o.Failures = slices.Clone(f.errs)
	o.Errors = make([]string, len(f.errs))
	for i, e := range f.errs {
		o.Errors[i] = e.Error()
	}
}

// fail notes a failure of an operation, shows it there, and tells it once.
func (e *Engine) fail(op OpID, f *failures, err error) {
	fe := AsError(string(op), "", err)
	if !f.add(fe) {
		return
	}
	e.feed.op(op, f.into)
	e.feed.event(LevelWarn, Event{Kind: EventError, Op: op, Region: fe.Region, Text: err.Error()})
}
