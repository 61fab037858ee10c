package tui

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// tellingFace gives batches one after the other, and then nothing new.
type tellingFace struct {
	fakeFace
	mu      sync.Mutex
	batches []fleet.Batch
}

func (f *tellingFace) Next(ctx context.Context, c fleet.Cursor) (fleet.Batch, error) {
	f.mu.Lock()
	if len(f.batches) > 0 {
		b := f.batches[0]
		f.batches = f.batches[1:]
		f.mu.Unlock()
		return b, nil
	}
	f.mu.Unlock()
	return f.fakeFace.Next(ctx, c)
}

func (f *tellingFace) tell(b fleet.Batch) {
	f.mu.Lock()
	f.batches = append(f.batches, b)
	f.mu.Unlock()
}

func (f *tellingFace) Upload(q fleet.UploadRequest) (*fleet.Run, error) {
	f.uploads = append(f.uploads, q)
	return allDone(fleet.OpUpload, q.Instances, q.File.Source+" → "+q.File.Target), nil
}

func (f *tellingFace) Fetch(q fleet.FetchRequest) (*fleet.Run, error) {
	f.fetches = append(f.fetches, q)
	return allDone(fleet.OpFetch, q.Instances, q.Source+" → "+q.Target), nil
}

func allDone(kind fleet.OpKind, on []fleet.InstanceID, line string) *fleet.Run {
	hosts := make([]fleet.HostResult, len(on))
	for n, id := range on {
		hosts[n].Instance = id
	}
	r := fleet.NewRun("copy-1", line, now(), hosts, nil).Of(kind)
	for _, h := range hosts {
		h.Done = true
		r.Record(h)
	}
	return r
}

// slowly is a person who pauses for ten seconds after each part.
type slowly struct {
	parts []string
	rests bool
}

func (r *slowly) Read(p []byte) (int, error) {
	if r.rests {
		<-time.After(10 * time.Second)
	}
	if r.rests = false; len(r.parts) == 0 {
		return 0, io.EOF
	}
	text, rests := strings.CutSuffix(r.parts[0], "pause\n")
	r.rests, r.parts = rests, r.parts[1:]
	if text == "" {
		return r.Read(p)
	}
	return copy(p, text), nil
}

// plainly runs a session in virtual time on lines of input, and gives what it said.
func plainly(t *testing.T, o Options, f *tellingFace, input string) string {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		o.Face, o.Name, o.Input, o.Output, o.Offer = f, "sensors", &slowly{parts: strings.SplitAfter(input, "pause\n")}, &out, offer()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := RunPlain(ctx, o); err != nil {
			t.Error(err)
		}
		if ctx.Err() != nil {
			t.Errorf("it did not leave by itself:\n%s", out.String())
		}
	})
	for _, r := range out.String() {
		if r < ' ' && r != '\n' || r == 0x7f {
			t.Errorf("it wrote the control character %q", r)
		}
	}
	return out.String()
}

// calm is a fleet in which nothing moves.
func calm() fleet.Batch {
	b := steady()
	for n := range b.Instances {
		if b.Instances[n].Stage.Moving() {
			b.Instances[n].Stage, b.Instances[n].Track, b.Instances[n].Step = fleet.StageReady, nil, fleet.Step{}
		}
	}
	return b
}

func TestPlainSaysTheFleetAndThenWhatChanges(t *testing.T) {
	t.Parallel()
	f := &tellingFace{batches: []fleet.Batch{calm()}}
	b := calm()
	b.Instances = b.Instances[4:6]
	b.Instances[0].Stage, b.Instances[0].Reason = fleet.StageInterrupted, "AWS takes it back"
	b.Regions[1].Health, b.Regions[1].Problem = fleet.HealthDown, "no answer"
	b.Summary.Problem = "credentials have expired"
	f.tell(b)
	end := calm()
	end.Instances, end.Ops = nil, []fleet.Operation{{ID: "x", Kind: fleet.OpLaunch, Title: "launch 1 in 1 region", Started: now()}}
	f.tell(end)
	done := end
	done.Ops = []fleet.Operation{{ID: "x", Kind: fleet.OpLaunch, Title: "launch 1 in 1 region", Started: now(), Finished: now(), Errors: []string{"no capacity"}}}
	f.tell(done)
	said := plainly(t, Options{}, f, "list zone:us-west-2a\npause\nwait\n")
	for _, want := range []string{
		"account 123456789012, as ops-admin\n12 instances, 8 ready, $0.143 per hour",
		"failed: setup exit 127: docker: command not found, t3.medium in eu-west-1b", "1 of 12 match\n",
		": interrupted: AWS takes it back\n", "region us-east-1 is down: no answer\n", "problem: credentials have expired\n", "the problem is over\n", "region us-east-1 answers again\n",
		"began: launch 1 in 1 region\n", "ended with 1 error: launch 1 in 1 region\n  no capacity\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	if n := strings.Count(said, "AWS takes it back"); n != 1 {
		t.Errorf("a change was said %d times", n)
	}
}

