package fleet

import (
	"fmt"
	"time"
)

// Typed names. They are distinct so that a zone can't be passed for a region,
// nor an instance for its launch.
type (
	// Name is a fleet's name: 1 to 40 of a-z, 0-9 and '-', starting with a letter.
	Name string
	// Region is a region's code, such as "us-west-2".
	Region string
	// Zone is an availability zone's name, such as "us-west-2a".
	Zone string
	// InstanceID is EC2's id of an instance ("i-…").
	InstanceID string
	// InstanceType is EC2's name of a type, such as "t3.medium".
	InstanceType string
	// LaunchID names one confirmed request for n instances. It is journaled
	// before, and tagged in, the call that creates them.
	LaunchID string
)

// The tags that make a resource ours. They are the truth about a fleet; all
// local state is a cache (product.md §2).
const (
	TagFleet   = "spot-tui:fleet"
	TagOwner   = "spot-tui:owner"
	TagLaunch  = "spot-tui:launch"
	TagEnd     = "spot-tui:end"     // RFC 3339, the fleet's absolute end
	TagReady   = "spot-tui:ready"   // RFC 3339, on an instance whose provisioning ended well: a second machine reads it
	TagTarget  = "spot-tui:target"  // on the record, and a region's share on its keeper
	TagHostKey = "spot-tui:hostkey" // on instances: the fingerprint of the host key that was injected
	TagPhase   = "spot-tui:phase"   // on the record only: Phase
	TagConfig  = "spot-tui:config"  // on the record: hash of the config; on a keeper: of what it launches
	TagOrigin  = "spot-tui:origin"  // on instances: an Origin, why it is where it is
	TagLock    = "spot-tui:lock"    // on an instance that must not be destroyed: who locked it; empty counts as not locked
)

// State is EC2's instance state, spelled as EC2 spells it.
type State string

// EC2's instance states (InstanceStateName in the EC2 API reference).
const (
	StatePending      State = "pending"
	StateRunning      State = "running"
	StateShuttingDown State = "shutting-down"
	StateTerminated   State = "terminated"
	StateStopping     State = "stopping"
	StateStopped      State = "stopped"
)

// Live says whether an instance in this state exists for EC2 and can cost money.
func (s State) Live() bool { return s != StateTerminated && s != "" }

// Stage is where an instance is on its way, beyond EC2's state (product.md §2).
type Stage uint8

// Stages in the order of an instance's life.
const (
	StageRequested Stage = iota
	StagePending
	StageRunning // running, sshd not reached yet
	StageReachable
	StageUploading
	StageSettingUp
	StageReady
	StageFailed
	StageInterrupted
	StageShuttingDown
	StageGone
)

var stageWords = [...]string{
	"requested", "pending", "waiting for ssh", "reachable", "uploading",
	"setting up", "ready", "failed", "interrupted", "shutting down", "gone",
}

// String gives the stage's word as the screens show it.
func (s Stage) String() string {
	if int(s) < len(stageWords) {
		return stageWords[s]
	}
	return fmt.Sprintf("stage %d", uint8(s))
}

// MarshalText gives the stage's word, so that JSON shows "ready" and not 6.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Stage) UnmarshalText(b []byte) error {
	for i, w := range stageWords {
		if w == string(b) {
			*s = Stage(i)
			return nil
		}
	}
	return fmt.Errorf("no stage is called %q", b)
}

// Moving says whether the instance is still on its way to ready.
func (s Stage) Moving() bool { return s < StageReady }

// Settled says whether nothing more happens by itself: ready, failed or gone.
func (s Stage) Settled() bool { return s == StageReady || s == StageFailed || s == StageGone }

// Leaving says whether the instance is going away or gone.
func (s Stage) Leaving() bool {
	return s == StageInterrupted || s == StageShuttingDown || s == StageGone
}

// Step is how far an instance is inside its stage.
type Step struct {
	Name    string `json:"name,omitempty"` // "upload", "setup", "ready check"
	Index   int    `json:"index"`          // 1-based; 0 when there are no steps
	Of      int    `json:"of"`
	Percent int    `json:"percent"`          // 0 to 100; -1 when it can't be known
	Detail  string `json:"detail,omitempty"` // the last line of output, or the last error of a wait
}

// Price is money per hour in USD. An unknown price is never 0 (R26).
type Price struct {
	USD    float64   `json:"usd"`
	Known  bool      `json:"known"`
	Reason string    `json:"reason,omitempty"` // why it is unknown
	AsOf   time.Time `json:"as_of"`            // when the price came into effect or was read
}

