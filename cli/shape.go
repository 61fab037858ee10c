package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) scaleCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "scale N",
		Short: "Grow or shrink the fleet to N instances; the plan comes first",
		Long: `Grow or shrink the fleet to N instances. The plan comes first.

Growing is a launch of what is missing. Shrinking destroys what is too many: failed
instances first, then the dearest, then the youngest; locked ones never. The
fleet's record says N from then on; a create without --target goes back to the
config's.`,
		Example: `  spot-tui scale 12
  spot-tui scale 3 --yes --json`,
		Args: cobra.ExactArgs(1),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 1 || n > 10000 {
				return usage("%q is no target; use 1 to 10000, or `spot-tui destroy` for none", args[0])
			}
			return a.scale(c, n)
		}),
	}
}

func (a *app) scale(c *cobra.Command, n int) error {
	s, err := a.open(need{provision: true, launch: true})
	if err != nil {
		return err
	}
	defer s.shut()
	m, err := s.scan(c.Context())
	if err != nil {
		return err
	}
	running := 0
	for _, i := range m.instances {
		if !i.Stage.Leaving() {
			running++
		}
	}
	if n >= running {
		return a.launch(c.Context(), s, fleet.PlanRequest{Target: n})
	}
	p, err := s.engine.PlanShrink(c.Context(), n)
	if err != nil {
		return err
	}
	if !a.flags.json {
		a.printShrink(p)
	}
	question := fmt.Sprintf("Shrink fleet %s from %d to %d in account %s, destroying %s? Type %s:", p.Fleet, p.Running, p.Target, p.Account, counted(len(p.Leave), "instance"), p.Fleet)
	if err := a.confirmed(question, string(p.Fleet)); err != nil {
		return err
	}
	op, err := s.engine.Shrink(p)
	if err != nil {
		return err
	}
	q := fleet.DestroyRequest{Scope: fleet.ScopeInstances}
	for _, l := range p.Leave {
		q.Instances = append(q.Instances, l.Instance.ID)
	}
	o, err := s.track(c.Context(), m, op, func() *board { return destroyBoard(q, m, time.Now()) })
	if err != nil {
		return err
	}
	return a.destroyed(s, m, o, q)
}

// printShrink shows what goes and why, before it is confirmed.
func (a *app) printShrink(p fleet.ShrinkPlan) {
	a.printf("fleet %s, account %s: %d running, target %d → %d\n", p.Fleet, p.Account, p.Running, p.Was, p.Target)
	rows := make([][]string, 0, len(p.Leave))
	for _, l := range p.Leave {
		i := l.Instance
		rows = append(rows, []string{string(i.ID), string(i.Zone), string(i.Type), i.Stage.String(), money(i.Price), l.Why})
	}
	a.table([]string{"GOES", "ZONE", "TYPE", "STAGE", "$/H", "WHY"}, rows)
	a.printf("saves %s/h for instances; %d locked\n", money(p.PerHour), p.Locked)
}

func (a *app) lockCmd() *cobra.Command {
	return a.lockVerb(true, "lock INSTANCE...", "Lock instances: they can't be destroyed, shrunk away or replaced until they are unlocked",
		"Lock instances. The lock is a tag in EC2, so it holds on every machine: destroy,\nscale and replace refuse what is locked, with exit code 5. It does not keep AWS\nfrom taking an instance back, nor the fleet's end from coming.")
}

func (a *app) unlockCmd() *cobra.Command {
	return a.lockVerb(false, "unlock INSTANCE...", "Take the lock off instances", "")
}

