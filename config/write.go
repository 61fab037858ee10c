package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Defaults are what WriteDefaults puts into a new file; what is empty takes ours.
type Defaults struct {
	Name       string // required
	PrivateKey string // required; a path, absolute or from ~; a $ in it is only a dollar sign
	Image      string
	Regions    []string
	Types      []string
}

func (d Defaults) filled() Defaults {
	if d.Image == "" {
		d.Image = "ubuntu-24.04"
	}
	if len(d.Regions) == 0 {
		d.Regions = []string{"us-west-2", "us-east-1", "eu-west-1"}
	}
	if len(d.Types) == 0 {
		// Small, x86-64, and of four families: four times the chance of capacity.
		d.Types = []string{"t3.medium", "t3a.medium", "m6i.large", "c6i.large"}
	}
	return d
}

// WriteDefaults writes a new config file that shows and explains every key. It
// never writes over an existing file, never leaves half of one, and writes
// nothing that Load would refuse.
func WriteDefaults(path string, d Defaults) error {
	content := text(d)
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find the folder of %s: %w; name it with its whole path", path, err)
	}
	if _, err := Parse(path, []byte(content), filepath.Dir(abs)); err != nil {
		return fmt.Errorf("the config would not be valid, so it was not written: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // a config is no secret; it is often shared
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s exists already and is never overwritten; name another with --config", path)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder of %s does not exist; make it first", path)
	case err != nil:
		return fmt.Errorf("write the config: %w; name another place with --config", err)
	}
	_, err = io.WriteString(f, content)
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		_ = os.Remove(path) // ours since a moment ago; half a config would only be in the way
		return fmt.Errorf("write the config: %w; free the disk or name another place with --config", err)
	}
	return nil
}

