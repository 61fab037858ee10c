package sim

import (
	"context"
	"math"
	"slices"
	"time"
)

// Held is an answer that is held back.
type Held struct {
	ID     int       `json:"id"`
	Call   int       `json:"call"` // its number in the log of calls
	Region string    `json:"region"`
	Op     string    `json:"op"`
	Since  time.Time `json:"since"`
}

type heldCall struct {
	Held
	release chan struct{}
}

// hold keeps an answer until it is released, the caller goes away or the world ends.
func (w *World) hold(ctx context.Context, c *call, n int) error {
	w.mu.Lock()
	w.heldN++
	h := &heldCall{Held{ID: w.heldN, Call: n, Region: c.req.Region, Op: c.op, Since: time.Now()}, make(chan struct{})}
	w.held = append(w.held, h)
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.held = slices.DeleteFunc(w.held, func(o *heldCall) bool { return o == h })
	}()
	select {
	case <-h.release:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ctx.Done():
		return errCut
	}
}

// Held lists the answers that are held back, oldest first.
func (w *World) Held() []Held {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Held, 0, len(w.held))
	for _, h := range w.held {
		out = append(out, h.Held)
	}
	return out
}

// Release lets a held answer go, or all where id is 0, and says how many went.
func (w *World) Release(id int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	w.held = slices.DeleteFunc(w.held, func(h *heldCall) bool {
		if id != 0 && h.ID != id {
			return false
		}
		close(h.release)
		n++
		return true
	})
	return n
}

// faultCapacity gives the least capacity that faults leave a pool.
func (w *World) faultCapacity(region string, p pool, spot bool) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	least := math.MaxInt
	for _, a := range w.faults {
		if a.drains(region, p, spot) {
			least = min(least, a.Capacity)
		}
	}
	return least
}

// useFaultCapacity takes from what faults leave a pool.
func (w *World) useFaultCapacity(region string, p pool, spot bool, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.faults {
		if a.drains(region, p, spot) {
			a.Capacity = max(a.Capacity-n, 0)
		}
	}
}

func (a *armed) drains(region string, p pool, spot bool) bool {
	return a.Fault.Fault == "no-capacity" && a.OnDemand != spot && (a.Region == "" || a.Region == region) &&
		(a.Type == "" || a.Type == p.typ) && (a.Zone == "" || a.Zone == p.zone)
}
