package fleet

import (
	"fmt"
	"time"
)

// BudgetLevel is how much of the fleet's budget is spent.
type BudgetLevel uint8

// The levels, lightest first.
const (
	BudgetFine BudgetLevel = iota // or there is none
	BudgetLow                     // warnShare is spent
	BudgetSpent
)

// warnShare of a budget is when a person is told (R28).
const warnShare = 0.8

// Level says how much of the budget is spent.
func (s Summary) Level() BudgetLevel {
	switch {
	case s.Guard.Budget <= 0:
		return BudgetFine
	case s.Accrued.USD >= s.Guard.Budget-cent: // what is not known comes on top
		return BudgetSpent
	case s.Accrued.USD >= warnShare*s.Guard.Budget:
		return BudgetLow
	}
	return BudgetFine
}

// BudgetText says in one sentence what the budget means now; empty where it
// means nothing yet.
func (s Summary) BudgetText() string {
	switch s.Level() {
	case BudgetLow:
		return fmt.Sprintf("%d %% of the budget of %s is spent (%s)", int(100*s.Accrued.USD/s.Guard.Budget), moneyText(s.Guard.Budget), moneyText(s.Accrued.USD))
	case BudgetSpent:
		text := fmt.Sprintf("the budget of %s is spent (%s): nothing more is launched", moneyText(s.Guard.Budget), moneyText(s.Accrued.USD))
		if s.Guard.Action == BudgetDestroy {
			return text + ", and the fleet is to be destroyed"
		}
		return text + "; raise fleet.budget, or destroy the fleet"
	default:
		return ""
	}
}

// watchBudget tells once when a level of the budget is reached, and destroys the
// fleet where the config says so. It is called whenever the ledger was read.
func (e *Engine) watchBudget() {
	if e.spec.Guard.Budget <= 0 {
		return
	}
	s := e.money()
	level := s.Level()
	e.mu.Lock()
	told := e.budgetTold
	if level > told {
		e.budgetTold = level
	}
	e.mu.Unlock()
	if level > told {
		weight := LevelWarn
		if level == BudgetSpent {
			weight = LevelError
		}
		e.feed.event(weight, Event{Kind: EventBudget, Text: s.BudgetText()})
	}
	if level == BudgetSpent && e.mayEndByBudget(s) {
		e.endByBudget(s)
	}
}

// mayEndByBudget says whether this engine is one that may destroy the fleet
// because its budget is spent: the config says so, it is there to keep the fleet
// and not only to look, it is bound to its own owner's resources, and what is
// certain of the sum is enough.
func (e *Engine) mayEndByBudget(s Summary) bool {
	return e.spec.Guard.Action == BudgetDestroy && e.opts.Enforce && !e.opts.ReadOnly && !e.opts.AnyOwner && s.Live > 0 &&
		s.Accrued.USD-s.Estimated >= e.spec.Guard.Budget-cent
}

// budgetRetry is the pause after a destroy that the budget wanted and that could
// not be begun or done.
const budgetRetry = 5 * time.Minute

// endByBudget starts the ordinary destroy of the fleet, once at a time. It never
// touches a fleet of another owner, whatever the flags say.
func (e *Engine) endByBudget(s Summary) {
	e.mu.Lock()
	me, wait := e.identity.Name, time.Since(e.budgetTried) < budgetRetry
	if !wait {
		e.budgetTried = time.Now()
	}
	e.mu.Unlock()
	if wait {
		return
	}
	refuse := func(why string) {
		e.feed.event(LevelError, Event{Kind: EventBudget, Text: "the budget is spent, but the fleet is not destroyed: " + why})
	}
	e.group.run("budget", func() {
		rec, found := e.findRecord(e.ctx)
		switch {
		case e.ctx.Err() != nil:
			return
		case !found:
			refuse("its record was not found, which says whose it is")
			return
		case rec.Owner != me:
			refuse("it belongs to " + rec.Owner)
			return
		}
		if _, err := e.Destroy(DestroyRequest{Scope: ScopeFleet}); err != nil && KindOf(err) != KindConflict {
			refuse(err.Error())
		}
	})
}
