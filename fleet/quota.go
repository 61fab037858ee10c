package fleet

import (
	"fmt"
	"slices"
	"strings"
)

// QuotaFamily is a group of instance types whose vCPUs one quota counts
// (aws-facts §5.5). There are other quotas for spot than for on-demand, and each
// holds in one region for all of its zones (§2.4 D).
type QuotaFamily string

// The families, as AWS names them.
const (
	FamilyStandard   QuotaFamily = "Standard" // A, C, D, H, I, M, R, T, Z
	FamilyG          QuotaFamily = "G and VT"
	FamilyP          QuotaFamily = "P"
	FamilyP5         QuotaFamily = "P5" // of its own for spot; on demand it counts as P
	FamilyInf        QuotaFamily = "Inf"
	FamilyTrn        QuotaFamily = "Trn"
	FamilyF          QuotaFamily = "F"
	FamilyX          QuotaFamily = "X"
	FamilyDL         QuotaFamily = "DL"
	FamilyHighMemory QuotaFamily = "High Memory" // never spot
	FamilyHPC        QuotaFamily = "HPC"         // never spot
)

// standardLetters are the beginnings of the names of Standard types; some have a
// second letter ("im4gn", "is4gen", "cr1").
const standardLetters = "acdhimrtz"

// FamilyOf gives the quota family that counts a type, by its name; empty where
// none is known to ("mac1.metal" lives on dedicated hosts, whose quota counts hosts).
func FamilyOf(t InstanceType) QuotaFamily {
	letters, generation, _ := nameParts(t)
	switch letters {
	case "g", "gr", "vt":
		return FamilyG
	case "p":
		if generation >= 5 {
			return FamilyP5
		}
		return FamilyP
	case "inf":
		return FamilyInf
	case "trn":
		return FamilyTrn
	case "f":
		return FamilyF
	case "x":
		return FamilyX
	case "dl":
		return FamilyDL
	case "u-", "u":
		return FamilyHighMemory
	case "hpc":
		return FamilyHPC
	case "mac", "":
		return ""
	}
	if strings.Contains(standardLetters, letters[:1]) {
		return FamilyStandard
	}
	return ""
}

// Counts gives the family under which a market counts f: on demand there is one
// quota for all P types.
func (f QuotaFamily) Counts(onDemand bool) QuotaFamily {
	if onDemand && f == FamilyP5 {
		return FamilyP
	}
	return f
}

// Quota is a limit of the account in one region, in vCPUs.
type Quota struct {
	Family   QuotaFamily `json:"family"`
	OnDemand bool        `json:"on_demand"` // else it is of spot requests
	Code     string      `json:"code"`      // of Service Quotas, "L-34B43A08"
	Limit    int         `json:"limit"`     // vCPU; as it applies to the account, not AWS's default
	// Used counts the vCPUs of all instances of the account in the region that are
	// pending or running, whoever started them, and for spot also the requests that
	// are still open (aws-facts §5.5).
	Used  int  `json:"used"`
	Known bool `json:"known"` // both numbers could be read
	// Reason says why they could not; Used may be right even then.
	Reason string `json:"reason,omitempty"`
	Link   string `json:"link"` // the page on which it can be raised
}

// Room is how many vCPUs may still be started; ok is false where nobody knows.
func (q Quota) Room() (vcpu int, ok bool) { return max(0, q.Limit-q.Used), q.Known }

// Name is what a person calls it: "spot Standard", "on-demand P".
func (q Quota) Name() string {
	if q.OnDemand {
		return "on-demand " + string(q.Family)
	}
	return "spot " + string(q.Family)
}

// Numbers writes used and limit: "12/64 vCPU", or "?" where they are not known.
func (q Quota) Numbers() string {
	if !q.Known {
		return "?"
	}
	return fmt.Sprintf("%d/%d vCPU", q.Used, q.Limit)
}

// quotaFor finds a family's quota of a market.
func quotaFor(qs []Quota, f QuotaFamily, onDemand bool) (Quota, bool) {
	f = f.Counts(onDemand)
	i := slices.IndexFunc(qs, func(q Quota) bool { return q.Family == f && q.OnDemand == onDemand })
	if i < 0 {
		return Quota{Family: f, OnDemand: onDemand, Reason: "no quota of this family is known"}, false
	}
	return qs[i], true
}
