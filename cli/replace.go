package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) replaceCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "replace INSTANCE...",
		Short: "Launch a substitute from another pool, wait until it is ready, then destroy the old one",
		Long: `Replace instances: each gets a substitute from another pool of its region, and is
destroyed only when that is ready. Until then both run; at most five at a time.
A substitute that can't be set up is destroyed again, and the old one stays. Where
AWS keeps the fleet (keep = "aws") it launches the substitute and chooses the pool.`,
		Example: `  spot-tui replace i-0123456789abcdef0`,
		Args:    cobra.MinimumNArgs(1),
		RunE:    a.verb(func(c *cobra.Command, args []string) error { return a.replace(c.Context(), args, false) }),
	}
}

func (a *app) moveCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "move [INSTANCE...]",
		Short: "Move instances to pools that cost a tenth less or lower; each substitute is ready first",
		Long: `Move instances to cheaper pools of their region: the named ones, or every ready one
for which a pool costs at least a tenth less. Locked ones stay where they are.`,
		Example: `  spot-tui move
  spot-tui move --yes i-0123456789abcdef0`,
		RunE: a.verb(func(c *cobra.Command, args []string) error { return a.replace(c.Context(), args, true) }),
	}
}

func (a *app) replace(ctx context.Context, args []string, cheaper bool) error {
	s, err := a.open(need{provision: true, launch: true})
	if err != nil {
		return err
	}
	defer s.shut()
	m, err := s.scan(ctx)
	if err != nil {
		return err
	}
	ids, err := pick(m, args)
	if err != nil {
		return err
	}
	p, err := s.engine.PlanReplace(ctx, fleet.ReplaceRequest{Instances: ids, Cheaper: cheaper})
	if err != nil {
		return err
	}
	if len(p.Swaps) == 0 {
		if a.flags.json {
			a.printResult(result{Fleet: p.Fleet, Instances: []jsonInstance{}})
			return nil
		}
		a.printf("no pool is a tenth cheaper; nothing to move\n")
		return nil
	}
	ids = nil
	for _, w := range p.Swaps {
		ids = append(ids, w.Old.ID)
	}
	if !a.flags.json {
		a.printReplace(p, cheaper)
	}
	want := "yes"
	if len(ids) > 1 {
		want = string(p.Fleet)
	}
	if err := a.confirmed(fmt.Sprintf("Replace %s of fleet %s in account %s? Type %s:", some(ids), p.Fleet, p.Account, want), want); err != nil {
		return err
	}
	op, err := s.engine.Replace(p)
	if err != nil {
		return err
	}
	o, err := s.follow(ctx, m, op)
	if err != nil {
		return err
	}
	return a.shaped(s, m, o, ids)
}

func (a *app) printReplace(p fleet.ReplacePlan, cheaper bool) {
	rows := make([][]string, 0, len(p.Swaps))
	for _, w := range p.Swaps {
		saves := "-"
		if cheaper {
			saves = money(w.Saves)
		}
		rows = append(rows, []string{string(w.Old.ID), string(w.Old.Zone), string(w.Old.Type), money(w.Old.Price), fmt.Sprint(len(w.Pools)), saves})
	}
	a.table([]string{"REPLACES", "ZONE", "TYPE", "$/H", "POOLS", "SAVES $/H"}, rows)
	a.printf("up to %d run twice until their substitutes are ready, at most %s/h more\n", p.Surplus, money(p.Extra))
	if cheaper {
		a.printf("move %d → save %s/h\n", len(p.Swaps), money(p.Saves))
	}
}