// text gives a config file that shows and explains every key. What is commented
// out shows what holds without it.
func text(d Defaults) string {
	d = d.filled()
	var b strings.Builder
	fmt.Fprintf(&b, `# What a fleet should be. "spot-tui validate" checks this file and tells every
# mistake with its line; docs/configuration.md lists every key.

# Operating system: ubuntu-24.04, ubuntu-22.04, debian-12, al2023 (Amazon
# Linux 2023), or the id of an image (ami-…).
image = %s

[fleet]
# Every resource in AWS is tagged with this name: a–z, 0–9 and -.
name = %s
# How many instances there should be, over all regions.
target = %d
# The fleet ends by itself this long after its launch: 10m to 30d. "none" is for
# never, which a forgotten fleet makes expensive.
max_lifetime = "8h"
# Who holds the target: "own" is spot-tui while it runs, "aws" an EC2 Fleet in each
# region, which goes on while no machine of yours is on (docs/keep.md).
# keep = "own"
# What it may cost, in USD: an hour, disks and addresses included, and from its
# first launch to its destroy. At 80 %% of the budget there is a warning, at 100 %%
# nothing more is launched, and with "destroy" the fleet is destroyed.
# max_hourly_cost = 0.5
# budget = 20
# budget_action = "stop"

[capacity]
# Types that will do, x86-64 and arm64 mixed as you like. The more there are, the
# more easily spot capacity is found.
instance_types = [%s]
# Or say what a type must have; with both, the needs narrow the names. Ranges are
# "2-8", "4" for exactly that or "4-" for that and more (docs/capacity.md).
# vcpus = "2-4"
# memory_gib = "4-16"
# arch = ["x86_64", "arm64"]
# gpus = "0"
# How new: "current" for what AWS calls so, "all", or a range of the number in the name.
# generations = "current"
# burstable = false
# bare_metal = false
# exclude = ["t2.*", "*.metal*"]
# max_types = 30
# "fallback" launches on-demand what no spot pool of any region has capacity for.
# on_demand = "never"
# This many of the target are always on-demand, which AWS does not take back.
# on_demand_base = 0

# One [[region]] table each. The first is the fleet's preferred home.
`, quoted(d.Image), quoted(d.Name), len(d.Regions), quoted(d.Types...))
	for i, r := range d.Regions {
		fmt.Fprintf(&b, "[[region]]\nname = %s\n", quoted(r))
		if i == 0 {
			b.WriteString(`# Share of the target.
# weight = 1
# Or exactly this many; then every region needs a count, and the target is their sum.
# count = 1
# Otherwise than the fleet, in this region only: types, an image, and zones, by
# letter or name.
# instance_types = ["t3.large", "m6i.large"]
# image = "debian-12"
# zones = ["a", "b"]
# The network of this region, with mode "vpc" or "subnets" below.
# vpc = "vpc-0123456789abcdef0"
# subnets = ["subnet-0123456789abcdef0"]
`)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, `[disk]
# Size of the root disk in GiB; without it, the image's own.
# root_gib = 20

[network]
# Where instances live: "default" is the region's default VPC, "own" one of the
# fleet's own, "auto" the default one and one of our own where a region has none;
# "vpc" and "subnets" are what each [[region]] names (docs/network.md).
# mode = "auto"
# Addresses of a VPC of our own: a private block, /16 to /20.
# cidr = "10.77.0.0/16"
# Who may reach SSH, as a CIDR; "auto" is your own address as the world sees it.
ssh_from = "auto"
# Whether instances do without a public address; they are reached by ssh.jump.
# private = false
# IPv6 addresses: "off", "on", or "only", which does without public IPv4.
# ipv6 = "off"

[ssh]
# The instances get the public half of this key. ~ and $VAR are expanded ($$ is a
# dollar sign); a relative path starts at this file's folder.
private_key = %s
# Login name; empty for the image's own.
# user = ""
# Jump host, as user@host:port, or a host of your ssh config; empty for none.
# jump = ""
# Port of SSH on the instances.
# port = 22
# How an instance proves itself: pin, console or inject (docs/ssh.md).
# host_keys = "pin"
# How many instances are worked on at the same time, and the longest login.
# parallel = 64
# connect_timeout = "10s"

[provision]
# Whether instances are set up over SSH. If not, one that runs is ready.
enabled = true
# Whether to wait for the end of the image's own first boot.
# cloud_init = true
# Packages to install before anything is uploaded.
# packages = ["jq"]
# What to upload, in this order; a folder goes as a whole. Source and target are
# needed, the rest is for who wants it (docs/configuration.md).
# files = [{ source = "app", target = "app", mode = "0755", owner = "root", ignore = ["*.log"], template = false, secret = false }]
# A folder that was made for the predecessor, with setup.sh or deployment.yaml.
# deploy = "deployment"
# A shell script that runs on each instance after the upload.
# setup = "setup.sh"
# Must succeed before an instance is ready; repeated until then.
# ready_check = "test -e ~/app"
# Longest time of each step, and from running to the first login.
# timeout = "10m"
# ssh_timeout = "5m"

# Your own tags, put on every resource.
[tags]
# team = "field"

[aws]
# Profile of the AWS configuration files; empty for what the AWS CLI would take.
# profile = ""
# Account ids in which nothing is ever created or destroyed.
# protected_accounts = []
# Instance profile that the instances get, by name or ARN; empty for none.
# instance_profile = ""
# How often a region is asked for its instances: while anything moves, and else.
# poll = "2s"
# poll_idle = "10s"

[ui]
# auto, dark, light or mono.
# theme = "auto"
# Draw with ASCII only.
# ascii = false
# Take the mouse from the start; else the terminal keeps it, and M takes it.
# mouse = false
# auto, bell or off: how you are told of an interruption.
# notify = "auto"

# Other keys for the screen's actions, by the names that "spot-tui keys" shows.
[keys]
# details = ["Enter", "d", "F3"]
`, quoted(strings.ReplaceAll(d.PrivateKey, "$", "$$")))
	return b.String()
}

// quoted writes texts as TOML strings with commas between.
func quoted(list ...string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = tomlString(s)
	}
	return strings.Join(out, ", ")
}

func tomlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
