package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plant writes files below a folder; a name that ends with / is a folder.
func plant(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, text)
	}
}

// realistic is a folder as the predecessor's users have it.
func realistic() map[string]string {
	return map[string]string{
		"config.yaml":                         "aws:\n  total_instances: 3\n",
		"deployment/setup.sh":                 "#!/bin/bash\nset -e\nmkdir -p /opt/sensor\n",
		"deployment/scripts/20-data.sh":       "#!/bin/sh\necho data\n",
		"deployment/scripts/10-users.sh":      "#!/bin/sh\necho users\n",
		"deployment/scripts/.draft.sh":        "#!/bin/sh\nexit 1\n",
		"deployment/start.sh":                 "#!/bin/sh\necho start\n",
		"deployment/services/sensor.service":  "[Service]\nExecStart=/opt/deployment/sensor.sh\n",
		"deployment/packages.txt":             "# tools\njq\n\nhtop\npython3\n",
		"deployment/requirements.txt":         "requests==2.31\n",
		"deployment/docker-compose.yml":       "services: {}\n",
		"deployment/configs/sensor.toml":      "rate = 5\n",
		"deployment/files/model.bin":          "model",
		"deployment/secrets/token":            "s3cret",
		"deployment/.env":                     "TOKEN=s3cret\n",
		"deployment/app.tar.gz":               "x",
		"files/README.md":                     "Place files here.\n",
		"instance-files/etc/sensor/site.conf": "site = 1\n",
	}
}

// deployed reads a config whose provision.deploy is the folder.
func deployed(t *testing.T, dir, folder, keys, more string) (*File, error) {
	t.Helper()
	write(t, filepath.Join(dir, "key"), "x")
	text := swap(t, `private_key = "key"`, "private_key = \"key\"\nhost_keys = \""+keys+"\"", `image = "al2023"`, "[provision]\ndeploy = \""+folder+"\"\n"+more)
	return Parse("c.toml", []byte(text), dir)
}

func TestTheConventionOfThePredecessorIsUnderstood(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plant(t, dir, realistic())
	f, err := deployed(t, dir, "deployment", "inject", "packages = [\"jq\", \"mtr\"]\n[[provision.files]]\nsource = \"key\"\ntarget = \"own\"\n")
	if err != nil || len(f.LaunchProblems()) != 0 {
		t.Fatalf("%v %v", err, f.LaunchProblems())
	}
	p := f.Spec().Provision
	if want := []string{"jq", "mtr", "python3", "python3-pip", "docker.io", "docker-compose", "htop"}; !slices.Equal(p.Packages, want) {
		t.Errorf("packages: %v", p.Packages)
	}
	type file struct {
		source, target, owner string
		mode                  os.FileMode
		secret                bool
	}
	var files []file
	for _, u := range p.Files {
		rel, _ := filepath.Rel(dir, u.Source)
		files = append(files, file{filepath.ToSlash(rel), u.Target, u.Owner, u.Mode, u.Secret})
	}
	if want := []file{
		{"deployment", "/opt/deployment", "root", 0o755, false},
		{"instance-files", "/opt/deployment", "root", 0, false},
		{"deployment/configs", "/opt/configs", "root", 0o644, false},
		{"deployment/files", "/opt/files", "root", 0o644, false},
		{"deployment/secrets", "/opt/secrets", "root", 0o600, true},
		{"deployment/.env", "/opt/deployment/.env", "root", 0o600, true},
		{"key", "own", "", 0, false},
	}; !slices.Equal(files, want) {
		t.Errorf("files:\n%v\n%v", files, want)
	}
	if !slices.Equal(p.Files[0].Ignore, []string{"/secrets/", "/.env"}) {
		t.Errorf("secrets go up with what everyone may read: %v", p.Files[0].Ignore)
	}
	at := -1
	for _, want := range []string{"chown -R", "cd /opt/deployment", "./setup.sh", "./scripts/10-users.sh", "./scripts/20-data.sh", "./start.sh", "cp /opt/deployment/services/sensor.service /etc/systemd/system/sensor.service", "daemon-reload", "enable sensor.service", "restart sensor.service"} {
		i := strings.Index(p.Setup, want)
		if i <= at {
			t.Errorf("%s does not come after what is before it:\n%s", want, p.Setup)
		}
		at = i
	}
	if strings.Contains(p.Setup, "draft") {
		t.Error("a hidden script runs")
	}
	does, leaves := strings.Join(f.Deploy().Does, "\n"), strings.Join(f.Deploy().Leaves, "\n")
	for _, want := range []string{"setup.sh: runs as root", "packages.txt: installs jq, htop, python3", "sensor.service: installed, enabled and started", "secrets: uploaded as /opt/secrets, to verified hosts only"} {
		if !strings.Contains(does, want) {
			t.Errorf("no %q in\n%s", want, does)
		}
	}
	for _, want := range []string{"what requirements.txt lists is not installed", "docker-compose.yml", "app.tar.gz is uploaded and not unpacked", "config.yaml beside it is not read"} {
		if !strings.Contains(leaves, want) {
			t.Errorf("no %q in\n%s", want, leaves)
		}
	}
}

