package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"spot-tui/fleet"
)

// walker types keys like a cat on the keyboard, carries out every command as
// Bubble Tea would, and knows what a person must have seen and typed before
// something may change.
type walker struct {
	f *fakeFace
	m *model
}

// allowed says what the next key may change, judged from what is on the screen.
func (w *walker) allowed(key string) (launch bool, destroy []fleet.InstanceID, run []fleet.InstanceID) {
	switch v := w.m.over.(type) {
	case *launchDialog:
		launch = w.m.armed && key == "y"
	case *destroyDialog:
		s := v.scopes[v.at]
		alone := s.kind != fleet.ScopeFleet && len(s.is) == 1
		if w.m.armed && (alone && key == "y" || !alone && key == "enter" && v.typed == "sensors") {
			destroy = append([]fleet.InstanceID{}, ids(s.is)...)
		}
	case *runView:
		if key == "x" && v.ended() { // the command that was typed, once more
			run = v.on
		}
	}
	if p := w.m.prompt; p != nil && p.verb == "run on" && key == "enter" && strings.TrimSpace(p.in.Value()) != "" {
		run = p.choices[p.choice].ids
	}
	return launch, destroy, run
}

// allowedRemote is allowed for copies and setups.
func (w *walker) allowedRemote(key string) (copied bool, setUp []fleet.InstanceID) {
	if p := w.m.prompt; p != nil && (p.verb == "upload to" || p.verb == "fetch from") && key == "enter" {
		_, _, copied = pair(p.in.Value())
	}
	if v, ok := w.m.over.(*runView); ok && w.m.prompt == nil && key == "x" && v.ended() {
		copied = true // what was typed, once more
	}
	if d, ok := w.m.over.(*provisionDialog); ok && w.m.prompt == nil && w.m.armed && key == "y" {
		setUp = d.on
	}
	return copied, setUp
}

// allowedShape is allowed for what shrinks, replaces and unlocks: the instances that
// the dialog in front lists.
func (w *walker) allowedShape(key string) (shape []fleet.InstanceID, unlock bool) {
	if !w.m.armed || w.m.prompt != nil {
		return nil, false
	}
	passed := func(a asked, n int) bool {
		return a.have && a.err == nil && (n == 1 && key == "y" || n > 1 && key == "enter" && a.typed == "sensors")
	}
	switch d := w.m.over.(type) {
	case *shrinkDialog:
		if passed(d.asked, len(d.plan.Leave)) {
			shape = ids(d.leaving())
		}
	case *replaceDialog:
		if passed(d.asked, len(d.plan.Swaps)) {
			shape = ids(old(d.plan))
		}
	case *unlockDialog:
		unlock = key == "y"
	}
	return shape, unlock
}

// shaped compares what a key shrank, replaced and unlocked with what was allowed.
func (w *walker) shaped(key string, before [3]int, shape []fleet.InstanceID, unlock bool) string {
	f := w.f
	var done []fleet.InstanceID
	for _, p := range f.shrinks[before[0]:] {
		done = append(done, ids((&shrinkDialog{plan: p}).leaving())...)
	}
	for _, p := range f.replaces[before[1]:] {
		done = append(done, ids(old(p))...)
	}
	if len(done) > 0 && !slices.Equal(done, shape) {
		return fmt.Sprintf("%s ended %v, shown were %v", key, done, shape)
	}
	for _, l := range f.locks[before[2]:] {
		if strings.HasPrefix(l, "false") && !unlock {
			return key + " unlocked without a passed confirmation"
		}
	}
	return ""
}

// step types a key; it gives what was wrong about it, or nothing.
func (w *walker) step(key string) string {
	launched, destroyed, runs := len(w.f.launched), len(w.f.destroys), len(w.f.runs)
	launch, destroy, ran := w.allowed(key)
	copies, set := len(w.f.uploads)+len(w.f.fetches), len(w.f.provisioned)
	copied, setUp := w.allowedRemote(key)
	shape, unlock := w.allowedShape(key)
	before := [3]int{len(w.f.shrinks), len(w.f.replaces), len(w.f.locks)}
	run(w.m, w.m.onKeyMsg(key))
	frame := w.m.View().Content
	clear(w.m.rows.drawn)
	w.m.dirty = true
	if w.m.View().Content != frame {
		return key + ": a row's picture was kept although it does not hold any more"
	}
	f := w.f
	if wrong := w.shaped(key, before, shape, unlock); wrong != "" {
		return wrong
	}
	switch n := len(f.launched) - launched; {
	case n > 1 || n == 1 && !launch:
		return key + " launched without a passed confirmation"
	}
	switch n := len(f.destroys) - destroyed; {
	case n > 1 || n == 1 && destroy == nil:
		return key + " destroyed without a passed confirmation"
	case n == 1 && !slices.Equal(f.destroys[destroyed].Instances, destroy):
		return fmt.Sprintf("%s destroyed %v, shown were %v", key, f.destroys[destroyed].Instances, destroy)
	}
	if n := len(f.uploads) + len(f.fetches) - copies; n > 0 && !copied {
		return key + " copied something without its typed line and Enter"
	}
	if n := len(f.provisioned) - set; n > 0 && !slices.Equal(f.provisioned[set:], setUp) {
		return fmt.Sprintf("%s set up %v, shown were %v", key, f.provisioned[set:], setUp)
	}
	if n := len(f.runs) - runs; n > 1 || n == 1 && !slices.Equal(f.runs[runs].Instances, ran) {
		return key + " ran a command without its typed line and Enter"
	}
	return ""
}

