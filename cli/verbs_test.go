package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"spot-tui/fleet"
)

func TestVerbsThatNeedNoCloud(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	if out := p.must(0, "version").stdout; !strings.HasPrefix(out, "spot-tui ") {
		t.Errorf("version: %q", out)
	}
	if r := p.must(0, "version", "--json").result(t); r.Version == nil || r.Version.Go == "" {
		t.Errorf("version --json: %+v", r)
	}
	help := p.must(0, "help").stdout
	for _, verb := range []string{"setup", "validate", "plan", "create", "list", "destroy", "exec", "upload", "ssh", "simulate", "version"} {
		if !strings.Contains(help, verb) {
			t.Errorf("help does not name %s", verb)
		}
		p.must(0, verb, "--help")
	}
	p.setup("plain")
	if out := p.must(0, "validate").stdout; !strings.Contains(out, "is valid: fleet plain, 3 instances in 3 regions") {
		t.Errorf("validate: %q", out)
	}
	if r := p.run("setup", "--defaults"); r.code != exitFailed || !strings.Contains(r.stderr, "never overwritten") {
		t.Errorf("setup must not overwrite: %+v", r)
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	for _, args := range [][]string{
		{"frobnicate"},
		{"list", "--no-such-flag"},
		{"exec"},
		{"upload", "x"},
		{"ssh"},
		{"setup"},
		{"list", "--demo=nonsense"},
		{"list", "--log-level", "loud"},
		{"simulate", "--listen", "0.0.0.0:0"},
		{"list"},
		{"--demo"},
		{"destroy", "--demo"},
		{"create", "--demo"},
		{"--demo", "destroy", "--yes", "i-00000000000000000"},
	} {
		r := p.run(args...)
		if r.code != exitUsage {
			t.Errorf("%v: exit %d, want %d: %s", args, r.code, exitUsage, r.stderr)
		}
		if lines := strings.Count(strings.TrimSpace(r.stderr), "\n"); lines != 0 || r.stderr == "" {
			t.Errorf("%v: want one sentence, got %q", args, r.stderr)
		}
	}
	if err := os.WriteFile(filepath.Join(p.dir, "config.toml"), []byte("[fleet]\nname = 3\nfoo = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := p.must(exitUsage, "validate")
	if strings.Count(r.stderr, "config.toml:") < 4 || !strings.Contains(r.stderr, "config.toml:3: fleet.foo") {
		t.Errorf("every mistake at once: %q", r.stderr)
	}
	j := p.must(exitUsage, "validate", "--json").result(t)
	if len(j.Errors) < 4 {
		t.Errorf("validate --json: %+v", j)
	}
}

func TestPlanChangesNothingAndReadOnlyRefuses(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.setup("planned")
	r := p.must(0, "plan", "--json").result(t)
	if r.Plan == nil || r.Plan.Launch != 3 || !r.Plan.PerHour.Known || r.Plan.PerHour.USD <= 0 {
		t.Fatalf("plan: %+v", r.Plan)
	}
	if out := p.must(0, "plan").stdout; !strings.Contains(out, "us-west-2") || !strings.Contains(out, "makes the fleet record") {
		t.Errorf("plan: %s", out)
	}
	p.must(exitGuard, "create", "--yes", "--read-only")
	p.must(exitGuard, "destroy", "--yes", "--read-only")
	dear := filepath.Join(p.dir, "dear.toml")
	text, err := os.ReadFile(filepath.Join(p.dir, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dear, []byte(strings.Replace(string(text), "# max_hourly_cost = 0.5", "max_hourly_cost = 0.002", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, verb := range [][]string{{"plan"}, {"create", "--yes"}, {"create"}} {
		if r := p.must(exitGuard, append(verb, "--config", dear)...); !strings.Contains(r.stderr, "fleet.max_hourly_cost") {
			t.Errorf("%v: %q", verb, r.stderr)
		}
	}
	if r := p.must(exitGuard, "plan", "--json", "--config", dear).result(t); len(r.Errors) == 0 || r.Errors[0].Kind != fleet.KindGuard {
		t.Errorf("%+v", r.Errors)
	}
	if n := cl.mutatingCalls(); n != 0 {
		t.Errorf("%d calls changed something", n)
	}
}
