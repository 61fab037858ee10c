package fleet_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

// inject arms a fault as a person does, by the control endpoint.
func (b *bench) inject(f sim.Fault) {
	b.t.Helper()
	body, err := json.Marshal(f)
	if err != nil {
		b.t.Fatal(err)
	}
	client := http.Client{Transport: b.world.Transport()}
	resp, err := client.Post("http://simulated.invalid/_control/faults", "application/json", bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%+v: %s", f, resp.Status)
	}
}

// The connection is lost in each step, as it begins and while it goes on, once
// and again, with the host away for a while or not: the step is taken up again,
// nothing runs twice, and what was uploaded is whole.
func TestAStepIsTakenUpAfterALostConnection(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sim.Fault{
		"cloud-init":                   {Match: "cloud-init status"},
		"packages, starting":           {Match: "sh packages"},
		"packages, its script half":    {Match: "sh packages", AfterBytes: 40},
		"packages, reading":            {Match: "sh packages 0"},
		"upload, starting":             {Match: "tar -x"},
		"upload, in the middle":        {Match: "tar -x", AfterBytes: 200_000},
		"upload, in the middle, twice": {Match: "tar -x", AfterBytes: 200_000, N: 2},
		"upload, verifying":            {Match: "sha256sum -c"},
		"setup, its script half":       {Match: "sh setup", AfterBytes: 20},
		"setup, reading":               {Match: "sh setup 0", DelayMS: 2000},
		"setup, reading, three times":  {Match: "sh setup", DelayMS: 700, N: 3},
		"ready check":                  {Match: "test -e"},
	} {
		for _, hold := range []bool{false, true} {
			if hold {
				name += ", held"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { takenUp(t, f, hold) })
			})
		}
	}
}

func takenUp(t *testing.T, f sim.Fault, hold bool) {
	b := newBench(t)
	defer b.world.Close()
	change := one(b, "echo run >> ~/runs\necho one\nsleep 5\necho two\nsleep 5\necho three\ntouch ~/done\n")
	blob := make([]byte, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range blob {
		blob[i] = byte(r.Uint32())
	}
	if err := os.WriteFile(filepath.Join(b.home, "site", "blob"), blob, 0o600); err != nil {
		t.Fatal(err)
	}
	e, stop := b.engine(change)
	defer stop()
	f.Fault, f.Hold = "ssh-cut", hold
	b.inject(f)
	if hold { // the host comes back after a while
		defer time.AfterFunc(45*time.Second, b.world.ClearFaults).Stop()
	}
	v := &view{}
	b.create(e, v)
	i := v.only()
	if i.Stage != fleet.StageReady {
		t.Fatalf("%s %q\n%s", i.Stage, i.Reason, states(i))
	}
	tries := 0
	for _, s := range i.Track.Steps {
		tries += s.Tries
	}
	if tries <= len(i.Track.Steps) {
		t.Errorf("no step says that it was taken up again: %s", states(i))
	}
	if lines, _ := e.Output(i.ID); !strings.Contains(strings.Join(lines, "\n"), "the connection is lost") {
		t.Errorf("it is not told: %q", lines)
	}
	if got := b.runs(e, i.ID, "cat ~/runs; wc -c < ~/site/blob"); got != "run\n1048576\n" {
		t.Errorf("%q", got)
	}
	lines, _ := e.Output(i.ID)
	if text := strings.Join(lines, "\n"); strings.Count(text, "\none") != 1 || strings.Count(text, "\ntwo") != 1 || strings.Count(text, "\nthree") != 1 {
		t.Errorf("its output is not whole: %s", text)
	}
}
