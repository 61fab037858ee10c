package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// promised are the costs per hour of launches that EC2 has not answered yet:
// regions launch side by side, and each must see what the others are about to add.
type promised struct {
	mu     sync.Mutex
	usd    float64
	flying []string // tokens of requests that are on their way
}

// costGuard refuses (KindGuard) what would add more per hour than fleet.max_hourly_cost
// leaves, and anything once the budget is spent. addPerHour has disks and
// addresses in it. A price that is not known can't be held to a limit, so it is
// refused where there is one, with its reason.
func (e *Engine) costGuard(addPerHour Price) error {
	free, err := e.costReserve(addPerHour)
	if err == nil {
		free()
	}
	return err
}

// costReserve is costGuard for what is about to be launched: until free is
// called, it counts as if it ran. free may be called more than once.
func (e *Engine) costReserve(addPerHour Price) (free func(), err error) {
	g := e.spec.Guard
	if err := e.budgetLeft(); err != nil {
		return nil, err
	}
	if g.MaxHourly <= 0 || addPerHour.Known && addPerHour.USD <= 0 {
		return func() {}, nil
	}
	now, err := e.committed(e.ctx)
	if err != nil {
		return nil, err
	}
	e.promised.mu.Lock()
	defer e.promised.mu.Unlock()
	if err := exceeds(g.MaxHourly, now, addPerHour, e.promised.usd); err != nil {
		return nil, err
	}
	e.promised.usd += addPerHour.USD
	var once sync.Once
	return func() {
		once.Do(func() {
			e.promised.mu.Lock()
			defer e.promised.mu.Unlock()
			e.promised.usd -= addPerHour.USD
		})
	}, nil
}

// cent is how far below a cent sums of prices may differ by rounding alone.
const cent = 1e-9

// exceeds is the rule of fleet.max_hourly_cost; all amounts are USD per hour.
func exceeds(limit float64, now, add Price, promised float64) error {
	const op, free = "launch instances", "raise fleet.max_hourly_cost, or leave it out"
	switch {
	case !add.Known:
		return &Error{Op: op, Kind: KindGuard, Err: fmt.Errorf("what it would cost is not known (%s), so fleet.max_hourly_cost can't be kept", orText(add.Reason, PriceNotAsked)), Hint: "wait for the price, or leave the limit out"}
	case !now.Known:
		return &Error{Op: op, Kind: KindGuard, Err: fmt.Errorf("what the fleet costs now is not known (%s), so fleet.max_hourly_cost can't be kept", orText(now.Reason, PriceNotAsked)), Hint: "wait for the price, or leave the limit out"}
	case now.USD+promised+add.USD > limit+cent:
		return &Error{Op: op, Kind: KindGuard, Err: fmt.Errorf("the fleet would cost up to %s/h, and fleet.max_hourly_cost is %s", moneyText(now.USD+promised+add.USD), moneyText(limit)), Hint: "lower the target, take cheaper types, or " + free}
	}
	return nil
}

// budgetLeft refuses anything that costs more once the budget is spent.
func (e *Engine) budgetLeft() error {
	g := e.spec.Guard
	if g.Budget <= 0 {
		return nil
	}
	spent := e.spent()
	const op, hint = "launch instances", "raise fleet.budget, or destroy the fleet"
	switch {
	case !spent.Known:
		return &Error{Op: op, Kind: KindGuard, Err: fmt.Errorf("what the fleet has cost so far is not known (%s), so fleet.budget can't be kept", orText(spent.Reason, PriceNotAsked)), Hint: "wait for the price, or leave the budget out"}
	case spent.USD >= g.Budget-cent:
		return &Error{Op: op, Kind: KindGuard, Err: fmt.Errorf("the fleet's budget of %s is spent (%s)", moneyText(g.Budget), moneyText(spent.USD)), Hint: hint}
	}
	return nil
}

// hourly is what the fleet costs per hour now, disks and addresses included.
func (e *Engine) hourly() Price {
	s := e.money()
	return s.PerHour
}

// committed is what it costs per hour now, and what may turn out to run as well.
func (e *Engine) committed(ctx context.Context) (Price, error) {
	now := e.hourly()
	if e.spec.Guard.MaxHourly <= 0 {
		return now, nil
	}
	open, err := e.openHour(ctx)
	if now.USD += open.USD; now.Known && !open.Known {
		now.Known, now.Reason = false, open.Reason
	}
	return now, err
}

// spent is what the fleet has cost so far in its life, in USD.
func (e *Engine) spent() Price {
	s := e.money()
	return s.Accrued
}

// money is the summary with nothing but its sums.
func (e *Engine) money() Summary {
	e.feed.mu.Lock()
	defer e.feed.mu.Unlock()
	s := Summary{Counts: map[Stage]int{}, Guard: e.spec.Guard}
	e.feed.sumLocked(&s, time.Now())
	return s
}

// moneyText writes an amount as a person would: cents, and more digits where it is
// less than a dime.
func moneyText(v float64) string {
	if v < 0.1 && v > 0 {
		return fmt.Sprintf("$%.4f", v)
	}
	return fmt.Sprintf("$%.2f", v)
}
