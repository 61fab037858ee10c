package tui

import (
	"iter"
	"slices"
	"time"

	"spot-tui/fleet"
)

// rows is the table's read model: instances by id, the order in which they are
// shown, the filter, and cursor and marks bound to ids (R5).
type rows struct {
	all         map[fleet.InstanceID]*entry
	order       []*entry          // all, sorted, as of the last settling
	shown       []*fleet.Instance // order, filtered
	marks       map[fleet.InstanceID]bool
	at          fleet.InstanceID // the cursor; "" while there is no row
	top         int              // first visible row
	filter      filter
	problems    bool             // only rows that need a look
	now         time.Time        // of the newest batch; for ages
	anchor      fleet.InstanceID // where a range of marks begins; "" if none is begun
	sortBy      sorting
	column      string                     // the head of the one under the column cursor
	chosenHeads []string                   // columns in their order, where a person chose them
	wide        bool                       // every column at its width
	counting    bool                       // some shown row's text changes with the time
	glow        map[fleet.InstanceID]glow  // what changed within the last second
	columns     []column                   // the registry of them, made once
	drawn       map[fleet.InstanceID]drawn // pictures of rows, for as long as they hold
	moved       []*entry                   // those whose place in order may be another now
	gone        int                        // rows that are still in order, but not in all
	spare       []*entry                   // an array for the next order
	unsorted    bool                       // the order itself is another
	changed     bool
}

// entry is an instance in the table, from its first fact until it is forgotten.
type entry struct {
	is          *fleet.Instance // its newest fact, which nobody changes
	moved, gone bool            // its place in the order is another, or none
}

func (r *rows) init() {
	r.sortBy, r.column = sorting{head: stageHead, order: byStage()}, stageHead
	r.glow = map[fleet.InstanceID]glow{}
	r.all, r.marks, r.drawn = map[fleet.InstanceID]*entry{}, map[fleet.InstanceID]bool{}, map[fleet.InstanceID]drawn{}
}

// put takes in an instance's newest fact, which nobody changes any more, and gives
// the one before, if any. Of a batch of a thousand most stay where they are: they
// cost one look into the map.
func (r *rows) put(i *fleet.Instance) (before *fleet.Instance) {
	r.changed = true
	e, ok := r.all[i.ID]
	if !ok {
		e = &entry{}
		r.all[i.ID] = e
	}
	before, e.is = e.is, i
	if !e.moved && (before == nil || r.sortBy.moves(before, i)) {
		e.moved = true
		r.moved = append(r.moved, e)
	}
	return before
}

func (r *rows) remove(id fleet.InstanceID) {
	e, ok := r.all[id]
	if !ok {
		return
	}
	delete(r.all, id)
	delete(r.marks, id)
	delete(r.glow, id)
	e.gone = true
	r.gone++
	r.changed = true
}

// of gives an instance's newest fact, if it is still there.
func (r *rows) of(id fleet.InstanceID) (*fleet.Instance, bool) {
	e, ok := r.all[id]
	if !ok {
		return nil, false
	}
	return e.is, true
}

// each goes over all instances, shown or not, in the order of the table.
func (r *rows) each() iter.Seq[*fleet.Instance] {
	return func(yield func(*fleet.Instance) bool) {
		for _, e := range r.order {
			if !yield(e.is) {
				return
			}
		}
	}
}

// settle sorts and filters once, after a batch.
func (r *rows) settle() {
	if !r.changed && r.filter.read.Empty() { // a filter may be about ages
		return
	}
	if r.unsorted || len(r.moved) > 0 || r.gone > 0 {
		r.arrange()
	}
	r.unsorted, r.changed = false, false
	r.refilter()
}

// refilter computes what is shown. The cursor stays on its instance; if that
// is not shown any more, it goes to the row that took its place.
func (r *rows) refilter() {
	was := r.index()
	r.shown, r.counting = r.shown[:0], false
	for i := range r.each() {
		if r.problems && !problem(i) || !r.filter.match(i, r.now) {
			continue
		}
		r.shown = append(r.shown, i)
		r.counting = r.counting || !i.Stage.Settled()
	}
	clear(r.shown[len(r.shown):cap(r.shown)])
	if len(r.shown) == 0 {
		r.at = ""
		return
	}
	if r.at == "" || r.index() < 0 {
		r.at = r.shown[min(max(0, was), len(r.shown)-1)].ID
	}
}

