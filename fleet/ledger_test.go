package fleet

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// start is an hour before clocks go back in most of Europe: UTC does not care.
func start() time.Time { return time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC) }

// tariff makes one of prices that change at hours from start, known all the time.
func tariffOf(points ...float64) Tariff {
	t := Tariff{Since: start().Add(-90 * 24 * time.Hour), Until: start().Add(90 * 24 * time.Hour)}
	for i := 0; i < len(points); i += 2 {
		t.Points = append(t.Points, PriceChange{At: start().Add(time.Duration(points[i] * float64(time.Hour))), USD: points[i+1]})
	}
	return t
}

func hours(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }

func TestThePriceInEffectIsAddedUp(t *testing.T) {
	t.Parallel()
	trf := tariffOf(-5, 0.1, 2, 0.2, 3, 0.4)
	for name, c := range map[string]struct{ from, to, want float64 }{
		"before a change":       {0, 1, 0.1},
		"up to a change":        {0, 2, 0.2},
		"from a change on":      {2, 3, 0.2},
		"over a change":         {1, 2.5, 0.2},
		"over two changes":      {1, 4, 0.1 + 0.2 + 0.4},
		"after all":             {10, 12, 0.8},
		"before the first":      {-8, -6, 0.2},
		"over the first":        {-6, -4, 0.2},
		"half a second":         {0, 0.5 / 3600, 0.1 * 0.5 / 3600},
		"nothing":               {1, 1, 0},
		"the wrong way round":   {2, 1, 0},
		"over the hour's shift": {0, 25, 0.2 + 0.2 + 22*0.4},
	} {
		usd, guess, known := trf.over(start().Add(hours(c.from)), start().Add(hours(c.to)))
		if !known || !near(usd, c.want) || guess != 0 {
			t.Errorf("%s: $%v (guess %v), want $%v", name, usd, guess, c.want)
		}
	}
	if _, _, known := (Tariff{}).over(start(), start().Add(time.Hour)); known {
		t.Error("without a price nothing is known")
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if usd, _, _ := trf.over(start().In(berlin), start().Add(25*time.Hour).In(berlin)); !near(usd, 0.4+22*0.4) {
		t.Errorf("a time zone changes nothing: %v", usd)
	}
}

func TestWhatTheHistoryDoesNotCoverIsAnEstimate(t *testing.T) {
	t.Parallel()
	var trf Tariff
	trf.learn([]PriceChange{{start().Add(-hours(4)), 0.1}}, start(), start().Add(hours(2)))
	at := func(h float64) time.Time { return start().Add(hours(h)) }
	for name, c := range map[string]struct{ from, to, guess float64 }{
		"all covered":                        {0, 2, 0},
		"back to the change before the look": {-4, 2, 0},
		"before what is known":               {-5, 1, 0.1},
		"a little after the look":            {0, 2.25, 0},
		"long after it":                      {0, 3.25, 0.1},
		"all after it":                       {4, 5, 0.1},
	} {
		if usd, guess, _ := trf.over(at(c.from), at(c.to)); !near(guess, c.guess) || !near(usd, 0.1*(c.to-c.from)) {
			t.Errorf("%s: %v of %v, want %v", name, guess, usd, c.guess)
		}
	}
	trf.learn([]PriceChange{{at(2.5), 0.2}}, at(1), at(6)) // read again, after a pause: nothing is missing
	if usd, guess, _ := trf.over(at(0), at(6)); guess != 0 || !near(usd, 0.25+0.7) {
		t.Errorf("%v, guess %v", usd, guess)
	}
	trf.learn(nil, at(90), at(91)) // older than what EC2 keeps
	if _, guess, _ := trf.over(at(0), at(91)); guess == 0 {
		t.Error("a gap is an estimate")
	}
}

func TestTheRulesOfTheBill(t *testing.T) {
	t.Parallel()
	trf := tariffOf(-5, 0.36, 0.5, 0.72)
	disk, ip := 10*gp3GiBHour, ipv4Hour
	at := func(h float64) time.Time { return start().Add(hours(h)) }
	base := Entry{Instance: "i-1", Region: diskRegion, Type: "t3.medium", Zone: "us-east-1a", From: start(), DiskGiB: 10, Address: true, OnDemandUSD: 1}
	for name, c := range map[string]struct {
		change  func(*Entry)
		now     float64
		machine float64
		aside   float64
		list    float64
		free    bool
	}{
		"it runs":                      {func(*Entry) {}, 2, 0.18 + 1.5*0.72, 2 * (disk + ip), 2, false},
		"it has ended":                 {func(e *Entry) { e.To = at(1) }, 2, 0.18 + 0.36, disk + ip, 1, false},
		"a second costs a minute":      {func(e *Entry) { e.To = start().Add(time.Second) }, 2, 0.006, (disk + ip) / 60, 1.0 / 60, false},
		"just begun, it owes a minute": {func(*Entry) {}, 0, 0.006, (disk + ip) / 60, 1.0 / 60, false},
		"taken within the hour":        {func(e *Entry) { e.To, e.Taken = at(0.99), true }, 2, 0, 0.99 * (disk + ip), 0.99, true},
		"taken after an hour":          {func(e *Entry) { e.To, e.Taken = at(1), true }, 2, 0.18 + 0.36, disk + ip, 1, false},
		"ended by us within the hour":  {func(e *Entry) { e.To = at(0.5) }, 2, 0.18, 0.5 * (disk + ip), 0.5, false},
		"on demand":                    {func(e *Entry) { e.OnDemand = true }, 2, 2, 2 * (disk + ip), 2, false},
		"on demand, taken":             {func(e *Entry) { e.OnDemand, e.Taken, e.To = true, true, at(0.5) }, 2, 0.5, 0.5 * (disk + ip), 0.5, false},
		"no address":                   {func(e *Entry) { e.Address = false }, 2, 0.18 + 1.5*0.72, 2 * disk, 2, false},
		"stopped for an hour":          {func(e *Entry) { e.OnDemand, e.Pauses = true, []Stretch{{at(1), at(2)}} }, 3, 2, 3*disk + 2*ip, 2, false},
		"stopped still":                {func(e *Entry) { e.OnDemand, e.Pauses = true, []Stretch{{From: at(1)}} }, 3, 1, 3*disk + ip, 1, false},
	} {
		e := base
		c.change(&e)
		got := e.cost(trf, at(c.now))
		if !got.Known || !near(got.Machine, c.machine) || !near(got.Disk+got.IPv4, c.aside) || !near(got.List, c.list) || got.Free != c.free || got.Guess != 0 {
			t.Errorf("%s: %+v, want %v and %v", name, got, c.machine, c.aside)
		}
	}
}

func TestWhatIsEstimatedAndWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	trf := tariffOf(-5, 0.4)
	base := Entry{Region: diskRegion, Zone: "us-east-1a", Type: "t3.medium", From: start(), To: start().Add(4 * time.Hour), DiskGiB: 8}
	now := start().Add(5 * time.Hour)
	unseen := base
	unseen.Unsure = time.Hour
	if c := unseen.cost(trf, now); !near(c.Guess, c.USD()/4) {
		t.Errorf("an hour of four may not have been: %+v", c)
	}
	elsewhere := base
	elsewhere.Region = "eu-west-1"
	if c := elsewhere.cost(trf, now); !near(c.Guess, c.Disk) {
		t.Errorf("the price of disks is that of another region: %+v", c)
	}
	unread := base
	unread.DiskGiB = 0
	if c := unread.cost(trf, now); !near(c.Disk, 4*usualRootGiB*gp3GiBHour) || !near(c.Guess, c.Disk) {
		t.Errorf("a disk nobody read is a guess: %+v", c)
	}
	if c := base.cost(Tariff{}, now); c.Known || !strings.Contains(c.Reason, "t3.medium in us-east-1a") || c.ListKnown {
		t.Errorf("unknown is not 0: %+v", c)
	}
	listless := base
	listless.OnDemand = true
	if c := listless.cost(trf, now); c.Known || !strings.Contains(c.Reason, "on-demand price") {
		t.Errorf("%+v", c)
	}
}

