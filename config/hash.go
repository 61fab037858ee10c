package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"spot-tui/fleet"
)

// hash is of what the file means for the fleet. Order, comments and spelled-out
// defaults change nothing; nor does what is true of one machine only: where the
// file and the key are, and the way to the instances.
func hash(s fleet.Spec, dir string) string {
	s.ConfigHash, s.ConfigPath = "", ""
	s.SSH.PrivateKey, s.SSH.PublicKey, s.SSH.Jump = "", "", ""
	s.SSH.Parallel, s.SSH.Connect = 0, 0
	s.Poll = fleet.PollSpec{}                       // how often one looks changes nothing
	s.Guard = fleet.GuardSpec{}                     // limits are of whoever launches; the fleet is the same
	s.Types = slices.Sorted(slices.Values(s.Types)) // the cheapest pool is taken, not the first type
	s.Regions = slices.Clone(s.Regions)
	for i, r := range s.Regions {
		s.Regions[i].Types = slices.Sorted(slices.Values(r.Types))
		s.Regions[i].Zones = slices.Sorted(slices.Values(r.Zones))
	}
	s.Provision.Files = slices.Clone(s.Provision.Files)
	for i, f := range s.Provision.Files {
		if rel, err := filepath.Rel(dir, f.Source); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			s.Provision.Files[i].Source = filepath.ToSlash(rel)
		}
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts, numbers and lists of them: a spec that can't be written is a fault of this package
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
