//go:build unix

package cli

import (
	"context"
	"strings"
	"testing"
	"time"
)

// The whole job line by line, from a pipe: plan, launch, run, destroy, receipt; no
// control character in what is written.
func TestTheWholeJobLineByLine(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := p.command(ctx, "--demo=empty", "--plain")
	c.Stdin = strings.NewReader("help\nnew target 2 regions us-west-2,eu-north-1\ny\nwait\nlist\nmark ready\nrun marks echo line-by-line\nregions\nprices find us-west\ncost\nleftovers find demo\ncleanup 1\ndetails 1\nexplain 1\ndestroy fleet\nno\ndestroy fleet\ndemo\n")
	r := p.exec(c)
	for _, want := range []string{
		"no instances; write new to plan a launch", "to launch 2", "  eu-north-1: launch 1,", " in eu-north-1", "Launch 2 instances in account 123456789012?", ": ready\n", "2 instances, 2 ready", "marked 2 instances: ", "  line-by-line\n", ". us-west-2: health ok", "  spot Standard ", "us-west-2 t3.medium: spot $/h ", " match\n", "In all, over ", "stays: ", "cleanup: ", "  status: fulfilled\n", "nothing is wrong: it can be reached",
		"cancelled: nothing was done", "Type demo and Enter", "receipt: 0 left in", "  removed: 2 instances\n", "fleet demo destroyed: 0 left",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Fatalf("exit %d; it did not say %q:\n%s\n%s", r.code, want, r.stdout, r.stderr)
		}
	}
	if r.code != 0 || strings.ContainsAny(r.stdout, "\x1b\r\a") {
		t.Errorf("exit %d:\n%q", r.code, r.stdout)
	}
	if r := p.run("--demo=empty"); r.code != exitUsage || !strings.Contains(r.stderr, "--plain goes line by line") {
		t.Errorf("without a terminal: %+v", r)
	}
}

// A terminal that can do no more is served by itself, and is told so.
func TestADumbTerminalIsServedLineByLine(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.env = []string{"TERM=dumb"}
	s := openScreen(t, p, 160, 60, "--demo=running")
	s.sees("TERM=dumb) can't show the full screen", "3 instances, 3 ready", "\n>")
	s.typed("destroy 1\r")
	s.sees("Type y and Enter")
	s.typed("no\r")
	s.sees("cancelled: nothing was done")
	s.typed("quit\r")
	s.sees("3 instances keep running in 3 regions")
	s.ends(0)
	if s.alternate() {
		t.Error("it took the whole screen")
	}
}

// The example of the page runs.
func TestTheLineByLinePageRuns(t *testing.T) {
	t.Parallel()
	p, _, _ := threeReady(t)
	if n := p.examples(docsPage(t, "screens.md")); n != 1 {
		t.Errorf("the page has %d lines to run", n)
	}
}
