package config

import "strings"

// kind is the type of a key's value.
type kind uint8

const (
	kString kind = iota
	kInt
	kAmount // USD, whole or not
	kBool
	kDuration // a string such as "8h"
	kStrings
	kTags   // a table of the person's own keys
	kTables // a list of tables
	kKeys   // a table: the names of actions, with a string or a list of strings
	kRange  // a range of numbers, as a string
)

func (k kind) words() string {
	return [...]string{
		"a string", "a whole number", "an amount in USD", "true or false", "a duration", "a list of strings", "a table of strings", "a list of tables", "a key or a list of keys", "a range of numbers",
	}[k]
}

// sample is a value of the kind as it stands in a file.
func (k kind) sample() string {
	return [...]string{`"text"`, "3", "0.25", "true", `"8h"`, `["one", "two"]`, `name = "value"`, "[{ … }]", `"X" or ["X", "Ctrl+X"]`, `"2-8"`}[k]
}

// key is one key of the file. The table of keys drives the check for unknown
// ones, the docs and the test that the example shows all of them.
type key struct {
	table   string // "" for the top of the file; "region" is each [[region]]
	name    string // empty for a table whose keys are the person's own
	kind    kind
	def     string // as it would stand in the file; or words, if wordy
	wordy   bool   // def is no literal
	meaning string
}

func (k key) path() string { return strings.Trim(k.table+"."+k.name, ".") }

