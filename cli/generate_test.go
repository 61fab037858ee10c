package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spot-tui/config"
)

func TestTheGeneratedFolderWorks(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	if out := p.must(0, "generate", "deploy", "--fleet", "sampled").stdout; !strings.Contains(out, "wrote deploy: fleet sampled") {
		t.Errorf("generate: %q", out)
	}
	p.env = append(p.env, "SPOT_TUI_CONFIG="+filepath.Join("deploy", "config.toml"))
	p.must(0, "validate")
	r := p.must(0, "create", "--yes", "--json").result(t)
	if count(r.Instances, isReady) != 3 {
		t.Fatalf("want 3 ready: %s", describe(r.Errors))
	}
	out := p.must(0, "exec", "--", "systemctl is-active work.service; stat -c %a app/work.sh; tail -n 1 .spot-tui/jobs/setup/script; cat app/settings.env").stdout
	for _, want := range []string{"  active\n", "  755\n", `  echo "work.service is installed"`, "  ROUND_SECONDS=60\n"} {
		if strings.Count(out, want) != 3 {
			t.Errorf("%q must stand there three times:\n%s", want, out)
		}
	}
	p.must(0, "create", "--yes") // again: nothing to do
	p.must(0, "destroy", "--yes")

	other := newProgram(t) // as the sample's README and its last line say
	other.must(0, "generate")
	d := other.must(0, "--demo", "--config", "deploy/config.toml", "create", "--yes", "--json").result(t)
	if count(d.Instances, isReady) != 3 {
		t.Errorf("the demo with the sample's config: %s", describe(d.Errors))
	}
}

func TestGenerateNeverWritesOver(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	script := filepath.Join(p.dir, "mine", "setup.sh")
	if err := os.MkdirAll(filepath.Dir(script), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := p.must(exitFailed, "generate", "mine")
	if !strings.Contains(r.stderr, "mine/setup.sh would be written over, so nothing was written") {
		t.Errorf("generate over a file: %q", r.stderr)
	}
	if b, err := os.ReadFile(script); err != nil || string(b) != "mine" {
		t.Errorf("it was changed: %q %v", b, err)
	}
	if es, err := os.ReadDir(filepath.Dir(script)); err != nil || len(es) != 1 {
		t.Errorf("something was written beside it: %v %v", es, err)
	}
	if j := p.must(0, "generate", "new/deep", "--json").result(t); j.Path != "new/deep/config.toml" {
		t.Errorf("generate --json: %+v", j)
	}
	p.must(exitFailed, "generate", "mine/setup.sh")
}

// What a folder's README says of every file, the config must do.
func TestReadmeNamesEveryFileOfTheSample(t *testing.T) {
	t.Parallel()
	text := newProgram(t).must(0, "readme").stdout
	files, err := sampleFiles()
	if err != nil {
		t.Fatal(err)
	}
	for name := range files {
		top, _, deep := strings.Cut(name, "/")
		if deep {
			top += "/"
		}
		if !strings.Contains(text, "| `"+top+"` |") {
			t.Errorf("the README does not say what becomes of %s", top)
		}
	}
	content, err := sampleConfig(config.Defaults{Name: "sampled", PrivateKey: "~/.ssh/id_ed25519"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nfiles = ", "\nsetup = ", "work.service"} {
		if !strings.Contains(content, want) {
			t.Errorf("the sample's config has no %q", want)
		}
	}
}
