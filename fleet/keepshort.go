package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// shortLooks is how far back a keeper's history is read for why it can't launch.
	shortLooks = 6 * time.Hour
	// shortAfter is how long a keeper may miss something before an event says so:
	// after an interruption EC2 needs some minutes for a replacement anyway.
	shortAfter = 10 * time.Minute
)

// whyShort adds to keepers that miss something since when, and why, as far as EC2
// tells. It makes a call for each of those, and none otherwise.
func (w *worker) whyShort(ctx context.Context, ks []KeeperState) []KeeperState {
	for i, k := range ks {
		if k.Fulfilled >= k.Target || k.State == "submitted" {
			continue
		}
		es, err := w.cloud.KeeperHistory(ctx, k.ID, time.Now().Add(-shortLooks))
		if err != nil {
			continue // that it is short stands in its numbers; the next look asks again
		}
		ks[i].ShortSince, ks[i].Short = shortOf(es)
	}
	return ks
}

// shortOf says since when a keeper can't launch, and EC2's newest reason: from the
// first refusal since anything was launched. Zero: it was not refused since.
func shortOf(es []KeeperEvent) (since time.Time, why string) {
	slices.SortStableFunc(es, func(a, b KeeperEvent) int { return a.At.Compare(b.At) })
	for _, e := range es {
		switch e.Kind {
		case KeeperLaunched:
			since, why = time.Time{}, ""
		case KeeperShort:
			if since.IsZero() {
				since = e.At
			}
			why = e.Text
		case KeeperTerminated, KeeperChanged:
		}
	}
	return since, why
}

// tellShort says once that a keeper has missed something for long, and why.
func (w *worker) tellShort() {
	for _, k := range w.keepers {
		short := !k.ShortSince.IsZero() && k.Fulfilled < k.Target && time.Since(k.ShortSince) >= shortAfter
		if !short {
			delete(w.shortTold, k.ID)
			continue
		}
		if w.shortTold[k.ID] {
			continue
		}
		w.shortTold[k.ID] = true
		w.e.feed.event(LevelWarn, Event{Kind: EventShort, Region: w.region, Text: fmt.Sprintf(
			"AWS has launched %d of %d here, and no more for %s: %s; it goes on trying. Set count or weight in the config and run `spot-tui create` to have other regions take its share",
			k.Fulfilled, k.Target, Span(time.Since(k.ShortSince).Round(time.Minute)), k.Short)})
	}
}
