package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// --demo=FILE and simulate --scenario play a scenario; its mistakes are told.
func TestScenarioFiles(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	write := func(text string) string {
		path := filepath.Join(p.dir, "plot.toml")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	path := write("scale = 0.02\nno_default_vpc = [\"us-west-2\"]\n[[step]]\nat = \"0s\"\nfault = \"mixed-answer\"\nn = 1\n")
	r := p.must(0, "--demo="+path, "create", "--yes", "--json").result(t)
	if count(r.Instances, isReady) != 3 {
		t.Errorf("%+v", r)
	}
	plan := p.must(0, "--demo="+path, "plan")
	if !strings.Contains(plan.stdout, "1 VPC") {
		t.Errorf("the plan of a region without a default VPC: %s", plan.stdout)
	}
	path = write("[[step]]\nat = \"0s\"\nfault = \"sleep\"\n")
	for _, args := range [][]string{{"--demo=" + path, "list"}, {"simulate", "--listen", "127.0.0.1:0", "--scenario", path}} {
		if r := p.must(exitUsage, args...); !strings.Contains(r.stderr, "no fault is called") {
			t.Errorf("%v: %s", args, r.stderr)
		}
	}
}