func problem(i *fleet.Instance) bool {
	return i.Stage == fleet.StageFailed || i.Stage == fleet.StageInterrupted
}

// index is the cursor's row, or -1.
func (r *rows) index() int {
	if at, ok := r.of(r.at); ok {
		if n := slices.Index(r.shown, at); n >= 0 {
			return n
		}
	}
	return slices.IndexFunc(r.shown, func(i *fleet.Instance) bool { return i.ID == r.at }) // it has just changed or left
}

// move moves the cursor by n rows.
func (r *rows) move(n int) {
	if len(r.shown) == 0 {
		return
	}
	r.at = r.shown[min(max(0, r.index()+n), len(r.shown)-1)].ID
}

// window scrolls so that the cursor is inside h rows, and gives those rows.
func (r *rows) window(h int) []*fleet.Instance {
	at := max(0, r.index())
	r.top = min(r.top, at)
	r.top = max(r.top, at-h+1)
	r.top = max(0, min(r.top, len(r.shown)-h))
	return r.shown[r.top:min(len(r.shown), r.top+max(0, h))]
}

// current gives the instance under the cursor.
func (r *rows) current() (fleet.Instance, bool) {
	i, ok := r.of(r.at)
	if !ok {
		return fleet.Instance{}, false
	}
	return *i, true
}

// only gives one instance, if it is still there.
func (r *rows) only(id fleet.InstanceID) []fleet.Instance {
	if i, ok := r.of(id); ok {
		return []fleet.Instance{*i}
	}
	return nil
}

// marked lists the marked instances in the order of the table, shown or not.
func (r *rows) marked() []fleet.Instance {
	var is []fleet.Instance
	for i := range r.each() {
		if r.marks[i.ID] {
			is = append(is, *i)
		}
	}
	return is
}

// chosen is what an action acts on: the marks, else the row under the cursor.
func (r *rows) chosen() []fleet.Instance {
	if is := r.marked(); len(is) > 0 {
		return is
	}
	if i, ok := r.current(); ok {
		return []fleet.Instance{i}
	}
	return nil
}

// mark toggles the row under the cursor and goes down.
func (r *rows) mark() {
	if r.at == "" {
		return
	}
	if r.marks[r.at] {
		delete(r.marks, r.at)
	} else {
		r.marks[r.at] = true
	}
	r.move(1)
}

// markShown marks every shown row that is not gone: the ids on the screen, and
// no others (R6).
func (r *rows) markShown() {
	for _, i := range r.shown {
		if i.Stage != fleet.StageGone {
			r.marks[i.ID] = true
		}
	}
}

func (r *rows) invert() {
	for _, i := range r.shown {
		if r.marks[i.ID] {
			delete(r.marks, i.ID)
		} else if i.Stage != fleet.StageGone {
			r.marks[i.ID] = true
		}
	}
}

// listed gives the shown instances that are taken, in the order of the table.
func (r *rows) listed(take func(fleet.Instance) bool) []fleet.Instance {
	var is []fleet.Instance
	for _, i := range r.shown {
		if take(*i) {
			is = append(is, *i)
		}
	}
	return is
}

// every gives all instances that are taken, shown or not, in the order of the table.
func (r *rows) every(take func(fleet.Instance) bool) []fleet.Instance {
	var is []fleet.Instance
	for i := range r.each() {
		if take(*i) {
			is = append(is, *i)
		}
	}
	return is
}

// between marks every shown row from one instance to another, and says how many.
func (r *rows) between(from, to fleet.InstanceID) int {
	at := func(id fleet.InstanceID) int {
		return slices.IndexFunc(r.shown, func(i *fleet.Instance) bool { return i.ID == id })
	}
	a, b := at(from), at(to)
	if a < 0 || b < 0 {
		return 0
	}
	for _, i := range r.shown[min(a, b) : max(a, b)+1] {
		r.marks[i.ID] = true
	}
	return max(a, b) - min(a, b) + 1
}
