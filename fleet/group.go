package fleet

import (
	"runtime/debug"
	"sync"
)

// group owns goroutines: each is recovered, and all are waited for.
type group struct {
	wg      sync.WaitGroup
	onPanic func(name string, value any, stack []byte)
}

// run starts f in a goroutine of the group. A panic in it is reported and ends
// that goroutine only: one region's fault must not take the others down.
func (g *group) run(name string, f func()) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		defer func() {
			if v := recover(); v != nil && g.onPanic != nil {
				g.onPanic(name, v, debug.Stack())
			}
		}()
		f()
	}()
}

// wait blocks until every goroutine of the group has ended.
func (g *group) wait() { g.wg.Wait() }
