package fleet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	reg := func(ws ...int) []RegionSpec {
		var rs []RegionSpec
		for i, w := range ws {
			rs = append(rs, RegionSpec{Name: Region(fmt.Sprint("r", i)), Weight: w, Count: -1})
		}
		return rs
	}
	for _, tt := range []struct {
		target  int
		regions []RegionSpec
		want    []int
	}{
		{3, reg(0, 0, 0), []int{1, 1, 1}},
		{4, reg(0, 0, 0), []int{2, 1, 1}},
		{1, reg(1, 1, 2), []int{0, 0, 1}},
		{10, reg(1, 2, 2), []int{2, 4, 4}},
		{12, reg(4, 4, 3, 1), []int{4, 4, 3, 1}},
		{0, reg(1, 1), []int{0, 0}},
		{5, []RegionSpec{{Name: "a", Count: 2}, {Name: "b", Count: 3}}, []int{2, 3}},
	} {
		got, err := Spread(tt.target, tt.regions)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("Spread(%d, %v) = %v, %v; want %v", tt.target, tt.regions, got, err, tt.want)
		}
	}
	if _, err := Spread(6, []RegionSpec{{Name: "a", Count: 2}, {Name: "b", Count: 3}}); err == nil {
		t.Error("counts that don't add up to the target must be refused")
	}
}

func TestCleanTakesControlOutOfForeignText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                           "plain",
		"\x1b[31mred\x1b[0m":              "red",
		"\x1b]0;title\x07after":           "after",
		"\x1b]52;c;ZXZpbA==\x1b\\x":       "x",
		"a\rb\bc":                         "abc",
		"two\nlines":                      "two lines",
		"tab\tbed":                        "tab    bed",
		"\x1b[2J\x1b[H\x1bPq#0\x1b\\done": "done",
		"cut \x1b[31":                     "cut ",
		"\u202egnp.exe":                   "gnp.exe",
		"bad \xff byte":                   "bad ? byte",
		"größe ✓":                         "größe ✓",
		"\u009b31mC1":                     "31mC1",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := CleanLines("a\n\x1b[1mb"); got != "a\nb" {
		t.Errorf("CleanLines keeps lines: %q", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"\x1b[31m", "\x1b]0;x\x07", "a\nb", "\x1bP\x1b\\", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Clean(s) {
			if r < 0x20 || r >= 0x7f && r < 0xa0 {
				t.Fatalf("Clean(%q) kept %U", s, r)
			}
		}
	})
}

func TestErrorsAreOneSentence(t *testing.T) {
	t.Parallel()
	e := &Error{Op: "launch instances", Region: "eu-west-1", Kind: KindCapacity, Code: "InsufficientInstanceCapacity", Err: errors.New("2 of 3 missing"), Hint: "add types"}
	if got, want := e.Error(), "launch instances in eu-west-1: 2 of 3 missing (InsufficientInstanceCapacity); add types"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w := AsError("other", "x", fmt.Errorf("upload of site: %w", e))
	if w.Kind != KindCapacity || w.Region != "eu-west-1" || !strings.HasPrefix(w.Error(), "upload of site: launch instances") || strings.Count(w.Error(), "add types") != 1 {
		t.Errorf("a wrapped error keeps its words and its kind: %+v %q", w, w.Error())
	}
	if KindOf(errors.New("x")) != KindUnknown || KindOf(nil) != "" {
		t.Error("an error of nobody is unknown, none is nothing")
	}
}

