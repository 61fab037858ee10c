package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/ssh"
)

// one is a fleet of one instance with every step of the pipeline.
func one(b *bench, setup string) func(*fleet.Options) {
	site := filepath.Join(b.home, "site")
	conf := filepath.Join(b.home, "node.conf")
	for path, text := range map[string]string{
		filepath.Join(site, "index.html"): "hello\n", filepath.Join(site, "deep", "a.txt"): "a\n",
		conf: "id={{.ID}}\nzone={{.Zone}}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	return func(o *fleet.Options) {
		o.OutputDir = b.home
		o.Spec.Target = 1
		o.Spec.Regions = []fleet.RegionSpec{{Name: "us-west-2", Count: -1}}
		o.Spec.Provision = fleet.ProvisionSpec{
			Enabled: true, CloudInit: true, Packages: []string{"jq"}, Setup: setup, ReadyCheck: "test -e ~/done",
			Files: []fleet.FileSpec{{Source: site, Target: "~/site"}, {Source: conf, Target: "~/node.conf", Template: true, Mode: 0o640}},
		}
	}
}

func (v *view) only() fleet.Instance {
	for _, i := range v.instances {
		return i
	}
	return fleet.Instance{}
}

// runs runs a line on an instance and gives what it printed.
func (b *bench) runs(e *fleet.Engine, id fleet.InstanceID, line string) string {
	b.t.Helper()
	r, err := e.Run(fleet.RunRequest{Instances: []fleet.InstanceID{id}, Line: line})
	if err != nil {
		b.t.Fatal(err)
	}
	s, err := r.Wait(context.Background())
	if err != nil || s.Hosts[0].Err != nil {
		b.t.Fatalf("%s: %v %v", line, err, s.Hosts[0].Err)
	}
	return s.Hosts[0].Output
}

func (b *bench) again(e *fleet.Engine, v *view, id fleet.InstanceID, fromStart bool) fleet.Operation {
	b.t.Helper()
	op, err := e.Provision([]fleet.InstanceID{id}, fromStart)
	if err != nil {
		b.t.Fatal(err)
	}
	b.until(e, v, time.Hour, "the provisioning", func(v *view) bool { o, ok := v.ops[op]; return ok && !o.Running() })
	return v.ops[op]
}

func states(i fleet.Instance) string {
	var s []string
	for _, t := range i.Track.Steps {
		s = append(s, t.Name+" "+string(t.State))
	}
	return strings.Join(s, ", ")
}

const brokenSetup = `echo "run" >> ~/runs
echo "preparing"
[ -e ~/mended ] || { echo "setup.sh: line 7: docker: command not found" >&2; echo "giving up"; exit 127; }
touch ~/done
`

func TestProvisioningIsTakenUpWhereItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(one(b, brokenSetup))
		defer stop()
		v := &view{}
		b.create(e, v)
		i := v.only()
		if i.Stage != fleet.StageFailed || i.Reason != "setup exit 127: setup.sh: line 7: docker: command not found" {
			t.Fatalf("%s %q", i.Stage, i.Reason)
		}
		want := "ssh ok, cloud-init ok, packages ok, upload ~/site ok, upload ~/node.conf ok, setup failed, ready check todo"
		if got := states(i); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if s := i.Track.Steps[5]; s.Exit != 127 || s.Tries != 1 || s.Began.IsZero() || !strings.Contains(s.Last, "docker: command not found") {
			t.Errorf("%+v", s)
		}
		if lines, file := e.Output(i.ID); !strings.Contains(strings.Join(lines, "\n"), "\npreparing\nsetup.sh: line 7") || file == "" {
			t.Errorf("%q %q", lines, file)
		}
		if got, want := b.runs(e, i.ID, "cat ~/node.conf ~/site/deep/a.txt; stat -c %a ~/node.conf"), "id="+string(i.ID)+"\nzone="+string(i.Zone)+"\na\n640\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}

		b.runs(e, i.ID, "touch ~/mended; rm ~/site/index.html")
		if o := b.again(e, v, i.ID, false); len(o.Errors) > 0 || v.only().Stage != fleet.StageReady {
			t.Fatalf("%+v %q", o, v.only().Reason)
		}
		if got, want := states(v.only()), strings.NewReplacer("setup failed", "setup ok", "todo", "ok").Replace(want); got != want {
			t.Errorf("%s", got)
		}
		if got := b.runs(e, i.ID, "cat ~/runs; ls ~/site"); got != "run\nrun\ndeep\n" {
			t.Errorf("what was done is not done again: %q", got)
		}

		if o := b.again(e, v, i.ID, true); len(o.Errors) > 0 || v.only().Stage != fleet.StageReady {
			t.Fatalf("%+v %q", o, v.only().Reason)
		}
		if got := b.runs(e, i.ID, "cat ~/runs; ls ~/site"); got != "run\nrun\nrun\ndeep\nindex.html\n" {
			t.Errorf("from the start everything is done again: %q", got)
		}
	})
}

