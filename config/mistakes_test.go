package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Every mistake at once, by line, each with what to do.
func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	t.Parallel()
	text := `image = "ubuntu-24.40"
colour = 1
[fleet]
name = "Bad Name"
taget = 3
max_lifetime = "8 hours"
instance_types = 1
[capacity]
instance_types = [
  "t3.medium", # fine
  "t3",
  3,
]
[[region]]
name = "us-wets-2"
weight = 1
count = 2
[[region]]
name = "eu-west-1"
weight = "many"
[[region]]
name = 7
count = 1.5
[ssh]
private_key = "$NO_SUCH_VARIABLE_HERE/key"
port = 99999
[provision]
files = [{ source = "/no/such/file", traget = "x" },
         3]
[tags]
"aws:x" = "1"
"two\nlines" = 2
`
	_, err := Parse("c.toml", []byte(text), "/")
	want := []string{
		`c.toml:1: image: "ubuntu-24.40" is no image; did you mean "ubuntu-24.04"?`,
		`c.toml:2: colour: there is no such key; what may stand here is image, fleet, capacity, region, disk, network, ssh, provision, tags, aws, ui, keys`,
		`c.toml:4: fleet.name: "Bad Name" is no fleet name; use a–z, 0–9 and -, at most 40 characters, a letter first, such as "bad-name"`,
		`c.toml:5: fleet.taget: there is no such key; did you mean "target"?`,
		`c.toml:6: fleet.max_lifetime: "8 hours" is no duration; write it like "8h", "30m" or "2d"`,
		`c.toml:7: fleet.instance_types: there is no such key here; move it below [capacity]`,
		`c.toml:11: capacity.instance_types[1]: "t3" is no instance type; it looks like t3.medium`,
		`c.toml:12: capacity.instance_types[2]: must be a string, not 3; put it in quotes`,
		`c.toml:15: region[0].name: "us-wets-2" is no region; did you mean "us-west-2"?`,
		`c.toml:17: region[0].count: weight and count contradict each other; keep one`,
		`c.toml:20: region[1].weight: must be a whole number, not "many"; write it like 3`,
		`c.toml:20: region[1].weight: weights and counts don't mix; give every region a count, or none`,
		`c.toml:22: region[2].name: must be a string, not 7; write it like "text"`,
		`c.toml:23: region[2].count: must be a whole number, not 1.5; write it like 3`,
		`c.toml:25: ssh.private_key: the environment has no variable NO_SUCH_VARIABLE_HERE; set it or write the path out`,
		`c.toml:26: ssh.port: 99999 is out of range; use 1 to 65535`,
		`c.toml:28: provision.files[0].target: is missing; say where it goes on the instance`,
		`c.toml:28: provision.files[0].source: "/no/such/file" can't be uploaded: no such file or directory; mend the path`,
		`c.toml:28: provision.files[0].traget: there is no such key; did you mean "target"?`,
		`c.toml:29: provision.files[1]: must be a table, not 3; write it like { … }`,
		`c.toml:31: tags."aws:x": names that start with aws: or spot-tui: are reserved; choose another`,
		`c.toml:32: tags."two\nlines": must be a string, not 2; write it like "text"`,
	}
	if got := fmt.Sprint(err); got != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func TestSingleMistakes(t *testing.T) {
	t.Parallel()
	const types = `instance_types = ["t3.micro", "m7g.large"]`
	long, dir := strings.Repeat("x", 300), withKey(t)
	for _, tt := range []struct{ old, now, want string }{
		{`name = "f"`, "", "c.toml:2: fleet.name: is missing; give"},
		{`name = "f"`, `name = ""`, "c.toml:3: fleet.name: is empty; give"},
		{`name = "f"`, `name = "` + long[:41] + `"`, "fleet.name: "},
		{`name = "f"`, "name = \"f\"\ntarget = 0", "c.toml:4: fleet.target: 0 is out of range; use 1 to 10000"},
		{`name = "f"`, "name = \"f\"\ntarget = 9223372036854775807", "is out of range"},
		{`name = "f"`, "name = \"f\"\ntarget = 3.0", "must be a whole number, not 3"},
		{`name = "f"`, "name = \"f\"\nmax_hourly_cost = 0", "c.toml:4: fleet.max_hourly_cost: 0 is out of range; use 0.001 to 100000 USD, or leave it out for no limit"},
		{`name = "f"`, "name = \"f\"\nmax_hourly_cost = nan", "NaN is out of range"},
		{`name = "f"`, "name = \"f\"\nbudget = -3", "fleet.budget: -3 is out of range"},
		{`name = "f"`, "name = \"f\"\nbudget = \"20\"", `must be an amount in USD, not "20"; write it like 0.25`},
		{`name = "f"`, "name = \"f\"\nbudget = 20\nbudget_action = \"kill\"", `fleet.budget_action: "kill" is not known; use one of stop, destroy`},
		{`name = "f"`, "name = \"f\"\nmax_lifetime = \"5m\"", "5m is out of range; use 10m to 30d"},
		{`name = "f"`, "name = \"f\"\nmax_lifetime = \"31d\"", "31d is out of range"},
		{`name = "f"`, "name = \"f\"\nmax_lifetime = \"1d-1h\"", "is no duration"},
		{`name = "f"`, "name = \"f\"\nmax_lifetime = \"9999d2562047h\"", "is no duration"},
		{`name = "f"`, "name = \"f\"\nmax_lifetime = 8", `must be a duration, not 8; write it like "8h"`},
		{`name = "f"`, "name = \"f\"\nimage = \"al2023\"", "above the first [table]"},
		{"image = \"al2023\"", "target = 3", "move it below [fleet]"},
		{"image = \"al2023\"", "weight = 3", "move it below [[region]]"},
		{types, "instance_types = []", "capacity.instance_types: is empty; name at least one type"},
		{types, "", "capacity.instance_types: is missing; name at least one type"},
		{types, `instance_types = "t3.micro"`, `must be a list of strings, not "t3.micro"; write it like ["one", "two"]`},
		{types, `instance_types = ["T3-Micro"]`, `did you mean "t3.micro"?`},
		{types, `instance_types = ["m7g.lrage"]`, `did you mean "m7g.large"?`},
		{types, `instance_types = ["t3medium"]`, `did you mean "t3.medium"?`},
		{types, `instance_types = ["m7i-flexlarge"]`, `did you mean "m7i-flex.large"?`},
		{types, `instance_types = ["large.m7g"]`, `did you mean "m7g.large"?`},
		{types, `instance_types = ["c7a_metal-48xl"]`, `did you mean "c7a.metal-48xl"?`},
		{types, `instance_types = ["m77g.lage"]`, `did you mean "m7g.large"?`},
		{types, `instance_types = ["nothing"]`, "it looks like t3.medium"},
		{types, `vcpus = "many"`, `capacity.vcpus: "many" is no range; write it like "2-8"`},
		{types, `vcpus = "8-2"`, `capacity.vcpus: "8-2" ends before it begins; turn it around`},
		{types, `vcpus = "0"`, `capacity.vcpus: "0" is out of range; use 1 or more`},
		{types, `vcpus = "2.5-4"`, `"2.5-4" is no range of whole numbers`},
		{types, `vcpus = "2 4"`, `"2 4" is no range`},
		{types, `vcpus = "2-9000"`, `"2-9000" is out of range; use at most 2048`},
		{types, `vcpus = ["2"]`, `capacity.vcpus: must be a range of numbers, not a list; write it like "2-8"`},
		{types, `memory_gib = "-"`, `"-" is no range`},
		{types, `arch = ["x86"]`, `capacity.arch[0]: "x86" is not known; use x86_64 or arm64`},
		{types, `arch = ["amr64"]`, `did you mean "arm64"?`},
		{types, `arch = []`, `capacity.arch: is empty; name "x86_64", "arm64" or both, or leave it out`},
		{types, "vcpus = \"2\"\narch = [\"arm64\", \"arm64\"]", "c.toml:6: capacity.arch[1]: arm64 stands there already; keep one"},
		{types, `generations = "newest"`, `capacity.generations: "newest" is no range`},
		{types, `exclude = ["t2"]`, `capacity.exclude[0]: "t2" matches no type; write "t2.*" for all sizes of a family`},
		{types, `exclude = ["*"]`, `capacity.exclude[0]: "*" leaves no type; take it out`},
		{types, `exclude = ["T2.*"]`, `"T2.*" is no pattern of types`},
		{types, `exclude = ["t[.*"]`, `"t[.*" is no pattern of types`},
		{types, `max_types = 0`, "capacity.max_types: 0 is out of range; use 1 to 300"},
		{types, `burstable = "no"`, `capacity.burstable: must be true or false, not "no"`},
		{types, `types = ["t3.micro"]`, `capacity.types: there is no such key; did you mean "instance_types"?`},
		{`name = "f"`, "name = \"f\"\nlifetime = \"8h\"", `fleet.lifetime: there is no such key; did you mean "max_lifetime"?`},
		{`name = "f"`, "name = \"f\"\ninstanceTypes = 1", `fleet.instanceTypes: there is no such key here; did you mean "instance_types", which belongs below [capacity]?`},
		{`private_key = "key"`, "private_key = \"key\"\nkey = 1", `ssh.key: there is no such key; did you mean "private_key"?`},
		{`image = "al2023"`, `image = "Ubuntu Jammy"`, `did you mean "ubuntu-22.04"?`},
		{`image = "al2023"`, `image = "amazon-linux"`, `did you mean "al2023"?`},
		{`image = "al2023"`, `image = "windows"`, "use ubuntu-24.04, ubuntu-22.04, debian-12, al2023 or an ami-… id"},
		{types, `instance_types = [""]`, "is no instance type"},
		{types, `instance_types = ["t3.micro", "t3.micro"]`, "instance_types[1]: t3.micro stands there already"},
		{"weight = 3", "count = 3", "region[1]: has no count while others have one"},
		{"weight = 3", "weight = 0", "0 is out of range; use 1 to 1000"},
		{`name = "eu-west-1"`, `name = "us-west-2"`, "c.toml:10: region[1].name: \"us-west-2\" stands there already"},
		{`name = "eu-west-1"`, `name = "ue-west-1"`, `there is no region "ue-west-1"; did you mean "eu-west-1"?`},
		{`name = "eu-west-1"`, `name = "EU (Ireland)"`, `did you mean "eu-west-1"?`},
		{`name = "eu-west-1"`, ``, "c.toml:9: region[1].name: is missing"},
		{"[[region]]\nname = \"us-west-2\"\nweight = 3\n[[region]]\nname = \"eu-west-1\"\n", "", "region: no region is named"},
		{"image = \"al2023\"", "region = []\nimage = \"al2023\"", ""},
		{"[[region]]\nname = \"us-west-2\"\nweight = 3\n[[region]]\nname = \"eu-west-1\"\n", "[region]\nname = \"us-west-2\"\n", "write [[region]] with two brackets"},
		{`private_key = "key"`, "", "ssh.private_key: is missing"},
		{`private_key = "key"`, `private_key = "~someone/key"`, "another person's home"},
		{`private_key = "key"`, `private_key = "a$/key"`, "write $$ for a dollar sign"},
		{`private_key = "key"`, `private_key = "${/key"`, "write $$ for a dollar sign"},
		{`private_key = "key"`, `private_key = "a\u0000b"`, "NUL"},
		{`private_key = "key"`, "private_key = \"key\"\nuser = \"-oProxyCommand=x\"", "is no login name"},
		{`private_key = "key"`, "private_key = \"key\"\njump = \"bas tion\"", "write it like user@host"},
		{`private_key = "key"`, "private_key = \"key\"\njump = \"bastion,me@\"", "write it like user@host"},
		{`private_key = "key"`, "private_key = \"key\"\nhost_keys = \"injected\"", "did you mean \"inject\"?"},
		{`private_key = "key"`, "private_key = \"key\"\nparallel = 0", "0 is out of range; use 1 to 1000"},
		{`private_key = "key"`, "private_key = \"key\"\nconnect_timeout = \"1ms\"", "use 1s to 5m"},
		{`private_key = "key"`, "private_key = \"key\"\njump = \"me@bastion:70000\"", "write it like user@host"},
		{`private_key = "key"`, "private_key = \"key\"\njump = \"me@-oX\"", "write it like user@host"},
		{`image = "al2023"`, "image = ", "c.toml:1: "},
		{`image = "al2023"`, "image = \"al2023\"\nimage = \"x\"", "c.toml:2: "},
		{`image = "al2023"`, `image = ["al2023"]`, "image: must be a string, not a list"},
		{`image = "al2023"`, `image = { nam = "al2023" }`, `image.nam: there is no such key; did you mean "name"?`},
		{`image = "al2023"`, "[tags]\n\"Spot-TUI:x\" = \"1\"", "reserved"},
		{`image = "al2023"`, "[tags]\n\"\" = \"1\"", "a tag needs a name"},
		{`image = "al2023"`, "[tags]\n" + long[:128] + " = \"1\"", "the name is too long"},
		{`image = "al2023"`, "[tags]\na = \"" + long[:257] + "\"", "the value is too long"},
		{`image = "al2023"`, "[tags]\na = \"b\\u001b[2J\"", "control character"},
		{`image = "al2023"`, "[tags.deep]\na = \"b\"", "tags.deep: must be a string, not a table"},
		{`image = "al2023"`, "tags = 3", "tags: must be a table, not 3; write [tags]"},
		{`image = "al2023"`, "[network]\nssh_from = \"here\"", "is no CIDR"},
		{`image = "al2023"`, "[network]\nssh_from = \"203.0.113.7\"", `did you mean "203.0.113.7/32"?`},
		{`image = "al2023"`, "[disk]\nroot_gib = 20000", "20000 is out of range"},
		{`image = "al2023"`, "[ui]\ntheme = \"drak\"", `did you mean "dark"`},
		{`image = "al2023"`, "[ui]\ntheme = \"solarized\"", "use one of auto, dark, light, high-contrast, mono"},
		{`image = "al2023"`, "[ui]\nascii = \"yes\"", `must be true or false, not "yes"`},
		{`image = "al2023"`, "[aws]\nprotected_accounts = [\"123\"]", "aws.protected_accounts[0]: \"123\" is no account id"},
		{`image = "al2023"`, "[aws]\nprofile = 2026-01-01", "must be a string, not a date"},
		{`image = "al2023"`, "[provision]\ntimeout = \"0s\"", "use 1s to 24h"},
		{`image = "al2023"`, "[[provision.files]]\nsource = \"/\"\ntarget = \"x\"\n[[provision.files]]\nsource = \"/\"\ntarget = \"x\"", "c.toml:6: provision.files[1].target: something goes to"},
		{`image = "al2023"`, "[provision]\npackages = [\"jq\", \"--allow-everything\"]", `c.toml:2: provision.packages[1]: "--allow-everything" is no name`},
		{`image = "al2023"`, "[[provision.files]]\nsource = \"/\"\ntarget = \"x\"\nmode = \"0999\"", `c.toml:4: provision.files[0].mode: "0999" is no mode`},
		{`image = "al2023"`, "[[provision.files]]\nsource = \"/\"\ntarget = \"x\"\nowner = \"me; rm\"", `"me; rm" is no owner`},
		{`image = "al2023"`, "[[provision.files]]\nsource = \"/\"\ntarget = \"x\"\nsecret = true", `set ssh.host_keys to "console" or "inject"`},
		{`image = "al2023"`, "[regions]", `did you mean "region"?`},
		{`image = "al2023"`, "[region.us-east-1]", "c.toml:"},
	} {
		text := swap(t, tt.old, tt.now)
		_, err := Parse("c.toml", []byte(text), dir)
		var es Errors
		if !errors.As(err, &es) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s → %s: want %q, got %v", tt.old, tt.now, tt.want, err)
		}
		for _, p := range es {
			if p.Line == 0 && p.Key != "region" && !strings.Contains(p.Msg, "is missing") || strings.ContainsAny(p.Error(), "\n\x1b") || !strings.Contains(p.Msg, "; ") {
				t.Errorf("no line, no next step or more than a line: %q", p.Error())
			}
		}
	}
}

