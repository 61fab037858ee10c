package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Scenario is a world with a plot: what happens in it by itself, and when.
type Scenario struct {
	About        string   `toml:"about"`          // a line for people
	Seed         int64    `toml:"seed"`           // as in Options
	Scale        *float64 `toml:"scale"`          // as in Options; nil: the caller's
	NoDefaultVPC []string `toml:"no_default_vpc"` // regions without a default network
	Steps        []Step   `toml:"step"`
}

// Step is a fault at a time after the world's start. Times are as written: the
// scale does not change them.
type Step struct {
	At Duration `toml:"at"`
	// Fault has the fields of the control endpoint. "interrupt" takes "any" for
	// an instance: the oldest running one that no one has interrupted yet, of
	// the region if one is given; N of them where N is set.
	Fault
}

// Duration is a time.Duration that is written as "90s" or "5m".
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err == nil && v < 0 {
		err = errors.New("a step can't come before the start")
	}
	*d = Duration(v)
	return err
}

// ReadScenario reads a scenario file's text and checks it: all its mistakes
// come at once, each with its line where it has one.
func ReadScenario(text string) (Scenario, error) {
	var s Scenario
	meta, err := toml.Decode(text, &s)
	if err != nil {
		var bad toml.ParseError
		if errors.As(err, &bad) {
			return s, fmt.Errorf("line %d: %s", bad.Position.Line, bad.Message)
		}
		return s, err
	}
	var wrong []string
	for _, k := range meta.Undecoded() {
		wrong = append(wrong, fmt.Sprintf("%s is no key of a scenario", k))
	}
	for i, step := range s.Steps {
		if err := step.check(); err != nil {
			wrong = append(wrong, fmt.Sprintf("step %d (at %s): %v", i+1, time.Duration(step.At), err))
		}
	}
	for _, name := range s.NoDefaultVPC {
		if !slices.ContainsFunc(regionCatalog(), func(r regionInfo) bool { return r.name == name }) {
			wrong = append(wrong, fmt.Sprintf("no_default_vpc: the simulated cloud has no region %q", name))
		}
	}
	if len(wrong) > 0 {
		return s, errors.New(strings.Join(wrong, "\n"))
	}
	return s, nil
}

func (s Step) check() error {
	if _, ok := faultKinds()[s.Fault.Fault]; !ok {
		return fmt.Errorf("no fault is called %q; these are: %s", s.Fault.Fault, strings.Join(FaultNames(), ", "))
	}
	return s.Fault.check()
}

// World gives the options of the scenario's world: what it does not say is as in o.
func (s Scenario) World(o Options) Options {
	if s.Seed != 0 {
		o.Seed = s.Seed
	}
	if s.Scale != nil {
		o.Scale = *s.Scale
	}
	o.NoDefaultVPC = append(slices.Clone(o.NoDefaultVPC), s.NoDefaultVPC...)
	return o
}

// Played is a step that has been done.
type Played struct {
	At    time.Time `json:"at"`
	Step  Fault     `json:"step"`
	Error string    `json:"error,omitempty"` // why it did nothing
}

// Play does a scenario's steps at their times, counted from now. It returns at
// once; Close stops it.
func (w *World) Play(s Scenario) {
	steps := slices.Clone(s.Steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return int(a.At - b.At) })
	began := time.Now()
	w.spawn(func() {
		for _, step := range steps {
			if w.pause(w.ctx, time.Until(began.Add(time.Duration(step.At)))) != nil {
				return
			}
			w.play(step.Fault)
		}
	})
}

func (w *World) play(f Fault) {
	done := Played{At: time.Now(), Step: f}
	if err := w.Inject(f); err != nil {
		done.Error = err.Error()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.played = append(w.played, done)
}

// PlayedSteps lists the steps of the scenario that have been done.
func (w *World) PlayedSteps() []Played {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.played)
}

// anyInstance is what an interrupt names that takes the oldest ones.
const anyInstance = "any"

// interruptAny interrupts the n oldest running spot instances.
func (w *World) interruptAny(f Fault) error {
	left := max(f.N, 1)
	for _, r := range w.regions {
		if f.Region != "" && f.Region != r.info.name {
			continue
		}
		r.mu.Lock()
		r.settle()
		for _, t := range r.shelves[kindInstance].order {
			i := r.instances[t.id]
			if left == 0 {
				break
			}
			if i.state() == "running" && i.notice.Load() == nil && i.interrupt(time.Now()) == nil {
				left--
			}
		}
		r.settle()
		r.mu.Unlock()
	}
	if left > 0 {
		return fmt.Errorf("%d of %d instances could not be interrupted: no more are running", left, max(f.N, 1))
	}
	return nil
}