// For any prices, starts and ends: the whole is the sum of its parts, and what has
// been spent never shrinks as time goes on.
func TestCostsAddUpAndNeverShrink(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sec := rapid.IntRange(0, 8*24*3600)
		at := func(n int) time.Time { return start().Add(time.Duration(n) * time.Second) }
		var trf Tariff
		for range rapid.IntRange(1, 20).Draw(t, "changes") {
			trf.learn([]PriceChange{{at(sec.Draw(t, "at") - 3600), rapid.Float64Range(0.0001, 9).Draw(t, "usd")}}, at(0), at(rapid.IntRange(0, 8*24*3600).Draw(t, "read")))
		}
		a, b, c := sec.Draw(t, "a"), sec.Draw(t, "b"), sec.Draw(t, "c")
		a, b, c = min(a, b, c), a+b+c-min(a, b, c)-max(a, b, c), max(a, b, c)
		whole, _, _ := trf.over(at(a), at(c))
		left, _, _ := trf.over(at(a), at(b))
		right, _, _ := trf.over(at(b), at(c))
		if math.Abs(whole-left-right) > 1e-9*max(1, whole) {
			t.Fatalf("%v is not %v + %v", whole, left, right)
		}
		e := Entry{From: at(a), Zone: "z", Type: "t", DiskGiB: rapid.IntRange(0, 50).Draw(t, "gib"), Address: rapid.Bool().Draw(t, "address")}
		if rapid.Bool().Draw(t, "ended") {
			e.To = at(b)
		}
		last := 0.0
		for n := a; n <= c; n += 1 + (c-a)/7 {
			got := e.cost(trf, at(n))
			if got.USD() < last-1e-9 || got.Guess > got.USD()+1e-9 || got.Guess < -1e-9 {
				t.Fatalf("%+v after %v", got, last)
			}
			last = got.USD()
		}
		r := CostReport{At: at(c), Lines: []CostLine{{Entry: e, Cost: e.cost(trf, at(c))}, {Entry: Entry{Instance: "i-2", Region: "r"}, Cost: Cost{Machine: 1, Known: true}}}}
		for _, by := range CostBys() {
			sum := 0.0
			for _, g := range r.By(by) {
				sum += g.USD()
			}
			if math.Abs(sum-r.Total().USD()) > 1e-9*max(1, sum) {
				t.Fatalf("by %s: %v, in all %v", by, sum, r.Total().USD())
			}
		}
	})
}
