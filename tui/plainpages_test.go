package tui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"spot-tui/fleet"
)

// spoke runs a session and looks for what it must have said.
func spoke(t *testing.T, f *tellingFace, input string, wants ...string) string {
	t.Helper()
	if f.batches == nil {
		f.batches = []fleet.Batch{calm()}
	}
	said := plainly(t, Options{Program: []string{"spot-tui"}}, f, input)
	for _, want := range wants {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	return said
}

// Marks are named when they are made, survive other lines, and are what is acted on.
func TestPlainMarks(t *testing.T) {
	t.Parallel()
	f := &tellingFace{}
	said := spoke(t, f, "mark 2-4,3\nmark /zone:us-west-2a or stage:failed\nmarks\nrun marks id\nunmark 2\ninvert\nunmark\nmarks\nmark /zone:mars\nmark 3 4\nodd\n",
		"marked 3 instances: 2. i-", ", 3. i-", ", 4. i-", ", marked, $", "nothing is marked\n", "mark: no instance matches \"zone:mars\"", "\"4\" is left over", "done: id on ")
	if len(f.runs) != 1 || len(f.runs[0].Instances) < 4 {
		t.Fatalf("it ran on %+v\n%s", f.runs, said)
	}
	for _, id := range f.runs[0].Instances {
		if !strings.Contains(said, string(id)+": ") {
			t.Errorf("it ran on %s, which it did not name", id)
		}
	}
}

// The odd ones of a run are marked by one line, and what was done is done again by
// another.
func TestPlainMarksTheOddOnesAndDoesItAgain(t *testing.T) {
	t.Parallel()
	f := &tellingFace{}
	spoke(t, f, "odd\nagain\nrun 1-5 id\nodd\nagain\nupload marks a b\nagain\n",
		"odd: no command and no copy has ended yet", "again: no command and no copy was done yet", "2 instances marked; ")
	if len(f.runs) != 2 || !slices.Equal(f.runs[0].Instances, f.runs[1].Instances) || f.runs[1].Line != "id" || len(f.uploads) != 2 || len(f.uploads[1].Instances) != 2 {
		t.Errorf("%+v %+v", f.runs, f.uploads)
	}
}

// The order of the list is chosen by a column, and its numbers stay.
func TestPlainSorts(t *testing.T) {
	t.Parallel()
	f := &tellingFace{}
	said := spoke(t, f, "sort zone\nsort -zone\nsort mars\n", "sort: write one of ")
	lists := strings.Split(said, "12 instances, ")
	if len(lists) != 4 {
		t.Fatalf("%d lists\n%s", len(lists)-1, said)
	}
	zones := func(list string) (zs []string) {
		for line := range strings.Lines(list) {
			if _, rest, ok := strings.Cut(line, " in "); ok && strings.Contains(line, ". i-") {
				zone, _, _ := strings.Cut(rest, ",")
				zs = append(zs, zone)
			}
		}
		return zs
	}
	up, down := zones(lists[2]), zones(lists[3])
	if len(up) != 12 || !slices.IsSorted(up) || slices.IsSorted(down) || slices.IsSorted(zones(lists[1])) {
		t.Errorf("%v\n%v", up, down)
	}
	for _, list := range lists[1:] {
		if !strings.Contains(list, "\n2. i-000a4f39c1d2eaa66: ") {
			t.Errorf("another is number 2\n%s", list)
		}
	}
}

// The pages say the rows of the screens, and what is below them.
func TestPlainSaysThePages(t *testing.T) {
	t.Parallel()
	b := calm()
	b.Benches = benchesNow()
	f := &tellingFace{fakeFace: fakeFace{plan: plan()}, batches: []fleet.Batch{b}}
	f.found = found
	said := spoke(t, f, "regions\nlift us-east-1\nlift mars-1\nprices sort -saves\nprices find us-west zzz\ncost\ncost by instance find us-\ncost by mars\ncost by region write "+filepath.Join(t.TempDir(), "x")+"/none/a.csv\nleftovers\nleftovers old find amauo\nregions mars\nprices sort mars\nprices types\nlog level mars\nwhy\n",
		"2. us-east-1: health ", ", benched 2", "  benched ", "2 benches of us-east-1 lifted", "lift: \"mars-1\" is no region of the fleet",
		"saves ", "spot $/h ", "0 of ", "total ", "cost: by mars is not one of instance", "another file", "1. eu-west-1/eipalloc-0a1b2c3d4e5f60718: of edge-test, kind elastic IP, $/month ", "4 can go, ",
		"stays: it belongs to bob", "kind VPC", "2 of 8 match", "\"mars\" is none of sort, find", "prices: no column is called mars; there are region, type", "\"types\" has no value", "level mars is not one of debug")
	for _, bad := range []string{"━", "█", "─", "  3 ·"} {
		if strings.Contains(said, bad) {
			t.Errorf("it drew %q:\n%s", bad, said)
		}
	}
}

// What a plan is to launch where is named by the numbers of prices; what is launched
// is what was said.
func TestPlainPlansAtPrices(t *testing.T) {
	t.Parallel()
	f := &tellingFace{fakeFace: fakeFace{plan: plan()}}
	spoke(t, f, "plan-at 1\nprices\nplan-at 99\nplan-at 1,2 target 15\ny\nquit\nquit\n", "plan-at: write prices first", "99 is no number of the list", "Launch 3 instances in account 123456789012?")
	if len(f.launched) != 1 || len(f.planned) != 1 || f.planned[0].Target != 15 {
		t.Fatalf("%d launches, asked for %+v", len(f.launched), f.planned)
	}
	typed := 0
	for _, r := range f.planned[0].Regions {
		typed += len(r.Types)
	}
	if typed != 2 {
		t.Errorf("asked for %+v", f.planned[0].Regions)
	}
}

// R2, R3, R5, R6 for leftovers: what is deleted is what was said, by the word only;
// what must stay is left out, and ours and the predecessor's are never taken together.
func TestPlainDeletesLeftoversAsItNamedThem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		input string
		said  string
		items int
	}{
		"nothing listed": {input: "cleanup 1\ny\n", said: "cleanup: write leftovers first"},
		"which":          {input: "leftovers\ncleanup\n", said: "write the numbers of the list, or all"},
		"no such":        {input: "leftovers\ncleanup 1,99\ny\n", said: "99 is no number of the list"},
		"no such id":     {input: "leftovers\ncleanup vol-99\ny\n", said: "\"vol-99\" is no number and no id"},
		"y for more":     {input: "leftovers\ncleanup 1-4\ny\n", said: "Type edge-test and Enter"},
		"no answer":      {input: "leftovers\ncleanup 1-4\n", said: "no answer: nothing was done"},
		"more":           {input: "leftovers\ncleanup all\nedge-test\nquit\nquit\n", said: "2 must stay and are left out", items: 4},
		"one":            {input: "leftovers\ncleanup vol-0a1b2c3d4e5f60718\ny\nquit\nquit\n", said: "to be deleted in account 123456789012: 1 thing in eu-west-1", items: 1},
		"stays":          {input: "leftovers\ncleanup 5\ny\n", said: "nothing of it may go"},
		"both makers":    {input: "leftovers old\ncleanup all\ndelete all\n", said: "ours and the predecessor's are deleted one after the other"},
		"numbers gone":   {input: "leftovers\ncleanup 1\ny\ncleanup 2\nquit\nquit\n", said: "cleanup: write leftovers first", items: 1},
	} {
		f := &tellingFace{batches: []fleet.Batch{calm()}}
		f.found = found
		said := plainly(t, Options{}, f, tt.input)
		n := 0
		for _, q := range f.cleaned {
			n += len(q.Items)
			for _, i := range q.Items {
				if !strings.Contains(said, "  "+i.Group()+" "+string(i.Kind)+" "+i.ID+" in ") {
					t.Errorf("%s: deleted %s, which it did not name", name, i.ID)
				}
			}
		}
		if n != tt.items || !strings.Contains(said, tt.said) {
			t.Errorf("%s: %d deleted; it said\n%s", name, n, said)
		}
	}
}