// Every action of the registry is done here by a line, or stands in the list of what
// only the full screen has, with its reason; whoever writes its name is told.
func TestPlainHasEveryActionOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	l := &linear{m: newModel(contextOf(), Options{})}
	done := 0
	for _, a := range actions() {
		how, why := here(a)
		if (how == "") == (why == "") {
			t.Errorf("%s is done by %q, and not done because %q", a.id, how, why)
		}
		_, own := plainNamed(a.id)
		said := l.unknown(a.id)
		switch {
		case how != "":
			done++
			if _, ok := plainNamed(how); !ok {
				t.Errorf("%s is done by %q, which is nothing", a.id, how)
			}
			if !own && !strings.Contains(said, "here it is "+how+";") {
				t.Errorf("%s: %s", a.id, said)
			}
		case !strings.Contains(said, why):
			t.Errorf("%s: %s", a.id, said)
		}
		if how == "" && (a.risk == destroys && !a.fixed() || a.changes && !a.fixed() && a.place != atPlan) {
			t.Errorf("%s changes something and has no line", a.id)
		}
	}
	if done < 80 {
		t.Errorf("only %d actions can be done", done)
	}
	ids := map[string]bool{}
	for _, a := range actions() {
		ids[a.id] = true
	}
	for _, s := range screensOnly() {
		for _, id := range s.ids {
			if !ids[id] {
				t.Errorf("%s is no action", id)
			}
		}
	}
	for _, p := range plainActions() {
		for _, id := range p.does {
			if !ids[id] {
				t.Errorf("%s does %s, which is no action", p.id, id)
			}
		}
		if !ids[p.id] && !slices.Contains([]string{"wait", "unmark", "marks", "unlock"}, p.id) {
			t.Errorf("%s is no action of the registry", p.id)
		}
	}
	path := filepath.Join("..", "docs", "plain.md")
	if *update {
		if err := os.WriteFile(path, []byte(PlainPage()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != PlainPage() {
		t.Errorf("docs/plain.md is not what the tables say; go test ./tui -update remakes it (%v)", err)
	}
	seen := map[string]bool{}
	for _, p := range plainActions() {
		for _, n := range append([]string{p.id, p.name}, p.also...) {
			if n != "" && seen[n] {
				t.Errorf("two actions are called %s", n)
			}
			seen[n] = true
		}
		if _, help := l.usage(p); help == "" {
			t.Errorf("%s has no help", p.id)
		}
	}
}

// R2, R3: only the word that is asked for does it, an end of the input never does;
// what is acted on is what was said.
func TestPlainChangesNothingUnconfirmed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		input    string
		destroys int
		launches int
		set      int
		said     string
	}{
		"nothing":       {input: "", said: "12 instances"},
		"no answer":     {input: "destroy 1\n", said: "no answer: nothing was done"},
		"empty line":    {input: "destroy 1\n\n", said: "cancelled"},
		"another word":  {input: "destroy 1\nyes\n", said: "cancelled"},
		"one":           {input: "destroy 1\ny\nquit\nquit\n", destroys: 1, said: "to be destroyed in account 123456789012: 1 instance\n"},
		"y for two":     {input: "destroy 1,2\ny\n", said: "cancelled"},
		"two":           {input: "destroy 1,2\nsensors\nquit\nquit\n", destroys: 1, said: "Type sensors and Enter"},
		"region":        {input: "destroy region us-west-2\nsensors\nquit\nquit\n", destroys: 1, said: "us-west-2: 4 ready"},
		"fleet, y":      {input: "destroy fleet\ny\n", said: "and what belongs to them in every region"},
		"fleet":         {input: ":destroy fleet\nsensors\nquit\nquit\n", destroys: 1, said: "began"},
		"unknown":       {input: "destroy 99\ny\n", said: "destroy: \"99\" is no instance of the list"},
		"plan":          {input: "new target 15 lifetime 2h regions us-west-2,us-east-1 types t3.medium image debian-12\nn\n", said: "Launch 3 instances in account 123456789012?"},
		"launch":        {input: "create\ny\nquit\nquit\n", launches: 1, said: "to launch 3"},
		"bad plan":      {input: "plan target\n", said: "\"target\" has no value"},
		"no such place": {input: "plan regions mars-1\n", said: "mars-1 is not enabled in this account; enabled are ap-northeast-1, eu-north-1"},
		"set up":        {input: "provision stage:failed\ny\nquit\nquit\n", set: 1, said: "Take up the setup of 1 instance?"},
		"not set up":    {input: "setup-again all\nno\n", said: "Do every step of the setup again on 12 instances?"},
		"shrink, n":     {input: "shrink 10\nn\n", said: "for a target of 10: 1 instance, saves $0.0287/h"},
		"shrink, y":     {input: "shrink 9\ny\n", said: "  ap-northeast-1: 1 ready"},
		"replace, y":    {input: "replace 2,3\ny\n", said: "to replace in account 123456789012: 2 instances"},
		"move, y":       {input: "move\ny\n", said: "it saves $0.0080/h"},
		"unlock none":   {input: "unlock all\ny\n", said: "unlock: none of them is locked"},
		"grow":          {input: "grow\ny\nquit\nquit\n", launches: 1, said: "to launch 3"},
		"nonsense":      {input: "rm -rf\n", said: "\"rm\" is nothing that can be done; write help"},
		"screen only":   {input: "mouse\n", said: "mouse is for the full screen: it is about how the screen is drawn"},
		"another name":  {input: "costcsv\n", said: "here it is cost; help cost says more"},
		"marks, y":      {input: "mark 2,3\ndestroy marks\ny\n", said: "Type sensors and Enter"},
		"marks":         {input: "mark 2,3\ndestroy marks\nsensors\nquit\nquit\n", destroys: 1, said: "marked 2 instances: 2. i-"},
		"no marks":      {input: "destroy marks\n", said: "destroy: nothing is marked; mark marks instances"},
		"one mark":      {input: "mark-all\nunmark 1,3-12\ndestroy marks\ny\nquit\nquit\n", destroys: 1, said: "1 instance marked; "},
	} {
		f := &tellingFace{fakeFace: fakeFace{plan: plan()}, batches: []fleet.Batch{calm()}}
		said := plainly(t, Options{}, f, tt.input)
		if !strings.Contains(said, tt.said) || len(f.destroys) != tt.destroys || len(f.launched) != tt.launches || len(f.provisioned) != tt.set {
			t.Errorf("%s: %d destroys, %d launches, %d setups; it said\n%s", name, len(f.destroys), len(f.launched), len(f.provisioned), said)
		}
		switch {
		case name == "two" && (len(f.destroys[0].Instances) != 2 || !strings.Contains(said, "  "+strings.Join(texts(f.destroys[0].Instances), " ")+"\n")):
			t.Errorf("acted on %v, said\n%s", f.destroys, said)
		case name == "fleet" && f.destroys[0].Scope != fleet.ScopeFleet, name == "region" && (f.destroys[0].Scope != fleet.ScopeRegion || len(f.destroys[0].Instances) != 4):
			t.Errorf("%s: %+v", name, f.destroys)
		case name == "launch" && f.launched[0].Hash != plan().Hash:
			t.Errorf("another plan was launched")
		case name == "plan" && (len(f.planned) != 1 || f.planned[0].Target != 15 || f.planned[0].Lifetime != 2*time.Hour || len(f.planned[0].Regions) != 2 || f.planned[0].Image != "debian-12" || !slices.Equal(f.planned[0].Types, []fleet.InstanceType{"t3.medium"})):
			t.Errorf("asked for %+v", f.planned)
		}
	}
	f := &tellingFace{fakeFace: fakeFace{plan: plan()}, batches: []fleet.Batch{calm()}}
	said := plainly(t, Options{ReadOnly: true}, f, "destroy fleet\nsensors\nnew\ny\nprovision all\ny\nrun all id\nupload all a b\nshell 1\nforward 1 80\n")
	if f.changed() != 0 || strings.Count(said, "is refused in read-only mode") != 7 {
		t.Errorf("read-only: %d changes; it said\n%s", f.changed(), said)
	}
}