// A process that is killed in the middle of a setup leaves it running on the
// host; the next one reads on, and runs nothing twice.
func TestASetupOutlivesTheProcessThatStartedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		change := one(b, "echo run >> ~/runs\nsleep 100\ntouch ~/done\necho finished\n")
		e, stop := b.engine(change)
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Launch(p); err != nil {
			t.Fatal(err)
		}
		v := &view{}
		b.until(e, v, time.Hour, "the setup", func(v *view) bool { i := v.only(); return i.Step.Name == "setup" })
		<-time.After(10 * time.Second)
		stop()

		e, stop = b.engine(change)
		defer stop()
		v = &view{}
		b.until(e, v, time.Hour, "ready", func(v *view) bool { return v.only().Stage == fleet.StageReady })
		if got := b.runs(e, v.only().ID, "cat ~/runs"); got != "run\n" {
			t.Errorf("it ran %q", got)
		}
		if got, want := states(v.only()), "ssh ok, cloud-init ok, packages ok, upload ~/site ok, upload ~/node.conf ok, setup ok, ready check ok"; got != want {
			t.Errorf("%s", got)
		}
	})
}

func TestAStepThatTakesTooLongIsStoppedOnTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		change := one(b, "echo begun\nsleep 1000\ntouch ~/late\n")
		e, stop := b.engine(func(o *fleet.Options) { change(o); o.Spec.Provision.Timeout = time.Minute })
		defer stop()
		v := &view{}
		b.create(e, v)
		i := v.only()
		if i.Stage != fleet.StageFailed || i.Reason != "setup: it did not end within 1m0s; its last line: begun" {
			t.Errorf("%s %q", i.Stage, i.Reason)
		}
		<-time.After(30 * time.Minute)
		if got := b.runs(e, i.ID, "ls ~"); strings.Contains(got, "late") {
			t.Errorf("it ran on: %q", got)
		}
	})
}

func TestProvisionRefusesWhatItCannotDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(one(b, "touch ~/done; sleep 30\n"))
		defer stop()
		v := &view{}
		b.create(e, v)
		id := v.only().ID
		op, err := e.Provision([]fleet.InstanceID{id, "i-0000000000000000f"}, true)
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(5 * time.Second)
		if o := b.again(e, v, id, false); len(o.Errors) != 1 || !strings.Contains(o.Errors[0], "is being provisioned already") {
			t.Errorf("%q", o.Errors)
		}
		b.until(e, v, time.Hour, "the first", func(v *view) bool { return !v.ops[op].Running() })
		if o := v.ops[op]; len(o.Errors) != 1 || !strings.Contains(o.Errors[0], "no such instance") || o.Detail != "1 instance ready, 1 failed" {
			t.Errorf("%q %q", o.Errors, o.Detail)
		}
	})
}

func TestReadOnlyProvisionsAndRunsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(func(o *fleet.Options) { o.ReadOnly = true })
		defer stop()
		ids := []fleet.InstanceID{"i-0123456789abcdef0"}
		_, provision := e.Provision(ids, true)
		_, run := e.Run(fleet.RunRequest{Instances: ids, Line: "true"})
		_, upload := e.Upload(fleet.UploadRequest{Instances: ids, File: fleet.FileSpec{Source: b.key, Target: "x"}})
		_, forward := e.Forward(fleet.ForwardRequest{Instance: ids[0], Local: "0", Remote: "80"})
		for what, err := range map[string]error{"provision": provision, "run": run, "upload": upload, "forward": forward} {
			if fleet.KindOf(err) != fleet.KindGuard {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// A second machine that has another key can't set anything up; it takes an
// instance for ready as soon as the first one says so.
func TestAnotherMachinesMarkEndsOurOwnTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		e, stop := b.engine(one(b, "sleep 60\ntouch ~/done\n"))
		defer stop()
		p, err := e.Plan(context.Background(), fleet.PlanRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Launch(p); err != nil {
			t.Fatal(err)
		}
		v := &view{}
		b.until(e, v, time.Hour, "the setup", func(v *view) bool { return v.only().Step.Name == "setup" })

		other := *b
		other.home = t.TempDir()
		other.key = filepath.Join(other.home, "id_ed25519")
		if other.pub, err = ssh.GenerateKey(other.key); err != nil {
			t.Fatal(err)
		}
		e2, stop2 := other.engine(one(&other, "sleep 60\ntouch ~/done\n"))
		defer stop2()
		began, theirs := time.Now(), &view{}
		b.until(e2, theirs, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.summary.Identity.Account != "" })
		o := other.create(e2, theirs)
		if len(o.Errors) > 0 || theirs.only().Stage != fleet.StageReady || time.Since(began) > 2*time.Minute {
			t.Errorf("%s after %s: %s %q", o.Detail, time.Since(began), theirs.only().Stage, theirs.only().Reason)
		}
	})
}

// R7: what runs on another owner's instances is not ours to begin again.
func TestAnotherOwnersInstancesAreNotProvisioned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.world.Close()
		theirs, stopTheirs := b.engine(func(o *fleet.Options) {
			one(b, "touch ~/done\n")(o)
			o.Account = renamed{o.Account, "someone-else"}
		})
		v := &view{}
		b.create(theirs, v)
		stopTheirs()
		e, stop := b.engine(one(b, "touch ~/done\n"))
		defer stop()
		mine := &view{}
		b.until(e, mine, time.Minute, "the scan", func(v *view) bool { return v.summary.Scanned && v.summary.Identity.Account != "" })
		if _, err := e.Provision([]fleet.InstanceID{v.only().ID}, true); fleet.KindOf(err) != fleet.KindGuard || !strings.Contains(err.Error(), "someone-else") {
			t.Errorf("%v", err)
		}
	})
}
