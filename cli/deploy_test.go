package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plant writes files below the working directory.
func (p *program) plant(files map[string]string) {
	p.t.Helper()
	for name, text := range files {
		path := filepath.Join(p.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

// A folder as the predecessor's users have it sets a fleet up, unchanged.
func TestAFleetFromAFolderOfThePredecessor(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	p.plant(map[string]string{
		"deployment/setup.sh":                "#!/bin/sh\nset -e\nmkdir -p /opt/sensor\ncp configs/sensor.toml /opt/sensor/\nid -un > /opt/sensor/who\necho sensor is set up\n",
		"deployment/scripts/10-mark.sh":      "#!/bin/sh\npwd > /opt/sensor/where\n",
		"deployment/sensor.sh":               "#!/bin/sh\nwhile sleep 60; do date; done\n",
		"deployment/services/sensor.service": "[Unit]\nDescription=Sensor\n\n[Service]\nExecStart=/opt/deployment/sensor.sh\n\n[Install]\nWantedBy=multi-user.target\n",
		"deployment/packages.txt":            "# tools\njq\n",
		"deployment/configs/sensor.toml":     "rate = 5\n",
		"deployment/secrets/token":           "s3cret\n",
		"deployment/docker-compose.yml":      "services: {}\n",
		"config.yaml":                        "aws:\n  total_instances: 3\n",
	})
	p.setup("heir", `# deploy = "deployment"`, `deploy = "deployment"`, `# host_keys = "pin"`, `host_keys = "inject"`)
	r := p.must(0, "validate")
	for _, want := range []string{"setup.sh: runs as root in /opt/deployment", "packages.txt: installs jq", "sensor.service: installed, enabled and started", "is valid"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("validate does not say %q:\n%s", want, r.stdout)
		}
	}
	if !strings.Contains(r.stderr, "config.yaml beside it is not read") {
		t.Errorf("validate does not say what is left out: %q", r.stderr)
	}
	if d := p.must(0, "validate", "--json").result(t).Deploy; d == nil || len(d.Does) < 5 || len(d.Leaves) == 0 {
		t.Errorf("validate --json: %+v", d)
	}
	if out := p.must(0, "plan").stdout; !strings.Contains(out, "setup.sh: runs as root in /opt/deployment") {
		t.Errorf("plan does not say what becomes of the folder:\n%s", out)
	}
	made := p.must(0, "create", "--yes", "--json").result(t)
	if count(made.Instances, isReady) != 3 {
		t.Fatalf("want 3 ready: %s", describe(made.Errors))
	}
	out := p.must(0, "exec", "--group", "--", "cat /opt/sensor/who /opt/sensor/where /opt/sensor/sensor.toml; systemctl is-active sensor.service; sudo stat -c %a /opt/secrets/token; sudo cat /opt/secrets/token; ls /opt/deployment").stdout
	want := "root\n/opt/deployment\nrate = 5\nactive\n600\ns3cret\n"
	if !strings.HasPrefix(out, "--- 3 instances, exit 0") || !strings.Contains(out, want) || strings.Contains(out, "secrets\n") {
		t.Errorf("what the folder asks for is not there:\n%s", out)
	}
	p.must(0, "destroy", "--yes")
}

// generate --from says the same in our form, without the names of files.
func TestTheFolderOfThePredecessorInOurForm(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.plant(map[string]string{
		"deployment/init.sh":             "#!/bin/sh\necho $(cat configs/sensor.toml) > /opt/done\n",
		"deployment/packages.txt":        "htop\n",
		"deployment/configs/sensor.toml": "rate = 5\n",
		"deployment/.env":                "A=1\n",
	})
	if out := p.must(0, "generate", "--from", "deployment", "new/deep", "--fleet", "heir").stdout; !strings.Contains(out, "init.sh: runs as root") || !strings.Contains(out, "wrote new/deep: fleet heir") {
		t.Errorf("generate --from: %q", out)
	}
	b, err := os.ReadFile(filepath.Join(p.dir, "new", "deep", "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\npackages = [\"htop\"]\n", "\nsetup = \"setup.sh\"\n", "\nhost_keys = \"console\"\n",
		`{ source = "../../deployment", target = "/opt/deployment", mode = "0755", owner = "root", ignore = ["/secrets/", "/.env"] },`,
		`{ source = "../../deployment/.env", target = "/opt/deployment/.env", mode = "0600", owner = "root", secret = true },`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %q in\n%s", want, b)
		}
	}
	p.must(0, "--config", "new/deep/config.toml", "validate")
	p.must(exitFailed, "generate", "--from", "deployment", "new/deep")
	if r := p.must(exitUsage, "generate", "--from", "new", "other"); !strings.Contains(r.stderr, "nothing to install, upload or run") {
		t.Errorf("a folder with nothing: %q", r.stderr)
	}
	text := strings.Replace(string(b), `host_keys = "console"`, `host_keys = "inject"`, 1) // the console takes minutes
	if err := os.WriteFile(filepath.Join(p.dir, "new", "deep", "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := p.must(0, "--demo", "--config", "new/deep/config.toml", "create", "--yes", "--json").result(t)
	if count(r.Instances, isReady) != 3 {
		t.Errorf("want 3 ready: %s", describe(r.Errors))
	}
}
