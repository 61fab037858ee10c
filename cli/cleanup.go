package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// cleanupFlags say what a cleanup looks for and takes.
type cleanupFlags struct {
	predecessor bool
	allOf       []string
}

func (a *app) cleanupCmd() *cobra.Command {
	var f cleanupFlags
	c := &cobra.Command{
		Use:   "cleanup [ID...]",
		Short: "Find what fleets left behind in any region, and delete what you name",
		Long: `Find what fleets left behind in any region, and delete what you name.

Without an ID it only looks: in every enabled region, for everything that carries
the tag of any fleet, with what it is, why it is there and what it costs. Name IDs,
or a fleet with --all-of, to delete them. What belongs to a fleet that lives is
shown and refused: that is for destroy. So is another owner's, without --any-owner.

--predecessor also looks for what the Python tool that came before has left
(ManagedBy=amauo, Amauo, SpotDeployer or aws-spot-deployer). It is asked about by
itself, and nothing of it goes unless you name it.`,
		Example: `  spot-tui cleanup
  spot-tui cleanup --yes vol-0123456789abcdef0
  spot-tui cleanup --yes --all-of old-fleet
  spot-tui cleanup --predecessor`,
		RunE: a.verb(func(c *cobra.Command, args []string) error { return a.cleanup(c.Context(), args, f) }),
	}
	c.Flags().BoolVar(&f.predecessor, "predecessor", false, "also what the predecessor left behind")
	c.Flags().StringSliceVar(&f.allOf, "all-of", nil, "everything of this fleet, or of this name of the predecessor's")
	return c
}

func (a *app) cleanup(ctx context.Context, args []string, f cleanupFlags) error {
	s, err := a.open(need{})
	if err != nil {
		return err
	}
	defer s.shut()
	a.fleetName = "" // it is about no fleet of its own
	s.engine.Start()
	rep, err := s.engine.Leftovers(ctx, fleet.LeftoversRequest{Predecessor: f.predecessor})
	if err != nil {
		return err
	}
	var problems []jsonError
	for _, p := range rep.Problems {
		problems = append(problems, toJSONError(p))
	}
	if len(args) == 0 && len(f.allOf) == 0 {
		return a.foundLeftovers(rep, problems)
	}
	items, err := chosen(rep, args, f.allOf)
	if err != nil {
		return err
	}
	if !a.flags.json {
		a.printErrors(problems)
		a.printLeftovers(items)
	}
	if err := a.confirmCleanup(rep, items); err != nil {
		return err
	}
	op, err := s.engine.Cleanup(fleet.CleanupRequest{Items: items})
	if err != nil {
		return err
	}
	o, err := s.follow(ctx, newModel(), op)
	if err != nil {
		return err
	}
	r := result{Leftovers: items, Receipt: o.Receipt, Errors: problems}
	r.addOpErrors(o)
	if !a.flags.json {
		a.printErrors(r.Errors)
		a.printf("%s\n", o.Detail)
		if o.Receipt != nil {
			a.printReceipt(*o.Receipt)
		}
	}
	return a.nuked(r, cleanupCode(o, len(items)))
}

// cleanupCode is the exit code of a cleanup of n things.
func cleanupCode(o fleet.Operation, n int) int {
	gone := 0
	if o.Receipt != nil {
		for _, k := range o.Receipt.Removed {
			gone += k
		}
	}
	switch {
	case o.Receipt != nil && o.Receipt.Clean() && len(o.Failures) == 0:
		return exitDone
	case gone > 0 && gone <= n:
		return exitPartial
	case len(o.Failures) > 0:
		return codeOf(o.Failures[0])
	default:
		return exitPartial
	}
}

// foundLeftovers shows what a scan found and takes nothing.
func (a *app) foundLeftovers(rep fleet.LeftoverReport, problems []jsonError) error {
	r := result{Leftovers: rep.Items, Errors: problems}
	if a.flags.json {
		return a.nuked(r, partlyIf(len(problems) > 0))
	}
	if len(rep.Items) == 0 {
		a.printf("nothing of any fleet is in the %s of account %s that were scanned\n", counted(len(rep.RegionsScanned), "region"), rep.Account)
	} else {
		a.printLeftovers(rep.Items)
		can := rep.Takable()
		a.printf("%s can be deleted%s, %d stay; `spot-tui cleanup ID...` or `spot-tui cleanup --all-of FLEET` deletes\n", counted(len(can), "leftover"), monthOf(can), len(rep.Items)-len(can))
	}
	return a.nuked(r, partlyIf(len(problems) > 0))
}

