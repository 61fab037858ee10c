package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) nukeCmd() *cobra.Command {
	var account string
	c := &cobra.Command{
		Use:   "nuke",
		Short: "Destroy every fleet that you own in the account, in every enabled region",
		Long: `Destroy every fleet that you own in the account, in every enabled region.

It first lists all fleets with their owners. Yours go; with --any-owner everybody's.
What was not made by spot-tui is never touched. To confirm, type the account's
number; without a terminal say --yes and --account NUMBER.`,
		Example: `  spot-tui nuke
  spot-tui nuke --yes --account 123456789012`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error { return a.nuke(c.Context(), account) }),
	}
	c.Flags().StringVar(&account, "account", "", "number of the account, to confirm without a terminal")
	return c
}

// seenFleet is a fleet that has something in some region.
type seenFleet struct {
	Name    fleet.Name                 `json:"name"`
	Owners  []string                   `json:"owners"`
	Regions []fleet.Region             `json:"regions"`
	Holds   map[fleet.ResourceKind]int `json:"holds"`
	Taken   bool                       `json:"taken"` // will be destroyed
}

func (a *app) nuke(ctx context.Context, account string) error {
	s, err := a.open(need{})
	if err != nil {
		return err
	}
	defer s.shut()
	a.fleetName = ""
	id, err := s.acct.Identity(ctx)
	if err != nil {
		return err
	}
	if err := s.mayNuke(id); err != nil {
		return err
	}
	found, failed, err := s.seenFleets(ctx)
	if err != nil {
		return err
	}
	taken := choose(found, id.Name, a.flags.anyOwner)
	if !a.flags.json {
		a.printFleets(found, id)
		a.printErrors(failed)
	}
	if len(taken) == 0 {
		return a.nuked(result{Fleets: found, Errors: failed}, partlyIf(len(failed) > 0))
	}
	if err := a.confirmNuke(taken, id, account); err != nil {
		return err
	}
	r := result{Fleets: found, Errors: failed}
	code := partlyIf(len(failed) > 0)
	for _, f := range taken {
		one, c := s.nukeOne(ctx, f)
		r.Errors = append(r.Errors, one.Errors...)
		if one.Receipt != nil {
			r.Receipts = append(r.Receipts, *one.Receipt)
		}
		if c != exitDone {
			code = exitPartial
		}
	}
	return a.nuked(r, code)
}

// mayNuke refuses what the engine would refuse for each fleet, before anything is asked.
func (s *session) mayNuke(id fleet.Identity) error {
	switch {
	case s.a.flags.readOnly:
		return &fleet.Error{Op: "nuke", Kind: fleet.KindGuard, Err: fmt.Errorf("refused in read-only mode"), Hint: "start without --read-only"}
	case slices.Contains(s.file.AWS().ProtectedAccounts, id.Account):
		return &fleet.Error{Op: "nuke", Kind: fleet.KindGuard, Err: fmt.Errorf("account %s is protected", id.Account), Hint: "take it out of aws.protected_accounts, or use another profile"}
	}
	return nil
}

// seenFleets asks every enabled region side by side. A region that does not
// answer is told; what it holds is not touched.
func (s *session) seenFleets(ctx context.Context) ([]seenFleet, []jsonError, error) {
	regions, err := s.acct.Regions(ctx)
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex
	var failed []jsonError
	by := map[fleet.Name]*seenFleet{}
	var wg sync.WaitGroup
	for _, r := range regions {
		wg.Go(func() {
			left, err := leftIn(ctx, s.acct.In(r))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, toJSONError(err))
			}
			for name, rs := range left {
				f := by[name]
				if f == nil {
					f = &seenFleet{Name: name, Holds: map[fleet.ResourceKind]int{}}
					by[name] = f
				}
				f.add(r, rs)
			}
		})
	}
	wg.Wait()
	out := make([]seenFleet, 0, len(by))
	for _, f := range by {
		slices.Sort(f.Regions)
		slices.Sort(f.Owners)
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b seenFleet) int { return strings.Compare(string(a.Name), string(b.Name)) })
	slices.SortFunc(failed, func(a, b jsonError) int { return strings.Compare(a.Message, b.Message) })
	return out, failed, nil
}

// leftIn lists a region's fleets with what each still has there.
func leftIn(ctx context.Context, c fleet.RegionCloud) (map[fleet.Name][]fleet.Resource, error) {
	names, err := c.Fleets(ctx)
	if err != nil {
		return nil, err
	}
	out := map[fleet.Name][]fleet.Resource{}
	for _, n := range names {
		rs, err := c.Leftovers(ctx, n)
		if err != nil && rs == nil {
			return out, err
		}
		if len(rs) > 0 { // else only its terminated instances are still shown
			out[n] = rs
		}
	}
	return out, nil
}