// walk types keys in virtual time.
func (w *walker) walk(keys []string) string {
	for n, k := range keys {
		switch k {
		case "name": // a pasted word is only a word
			w.m.Update(tea.PasteMsg{Content: "sensors"})
		case "quiet": // the dialog's first 300 ms have passed
			w.m.Update(armedMsg{w.m.overGen})
		case "facts": // the world goes on: an instance comes, all others get ready
			b := steady()
			for i := range b.Instances {
				b.Instances[i].Stage = fleet.StageReady
			}
			b.Instances = append(b.Instances, &fleet.Instance{ID: fleet.InstanceID(fmt.Sprintf("i-new%d", n)), Region: "us-west-2", Zone: "us-west-2a", Stage: fleet.StageReady})
			w.m.Update(batchMsg{b: b})
		default:
			if wrong := w.step(k); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

// R1 to R6: no walk over the keys launches, destroys or runs anything but what
// the dialog in front showed when its confirmation was passed.
func TestNoWalkChangesAnythingUnconfirmed(t *testing.T) {
	t.Parallel()
	var steps [][]string
	for _, k := range []string{
		"j", "k", "space", "*", "!", "enter", "enter", "d", "n", "D", "D", "left", "right", "q", "esc", "o", "E", "z", "tab", "?", "c", "X", "ctrl+d", "ctrl+u", "ctrl+c",
		"backspace", "g", "G", "/", "x", "y", "y", "l", "1", "u", "f", "p", "P", "F", "S", "=", "ctrl+f", "m", "up", "down", "o", "t", "w", "&", "N", "a", "s", "i", "+", "-", "-", "H", "H", "$", "L", "name", "name", "quiet", "quiet", "facts",
	} {
		steps = append(steps, []string{k})
	}
	// The ways through a confirmation are rare in noise: whole ones are mixed in.
	steps = append(steps, []string{"n", "enter", "quiet", "y"}, []string{"D", "quiet", "y"}, []string{"D", "left", "quiet", "name", "enter"}, []string{"x", "i", "d", "enter"}, []string{"D", "quiet", "facts", "right"},
		[]string{"x", "tab", "tab", "i", "d", "enter"}, []string{"u", "a", " ", "b", "enter"}, []string{"P", "quiet", "y"}, []string{"l", "x", "enter"}, []string{"i"}, []string{"F", "8", "0", "enter"})
	changed := 0
	rapid.Check(t, func(rt *rapid.T) {
		typed := slices.Concat(rapid.SliceOfN(rapid.SampledFrom(steps), 1, 80).Draw(rt, "keys")...)
		var wrong string
		synctest.Test(t, func(*testing.T) { // its timers take no time
			w := &walker{f: &fakeFace{plan: plan()}}
			w.m = open(Options{Face: w.f}, size{80, 24}, steady())
			wrong = w.walk(typed)
			changed += w.f.changed()
			<-time.After(time.Minute) // every timer that is still waiting ends
		})
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
	if changed == 0 {
		t.Error("no walk passed a confirmation: the walks are too short to prove anything")
	}
}

// The confirmed ways do lead there, or the walk above would prove nothing.
func TestConfirmedWaysLeadThere(t *testing.T) {
	t.Parallel()
	f := &fakeFace{plan: plan()}
	m := open(Options{Face: f}, size{120, 40}, steady())
	press(m, "n", "enter", "y")
	if len(f.launched) != 1 || f.launched[0].Hash != plan().Hash || m.over != nil {
		t.Errorf("n, Enter, y launched %d plans; %T is in front", len(f.launched), m.over)
	}
	press(m, "D", "y")
	if len(f.destroys) != 1 || len(f.destroys[0].Instances) != 1 {
		t.Errorf("D, y destroyed %v", f.destroys)
	}
	press(m, "*", "x", "i", "d", "enter")
	if len(f.runs) != 1 || len(f.runs[0].Instances) != 12 || f.runs[0].Line != "id" {
		t.Errorf("*, x ran %v", f.runs)
	}
	press(m, "esc")
	press(m, "u", "a", " ", "b", "enter", "esc")
	if len(f.uploads) != 1 || len(f.uploads[0].Instances) != 12 || f.uploads[0].File.Source != "a" || f.uploads[0].File.Target != "b" {
		t.Errorf("u uploaded %+v", f.uploads)
	}
	press(m, "P", "y")
	if len(f.provisioned) != 12 {
		t.Errorf("P, y set up %v", f.provisioned)
	}
	press(m, "esc", "esc", "q", "D")
	if d, ok := m.over.(*destroyDialog); !ok || d.scopes[d.at].kind != fleet.ScopeFleet {
		t.Error("D in the quit panel is about the whole fleet")
	}
}
