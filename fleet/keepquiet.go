package fleet

// dated says whether the end of an instance, as a describe shows it, is left to its
// keeper's history, which knows when it was: it ended while nobody watched.
func (w *worker) dated(o *owned) bool {
	_, known := w.before[o.ID]
	comes := !w.caughtUp && (w.keepersAt.IsZero() || len(w.keepers) > 0)
	return known && comes && o.Keeper != "" && w.e.spec.Keep == KeepAWS && !w.guest
}

// tellQuiet tells the ends that waited for a history that does not have them, and
// says how many these were, and how many of them AWS took.
func (w *worker) tellQuiet() (ended, taken int) {
	for _, o := range w.instances {
		if o.quiet && o.Stage == StageGone {
			ended++
			taken += b2i(spotTaken(o.ReasonCode))
			w.e.feed.event(LevelInfo, Event{At: o.GoneAt, Kind: EventGone, Region: w.region, Instance: o.ID, Text: "gone: " + o.Reason})
		}
		o.quiet = false
	}
	return ended, taken
}

// tellRest tells at the end of a process what nobody has read the history for: the
// next process takes it for known.
func (w *worker) tellRest() {
	if !w.loaded || w.caughtUp {
		return
	}
	w.tellQuiet()
	for id, o := range w.instances {
		if _, known := w.before[id]; !known && o.Keeper != "" && o.Stage != StageGone && w.e.spec.Keep == KeepAWS {
			w.tellLaunched(id, o.LaunchedAt)
		}
	}
}
