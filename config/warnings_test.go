package config

import (
	"reflect"
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	text := swap(t, `name = "f"`, "name = \"f\"\nmax_lifetime = \"none\"", `"eu-west-1"`, `"eu-west-9"`) + "[network]\nssh_from = \"0.0.0.0/0\"\n"
	f := mustParse(t, text, "/")
	if f.Spec().MaxLifetime != 0 {
		t.Error(f.Spec().MaxLifetime)
	}
	var lines []int
	for _, w := range f.Warnings() {
		lines = append(lines, w.Line)
	}
	if !reflect.DeepEqual(lines, []int{4, 11, 15}) {
		t.Errorf("%v", f.Warnings())
	}
	for _, name := range []string{"us-west-3", "us-gov-west-1", "cn-north-1", "mx-west-2"} {
		if f := mustParse(t, swap(t, `"eu-west-1"`, `"`+name+`"`), "/"); len(f.Warnings()) != 1 {
			t.Errorf("%s may exist: %v", name, f.Warnings())
		}
	}
}

// What is right in its parts and odd together is told, and stops nobody.
func TestOddities(t *testing.T) {
	t.Parallel()
	dir := withKey(t)
	provision := "\"al2023\"\n[provision]\n"
	for _, tt := range []struct{ old, now, want string }{
		{`"al2023"`, provision + "enabled = false\nready_check = \"true\"", "c.toml:4: provision.ready_check: is never used"},
		{`"al2023"`, provision + "enabled = false\nsetup = \"none.sh\"", "c.toml:4: provision.setup: is never used"},
		{`"al2023"`, provision + "enabled = false\nfiles = [{ source = \"none\", target = \"x\" }]", "c.toml:4: provision.files: is never used"},
		{`"al2023"`, provision + "enabled = false\nready_check = \"\"", ""},
		{`"f"`, "\"f\"\nmax_lifetime = \"14m\"", "c.toml:4: fleet.max_lifetime: 14m may be over before an instance is ready: the first login may take 5m and each step 10m"},
		{`"f"`, "\"f\"\nmax_lifetime = \"15m\"", ""},
		{`"f"`, "\"f\"\nbudget_action = \"destroy\"", "c.toml:4: fleet.budget_action: is never used: there is no fleet.budget"},
		{`"f"`, "\"f\"\nbudget = 1\nbudget_action = \"destroy\"", ""},
		{`"f"`, "\"f\"\nmax_lifetime = \"14m\"\n[provision]\nenabled = false", ""},
		{`"key"`, "\"key\"\nuser = \"root\"", "c.toml:13: ssh.user: al2023 lets ec2-user in, not \"root\"; leave user out"},
		{`"key"`, "\"key\"\nuser = \"ec2-user\"", ""},
		{`"al2023"`, `"ami-0123456789abcdef0"`, "c.toml:9: region[1]: ami-0123456789abcdef0 can't be in \"us-west-2\" and in \"eu-west-1\""},
		{`instance_types = ["t3.micro", "m7g.large"]`, `arch = ["arm64"]`, "c.toml:4: capacity: without vcpus or memory_gib a type of any size will do"},
		{`instance_types = ["t3.micro", "m7g.large"]`, `vcpus = "2"`, ""},
		{"t3.micro", "t33.micro", `c.toml:5: capacity.instance_types[0]: t33.micro is of a family that this version does not know; did you mean "t3.micro"? If not, AWS will say whether it exists`},
		{"t3.micro", "t3.5xlarge", "is of a size that this version does not know; did you mean"},
		{"t3.micro", "hyper77.micro", "does not know; AWS will say"},
		{"weight = 3", "image = \"ami-0123456789abcdef0\"", ""},
		{`name = "eu-west-1"`, "name = \"eu-west-1\"\ninstance_types = [\"t3.large\"]", ""},
	} {
		f := mustParse(t, swap(t, tt.old, tt.now), dir)
		ws := Errors(f.Warnings())
		if tt.want == "" && len(ws) != 0 || tt.want != "" && (len(ws) != 1 || !strings.Contains(ws.Error(), tt.want)) {
			t.Errorf("%s: want %q, got %v", tt.now, tt.want, ws)
		}
		if len(f.LaunchProblems()) != 0 {
			t.Errorf("%s: a warning stops nobody: %v", tt.now, f.LaunchProblems())
		}
	}
	text := swap(t, "weight = 3", "instance_types = [\"t3.small\"]", `name = "eu-west-1"`, "name = \"eu-west-1\"\ninstance_types = [\"t3.large\"]")
	if ws := mustParse(t, text, dir).Warnings(); len(ws) != 1 || ws[0].Line != 5 || !strings.Contains(ws[0].Msg, "is never used") {
		t.Errorf("%v", ws)
	}
	without := strings.Replace(text, "[capacity]\ninstance_types = [\"t3.micro\", \"m7g.large\"]\n", "", 1)
	if f := mustParse(t, without, dir); len(f.Spec().Types) != 0 || len(f.Warnings()) != 0 {
		t.Errorf("%+v %v", f.Spec().Types, f.Warnings())
	}
}
