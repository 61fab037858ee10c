package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// BenchmarkFrame takes in a batch of 1 000 changed instances and composes the
// frame, at 200×60: the number to hold is a p99 of 4 ms, and at 10 000
// instances no more than 1.5 times what 1 000 cost.
func BenchmarkFrame(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := open(Options{}, size{200, 60}, many(n, 0, 0))
			changes := make([]fleet.Batch, 16)
			for i := range changes {
				changes[i] = many(1000, i*(n-1000)/len(changes), i+1)
			}
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				started := time.Now()
				m.Update(batchMsg{b: changes[i%len(changes)]})
				_ = m.View()
				took = append(took, time.Since(started))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkKey moves the cursor among 10 000 instances.
func BenchmarkKey(b *testing.B) {
	m := open(Options{}, size{200, 60}, many(10000, 0, 0))
	for b.Loop() {
		m.onKeyMsg("j")
		_ = m.View()
	}
}

// BenchmarkRun takes in the progress of a run over 200 hosts, half of which have
// ended, each with an output of its own, and composes the frame.
func BenchmarkRun(b *testing.B) {
	hosts := make([]fleet.HostResult, 200)
	for n := range hosts {
		hosts[n] = host(n, fleet.HostResult{Done: n < 100, Output: strings.Repeat(fmt.Sprintf("line of host %d\n", n), 1000), Sum: fmt.Sprint(n)})
	}
	m, v, r := runOf(size{200, 60}, hosts...)
	for b.Loop() {
		v.take(m, runMsg{snap: r.Snapshot()})
		m.dirty = true
		_ = m.View()
	}
}

// BenchmarkLog takes in 100 lines of a followed log and composes the frame.
func BenchmarkLog(b *testing.B) {
	m, v := followed(maxFollowed)
	for b.Loop() {
		more(m, v, 100)
		_ = m.View()
	}
}

// many is a batch of n changed instances from the first-th on; of each ten, one
// changes its stage with the step.
func many(n, first, step int) fleet.Batch {
	b := steady()
	b.Instances = make([]*fleet.Instance, n)
	for i := range b.Instances {
		in := &fleet.Instance{}
		b.Instances[i] = in
		in.ID, in.Region, in.Zone, in.Type = fleet.InstanceID(fmt.Sprintf("i-%017x", first+i)), "us-west-2", "us-west-2a", "t3.medium"
		in.Stage, in.State, in.LaunchedAt = fleet.StageReady, fleet.StateRunning, now().Add(-time.Hour)
		if i%10 == 0 {
			in.Stage = fleet.Stage(step % int(fleet.StageReady+1))
		}
		in.PublicIP, in.PrivateIP, in.Image, in.Launch = "198.18.4.1", "172.31.16.4", "ami-0123456789abcdef0", "l-7f3k2m9qpx"
		in.Step.Detail = fmt.Sprint(step)
	}
	return b
}