// The log is searched by level, region, instance and text, and written to a new file.
func TestPlainFindsLogLines(t *testing.T) {
	t.Parallel()
	b := calm()
	b.Logs = []fleet.LogLine{
		{Seq: 1, At: now(), Level: fleet.LevelInfo, Region: "us-west-2", Text: "all is well"},
		{Seq: 2, At: now(), Level: fleet.LevelError, Region: "us-east-1", Instance: b.Instances[0].ID, Text: "disk full"},
		{Seq: 3, At: now(), Level: fleet.LevelWarn, Region: "us-east-1", Text: "slow"},
	}
	name := filepath.Join(t.TempDir(), "lines")
	for input, want := range map[string]string{
		"log": "all is well,disk full,slow", "log 1": "slow", "log level warn": "disk full,slow", "log region us-west-2": "all is well", "log of 1": "disk full", "log 5 level warn find SLOW": "slow", "log write " + name: "",
	} {
		said := plainly(t, Options{}, &tellingFace{batches: []fleet.Batch{b}}, input+"\n")
		var got []string
		for _, text := range []string{"all is well", "disk full", "slow"} {
			if strings.Contains(said, text) {
				got = append(got, text)
			}
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s: %q\n%s", input, got, said)
		}
	}
	if text, err := os.ReadFile(name); err != nil || strings.Count(string(text), "\n") != 3 {
		t.Errorf("%q %v", text, err)
	}
}

// What changes is not told while freeze is on, and told when it is over, or when
// something is waited for.
func TestPlainFreezes(t *testing.T) {
	t.Parallel()
	worse := calm()
	worse.Instances = worse.Instances[4:5]
	worse.Instances[0].Stage, worse.Instances[0].Reason = fleet.StageInterrupted, "AWS takes it back"
	for _, over := range []string{"freeze\n", "wait\n", ""} {
		f := &tellingFace{batches: []fleet.Batch{calm(), worse}}
		said := plainly(t, Options{}, f, "freeze\npause\nlog\n"+over)
		before, after, ok := strings.Cut(said, "what changes is told again")
		if !ok || strings.Contains(before, "takes it back") || !strings.Contains(after, "takes it back") {
			t.Errorf("%q:\n%s", over, said)
		}
	}
}
