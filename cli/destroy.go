package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) destroyCmd() *cobra.Command {
	var f filterFlag
	var locked bool
	c := &cobra.Command{
		Use:   "destroy [INSTANCE...]",
		Short: "Destroy instances, or the whole fleet with everything that belongs to it",
		Long: `Destroy instances, or the whole fleet with everything that belongs to it.

Without an argument the whole fleet goes: every resource in every enabled region
that carries its tag. It ends with a receipt: what was removed, and what a last
scan of every region still found (nothing, or a list and exit code 3).

Locked instances are refused, and with them the whole request (exit code 5);
--include-locked takes them along with the fleet.

--filter takes the instances that match when it is confirmed, and shows them
first. It never takes the fleet: where nothing matches, nothing is destroyed.`,
		Example: `  spot-tui destroy --yes
  spot-tui destroy --filter "stage:failed age>30m"`,
		RunE: a.verb(func(c *cobra.Command, args []string) error { return a.destroy(c, args, f, locked) }),
	}
	c.Flags().BoolVar(&locked, "include-locked", false, "of the whole fleet: also what is locked")
	f.add(c, "only the instances that match")
	return c
}

func (a *app) destroy(c *cobra.Command, args []string, f filterFlag, locked bool) error {
	ctx := c.Context()
	if err := f.read(c); err != nil {
		return err
	}
	if f.given && len(args) > 0 {
		return usage("name instances or say --filter, not both")
	}
	s, err := a.open(need{})
	if err != nil {
		return err
	}
	defer s.shut()
	m, err := s.scan(ctx)
	if err != nil {
		return err
	}
	q, err := s.destroyRequest(m, args, f)
	if err != nil {
		return err
	}
	q.IncludeLocked = locked
	if f.given && !a.flags.json { // what a filter means must be seen before it is confirmed
		a.printErrors(m.down())
		a.printInstances(f.only(m.list(false)), time.Now())
	}
	if err := a.confirmed(destroyQuestion(m, q, s.spec.Name), string(s.spec.Name)); err != nil {
		return err
	}
	op, err := s.engine.Destroy(q)
	if err != nil {
		return err
	}
	o, err := s.track(ctx, m, op, func() *board { return destroyBoard(q, m, time.Now()) })
	if err != nil {
		return err
	}
	return a.destroyed(s, m, o, q)
}

// destroyRequest turns arguments into a scope with the ids that were shown.
func (s *session) destroyRequest(m *model, args []string, f filterFlag) (fleet.DestroyRequest, error) {
	q := fleet.DestroyRequest{Scope: fleet.ScopeFleet, AnyOwner: s.a.flags.anyOwner}
	if f.given {
		ids, err := f.ids(m)
		q.Scope, q.Instances = fleet.ScopeInstances, ids
		return q, err
	}
	if len(args) == 0 {
		for _, i := range m.list(false) {
			q.Instances = append(q.Instances, i.ID)
		}
		return q, nil
	}
	q.Scope = fleet.ScopeInstances
	ids, err := pick(m, args)
	q.Instances = ids
	return q, err
}

// pick finds instances by id, all of them or none.
func pick(m *model, args []string) ([]fleet.InstanceID, error) {
	var ids []fleet.InstanceID
	var unknown []string
	for _, arg := range args {
		id := fleet.InstanceID(arg)
		if i, ok := m.instances[id]; !ok || i.Stage == fleet.StageGone {
			unknown = append(unknown, arg)
		} else if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(unknown) > 0 {
		return nil, usage("no such instance in fleet %s: %s; `spot-tui list` shows the ids", m.summary.Fleet, strings.Join(unknown, ", "))
	}
	return ids, nil
}

func destroyQuestion(m *model, q fleet.DestroyRequest, name fleet.Name) string {
	what := fmt.Sprintf("%s of fleet %s, %s,", counted(len(q.Instances), "instance"), name, some(q.Instances))
	if q.Scope == fleet.ScopeFleet {
		what = fmt.Sprintf("the fleet %s, %s and everything that belongs to it,", name, counted(len(q.Instances), "instance"))
	}
	by := map[fleet.Region]int{}
	for _, id := range q.Instances {
		by[m.instances[id].Region]++
	}
	var where []string
	for r, n := range by {
		where = append(where, fmt.Sprintf("%s %d", r, n))
	}
	slices.Sort(where)
	return fmt.Sprintf("Destroy %s in account %s (%s)? Type %s:", what, m.summary.Identity.Account, strings.Join(where, ", "), name)
}

// destroyed prints what a destroy came to and gives its exit code.
func (a *app) destroyed(s *session, m *model, o fleet.Operation, q fleet.DestroyRequest) error {
	r, code := destroyResult(s.spec.Name, m, o, q)
	if a.flags.json {
		a.printResult(r)
	} else {
		a.printErrors(r.Errors)
		a.printf("%s\n", o.Detail)
		if o.Receipt != nil {
			a.printReceipt(*o.Receipt)
		}
	}
	return ended(code)
}

// destroyResult is what a destroy came to, and its exit code.
func destroyResult(name fleet.Name, m *model, o fleet.Operation, q fleet.DestroyRequest) (result, int) {
	r := result{Fleet: name, Receipt: o.Receipt}
	r.addOpErrors(o)
	if q.Scope != fleet.ScopeFleet {
		r.Instances = []jsonInstance{}
		for _, id := range q.Instances {
			r.Instances = append(r.Instances, toJSON(m.instances[id]))
		}
	}
	switch {
	case q.Scope == fleet.ScopeFleet && (o.Receipt == nil || len(o.Receipt.RegionsScanned) == 0):
		return r, failedCode(r.Errors) // nothing could be done, or nothing be seen
	case o.Receipt != nil && !o.Receipt.Clean():
		return r, exitPartial
	case q.Scope != fleet.ScopeFleet && len(r.Errors) > 0:
		for _, i := range r.Instances {
			if i.State == fleet.StateTerminated {
				return r, exitPartial
			}
		}
		return r, failedCode(r.Errors)
	}
	return r, exitDone
}

func (a *app) printReceipt(r fleet.Receipt) {
	var removed []string
	for k, n := range r.Removed {
		removed = append(removed, fmt.Sprintf("%s %d", k, n))
	}
	slices.Sort(removed)
	if len(removed) == 0 {
		removed = []string{"nothing"}
	}
	a.printf("removed: %s\n", strings.Join(removed, ", "))
	a.printf("scanned %d regions, %d left", len(r.RegionsScanned), r.Left)
	if r.TotalCostUSD != nil {
		a.printf("; cost about $%.4f", *r.TotalCostUSD)
	}
	a.printf("\n")
	if !r.FirstLaunch.IsZero() {
		a.printf("lifetime %s, since %s\n", r.Lifetime(), r.FirstLaunch.UTC().Format(time.RFC3339))
	}
	for _, l := range r.Leftovers {
		a.printf("  left: %s in %s, %s: %s\n", l, l.Region, l.MonthText(), fleet.Clean(l.State))
	}
	for _, f := range r.RegionsFailed {
		a.printf("  not scanned: %s\n", f)
	}
	if r.File != "" {
		a.printf("receipt: %s and the same as .txt\n", r.File)
	}
}
