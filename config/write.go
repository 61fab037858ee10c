package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Defaults are what WriteDefaults puts into a new file; empty lists mean ours.
type Defaults struct {
	Name       string
	PrivateKey string
	Regions    []string
	Types      []string
}

// WriteDefaults writes a new, commented config file. It never writes over an
// existing one.
func WriteDefaults(path string, d Defaults) error {
	if len(d.Regions) == 0 {
		d.Regions = []string{"us-west-2", "us-east-1", "eu-west-1"}
	}
	if len(d.Types) == 0 {
		d.Types = []string{"t3.medium", "t3a.medium", "m6i.large", "c6i.large"}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // a config is no secret; it is often shared
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already and is never overwritten; name another with --config", path)
	}
	if err != nil {
		return fmt.Errorf("write the config: %w", err)
	}
	_, err = io.WriteString(f, text(d))
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		return fmt.Errorf("write the config: %w", err)
	}
	return nil
}

func text(d Defaults) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# What the fleet should be. spot-tui validate checks this file;
# docs/configuration.md explains every key.

image = "ubuntu-24.04"    # or ubuntu-22.04, debian-12, al2023, ami-…

[fleet]
name = %q
target = %d               # instances, over all regions
max_lifetime = "8h"       # then the fleet ends by itself

[capacity]
# The more types will do, the better spot capacity is found.
instance_types = [%s]

`, d.Name, len(d.Regions), quoted(d.Types))
	for _, r := range d.Regions {
		fmt.Fprintf(&b, "[[region]]\nname = %q\n\n", r)
	}
	fmt.Fprintf(&b, `[ssh]
private_key = %q

[provision]
enabled = true
ready_check = "cloud-init status --wait >/dev/null"
# files = [{ source = "app", target = "app" }]
# setup = "setup.sh"
`, d.PrivateKey)
	return b.String()
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}

// NewName gives a fleet name that is unique to a person: the user's name and a
// few random letters from rand.
func NewName(user string, rand io.Reader) string {
	var b strings.Builder
	for _, r := range strings.ToLower(user) {
		if r >= 'a' && r <= 'z' || b.Len() > 0 && r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
		if b.Len() == 20 {
			break
		}
	}
	if b.Len() == 0 {
		b.WriteString("fleet")
	}
	raw := make([]byte, 5)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return b.String() // without randomness the name is only the user's
	}
	b.WriteByte('-')
	for _, c := range raw {
		b.WriteByte('a' + c%26)
	}
	return b.String()
}