// keys lists every key, in the order of the docs.
func keys() []key {
	return []key{
		{"", "image", kString, `"ubuntu-24.04"`, false, "Operating system: ubuntu-24.04, ubuntu-22.04, debian-12, al2023, or the id of an image (ami-…). It stands above the first table."},
		{"image", "name", kString, "as above", true, "The same, for those who prefer a table: [image] with name. Not together with the line above."},
		{"fleet", "name", kString, "required", true, "Name of the fleet: a–z, 0–9 and -, at most 40 characters, a letter first. Every resource in AWS is tagged with it."},
		{"fleet", "target", kInt, "one per region, or the sum of the counts", true, "How many instances there should be over all regions; 1 to 10000."},
		{"fleet", "max_lifetime", kDuration, `"8h"`, false, `The fleet ends by itself this long after its launch; 10m to 30d, or "none" for never, which warns.`},
		{"fleet", "keep", kString, `"own"`, false, "Who holds the target: own is spot-tui while it runs, aws is an EC2 Fleet in each region, which goes on while no machine of yours is on. [keep.md](keep.md) tells what that asks of provisioning."},
		{"fleet", "max_hourly_cost", kAmount, "none", true, "No launch may bring the fleet above this many USD an hour, disks and addresses included; 0.001 to 100000. [cost.md](cost.md) explains it."},
		{"fleet", "budget", kAmount, "none", true, "What the fleet may cost in USD from its first launch to its destroy; 0.01 to 10000000. At 80 % there is a warning; at 100 % nothing more is launched."},
		{"fleet", "budget_action", kString, `"stop"`, false, "What happens when the budget is spent: stop launches nothing more, destroy also destroys the fleet, where the screen or create is running."},
		{"capacity", "instance_types", kStrings, "required, unless each region has its own or a need is given", true, "Types that will do, x86-64 and arm64 mixed as you like. The more there are, the more easily spot capacity is found."},
		{"capacity", "vcpus", kRange, "any", true, "Instead of names, or to narrow them: how many vCPUs a type must have: \"2-8\", \"4\" for exactly that, \"4-\" for that and more. [capacity.md](capacity.md) explains needs."},
		{"capacity", "memory_gib", kRange, "any", true, "How much memory a type must have, in GiB; a range as above, with fractions if you like."},
		{"capacity", "arch", kStrings, "what the image exists for", true, "Architectures that will do: x86_64, arm64."},
		{"capacity", "gpus", kRange, "none for a choice by need", true, "How many GPUs a type must have; a range."},
		{"capacity", "generations", kRange, `"current"`, false, "How new a type must be: current is what AWS calls so, all is everything, and a range is of the number in the name (6 of m6i.large)."},
		{"capacity", "burstable", kBool, "both will do", true, "Whether a type must (true) or must not (false) be one whose CPU runs on credits, such as t3."},
		{"capacity", "bare_metal", kBool, "false", false, "Whether a choice by need may take whole machines."},
		{"capacity", "exclude", kStrings, "[]", false, `Types that will not do, as patterns: "t2.*", "*.metal*".`},
		{"capacity", "max_types", kInt, "30 for a choice by need, else all", true, "How many types to keep in each region, those with the cheapest pool first; 1 to 300."},
		{"capacity", "on_demand", kString, `"never"`, false, "When on-demand instances stand in: never, or fallback, for what no spot pool of any region has capacity for. They cost two to five times as much."},
		{"capacity", "on_demand_base", kInt, "0", false, "How many of the target are always on-demand, which AWS does not take back; 0 to the target."},
		{"region", "name", kString, "required", true, "A region, such as us-west-2; one [[region]] table each. The first is the fleet's preferred home."},
		{"region", "weight", kInt, "1", false, "Share of the target; 1 to 1000. Not together with counts."},
		{"region", "count", kInt, "by weight", true, "This many; 0 to 10000. What its quota or EC2 has no room for goes to the other regions, but never to one whose count is 0. With one count, every region needs one, and the target is their sum."},
		{"region", "instance_types", kStrings, "as the fleet", true, "Types for this region, instead of the fleet's."},
		{"region", "image", kString, "as the fleet", true, "Image for this region, instead of the fleet's: an image id belongs to one region."},
		{"region", "zones", kStrings, "all", true, `Only these zones of the region, by letter ("a") or name ("us-west-2a").`},
		{"region", "vpc", kString, "required with mode vpc", true, "The VPC of this region, by its id (vpc-…). Nothing of it is ever changed; our security group is put into it."},
		{"region", "subnets", kStrings, "required with mode subnets", true, "The subnets of this region, by their ids (subnet-…), all of one VPC. Of several in one zone, a launch uses the one with the most free addresses."},
		{"disk", "root_gib", kInt, "the image's own", true, "Size of the root disk in GiB; 1 to 16384, and no smaller than the image."},
		{"network", "mode", kString, `"auto"`, false, "Where instances live: default is the region's default VPC, own is a VPC of the fleet's own with a subnet per zone, auto is the default VPC and one of our own where a region has none; vpc is the VPC that each [[region]] names, subnets the subnets. [network.md](network.md) explains them."},
		{"network", "cidr", kString, `"10.77.0.0/16"`, false, "Address block of a VPC of our own: private (RFC 1918 or RFC 6598), /16 to /20. Not with mode default, vpc or subnets."},
		{"network", "ssh_from", kString, `"auto"`, false, `Who may reach SSH, as a CIDR; "auto" is your own address as the world sees it, or the VPC's own addresses where instances are private.`},
		{"network", "private", kBool, "false", false, "Whether instances do without a public address; they are reached through ssh.jump. Not with mode auto or own."},
		{"network", "ipv6", kString, `"off"`, false, "on gives each instance an IPv6 address where its subnet has them; only reaches instances by IPv6 and gives them no public IPv4 address, which saves its charge. Not only with mode auto or own."},
		{"ssh", "private_key", kString, "required", true, "Private key file; the instances get its public half. It may be encrypted, or be the .pub file of a key that your agent holds."},
		{"ssh", "user", kString, `""`, false, "Login name; empty for the image's own."},
		{"ssh", "jump", kString, `""`, false, "Jump host, as user@host or user@host:port, several with commas, or a host of your ssh config; empty for none."},
		{"ssh", "port", kInt, "22", false, "Port of SSH on the instances; 1 to 65535."},
		{"ssh", "host_keys", kString, `"pin"`, false, "How an instance proves itself: pin takes the key that it shows first, console also compares it to the instance's console as soon as EC2 shows that, inject gives the instances of a launch a key by cloud-init. [ssh.md](ssh.md) weighs them."},
		{"ssh", "parallel", kInt, "64", false, "Instances that are worked on over SSH at the same time; 1 to 1000."},
		{"ssh", "connect_timeout", kDuration, `"10s"`, false, "Longest time for a connection with its login; 1s to 5m."},
		{"provision", "enabled", kBool, "true", false, "Whether instances are set up over SSH; if not, one that runs is ready."},
		{"provision", "cloud_init", kBool, "true", false, "Whether to wait for the end of the image's own first boot before anything else."},
		{"provision", "packages", kStrings, "[]", false, "Packages of the operating system to install, before the files; sudo must not ask for a password."},
		{"provision", "files", kTables, "[]", false, `What to upload, in this order; a folder goes as a whole.`},
		{"provision", "deploy", kString, `""`, false, "A folder made for the predecessor: deployment/ with setup.sh, services and so on, or .spot/ with deployment.yaml. validate tells what becomes of each part; `spot-tui readme` explains it. Empty for none."},
		{"provision", "setup", kString, `""`, false, "Path of a shell script that runs on each instance after the upload; empty for none."},
		{"provision", "ready_check", kString, `""`, false, "Shell command that must succeed before an instance is ready; it is repeated until then. Empty for none."},
		{"provision", "timeout", kDuration, `"10m"`, false, "Longest time of each step; 1s to 24h."},
		{"provision", "ssh_timeout", kDuration, `"5m"`, false, "Longest wait from running to the first login; 10s to 1h."},
		{"provision.files", "source", kString, "required", true, "Local file or folder."},
		{"provision.files", "target", kString, "required", true, "Where it goes on the instance; relative to the login folder."},
		{"provision.files", "mode", kString, "as it is here", true, `Mode of the files, in octal: "0644". Folders can be entered by whoever may read.`},
		{"provision.files", "owner", kString, "the login", true, `Whose it is on the instance: "user" or "user:group"; sudo must not ask for a password.`},
		{"provision.files", "ignore", kStrings, "none", true, "What of a folder is not uploaded, as in .gitignore; beside the folder's own .spot-tui-ignore."},
		{"provision.files", "template", kBool, "false", true, "The file is a template that is filled in for each instance: {{.ID}}, {{.Region}}, {{.Zone}}, {{.Type}}, {{.Arch}}, {{.PublicIP}}, {{.PrivateIP}}, {{.IPv6}}, {{.User}}, {{.Fleet}}, {{.Launch}}, {{.Owner}}, {{.EndsAt}}; with if, else, with, variables, and the functions and, or, not, eq, ne, len, print, printf and println, as in Go's text/template."},
		{"provision.files", "secret", kBool, "false", true, "Goes up only to an instance whose host key was verified, which host_keys = \"pin\" can't; its mode is 0600 if none is named."},
		{"tags", "", kTags, "none", true, "Your own tags, put on every resource: at most 40; keys of at most 127 characters that do not start with aws: or spot-tui:, values of at most 256."},
		{"aws", "profile", kString, `""`, false, "Profile of the AWS configuration files; empty for what the AWS CLI would take."},
		{"aws", "protected_accounts", kStrings, "[]", false, "Account ids in which nothing is ever created or destroyed."},
		{"aws", "instance_profile", kString, `""`, false, "Instance profile that the instances get, by name or ARN; empty for none."},
		{"aws", "poll", kDuration, `"2s"`, false, "How often a region is asked for its instances while anything moves; 1s to 5m."},
		{"aws", "poll_idle", kDuration, `"10s"`, false, "The same while nothing moves; 1s to 5m, and no shorter than poll."},
		{"ui", "theme", kString, `"auto"`, false, "auto, dark, light, high-contrast or mono; auto and high-contrast follow the terminal's background."},
		{"ui", "ascii", kBool, "false", false, "Draw with ASCII only."},
		{"ui", "mouse", kBool, "false", false, "Take the mouse from the start; else the terminal keeps it for selecting text, and M takes it."},
		{"ui", "notify", kString, `"auto"`, false, "How you are told of an interruption, and of failures and ends while you look elsewhere: auto is the bell, with a notification where the terminal is known to have them; bell is the bell only; or off."},
		{"keys", "", kKeys, "as in [keys.md](keys.md)", true, "Other keys for actions, by the names of [keys.md](keys.md): `details = [\"Enter\", \"d\", \"F3\"]`. An empty list leaves an action to the palette. What destroys is on an upper-case letter or a sign only, answers and the way out keep their keys, and no two actions of a screen share one."},
	}
}
