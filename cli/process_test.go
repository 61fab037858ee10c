package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDemoCreatesAFleetThatIsReady(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	r := p.must(0, "--demo", "create", "--yes", "--json").result(t)
	if len(r.Instances) != 3 || count(r.Instances, isReady) != 3 {
		t.Fatalf("want 3 ready instances, got %+v", r.Instances)
	}
	regions := map[string]bool{}
	for _, i := range r.Instances {
		regions[string(i.Region)] = true
		if i.PriceUSD == nil || *i.PriceUSD <= 0 {
			t.Errorf("%s has no price: %s", i.ID, i.PriceNote)
		}
	}
	if len(regions) != 3 {
		t.Errorf("want 3 regions, got %v", regions)
	}
}

func TestProcessesShareOneCloud(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	before := cl.inventory()
	p := newProgram(t)
	p.env = cl.env
	p.setup("shared")

	created := p.must(0, "create", "--yes", "--json").result(t)
	if count(created.Instances, isReady) != 3 {
		t.Fatalf("want 3 ready: %+v", created)
	}
	again := p.must(0, "create", "--yes", "--json").result(t)
	if len(again.Instances) != 3 {
		t.Fatalf("a second create must add nothing, got %d instances", len(again.Instances))
	}
	listed := p.must(0, "list", "--json").result(t)
	if count(listed.Instances, isReady) != 3 {
		t.Fatalf("list: want 3 ready: %+v", listed)
	}

	other := newProgram(t) // a second machine: the same account, nothing else
	other.env, other.dir = cl.env, p.dir
	seen := other.must(0, "list", "--json").result(t)
	if count(seen.Instances, isReady) != 3 {
		t.Fatalf("an empty home must show the fleet: %+v", seen)
	}

	ran := p.must(0, "exec", "--json", "--", "uptime").result(t)
	for _, h := range ran.Hosts {
		if h.Exit == nil || *h.Exit != 0 || !strings.Contains(h.Output, "load average") {
			t.Errorf("uptime: %+v", h)
		}
	}
	if out := p.must(0, "exec", "--", "echo", "it's", "a b").stdout; strings.Count(out, "it's a b") != 3 {
		t.Errorf("arguments must survive the shell: %q", out)
	}
	p.must(1, "exec", "--", "exit 7")

	tree := filepath.Join(t.TempDir(), "site")
	if err := os.MkdirAll(filepath.Join(tree, "sub"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "sub", "hello world.txt"), []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(0, "upload", tree, "site")
	id := string(listed.Instances[0].ID)
	if out := p.must(0, "ssh", id, "--", "cat 'site/sub/hello world.txt'").stdout; out != "hello\n" {
		t.Errorf("what was uploaded must be there: %q", out)
	}
	p.must(7, "ssh", id, "--", "exit 7")

	if r := p.run("destroy", "--json"); r.code != exitUsage {
		t.Errorf("destroy without --yes and without a terminal: exit %d", r.code)
	}
	if err := os.Rename(filepath.Join(p.home, "spot", "state", "id_ed25519"), filepath.Join(p.home, "lost")); err != nil {
		t.Fatal(err)
	}
	p.must(exitUsage, "create", "--yes", "--json") // without the key nobody could log in …
	p.must(0, "list", "--json")                    // … but it never keeps anyone from looking and destroying
	gone := p.must(0, "destroy", "--yes", "--json").result(t)
	if gone.Receipt == nil || !gone.Receipt.Clean() || gone.Receipt.Removed["instance"] != 3 {
		t.Fatalf("receipt: %+v %s", gone.Receipt, describe(gone.Errors))
	}
	if after := cl.inventory(); after != before {
		t.Errorf("the world is not as it was\nbefore: %s\nafter: %s", before, after)
	}
	p.must(0, "destroy", "--yes", "--json") // again: nothing to do, still proven
}