func (f *seenFleet) add(r fleet.Region, rs []fleet.Resource) {
	f.Regions = append(f.Regions, r)
	for _, one := range rs {
		f.Holds[one.Kind]++
		if one.Owner != "" && !slices.Contains(f.Owners, one.Owner) {
			f.Owners = append(f.Owners, one.Owner)
		}
	}
}

// choose marks and gives the fleets to take: those of which everything that
// names an owner names us, or all of them.
func choose(found []seenFleet, me string, anyOwner bool) []seenFleet {
	var taken []seenFleet
	for i := range found {
		mine := !slices.ContainsFunc(found[i].Owners, func(o string) bool { return o != me })
		if mine || anyOwner {
			found[i].Taken = true
			taken = append(taken, found[i])
		}
	}
	return taken
}

func (a *app) printFleets(found []seenFleet, id fleet.Identity) {
	a.printf("account %s, you are %s\n", id.Account, id.Name)
	if len(found) == 0 {
		a.printf("no fleet has anything in any enabled region\n")
		return
	}
	rows := make([][]string, 0, len(found))
	for _, f := range found {
		what, n := "stays", 0
		if f.Taken {
			what = "goes"
		}
		for _, c := range f.Holds {
			n += c
		}
		rows = append(rows, []string{
			string(f.Name), strings.Join(f.Owners, ", "), fmt.Sprint(len(f.Regions)), fmt.Sprint(f.Holds[fleet.KindOfInstance]), fmt.Sprint(n), what,
		})
	}
	a.table([]string{"FLEET", "OWNER", "REGIONS", "INSTANCES", "RESOURCES", ""}, rows)
}

// confirmNuke wants the account's number, typed or with --account.
func (a *app) confirmNuke(taken []seenFleet, id fleet.Identity, account string) error {
	if account != "" && account != id.Account {
		return &fleet.Error{Op: "nuke", Kind: fleet.KindGuard, Err: fmt.Errorf("--account says %s, but this is account %s", account, id.Account), Hint: "use the right profile, or the right number"}
	}
	if a.flags.yes && account == "" {
		return usage("nuke --yes needs --account %s: the number says which account is meant", id.Account)
	}
	names := make([]string, 0, len(taken))
	for _, f := range taken {
		names = append(names, string(f.Name))
	}
	return a.confirmed(fmt.Sprintf("Destroy %s (%s) in account %s? Type the account's number:", counted(len(taken), "fleet"), strings.Join(names, ", "), id.Account), id.Account)
}

// nukeOne destroys one fleet with an engine of its own. Its owner tags and the
// tags of each resource are looked at again on the way (R7).
func (s *session) nukeOne(ctx context.Context, f seenFleet) (result, int) {
	opts := s.options(need{})
	opts.Spec = fleet.Spec{Name: f.Name}
	for _, r := range f.Regions {
		opts.Spec.Regions = append(opts.Spec.Regions, fleet.RegionSpec{Name: r, Count: -1})
	}
	e := fleet.New(opts)
	defer s.record(e)() // after the engine is closed
	defer e.Close()
	e.Start()
	failed := func(err error) (result, int) {
		return result{Errors: []jsonError{toJSONError(err)}}, codeOf(err)
	}
	if _, err := e.Identity(ctx); err != nil {
		return failed(err)
	}
	q := fleet.DestroyRequest{Scope: fleet.ScopeFleet, AnyOwner: s.a.flags.anyOwner}
	op, err := e.Destroy(q)
	if err != nil {
		return failed(err)
	}
	m := newModel()
	follower := *s // the same verb, with this fleet's engine
	follower.engine = e
	o, err := follower.follow(ctx, m, op)
	if err != nil {
		return failed(err)
	}
	r, code := destroyResult(f.Name, m, o, q)
	if !s.a.flags.json && r.Receipt != nil {
		s.a.printf("%s: ", f.Name)
		s.a.printReceipt(*r.Receipt)
	}
	return r, code
}

func partlyIf(yes bool) int {
	if yes {
		return exitPartial
	}
	return exitDone
}

// nuked prints what it came to.
func (a *app) nuked(r result, code int) error {
	if r.Errors == nil {
		r.Errors = []jsonError{}
	}
	if a.flags.json {
		a.printResult(r)
	} else {
		a.printErrors(r.Errors)
	}
	return ended(code)
}
