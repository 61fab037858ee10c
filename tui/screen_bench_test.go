//go:build unix

package tui

import (
	"context"
	"io"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// pacedFace gives a batch whenever the screen asks, at most one per pace.
type pacedFace struct {
	fakeFace
	batches []fleet.Batch
	pace    time.Duration
	mu      sync.Mutex
	n       int
}

func (f *pacedFace) Next(ctx context.Context, _ fleet.Cursor) (fleet.Batch, error) {
	f.mu.Lock()
	n := f.n
	f.n++
	f.mu.Unlock()
	if n > 0 { // the first one at once
		if err := rest(ctx, f.pace); err != nil {
			return fleet.Batch{}, err
		}
	}
	b := f.batches[min(n, 1+n%(len(f.batches)-1))]
	b.At = time.Now() // the face's clock goes on by it
	return b, nil
}

// stopwatch is the terminal: it takes the time of the first bytes after a frame
// that knows of a key.
type stopwatch struct {
	mu     sync.Mutex
	bytes  int
	drawn  bool // a frame that knows of the key was composed
	showed chan time.Time
}

func (s *stopwatch) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += len(b)
	if s.drawn {
		s.drawn = false
		s.showed <- time.Now()
	}
	return len(b), nil
}

// timed tells the stopwatch when a frame that knows of a key is there.
type timed struct {
	*model
	s     *stopwatch
	typed bool
}

func (t *timed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := t.model.Update(msg)
	if _, ok := msg.(tea.KeyPressMsg); ok {
		t.typed = true
	}
	return t, cmd
}

func (t *timed) View() tea.View {
	v := t.model.View()
	if t.typed {
		t.typed = false
		t.s.mu.Lock()
		t.s.drawn = true
		t.s.mu.Unlock()
	}
	return v
}

// onScreen runs the program in a terminal of 200×60 that takes everything.
func onScreen(b *testing.B, m func(ctx context.Context) tea.Model, out io.Writer) (keys io.Writer) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	in, keys := io.Pipe()
	p := tea.NewProgram(m(ctx), tea.WithContext(ctx), tea.WithFPS(framesPerSecond), tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler(), tea.WithWindowSize(200, 60),
		tea.WithEnvironment([]string{"TERM=xterm-256color", "COLORTERM=truecolor"}))
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = p.Run() }()
	b.Cleanup(func() { cancel(); in.Close(); <-ended })
	return keys
}

// BenchmarkKeyToBytes is the time from a key press to the bytes that show it,
// while 20 000 facts a second come in about 10 000 instances: the number to hold
// is a p99 of 33 ms.
func BenchmarkKeyToBytes(b *testing.B) {
	f := &pacedFace{batches: []fleet.Batch{many(10_000, 0, 0)}}
	for i := range 15 {
		f.batches = append(f.batches, many(667, i*600, i+1)) // and thirty of them a second
	}
	s := &stopwatch{showed: make(chan time.Time, 1)}
	keys := onScreen(b, func(ctx context.Context) tea.Model {
		return &timed{model: newModel(ctx, Options{Face: f, Name: "sensors"}), s: s}
	}, s)
	<-time.After(time.Second) // all is drawn
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		<-time.After(time.Duration(40+n*7%60) * time.Millisecond) // at no fixed place between two frames
		began := time.Now()
		if _, err := io.WriteString(keys, "jk"[n%2:n%2+1]); err != nil {
			b.Fatal(err)
		}
		took = append(took, (<-s.showed).Sub(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// static is a program that shows one frame.
type static struct{ frame string }

func (static) Init() tea.Cmd                         { return nil }
func (s static) Update(tea.Msg) (tea.Model, tea.Cmd) { return s, nil }
func (s static) View() tea.View {
	v := tea.NewView(s.frame)
	v.AltScreen = true
	return v
}

// settled is a batch of n instances that are ready.
func settled(n int) fleet.Batch {
	b := many(n, 0, 0)
	for _, i := range b.Instances {
		i.Stage, i.LaunchedAt = fleet.StageReady, time.Now().Add(-time.Hour)
	}
	return b
}

// BenchmarkIdle is what the screen costs while nothing changes but the age of
// the data, with 1 000 instances that are asked for every ten seconds, beside a
// Bubble Tea program that shows one frame: the numbers to hold are 0.3 % of a core
// more, and 300 bytes a second. Each round takes ten seconds.
func BenchmarkIdle(b *testing.B) {
	still := func(context.Context) tea.Model {
		return static{open(Options{}, size{200, 60}, settled(1000)).View().Content}
	}
	for _, c := range []struct {
		name string
		m    func(ctx context.Context) tea.Model
	}{
		{"static", still},
		{"fleet", func(ctx context.Context) tea.Model {
			again := many(0, 0, 0)
			return newModel(ctx, Options{Face: &pacedFace{batches: []fleet.Batch{settled(1000), again, again}, pace: 10 * time.Second}, Name: "sensors"})
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := &stopwatch{showed: nil}
			onScreen(b, c.m, s)
			<-time.After(time.Second)
			cpu, bytes, began := cpuTime(b), s.written(), time.Now()
			for b.Loop() {
				<-time.After(10 * time.Second)
			}
			took := time.Since(began).Seconds()
			b.ReportMetric(100*(cpuTime(b)-cpu).Seconds()/took, "cpu-%")
			b.ReportMetric(float64(s.written()-bytes)/took, "bytes/s")
		})
	}
}

func (s *stopwatch) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