func TestFeedKeepsTheNewestFactAndEveryEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(Summary{}, []Region{"a"})
		b, err := f.next(t.Context(), Cursor{})
		if err != nil || len(b.Regions) != 1 {
			t.Fatal(b, err)
		}
		for n := range 100 {
			f.publish(&Instance{ID: "i-1", Step: Step{Percent: n}})
			f.event(LevelInfo, Event{Text: fmt.Sprint(n)})
		}
		f.publish(&Instance{ID: "i-2"})
		b, _ = f.next(t.Context(), b.Cursor)
		if len(b.Instances) != 2 || b.Instances[0].Step.Percent != 99 || len(b.Events) != 100 || len(b.Logs) != 100 {
			t.Fatalf("%d instances, %d events, %d logs", len(b.Instances), len(b.Events), len(b.Logs))
		}
		f.forget("i-1")
		b, _ = f.next(t.Context(), b.Cursor)
		if len(b.Instances) != 0 || !slices.Equal(b.Forgotten, []InstanceID{"i-1"}) {
			t.Fatalf("%+v", b)
		}
		woken := make(chan Batch)
		go func() { b, _ := f.next(t.Context(), b.Cursor); woken <- b }()
		synctest.Wait()
		f.publish(&Instance{ID: "i-2", Reason: "x"})
		if b := <-woken; len(b.Instances) != 1 || b.Instances[0].Reason != "x" {
			t.Fatalf("%+v", b)
		}
	})
}

func TestFeedSaysHowManyLogLinesWereLost(t *testing.T) {
	t.Parallel()
	f := newFeed(Summary{}, nil)
	for range 3*logRing + 5 {
		f.log(LevelInfo, "", "", "x")
	}
	b, _ := f.next(t.Context(), Cursor{})
	if len(b.Logs)+b.LogsLost != 3*logRing+5 || b.LogsLost == 0 {
		t.Errorf("%d shown, %d lost", len(b.Logs), b.LogsLost)
	}
}

func TestMoneyIsNeverGuessed(t *testing.T) {
	t.Parallel()
	f := newFeed(Summary{}, nil)
	now := time.Now()
	f.meter("a", reading{at: now.Add(-time.Hour), spent: Cost{Machine: 0.03, Disk: 0.01, Known: true}, perHour: known(0.01), spot: 0.01, spotOnDemand: 0.04})
	f.meter("b", reading{at: now, spent: Cost{Machine: 0.5, Guess: 0.2, Known: true}, perHour: known(0)})
	f.log(LevelInfo, "", "", "x")
	b, _ := f.next(t.Context(), Cursor{})
	if s := b.Summary; !s.PerHour.Known || s.PerHour.USD != 0.01 || !near(s.Accrued.USD, 0.55) || s.Estimated != 0.2 || !s.Saved.Known || s.Saved.Value != 0.75 {
		t.Errorf("%+v", s)
	}
	f.meter("c", reading{at: now, spent: Cost{Reason: "no history"}, perHour: Price{Reason: "not asked"}, savedUnknown: "no list"})
	f.log(LevelInfo, "", "", "x")
	b, _ = f.next(t.Context(), b.Cursor)
	if s := b.Summary; s.PerHour.Known || s.PerHour.Reason != "not asked" || s.Accrued.Known || s.Accrued.Reason != "no history" || s.Saved.Known {
		t.Errorf("one unknown price makes the sum unknown: %+v", s)
	}
}

func TestLineWriterCutsLinesAndBoundsThem(t *testing.T) {
	t.Parallel()
	var got []string
	w := &lineWriter{each: func(l string) { got = append(got, l) }}
	for _, s := range []string{"on", "e\ntwo\r\n\n", strings.Repeat("x", 3*maxLine), "\nend"} {
		if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatal(n, err)
		}
	}
	w.flush()
	if got[0] != "one" || got[1] != "two" || w.lastLine() != "end" {
		t.Errorf("%q", got[:2])
	}
	for _, l := range got {
		if len(l) > maxLine {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
}

func TestTokenIsBoundToTheWholeRequest(t *testing.T) {
	t.Parallel()
	q := LaunchRequest{Fleet: "f", Launch: "l-1", Region: "r", Count: 3}
	a := token(q)
	q.Token = a
	if token(q) != a {
		t.Error("the token must not depend on itself")
	}
	q.Count = 4
	if token(q) == a {
		t.Error("another request must have another token")
	}
	if len(a) > 64 {
		t.Errorf("%d characters are more than EC2 takes", len(a))
	}
}

// An engine that never learned whose account it is, or whose store fails, ends all the same.
func TestAnEndIsNotKeptUpByWhatIsNotSaved(t *testing.T) {
	t.Parallel()
	e := New(Options{Spec: Spec{Name: "f"}})
	e.feed.publish(&Instance{ID: "i-1"})
	e.cancel()
	e.persist()
}
