package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind says what a failure means for what to do next.
type Kind string

// The kinds of failure. Adapters classify once, by exact API code and
// operation; what they can't tell is KindUnknown, and unknown is never success.
const (
	KindAuth     Kind = "auth"     // no or expired credentials
	KindDenied   Kind = "denied"   // known to AWS, but not allowed
	KindThrottle Kind = "throttle" // slow down, same call again
	KindQuota    Kind = "quota"    // the account's limit in this region
	KindCapacity Kind = "capacity" // no spot capacity in a pool
	KindGone     Kind = "gone"     // the resource does not exist (any more)
	KindConflict Kind = "conflict" // exists already, in use, or changed under us
	KindInvalid  Kind = "invalid"  // the request or the config is wrong
	KindNetwork  Kind = "network"  // no connection
	KindTimeout  Kind = "timeout"  // no answer in time
	KindCanceled Kind = "canceled" // a person or a signal stopped it
	KindGuard    Kind = "guard"    // refused by one of our own safety rules
	KindInternal Kind = "internal" // a fault of ours or of AWS
	KindUnknown  Kind = "unknown"
)

// Error is the one error type that crosses a port. Error() is a sentence for a
// person: what failed, where, and what to do next.
type Error struct {
	Op        string // lower-case verb phrase: "launch instances"
	Region    Region // empty where no region is involved
	Resource  string // id or name of what it was about
	Kind      Kind
	Code      string // the API's own code, exactly
	RequestID string
	Hint      string // what to do next, without a full stop
	Err       error
	said      bool // Op is the whole sentence already
}

// Error says what failed, where, why and what to do next.
func (e *Error) Error() string {
	if e.said {
		return e.Op
	}
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Resource != "" {
		b.WriteString(" " + e.Resource)
	}
	if e.Region != "" {
		b.WriteString(" in " + string(e.Region))
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Code != "" && !strings.Contains(b.String(), e.Code) {
		fmt.Fprintf(&b, " (%s)", e.Code)
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives an error's kind: that of the first *Error in its chain, or what
// a context error means, or KindUnknown. It is empty for nil.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.DeadlineExceeded):
		return KindTimeout
	case errors.Is(err, context.Canceled):
		return KindCanceled
	}
	return KindUnknown
}

// AsError gives err as an *Error. One that is wrapped keeps the wrapper's words
// and the kind, region, code and hint of what is inside; any other error gets
// op and region. It is nil for nil.
func AsError(op string, region Region, err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok { //nolint:errorlint // a wrapped one is handled below, with its wrapper's words
		return e
	}
	var in *Error
	if errors.As(err, &in) {
		return &Error{Op: err.Error(), Kind: in.Kind, said: true, Region: in.Region, Resource: in.Resource, Code: in.Code, RequestID: in.RequestID, Hint: in.Hint, Err: err}
	}
	return &Error{Op: op, Region: region, Kind: KindOf(err), Err: err}
}