func TestAFolderOfThePredecessorThatCantBeUsedSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files        map[string]string
		folder, keys string
		more, want   string
	}{
		"missing":    {nil, "nowhere", "pin", "", `c.toml:2: provision.deploy: the folder "nowhere" can't be read: no such file or directory`},
		"a file":     {map[string]string{"f": "x"}, "f", "pin", "", "is no folder"},
		"empty":      {map[string]string{"d/notes.txt": "x"}, "d", "pin", "", "nothing to install, upload or run"},
		"secrets":    {map[string]string{"d/setup.sh": "#!/bin/sh\n", "d/.env": "A=1"}, "d", "pin", "", `is secret and goes only to a host whose key is verified; set ssh.host_keys`},
		"packages":   {map[string]string{"d/packages.txt": "--help\n"}, "d", "pin", "", `"--help" is no name of a package`},
		"two setups": {map[string]string{"d/setup.sh": "#!/bin/sh\n", "mine.sh": "#!/bin/sh\n"}, "d", "pin", "setup = \"mine.sh\"\n", "c.toml:3: provision.setup: the folder of provision.deploy brings scripts"},
		"bad YAML":   {map[string]string{"d/deployment.yaml": "deployment: [\n"}, "d", "pin", "", "can't be understood: yaml: line"},
		"version":    {map[string]string{"d/deployment.yaml": "version: 2\n"}, "d", "pin", "", "is of version 2"},
		"escape":     {map[string]string{"d/deployment.yaml": "deployment:\n  scripts: [{path: ../x.sh}]\n", "x.sh": ""}, "d", "pin", "", `"../x.sh", which is outside`},
		"no script":  {map[string]string{"d/deployment.yaml": "deployment:\n  scripts: [{path: x.sh}]\n"}, "d", "pin", "", `"x.sh", which can't be read: no such file`},
		"bad mode":   {map[string]string{"d/deployment.yaml": "deployment:\n  uploads: [{source: x, permissions: rwx}]\n", "d/x": ""}, "d", "pin", "", `"rwx" are no permissions`},
		"bad unit":   {map[string]string{"d/deployment.yaml": "deployment:\n  services: [{file: x, name: a b}]\n", "d/x": ""}, "d", "pin", "", "is no name of a service"},
	} {
		dir := t.TempDir()
		plant(t, dir, c.files)
		f, err := deployed(t, dir, c.folder, c.keys, c.more)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = f.LaunchProblems().Error()
		}
		if !strings.Contains(got, c.want) || strings.Count(got, "\n") > 0 {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestTheManifestOfThePredecessorIsUnderstood(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plant(t, dir, map[string]string{
		".spot/deployment.yaml": `version: 1
deployment:
  packages: [curl, jq]
  scripts:
    - {name: additional, path: scripts/additional_commands.sh, order: 2}
    - {name: setup, path: scripts/setup.sh, order: 1}
    - {command: /opt/tool/run}
    - {command: "echo hi"}
  uploads:
    - {source: files/, dest: /opt/uploaded_files/, permissions: "0644", exclude: ["*.tmp"]}
    - {source: key.pem, dest: /home/ubuntu/key.pem, permissions: "600"}
  services:
    - {name: my-app, file: services/my-app.service, enabled: true, start: false}
  template: docker
  tarball_source: payload
`,
		".spot/config.yaml": "aws: {}\n", ".spot/scripts/setup.sh": "#!/bin/sh\n", ".spot/scripts/additional_commands.sh": "#!/bin/sh\n",
		".spot/files/a": "a", ".spot/key.pem": "k", ".spot/services/my-app.service": "[Service]\n", "payload/usr/local/bin/x": "x",
	})
	f, err := deployed(t, dir, ".", "console", "")
	if err != nil || len(f.LaunchProblems()) != 0 {
		t.Fatalf("%v %v", err, f.LaunchProblems())
	}
	p := f.Spec().Provision
	var got []string
	for _, u := range p.Files {
		rel, _ := filepath.Rel(dir, u.Source)
		got = append(got, filepath.ToSlash(rel)+" "+u.Target+" "+u.Owner)
	}
	want := []string{
		".spot/files /opt/uploaded_files/ root", ".spot/key.pem /home/ubuntu/key.pem ubuntu", "payload /opt/deployment root",
		".spot/scripts /opt/deployment/scripts root", ".spot/services /opt/deployment/services root",
	}
	if !slices.Equal(got, want) || !p.Files[1].Secret || p.Files[0].Secret || !slices.Equal(p.Files[0].Ignore, []string{"*.tmp"}) {
		t.Errorf("%q\n%+v", got, p.Files)
	}
	one, two := strings.Index(p.Setup, "./scripts/setup.sh"), strings.Index(p.Setup, "./scripts/additional_commands.sh")
	if one < 0 || two < one || strings.Contains(p.Setup, "restart my-app") || !strings.Contains(p.Setup, "enable my-app.service") {
		t.Error(p.Setup)
	}
	if l := strings.Join(f.Deploy().Leaves, "\n"); !strings.Contains(l, `the command "echo hi" is not run`) || !strings.Contains(l, "template docker is not used") {
		t.Error(l)
	}
	plant(t, dir, map[string]string{"old/deployment.yaml": "version: 1\npackages: [git]\n"})
	if f, err := deployed(t, dir, "old", "pin", ""); err != nil || !slices.Equal(f.Spec().Provision.Packages, []string{"git"}) {
		t.Errorf("keys at the top: %v", err)
	}
}