func (a *app) lockVerb(on bool, use, short, long string) *cobra.Command {
	word := "unlock"
	if on {
		word = "lock"
	}
	return &cobra.Command{
		Use: use, Short: short, Long: long, Example: "  spot-tui " + word + " i-0123456789abcdef0", Args: cobra.MinimumNArgs(1),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			s, err := a.open(need{})
			if err != nil {
				return err
			}
			defer s.shut()
			m, err := s.watch(c.Context())
			if err != nil {
				return err
			}
			ids, err := pick(m, args)
			if err != nil {
				return err
			}
			if !on { // a lock protects only, taking it off does not
				if err := a.confirmed(fmt.Sprintf("Unlock %s of fleet %s? Type yes:", some(ids), s.spec.Name), "yes"); err != nil {
					return err
				}
			}
			op, err := s.engine.Lock(ids, on)
			if err != nil {
				return err
			}
			o, err := s.follow(c.Context(), m, op)
			if err != nil {
				return err
			}
			return a.shaped(s, m, o, ids)
		}),
	}
}

// shaped prints what became of instances, and gives the exit code.
func (a *app) shaped(s *session, m *model, o fleet.Operation, ids []fleet.InstanceID) error {
	r := result{Fleet: s.spec.Name, Instances: []jsonInstance{}}
	for _, id := range ids {
		r.Instances = append(r.Instances, toJSON(m.instances[id]))
	}
	r.addOpErrors(o)
	if a.flags.json {
		a.printResult(r)
	} else {
		a.printErrors(r.Errors)
		a.printf("%s\n", o.Detail)
	}
	switch {
	case len(r.Errors) == 0:
		return nil
	case o.Done > 0:
		return ended(exitPartial)
	}
	return ended(failedCode(r.Errors))
}

func (a *app) capacityCmd() *cobra.Command {
	var lift []string
	c := &cobra.Command{
		Use:   "capacity",
		Short: "Show what has no capacity at the moment and is left alone, or lift it",
		Long: `Show what is left alone for a few minutes, since it had no capacity, its quota was
used up or AWS has just taken an instance from it. It is of the account: every
fleet leaves the same pools alone. --lift lets them be asked at once.`,
		Example: `  spot-tui capacity
  spot-tui capacity --lift us-west-2a
  spot-tui capacity --lift all`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			s, err := a.open(need{})
			if err != nil {
				return err
			}
			defer s.shut()
			s.engine.Start()
			if _, err := s.identity(c.Context()); err != nil {
				return err
			}
			bs, err := s.engine.Benches(c.Context())
			if err != nil {
				return err
			}
			if len(lift) > 0 {
				if bs, err = a.liftBenches(c, s, bs, lift); err != nil {
					return err
				}
			}
			if a.flags.json {
				a.printResult(result{Fleet: s.spec.Name, Benches: append([]fleet.Bench{}, bs...)})
				return nil
			}
			a.printBenches(bs, len(lift) > 0)
			return nil
		}),
	}
	c.Flags().StringSliceVar(&lift, "lift", nil, "ask these again at once: a region, a zone, an instance type, or all")
	return c
}

// liftBenches lifts what the words name and gives what was lifted.
func (a *app) liftBenches(c *cobra.Command, s *session, bs []fleet.Bench, words []string) ([]fleet.Bench, error) {
	var lifted []fleet.Bench
	for _, w := range words {
		found := false
		for _, b := range bs {
			if w != "all" && w != string(b.Region) && w != string(b.Zone) && w != string(b.Type) {
				continue
			}
			found = true
			if err := s.engine.LiftBench(c.Context(), b); err != nil && fleet.KindOf(err) != fleet.KindGone {
				return lifted, err
			}
			lifted = append(lifted, b)
		}
		if !found && w != "all" {
			return lifted, usage("nothing of %s is left alone; `spot-tui capacity` shows what is", w)
		}
	}
	return lifted, nil
}

func (a *app) printBenches(bs []fleet.Bench, lifted bool) {
	switch {
	case len(bs) == 0 && lifted:
		a.printf("nothing was left alone\n")
		return
	case len(bs) == 0:
		a.printf("nothing is left alone\n")
		return
	}
	rows := make([][]string, 0, len(bs))
	for _, b := range bs {
		rows = append(rows, []string{string(b.Region), b.What(), time.Until(b.Until).Round(time.Second).String(), b.Why})
	}
	head := []string{"REGION", "LEFT ALONE", "FOR", "WHY"}
	if lifted {
		head[1] = "LIFTED"
	}
	a.table(head, rows)
}