// One mistake is told once: nothing that only follows from it.
func TestOneMistakeIsOneProblem(t *testing.T) {
	t.Parallel()
	dir := withKey(t)
	for _, tt := range []struct{ old, now string }{
		{"[fleet]\nname = \"f\"\n", "fleet = 3\n"},
		{"[ssh]\nprivate_key = \"key\"\n", "[[ssh]]\nprivate_key = \"key\"\n"},
		{`name = "f"`, "name = 7"},
		{`name = "eu-west-1"`, "name = 7"},
		{`name = "eu-west-1"`, ""},
		{`instance_types = ["t3.micro", "m7g.large"]`, "instance_types = [1]"},
		{"weight = 3", "weight = -1"},
		{"weight = 3", "weight = 3\ncount = 3\n[[region]]\nname = \"us-east-1\"\ncount = 1\n[[region]]\nname = \"us-east-2\"\ncount = 2"},
		{`private_key = "key"`, "private_key = []"},
		{`image = "al2023"`, "[provision]\nfiles = 3"},
		{`image = "al2023"`, "[[tags]]\na = \"b\""},
	} {
		_, err := Parse("c.toml", []byte(swap(t, tt.old, tt.now)), dir)
		var es Errors
		if want := 1 + strings.Count(tt.now, "us-east-2"); !errors.As(err, &es) || len(es) != want {
			t.Errorf("%s → %s: %v", tt.old, tt.now, err)
		}
	}
}

