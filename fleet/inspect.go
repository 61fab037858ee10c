package fleet

import (
	"context"
	"time"
)

// Inspector looks closely at one instance. It is asked only where a person has
// opened a page about that instance, never by the poll.
type Inspector interface {
	// Inspect reads what EC2 tells of one instance of a fleet beyond what a
	// describe of all of them shows. KindGone where EC2 shows it no more, or it
	// is not the fleet's. What can't be looked at is a fact without a value.
	Inspect(ctx context.Context, fleet Name, id InstanceID) ([]FactGroup, error)
	// SpotRequest reads a spot request. KindGone where EC2 keeps it no more: it
	// forgets one four hours after its end (aws-facts §4.1).
	SpotRequest(ctx context.Context, id string) (SpotRequest, error)
}

// SpotRequest is how a spot request stands (aws-facts §4.1).
type SpotRequest struct {
	ID      string
	State   string // EC2's: open, active, closed, cancelled, failed, disabled
	Code    string // its status, exactly as EC2 gives it: "fulfilled"
	Message string // EC2's own words for it
	At      time.Time
}

// Fact is one thing that is known of an instance, or not known.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`          // empty: unknown, or none
	None  bool   `json:"none,omitempty"` // there is none, and that is known
	Why   string `json:"why,omitempty"`  // of an unknown one, or none: why
}

// FactGroup is facts about one matter.
type FactGroup struct {
	Name  string `json:"name"`
	Facts []Fact `json:"facts"`
}

// Inspection is what EC2 told of an instance when it was asked.
type Inspection struct {
	Instance InstanceID
	At       time.Time
	Groups   []FactGroup
}

// Close is how a face looks closely at one instance.
type Close interface {
	// Inspect asks EC2 (network) what it tells of an instance beyond Instance.
	Inspect(ctx context.Context, id InstanceID) (Inspection, error)
}

// Inspect implements Face.
func (e *Engine) Inspect(ctx context.Context, id InstanceID) (Inspection, error) {
	in, ok := e.instance(id)
	if !ok {
		return Inspection{}, noSuchInstance("look at", id)
	}
	ctx, cancel := context.WithTimeout(ctx, explainPatience)
	defer cancel()
	groups, err := e.worker(in.Region).cloud.Inspect(ctx, e.spec.Name, id)
	if err != nil {
		return Inspection{}, err
	}
	return Inspection{Instance: id, At: time.Now(), Groups: groups}, nil
}

func noSuchInstance(op string, id InstanceID) *Error {
	return &Error{Op: op, Resource: string(id), Kind: KindGone, Err: errText("no such instance in this fleet"), Hint: "`spot-tui list` shows the ids"}
}

// String is the value, or that there is none, or that it is not known; with why.
func (f Fact) String() string {
	text := f.Value
	switch {
	case text != "":
		return text
	case f.None:
		text = "none"
	default:
		text = "?"
	}
	if f.Why != "" {
		text += " (" + f.Why + ")"
	}
	return text
}