// Instance is one instance as the engine knows it: a copy, safe to keep.
type Instance struct {
	ID          InstanceID   `json:"id"`
	Region      Region       `json:"region"`
	Zone        Zone         `json:"zone"`
	Type        InstanceType `json:"type"`
	State       State        `json:"state"`
	Stage       Stage        `json:"stage"`
	Step        Step         `json:"step"`
	Reason      string       `json:"reason"`                // why it failed, was interrupted or is gone; one sentence
	ReasonCode  string       `json:"reason_code,omitempty"` // EC2's code for why it stopped or ended, exactly as EC2 gives it
	PublicIP    string       `json:"public_ip"`
	PrivateIP   string       `json:"private_ip"`
	IPv6        string       `json:"ipv6,omitempty"`
	Address     string       `json:"address,omitempty"` // the one by which it is reached; see Host
	Launch      LaunchID     `json:"launch"`
	LaunchedAt  time.Time    `json:"launched_at"`
	EndsAt      time.Time    `json:"ends_at"` // zero when the fleet has no end
	StageSince  time.Time    `json:"stage_since"`
	GoneAt      time.Time    `json:"gone_at"` // when it was first seen gone
	Price       Price        `json:"price"`
	Image       string       `json:"image"`
	SpotRequest string       `json:"spot_request"`
	OnDemand    bool         `json:"on_demand"` // not spot: AWS doesn't take it back, and it costs more
	Origin      Origin       `json:"origin"`
	Locked      bool         `json:"locked"` // TagLock is on it: nothing of ours destroys it
	Subnet      string       `json:"subnet"`
	VPC         string       `json:"vpc"`
	Arch        string       `json:"arch"` // "x86_64" or "arm64"
	User        string       `json:"user"` // login name of the image
	Owner       string       `json:"owner"`
	SeenAt      time.Time    `json:"seen_at"`             // the last describe that showed it
	HostKey     string       `json:"host_key,omitempty"`  // fingerprint of the key that was injected
	Verified    bool         `json:"verified"`            // its host key was checked against what EC2 says
	Keeper      KeeperID     `json:"keeper,omitempty"`    // the EC2 Fleet that launched it for keep = "aws"; empty: none
	Estimated   bool         `json:"estimated,omitempty"` // its beginning or its end is not known for certain
	Track       *Track       `json:"track,omitempty"`     // its provisioning, step by step; nil: none was begun
	Rev         uint64       `json:"rev"`                 // grows with each change of this value
}

// Health is how a region answers.
type Health uint8

// A region's health, best first.
const (
	HealthUnknown   Health = iota // not asked yet
	HealthOK                      // the last call was answered
	HealthBusy                    // something is being launched or torn down
	HealthThrottled               // EC2 asks us to slow down
	HealthDown                    // the last calls failed
)

// String gives the word that stands beside the region's dot.
func (h Health) String() string {
	return [...]string{"unknown", "ok", "busy", "throttled", "down"}[h]
}

// RegionStatus is one region as its worker sees it.
type RegionStatus struct {
	Region   Region        `json:"region"`
	Health   Health        `json:"health"`
	Problem  string        `json:"problem,omitempty"` // one sentence, empty when fine
	Answered time.Time     `json:"answered"`          // the last describe that was answered
	Live     int           `json:"live"`              // instances that are not gone
	Keepers  []KeeperState `json:"keepers,omitempty"` // EC2 Fleets that hold it; shared, not to be changed
	Calls    int           `json:"calls"`             // API calls since the start
	Rev      uint64        `json:"rev"`
	// Cheaper is what moving to cheaper pools may save.
	Cheaper Cheaper `json:"cheaper,omitzero"`
}

// Phase is what the fleet record says about the fleet.
type Phase string

// The phases of a fleet record.
const (
	PhaseActive     Phase = "active"
	PhaseDestroying Phase = "destroying"
)

// Record is the fleet record: what a second machine reads (product.md §2).
type Record struct {
	Fleet      Name      `json:"fleet"`
	Home       Region    `json:"home"` // the region that holds it
	Owner      string    `json:"owner"`
	Target     int       `json:"target"`
	EndsAt     time.Time `json:"ends_at"`
	Phase      Phase     `json:"phase"`
	ConfigHash string    `json:"config_hash"`
	CreatedAt  time.Time `json:"created_at"`
}

// Identity is who we are for AWS.
type Identity struct {
	Account string `json:"account"` // 12 digits
	ARN     string `json:"arn"`
	Name    string `json:"name"` // the last part of the ARN: what a person calls it
}