func TestTheColumnIsOfCharacters(t *testing.T) {
	t.Parallel()
	_, err := Parse("c.toml", []byte(swap(t, `instance_types = ["t3.micro", `, `instance_types = ["t3.micro", "äöü", `)), "/")
	var es Errors
	if !errors.As(err, &es) || es[0].Line != 5 || es[0].Col != 31 {
		t.Errorf("%+v", es)
	}
	_, err = Parse("c.toml", []byte("\xef\xbb\xbf"+strings.ReplaceAll(swap(t, `"key"`, `"äöü", "x" = 3`), "\n", "\r\n")), "/")
	if !errors.As(err, &es) || es[0].Line != 12 {
		t.Errorf("%+v", es)
	}
	_, err = Parse("c.toml", []byte("\xef\xbb\xbf"+strings.ReplaceAll(swap(t, `private_key = "key"`, `key = "ä"`), "\n", "\r\n")), "/")
	if !errors.As(err, &es) || es[len(es)-1].Line != 12 {
		t.Errorf("a byte order mark and CRLF must not spoil the lines: %+v", es)
	}
}

// Deep nesting and long words must cost neither the stack nor minutes. (Dotted
// keys cost the decoder the square of their length; the size limit bounds that.)
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"x = " + strings.Repeat("[", maxSize-10),
		"x = " + strings.Repeat("[", maxSize/2-10) + strings.Repeat("]", maxSize/2-10),
		"x = " + strings.Repeat("{a=", maxSize/32),
		strings.Repeat("a.", maxSize/32) + "a = 1",
		strings.Repeat("k", maxSize-10) + " = 1",
		strings.Repeat("#", maxSize+1),
		"[" + strings.Repeat("a.", maxSize/32) + "a]",
	} {
		if _, err := Parse("c.toml", []byte(text), "/"); err == nil {
			t.Errorf("%.20s… was accepted", text)
		}
	}
}
