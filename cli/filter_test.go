package cli

import (
	"strings"
	"testing"
)

func TestFilterOnEveryVerbThatTakesInstances(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	p.setup("chosen")
	p.must(0, "create", "--yes")

	all := p.must(0, "list", "--json").result(t).Instances
	west := p.must(0, "list", "--json", "--filter", "region:us-west-*").result(t).Instances
	if len(all) != 3 || len(west) != 1 || west[0].Region != "us-west-2" {
		t.Fatalf("list --filter: %+v of %+v", west, all)
	}
	id := string(west[0].ID)
	if r := p.must(0, "list", "--filter", "price>9"); r.stdout != "" || !strings.Contains(r.stderr, "--filter price>9 takes none of 3") {
		t.Errorf("a filter that takes none: %+v", r)
	}
	if r := p.must(0, "list", "--json", "--filter", "price>0 age<1h ready").result(t); len(r.Instances) != 3 {
		t.Errorf("numbers: %+v", r.Instances)
	}
	if r := p.must(0, "exec", "--json", "--filter", "!us-west-2", "--", "true").result(t); len(r.Hosts) != 2 {
		t.Errorf("exec --filter: %+v", r.Hosts)
	}
	p.must(exitUsage, "exec", "--filter", "ready", "--on", id, "--", "true")
	p.must(0, "upload", "--filter", "id:"+id, "config.toml", "there.toml")
	if out := p.must(0, "ssh", "--filter", "us-west-2", "--", "cat", "there.toml").stdout; !strings.Contains(out, `name = "chosen"`) {
		t.Errorf("ssh --filter: %q", out)
	}
	if r := p.run("ssh", "--filter", "ready", "--", "true"); r.code != exitUsage || !strings.Contains(r.stderr, "takes 3 instances, not one: i-") {
		t.Errorf("ssh --filter that takes three: %+v", r)
	}
	if ip := strings.TrimSpace(p.must(0, "random-ip", "--filter", "us-west-2").stdout); ip != west[0].PublicIP {
		t.Errorf("random-ip --filter: %q, want %s", ip, west[0].PublicIP)
	}
	if out := p.must(0, "wait", "--filter", "us-*").stdout; out != "2 of 2 are ready\n" {
		t.Errorf("wait --filter: %q", out)
	}
	if r := p.run("list", "--filter", "ready zon:x"); r.code != exitUsage || !strings.Contains(r.stderr, `character 7: no field is called "zon"; fields are id,`) {
		t.Errorf("a mistake in a filter: %+v", r)
	}

	// A filter that is empty or takes none never becomes the whole fleet.
	p.must(exitUsage, "destroy", "--yes", "--filter", "")
	p.must(exitUsage, "destroy", "--yes", "--filter", "ready", id)
	p.must(exitFailed, "destroy", "--yes", "--filter", "stage:failed")
	if n := cl.instances(); n != 3 {
		t.Fatalf("%d instances are left, want 3", n)
	}
	r := p.must(0, "destroy", "--yes", "--filter", "us-west-2")
	if !strings.Contains(r.stdout, id) || strings.Contains(r.stdout, "removed:") {
		t.Errorf("destroy --filter must show what it takes, and has no receipt: %s", r.stdout)
	}
	if left := p.must(0, "list", "--json").result(t).Instances; len(left) != 2 {
		t.Errorf("after destroy --filter: %+v", left)
	}
	p.must(0, "destroy", "--yes")
}
