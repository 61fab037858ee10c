package fleet

import (
	"net/netip"
	"time"
)

// Observation is one instance as a describe call shows it.
type Observation struct {
	ID               InstanceID
	Region           Region
	Zone             Zone
	Type             InstanceType
	State            State
	StateReasonCode  string // exactly as EC2 gives it, "Server.SpotInstanceTermination"
	StateReason      string
	TransitionReason string // free text, may be empty
	PublicIP         string
	PrivateIP        string
	IPv6             string
	Launch           LaunchID
	Owner            string
	EndsAt           time.Time
	LaunchedAt       time.Time
	ReadyAt          time.Time // from TagReady; zero while it was never ready
	Image            string
	Arch             string
	SpotRequest      string
	Subnet           string
	VPC              string
	OnDemand         bool     // EC2 gives no lifecycle, which means on-demand (SDK types.go Instance)
	Origin           Origin   // from TagOrigin
	Locked           bool     // TagLock is on it and not empty
	Keeper           KeeperID // the EC2 Fleet that launched it for keep = "aws"; empty: none
	HostKey          string   // from TagHostKey: the fingerprint it must prove itself with; empty: none was injected
}

// Console is what an instance wrote to its console: the end of it, at most 64 KiB
// (aws-facts §8). It is text of the instance and not to be trusted as such.
type Console struct {
	At   time.Time // when EC2 read it; zero: unknown
	Text string    // as it came, control characters included
	// HostKeys are the fingerprints ("SHA256:…") that cloud-init reported for the
	// keys of sshd, in the order of the text; empty where it has not (yet).
	HostKeys []string
}

// ReachRequest asks whether an instance can be reached.
type ReachRequest struct {
	Fleet    Name
	Instance InstanceID
	From     netip.Addr // the caller as the instance would see it; zero: unknown
	Port     int
	Network  NetworkSpec // how its instances are meant to be reached
}

// PoolPrice is the spot price of one pool.
type PoolPrice struct {
	Type InstanceType
	Zone Zone
	USD  float64
	AsOf time.Time
}