func monthOf(ls []fleet.Leftover) string {
	rs := make([]fleet.Resource, len(ls))
	for i, l := range ls {
		rs[i] = l.Resource
	}
	usd, known := fleet.MonthOf(rs)
	switch {
	case len(ls) == 0:
		return ""
	case !known:
		return fmt.Sprintf(" (more than $%.2f/month, not every price is known)", usd)
	}
	return fmt.Sprintf(" ($%.2f/month)", usd)
}

// printLeftovers lists them by what they belong to.
func (a *app) printLeftovers(ls []fleet.Leftover) {
	rows := make([][]string, 0, len(ls))
	for _, l := range ls {
		month := l.MonthText()
		if l.USDMonth == nil {
			month = "?"
		}
		why := l.Why
		if l.Refused != "" {
			why = "stays: " + l.Refused
		}
		rows = append(rows, []string{l.Group(), l.Owner, string(l.Region), string(l.Kind), l.ID, month, fleet.Clean(why)})
	}
	a.table([]string{"OF", "OWNER", "REGION", "KIND", "ID", "COST", "WHY"}, rows)
}

// chosen finds what was named, all of it or none. What is named by its id and must
// stay is refused; what only comes with its fleet is left out.
func chosen(rep fleet.LeftoverReport, ids, groups []string) ([]fleet.Leftover, error) {
	var out []fleet.Leftover
	add := func(l fleet.Leftover) {
		if !slices.ContainsFunc(out, func(o fleet.Leftover) bool { return o.Key() == l.Key() }) {
			out = append(out, l)
		}
	}
	var unknown []string
	for _, id := range ids {
		i := slices.IndexFunc(rep.Items, func(l fleet.Leftover) bool { return l.ID == id || l.Key() == id })
		switch {
		case i < 0:
			unknown = append(unknown, id)
		case rep.Items[i].Refused != "":
			return nil, stays(rep.Items[i])
		default:
			add(rep.Items[i])
		}
	}
	for _, g := range groups {
		n := len(out)
		var why fleet.Leftover
		for _, l := range rep.Items {
			switch {
			case l.Group() != g:
			case l.Refused != "":
				why = l
			default:
				add(l)
			}
		}
		switch {
		case len(out) > n:
		case why.Refused != "":
			return nil, stays(why)
		default:
			unknown = append(unknown, g)
		}
	}
	if len(unknown) > 0 {
		return nil, usage("no such leftover: %s; `spot-tui cleanup` lists them%s", strings.Join(unknown, ", "), notScanned(rep))
	}
	return out, nil
}

func notScanned(rep fleet.LeftoverReport) string {
	if len(rep.RegionsFailed) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s could not be scanned)", counted(len(rep.RegionsFailed), "region"))
}

func stays(l fleet.Leftover) error {
	return &fleet.Error{Op: "clean up", Resource: l.String(), Region: l.Region, Kind: fleet.KindGuard, Err: fmt.Errorf("%s", l.Refused)}
}

// confirmCleanup asks about our own and about the predecessor's by themselves. One
// thing wants its id typed, more want the name of what they belong to.
func (a *app) confirmCleanup(rep fleet.LeftoverReport, items []fleet.Leftover) error {
	for _, by := range []fleet.Maker{fleet.MadeBySpotTUI, fleet.MadeByPredecessor} {
		mine := slices.DeleteFunc(slices.Clone(items), func(l fleet.Leftover) bool { return l.Maker != by })
		if len(mine) == 0 {
			continue
		}
		what, word := counted(len(mine), "leftover"), fleet.ConfirmWord(mine)
		if by == fleet.MadeByPredecessor {
			what += " of the predecessor"
		}
		if err := a.confirmed(fmt.Sprintf("Delete %s%s in account %s? Type %s:", what, monthOf(mine), rep.Account, word), word); err != nil {
			return err
		}
	}
	return nil
}
