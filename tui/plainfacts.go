package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// facts takes in what has changed, and says it.
func (l *linear) facts(b fleet.Batch) {
	m := l.m
	m.now, m.rows.now, m.summary, m.regions, m.benches, l.cursor = b.At, b.At, b.Summary, b.Regions, b.Benches, b.Cursor
	var changed []fleet.InstanceID
	for _, i := range b.Instances {
		m.rows.put(i)
		changed = append(changed, i.ID)
	}
	for _, id := range b.Forgotten {
		m.rows.remove(id)
	}
	m.rows.settle()
	for i := range m.rows.each() { // numbers go on in the order of the list, and stay
		if l.number[i.ID] == 0 {
			l.ids = append(l.ids, i.ID)
			l.number[i.ID] = len(l.ids)
		}
	}
	m.logs.add(b.Logs, b.LogsLost)
	l.problems()
	switch {
	case l.begun:
		l.changes(changed)
	case b.Summary.Scanned || l.bad != "":
		l.begun = true
		l.fleet()
	}
	for _, o := range b.Ops {
		l.operation(o)
	}
	if l.logs {
		for _, line := range b.Logs {
			l.say("%s", sayLog(line))
		}
	}
	l.prompt()
}

// problems says what is wrong with all of it, and when that is over.
func (l *linear) problems() {
	if bad := strings.Join(l.m.problems(), "; "); bad != l.bad {
		l.bad = bad
		if bad == "" {
			l.say("the problem is over")
		} else {
			l.say("problem: %s", bad)
		}
	}
	for _, r := range l.m.regions {
		bad := r.Health == fleet.HealthDown || r.Health == fleet.HealthThrottled
		if bad != l.down[r.Region] {
			l.down[r.Region] = bad
			if bad {
				l.say("region %s is %s: %s", r.Region, r.Health, r.Problem)
			} else {
				l.say("region %s answers again", r.Region)
			}
		}
	}
}

// fleet says all of it once.
func (l *linear) fleet() {
	s := l.m.summary
	if s.Identity.Account != "" {
		l.say("account %s, as %s", s.Identity.Account, s.Identity.Name)
	}
	line := fmt.Sprintf("%s, %d ready", count(s.Live, "instance"), s.Counts[fleet.StageReady])
	if s.PerHour.Known {
		line += ", " + format.USD(s.PerHour.USD) + " per hour"
	} else if s.Live > 0 {
		line += ", cost unknown: " + s.PerHour.Reason
	}
	if s.Accrued.Known && s.Accrued.USD > 0 {
		line += ", " + format.USD(s.Accrued.USD) + " so far"
	}
	if !s.EndsAt.IsZero() && s.Live > 0 {
		line += ", ends in " + format.Long(s.EndsAt.Sub(l.m.now))
	}
	l.say("%s", line)
	for i := range l.m.rows.each() {
		l.instance(i)
	}
	if len(l.m.rows.order) == 0 && s.Scanned {
		l.say("no instances; write new to plan a launch")
	}
}

// instance says one row.
func (l *linear) instance(i *fleet.Instance) {
	l.told[i.ID] = stageWords(i)
	price := "price unknown"
	if i.Price.Known {
		price = fmt.Sprintf("$%.4f per hour", i.Price.USD)
	}
	parts := []string{stageWords(i), string(i.Type) + " in " + string(i.Zone)}
	if age := l.m.age(i); age != "" {
		parts = append(parts, "age "+age)
	}
	if i.PublicIP != "" && !i.Stage.Leaving() {
		parts = append(parts, i.PublicIP)
	}
	if i.Locked {
		parts = append(parts, "locked")
	}
	if l.m.rows.marks[i.ID] {
		parts = append(parts, "marked")
	}
	l.say("%d. %s: %s", l.number[i.ID], i.ID, strings.Join(append(parts, price), ", "))
}

// changes says what has become of instances, each once.
func (l *linear) changes(ids []fleet.InstanceID) {
	for _, id := range ids {
		i, ok := l.m.rows.of(id)
		if words := ""; ok {
			if words = stageWords(i); words != l.told[id] {
				l.told[id] = words
				l.say("%d. %s in %s: %s", l.number[id], id, i.Zone, words)
			}
		}
	}
}

// stageWords is a stage with its step or its reason.
func stageWords(i *fleet.Instance) string {
	words := i.Stage.String()
	switch {
	case i.Reason != "":
		return words + ": " + i.Reason
	case i.Stage.Moving() && i.Step.Of > 0:
		return fmt.Sprintf("%s, step %d of %d, %s", words, i.Step.Index, i.Step.Of, i.Step.Name)
	}
	return words
}

// operation says when something begins and ends, and what a destroy has proven.
func (l *linear) operation(o fleet.Operation) {
	l.m.takeOp(o)
	if o.Kind == fleet.OpForward {
		return
	}
	if o.Running() {
		if !l.ops[o.ID] {
			l.ops[o.ID] = true
			l.say("began: %s", o.Title)
		}
		return
	}
	if !l.ops[o.ID] {
		return // it ended before this session looked
	}
	delete(l.ops, o.ID)
	if len(o.Errors) == 0 {
		l.say("done: %s", o.Title)
	} else {
		l.say("ended with %s: %s", count(len(o.Errors), "error"), o.Title)
	}
	for _, e := range o.Errors {
		l.say("  %s", e)
	}
	if o.Receipt != nil {
		l.receipt(*o.Receipt)
	}
}

func (l *linear) receipt(r fleet.Receipt) {
	l.say("receipt: %d left in %s of account %s", r.Left, count(len(r.RegionsScanned), "region"), r.Account)
	for _, x := range r.Leftovers {
		l.say("  left: %s %s in %s", x.Kind, x.ID, x.Region)
	}
	for _, x := range r.RegionsFailed {
		l.say("  not scanned: %s; nothing is proven there", x)
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Removed)) {
		l.say("  removed: %s", count(r.Removed[kind], string(kind)))
	}
	if r.TotalCostUSD != nil {
		l.say("  it cost about %s; %s", format.USD(*r.TotalCostUSD), r.CostNote)
	} else if r.CostNote != "" {
		l.say("  cost: %s", r.CostNote)
	}
}

// sayLog is one line of the log.
func sayLog(line fleet.LogLine) string {
	parts := []string{clockWord(line.At), line.Level.String()}
	if line.Region != "" {
		parts = append(parts, string(line.Region))
	}
	if line.Instance != "" {
		parts = append(parts, string(line.Instance))
	}
	return strings.Join(append(parts, line.Text), " ")
}

// lastOf gives the last n of some things.
func lastOf[T any](of []T, n int) []T { return of[max(0, len(of)-n):] }
