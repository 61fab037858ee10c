package config

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

const good = `image = "al2023"
[fleet]
name = "f"
[capacity]
instance_types = ["t3.micro", "m7g.large"]
[[region]]
name = "us-west-2"
weight = 3
[[region]]
name = "eu-west-1"
[ssh]
private_key = "key"
`

// swap gives the good file with one text for another (old, new, old, new…).
func swap(t *testing.T, oldNew ...string) string {
	t.Helper()
	text := good
	for i := 0; i+1 < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("the good file has no %q", oldNew[i])
		}
		text = strings.Replace(text, oldNew[i], oldNew[i+1], 1)
	}
	return text
}

// withKey gives a folder with the key that the good file names.
func withKey(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "key"), "x")
	return dir
}

func mustParse(t *testing.T, text, dir string) *File {
	t.Helper()
	f, err := Parse("c.toml", []byte(text), dir)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return f
}

func TestAFileBecomesASpec(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "setup.sh"), "echo hi\n")
	write(t, filepath.Join(dir, "app"), "x")
	f := mustParse(t, `image = "ami-0123456789abcdef0"
[fleet]
name = "f-1"
target = 7
max_lifetime = "1d12h"
[capacity]
instance_types = ["t3.micro", "u-6tb1.112xlarge", "c7a.metal-48xl", "m7g.large"]
[[region]]
name = "us-west-2"
weight = 3
[[region]]
name = "eu-west-1"
instance_types = ["m7g.large"]
image = "debian-12"
zones = ["c", "eu-west-1a"]
[disk]
root_gib = 30
[network]
ssh_from = "203.0.113.7/24"
mode = "own"
cidr = "100.64.16.0/20"
[ssh]
private_key = "keys/id"
user = "admin"
jump = "me@[2001:db8::1]:2222"
port = 2200
host_keys = "inject"
parallel = 200
connect_timeout = "20s"
[provision]
enabled = true
cloud_init = false
packages = ["jq", "nginx=1.24.0-2", "libstdc++6:arm64"]
files = [{ source = "app", target = "/opt/app", mode = "0640", owner = "root:adm", ignore = ["*.log"] }, { source = "setup.sh", target = "x", template = true, secret = true }]
setup = "setup.sh"
ready_check = "true"
timeout = "3m"
ssh_timeout = "90s"
[tags]
team = "field"
"cost centre" = "7"
[aws]
profile = "p"
protected_accounts = ["123456789012"]
instance_profile = "arn:aws:iam::210987654321:instance-profile/team/web@1"
poll = "3s"
poll_idle = "1m"
[ui]
theme = "dark"
ascii = true
mouse = false
`, dir)
	want := fleet.Spec{
		Name: "f-1", Target: 7, MaxLifetime: 36 * time.Hour,
		Types: []fleet.InstanceType{"t3.micro", "u-6tb1.112xlarge", "c7a.metal-48xl", "m7g.large"},
		Regions: []fleet.RegionSpec{{Name: "us-west-2", Weight: 3, Count: -1}, {
			Name: "eu-west-1", Weight: 1, Count: -1,
			Types: []fleet.InstanceType{"m7g.large"}, Image: "debian-12", Zones: []fleet.Zone{"eu-west-1c", "eu-west-1a"},
		}},
		Image: "ami-0123456789abcdef0", RootGiB: 30, Network: fleet.NetworkSpec{Mode: fleet.NetworkOwn, CIDR: "100.64.16.0/20", SSHFrom: "203.0.113.0/24"},
		SSH:     fleet.SSHSpec{User: "admin", PrivateKey: filepath.Join(dir, "keys", "id"), Jump: "me@[2001:db8::1]:2222", Port: 2200, HostKeys: fleet.HostKeysInject, Parallel: 200, Connect: 20 * time.Second},
		Profile: "arn:aws:iam::210987654321:instance-profile/team/web@1", Poll: fleet.PollSpec{Fast: 3 * time.Second, Slow: time.Minute},
		Provision: fleet.ProvisionSpec{
			Enabled:  true,
			Packages: []string{"jq", "nginx=1.24.0-2", "libstdc++6:arm64"},
			Files: []fleet.FileSpec{
				{Source: filepath.Join(dir, "app"), Target: "/opt/app", Mode: 0o640, Owner: "root:adm", Ignore: []string{"*.log"}},
				{Source: filepath.Join(dir, "setup.sh"), Target: "x", Mode: 0o600, Template: true, Secret: true},
			},
			Setup: "echo hi\n", ReadyCheck: "true",
			Timeout: 3 * time.Minute, SSHTimeout: 90 * time.Second,
		},
		Tags: map[string]string{"team": "field", "cost centre": "7"}, ConfigHash: f.Spec().ConfigHash,
	}
	if got := f.Spec(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got, want := f.AWS(), (AWS{Profile: "p", ProtectedAccounts: []string{"123456789012"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got, want := f.UI(), (UI{Theme: "dark", ASCII: true, Notify: "auto"}); got != want {
		t.Errorf("%+v", got)
	}
	if len(f.Warnings()) != 0 || len(f.Spec().ConfigHash) != 16 {
		t.Errorf("%v %q", f.Warnings(), f.Spec().ConfigHash)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	f := mustParse(t, swap(t, "image = \"al2023\"\n", ""), "/conf")
	want := fleet.Spec{
		Name: "f", Target: 2, MaxLifetime: 8 * time.Hour, Types: []fleet.InstanceType{"t3.micro", "m7g.large"},
		Regions: []fleet.RegionSpec{{Name: "us-west-2", Weight: 3, Count: -1}, {Name: "eu-west-1", Weight: 1, Count: -1}},
		Image:   "ubuntu-24.04", Network: fleet.NetworkSpec{Mode: fleet.NetworkAuto, CIDR: "10.77.0.0/16", SSHFrom: "auto"}, SSH: fleet.SSHSpec{PrivateKey: filepath.Join("/conf", "key"), Port: 22, HostKeys: fleet.HostKeysPin, Parallel: 64, Connect: 10 * time.Second},
		Provision: fleet.ProvisionSpec{Enabled: true, CloudInit: true, Timeout: 10 * time.Minute, SSHTimeout: 5 * time.Minute},
		Tags:      map[string]string{}, ConfigHash: f.Spec().ConfigHash,
	}
	if got := f.Spec(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got, want := f.UI(), (UI{Theme: "auto", Notify: "auto"}); got != want {
		t.Errorf("%+v", got)
	}
}

func TestBothFormsOfTheImage(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		good,
		swap(t, `image = "al2023"`, `image = { name = "al2023" }`),
		swap(t, `image = "al2023"`, `image.name = "al2023"`),
		swap(t, "image = \"al2023\"\n", "") + "[image]\nname = \"al2023\"\n",
	} {
		if f := mustParse(t, text, "/"); f.Spec().Image != "al2023" {
			t.Errorf("%s: %s", text, f.Spec().Image)
		}
	}
}

func TestCountsMakeTheTarget(t *testing.T) {
	t.Parallel()
	counts := []string{"weight = 3", "count = 3", `name = "eu-west-1"`, "name = \"eu-west-1\"\ncount = 2"}
	f := mustParse(t, swap(t, counts...), "/")
	if s := f.Spec(); s.Target != 5 || s.Regions[0].Count != 3 || s.Regions[1].Count != 2 {
		t.Errorf("%+v", s)
	}
	f = mustParse(t, swap(t, append(counts, `name = "f"`, "name = \"f\"\ntarget = 5")...), "/")
	if f.Spec().Target != 5 {
		t.Errorf("%+v", f.Spec())
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "c.toml")
	write(t, path, good)
	f, err := Load(path)
	if err != nil || f.Spec().ConfigPath != path || f.Spec().SSH.PrivateKey != filepath.Join(dir, "key") {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := Load(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "setup --defaults") {
		t.Error(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "name another with --config") {
		t.Error(err)
	}
	write(t, path, "[fleet")
	var es Errors
	if _, err := Load(path); !errors.As(err, &es) || es[0].File != path {
		t.Error(err)
	}
}
