package config

// kind is the type of a key's value.
type kind uint8

const (
	kString kind = iota
	kInt
	kBool
	kDuration // a string such as "8h"
	kStrings
	kTable  // a free table of strings
	kTables // an array of tables
)

var kindWords = map[kind]string{
	kString: "a string", kInt: "a whole number", kBool: "true or false", kDuration: `a duration such as "8h" or "30m"`,
	kStrings: "a list of strings", kTable: "a table of strings", kTables: "a list of tables",
}

// key is one key of the file. The table of keys drives the check, the docs
// and the test that the example shows all of them.
type key struct {
	name    string // "fleet.target"; "region.name" is a key of each [[region]]
	kind    kind
	def     string // as text, for the docs
	meaning string
}

// keys lists every key, in the order of the docs.
func keys() []key {
	return []key{
		{"fleet.name", kString, "none; required", "Name of the fleet: a–z, 0–9 and -, at most 40, a letter first. Every resource is tagged with it."},
		{"fleet.target", kInt, "one per region", "How many instances the fleet should have, over all regions; 1 to 10000."},
		{"fleet.max_lifetime", kDuration, `"8h"`, `When the fleet ends by itself after its launch; 10m to 720h, or "none" for never (not advised).`},
		{"capacity.instance_types", kStrings, "none; required", "Types that will do, any architecture; the more, the better spot capacity is found."},
		{"region.name", kString, "none; required", "A region, such as us-west-2. One [[region]] table each; the first is the fleet's preferred home."},
		{"region.weight", kInt, "1", "Share of the target; 1 to 1000. Not together with count."},
		{"region.count", kInt, "by weight", "Exactly this many here; then every region needs a count, and the target is their sum."},
		{"image", kString, `"ubuntu-24.04"`, "ubuntu-24.04, ubuntu-22.04, debian-12, al2023, or an ami-… id."},
		{"disk.root_gib", kInt, "the image's own", "Size of the root disk in GiB (gp3, encrypted); 8 to 16384."},
		{"network.ssh_from", kString, `"auto"`, `CIDR that may reach SSH; "auto" is your own address as the world sees it.`},
		{"ssh.user", kString, "the image's own", "Login name."},
		{"ssh.private_key", kString, "none; required", "Private key file (OpenSSH); ~ and $VAR are expanded, relative paths are relative to this file."},
		{"ssh.jump", kString, "none", "Jump host as user@host:port."},
		{"ssh.port", kInt, "22", "Port of sshd on the instances; 1 to 65535."},
		{"provision.enabled", kBool, "true", "Whether instances are provisioned over SSH; if not, running is ready."},
		{"provision.files", kTables, "none", `What to upload: [{source = "app", target = "app"}]; a folder goes as a whole.`},
		{"provision.setup", kString, "none", "Path of a script that is copied and run after the upload."},
		{"provision.ready_check", kString, "none", "Shell command that must exit 0 before an instance is ready; it is repeated until then."},
		{"provision.timeout", kDuration, `"10m"`, "Longest time of each step."},
		{"provision.ssh_timeout", kDuration, `"5m"`, "Longest wait from running to the first login."},
		{"tags", kTable, "none", "Your own tags for every resource; at most 40, not starting with aws: or spot-tui:."},
		{"aws.profile", kString, "as the AWS CLI", "Profile of the AWS configuration files."},
		{"aws.protected_accounts", kStrings, "none", "Account ids in which nothing is ever created or destroyed."},
		{"ui.theme", kString, `"auto"`, "auto, dark, light or mono."},
		{"ui.ascii", kBool, "false", "Draw with ASCII only."},
	}
}

// fileKeys are the keys of each entry of provision.files.
func fileKeys() []string { return []string{"source", "target"} }

// images are the aliases that can be launched.
func images() []string { return []string{"ubuntu-24.04", "ubuntu-22.04", "debian-12", "al2023"} }

// knownRegions are those of the aws partition (aws-facts §12); another one that
// looks like a region gets a warning, since AWS opens new ones.
func knownRegions() []string {
	return []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
		"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
		"ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2",
		"eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
	}
}
