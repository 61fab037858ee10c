package fleet

import "time"

// RunRequest asks for one command on several instances.
type RunRequest struct {
	Instances []InstanceID
	Line      string
	Stdin     []byte // the same for each
	Limits    Limits
	Parallel  int // at once; 0: what the engine allows, which is also the most
	// Sink gets output as it comes, if not nil. It is called from many goroutines.
	Sink func(id InstanceID, stderr bool, chunk []byte)
}

// Limits bound one host's part of a run (R33).
type Limits struct {
	Connect time.Duration // until the host has taken the command; 0: 15 s
	Idle    time.Duration // between two signs of progress; 0: no limit
	Total   time.Duration // all of it; 0: 5 minutes for commands, an hour for files
}

// UploadRequest asks for a copy of a file or tree to several instances.
type UploadRequest struct {
	Instances []InstanceID
	File      FileSpec
	Limits    Limits
	Parallel  int
}

// FetchRequest asks for copies of a file or folder of several instances. Each
// one's lies in Target/<instance id>/.
type FetchRequest struct {
	Instances []InstanceID
	Source    string
	Target    string
	Limits    Limits
	Parallel  int
}

// HostResult is what a run came to on one instance.
type HostResult struct {
	Instance InstanceID
	Region   Region
	Zone     Zone
	Phase    HostPhase
	Done     bool
	Exit     ExitStatus
	Err      error // no exit status: never ran, or result unknown
	// Output is both streams as they came, clean of control characters: while it
	// runs the newest 8 KiB (or why it must be tried again), afterwards the
	// beginning and the end, with a line between them that says what is missing.
	Output string
	Cut    int64  // bytes of output that are not in Output
	File   string // where all of the output lies; empty where Output is all
	Sum    string // of all of the output, to tell what is equal; only when Done
	Moved  int64  // bytes of content so far, of uploads and fetches
	Size   int64  // bytes of content in all; -1: not known yet
	Began  time.Time
	Took   time.Duration // since Began
}

// HostPhase is how far a host's part of a run is.
type HostPhase uint8

// The phases of a host's part.
const (
	PhaseQueued     HostPhase = iota // waits for its turn
	PhaseConnecting                  // the host has not taken it yet
	PhaseWorking
	PhaseEnded
)

// String gives the phase's word.
func (p HostPhase) String() string {
	return [...]string{"queued", "connecting", "running", "ended"}[p]
}

// Failed says whether it did not end with status 0.
func (r HostResult) Failed() bool { return r.Done && (r.Err != nil || !r.Exit.OK()) }

// Rate is the speed of a copy so far, in bytes per second; 0 where it is unknown.
func (r HostResult) Rate() float64 {
	if r.Moved <= 0 || r.Took <= 0 {
		return 0
	}
	return float64(r.Moved) / r.Took.Seconds()
}

// Left is how long a copy still takes at its rate so far; ok is false where
// that can't be known.
func (r HostResult) Left() (d time.Duration, ok bool) {
	rate := r.Rate()
	if r.Done || rate == 0 || r.Size < r.Moved {
		return 0, false
	}
	return time.Duration(float64(r.Size-r.Moved) / rate * float64(time.Second)), true
}

// RunSnapshot is a run as it stands: hosts in the order in which they were asked for.
type RunSnapshot struct {
	Op      OpID
	Kind    OpKind // OpRun, OpUpload or OpFetch
	Line    string
	Started time.Time
	Hosts   []HostResult
	Done    int
	Rev     uint64
}

// Track is an instance's provisioning, step by step (R32). It is never changed:
// progress makes a new one.
type Track struct {
	// Run tells a provisioning from the start from the one before, whose jobs on
	// the host it must not take for its own; empty for the first.
	Run   string      `json:"run,omitempty"`
	Steps []TrackStep `json:"steps"`
}

// TrackStep is one step of provisioning.
type TrackStep struct {
	Name     string        `json:"name"` // "ssh", "cloud-init", "packages", "file app → ~/app", "setup", "ready check"
	Key      string        `json:"key"`  // a hash of what it does: a step that was changed is done again
	State    StepState     `json:"state"`
	Began    time.Time     `json:"began"`
	Took     time.Duration `json:"took"`            // of a step that ended
	Deadline time.Time     `json:"deadline"`        // of a step that runs
	Tries    int           `json:"tries"`           // 1 and more: a lost connection takes it up again
	Exit     int           `json:"exit"`            // of a step that failed with an exit code
	Last     string        `json:"last"`            // last line of output, or the reason of a failure
	Moved    int64         `json:"moved,omitempty"` // bytes of content so far, of files
	Size     int64         `json:"size,omitempty"`  // bytes of content in all; 0: not known
}

// StepState is how a step stands.
type StepState string

// The states of a step.
const (
	StepTodo    StepState = "todo"
	StepRunning StepState = "running"
	StepOK      StepState = "ok"
	StepFailed  StepState = "failed"
	StepSkipped StepState = "unchanged" // nothing was to be done
)

// FollowRequest asks for a log as it grows, of one instance or several merged.
type FollowRequest struct {
	Instances []InstanceID
	File      string // path on the host; or
	Unit      string // systemd unit, "" with no File: the whole journal
	Lines     int    // of the past, for each; 0: 10
}

// TailLine is one line of a followed log. Text is clean.
type TailLine struct {
	Seq      uint64
	At       time.Time // when it arrived
	Instance InstanceID
	Notice   bool // not the log's: a connection lost or there again, an end
	Text     string
}

// ForwardRequest asks for a port of an instance to be had here.
type ForwardRequest struct {
	Instance InstanceID
	Local    string // "8080" or "127.0.0.1:8080"; port 0: any free one. Loopback where no host is given
	Remote   string // "80" or "host:80", as the instance sees it. localhost where no host is given
}

// ForwardState is a forwarding as it stands.
type ForwardState struct {
	Op       OpID
	Instance InstanceID
	Local    string // the address that is listened at
	Remote   string
	Notice   string // the last that happened to it; empty: all is well
	Ended    bool
	Err      error
}

// Explanation says why an instance can or can't be reached, with evidence.
type Explanation struct {
	Instance InstanceID
	At       time.Time
	Answer   string  // one sentence: what is wrong, or that nothing is
	Hint     string  // what to do next
	Checks   []Check // in the order in which a connection depends on them
	Console  string  // the end of the console, clean; empty where there is none
}