// What shrinks, replaces and locks does what was said, once the word is typed.
func TestPlainChangesWhichInstancesThereAre(t *testing.T) {
	t.Parallel()
	f := &tellingFace{batches: []fleet.Batch{calm()}}
	said := plainly(t, Options{Program: []string{"spot-tui"}}, f, "shrink 10\ny\nreplace 2\ny\nmove\nsensors\nlock 2,3\ncommandlog\nquit\nquit\n")
	if len(f.shrinks) != 1 || f.shrinks[0].Target != 10 || len(f.replaces) != 2 || len(f.replaces[0].Swaps) != 1 || len(f.replaces[1].Swaps) != 4 || !slices.Equal(f.locks, []string{"true 2"}) {
		t.Errorf("%d shrinks, %d replacements, locks %v", len(f.shrinks), len(f.replaces), f.locks)
	}
	for _, want := range []string{"spot-tui scale --yes 10", "spot-tui replace --yes i-", "spot-tui move --yes i-", "spot-tui lock i-"} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
}

// Work on instances says each host as it ends, and is waited for where the input
// has ended.
func TestPlainWorks(t *testing.T) {
	t.Parallel()
	f := &tellingFace{batches: []fleet.Batch{calm()}}
	said := plainly(t, Options{Program: []string{"spot-tui"}}, f, "run ready uptime\nupload 1 a b\nfetch 1 'a b' c\nfollow 1 journal\noutput 1\ncopy 1\ndetails 1\nexplain 1\nforward 1 8080:80\nforwards\nforwards close 1\nlog 2\nregions\nrefresh\nhelp\ncommandlog\nshell 1\n")
	for _, want := range []string{
		"  bacalhau-compute\n", "did not end within 8 s", "done: uptime on 10 instances, 1 failed", "done: a → b on 1 instance, 0 failed", "docker: command not found\nall of it: /state/", "log in with: ssh ubuntu@",
		"  status: fulfilled", "next: your address may have changed", "127.0.0.1:8080 is localhost:80 of", "1. 127.0.0.1:8080", "closed", "error eu-west-1", "eu-west-1: health busy, answered 0m00 ago, live 3", "run (or exec) WHICH COMMAND", "spot-tui exec --on", "the input is no terminal",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	if len(f.runs) != 1 || len(f.runs[0].Instances) != 10 || f.fetches[0].Source != "a b" {
		t.Errorf("%+v %+v", f.runs, f.fetches)
	}
}

// A person at a terminal is asked for each line; a terminal that is gone ends the
// session.
func TestPlainAsksAPersonAndEndsWithItsTerminal(t *testing.T) {
	t.Parallel()
	f := &tellingFace{batches: []fleet.Batch{calm()}}
	if said := plainly(t, Options{Typed: true, ASCII: true}, f, "regions\n"); strings.Count(said, "> ") != 2 {
		t.Errorf("it asked %d times:\n%s", strings.Count(said, "> "), said)
	}
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		defer w.Close()
		_, err := RunPlain(t.Context(), Options{Face: &tellingFace{batches: []fleet.Batch{calm()}}, Name: "sensors", Input: r, Output: goneTerminal{}})
		if err == nil || !strings.Contains(err.Error(), "write to the terminal") {
			t.Errorf("%v", err)
		}
	})
}

type goneTerminal struct{}

func (goneTerminal) Write([]byte) (int, error) { return 0, fmt.Errorf("gone") }
