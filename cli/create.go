package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) planCmd() *cobra.Command {
	var q asked
	var explain bool
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show what create would do, and what it would cost; changes nothing",
		Long: `Show what create would do, and what it would cost; changes nothing. With
--explain it also says why: per region each type with the filter that took it
out, each pool with its price, placement score and bench, the vCPU quotas, and
where instances go when a quota has no room.`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			want, err := q.request(c)
			if err != nil {
				return err
			}
			s, err := a.open(need{empty: true, launch: true})
			if err != nil {
				return err
			}
			defer s.shut()
			s.engine.Start()
			if _, err := s.identity(c.Context()); err != nil {
				return err
			}
			want.Scores = explain
			p, err := s.engine.Plan(c.Context(), want)
			if err != nil {
				return err
			}
			var whys []fleet.RegionWhy
			if explain {
				whys = p.Explain(a.benches(c.Context(), s))
			}
			if a.flags.json {
				if !explain {
					p.Brief()
				}
				a.printResult(result{Fleet: s.spec.Name, Plan: &p, Why: whys, Errors: planErrors(p)})
			} else {
				a.printPlan(p)
				a.printWhy(whys)
				a.tellDeploy(s.file.Deploy())
			}
			if p.Guard.Refused != "" {
				return a.refused(p)
			}
			return partial(len(p.Problems) > 0)
		}),
	}
	q.flags(c)
	c.Flags().BoolVar(&explain, "explain", false, "say for each region why: filters, pools, placement scores, quotas")
	return c
}

func planErrors(p fleet.Plan) []jsonError {
	var es []jsonError
	for _, e := range p.Problems {
		es = append(es, toJSONError(e))
	}
	if r := p.Guard.Refused; r != "" && !slices.ContainsFunc(es, func(e jsonError) bool { return e.Message == r }) {
		es = append(es, jsonError{Kind: fleet.KindGuard, Message: r})
	}
	return es
}

// partial is exit code 3 where something was left out; everything was said.
func partial(yes bool) error {
	if yes {
		return &exit{code: exitPartial, told: true}
	}
	return nil
}

func (a *app) printPlan(p fleet.Plan) {
	a.printf("fleet %s, account %s, owner %s\n", p.Fleet, p.Account, p.Owner)
	a.printf("target %d, running %d, to launch %d; image %s; ssh from %s\n", p.Target, p.Running, p.Launch, p.Image, p.LetIn())
	if !p.EndsAt.IsZero() {
		a.printf("ends %s\n", p.EndsAt.Local().Format("2006-01-02 15:04 MST"))
	}
	rows := make([][]string, 0, len(p.Regions))
	for _, r := range p.Regions {
		price := money(r.Low) + " – " + money(r.High)
		if r.Problem != nil {
			price = r.Problem.Error()
		}
		rows = append(rows, []string{string(r.Region), fmt.Sprint(r.Want), fmt.Sprint(r.Have), fmt.Sprint(r.Launch), fmt.Sprint(len(r.Pools)), price})
	}
	a.table([]string{"REGION", "WANT", "HAVE", "LAUNCH", "POOLS", "SPOT $/H"}, rows)
	a.printPreflight(p)
	a.printLeftOut(p)
	a.printf("costs %s/h for instances, %s/h for addresses, %s/h for disks (cheapest pools)\n", money(p.PerHour), money(p.IPv4Hour), money(p.DiskHour))
	if s, ok := p.Saving(); ok {
		a.printf("saves %.0f%% against on-demand, %s/h\n", s, money(p.OnDemandHour))
	} else if p.Launch > 0 && !p.OnDemandHour.Known {
		a.printf("saves ? against on-demand: %s\n", fleet.Clean(p.OnDemandHour.Reason))
	}
	a.printGuard(p.Guard)
	for _, m := range p.May {
		a.printf("%s\n", m)
	}
	if len(p.Makes) > 0 {
		a.printf("makes %s\n", strings.Join(p.Makes, ", "))
	}
}

func (a *app) createCmd() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use:   "create",
		Short: "Launch and provision what the fleet is missing, and wait until it is ready",
		Long: `Launch and provision what the fleet is missing, and wait until every instance
is ready or has failed. Doing it again adds only what is missing, and takes up
provisioning that failed.`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			want, err := q.request(c)
			if err != nil {
				return err
			}
			return a.create(c.Context(), want)
		}),
	}
	q.flags(c)
	return c
}

func (a *app) create(ctx context.Context, want fleet.PlanRequest) error {
	s, err := a.open(need{provision: true, empty: true, launch: true})
	if err != nil {
		return err
	}
	defer s.shut()
	s.engine.Start()
	if _, err := s.identity(ctx); err != nil {
		return err
	}
	return a.launch(ctx, s, want)
}

// launch plans, asks, launches and waits until what it launched is ready.
func (a *app) launch(ctx context.Context, s *session, want fleet.PlanRequest) error {
	p, err := s.engine.Plan(ctx, want)
	if err != nil {
		return err
	}
	if !a.flags.json {
		a.printPlan(p)
		a.tellDeploy(s.file.Deploy())
	}
	if !p.Empty() && p.Guard.Refused == "" { // what is refused is not asked about
		ask := fmt.Sprintf("Launch %d in account %s? Type yes:", p.Launch, p.Account)
		if n := p.Takes(); n > 0 { // R3: more than one instance ends
			ask = fmt.Sprintf("Launch %d and replace %d running instances by AWS's in account %s? Type yes:", p.Launch, n, p.Account)
		} else if p.Launch == 0 {
			ask = fmt.Sprintf("Change who keeps the fleet in account %s? Type yes:", p.Account)
		}
		if err := a.confirmed(ask, "yes"); err != nil {
			return err
		}
	}
	op, err := s.engine.Launch(p)
	if err != nil {
		return err
	}
	m := newModel()
	o, err := s.track(ctx, m, op, func() *board { return launchBoard(p, m, time.Now()) })
	if err != nil {
		return err
	}
	is := m.list(false)
	r, code := createResult(p, is, o)
	if a.flags.json {
		a.printResult(r)
	} else {
		a.printInstances(is, time.Now())
		a.printAsks(o.Asks)
		a.printErrors(r.Errors)
	}
	return ended(code)
}

// printAsks tells the requests of a launch where not everything came as planned.
func (a *app) printAsks(asks []fleet.Ask) {
	smooth := true
	rows := make([][]string, 0, len(asks))
	for _, k := range asks {
		smooth = smooth && k.Got == k.Asked
		market := "spot"
		if k.OnDemand {
			market = "on-demand"
		}
		failed := ""
		if n := len(k.Errors); n > 0 {
			failed = k.Errors[0]
			if n > 1 {
				failed += fmt.Sprintf(" and %d more", n-1)
			}
		}
		rows = append(rows, []string{string(k.Region), market, fmt.Sprint(k.Asked), fmt.Sprint(k.Got), fmt.Sprint(k.Pools), k.Why, failed})
	}
	if !smooth {
		a.table([]string{"ASKED IN", "MARKET", "FOR", "GOT", "POOLS", "WHY", "FAILED"}, rows)
	}
}

// createResult is what a create came to, and its exit code.
func createResult(p fleet.Plan, is []fleet.Instance, o fleet.Operation) (result, int) {
	r := result{Fleet: p.Fleet, Instances: []jsonInstance{}, Errors: planErrors(p), Asks: append([]fleet.Ask{}, o.Asks...)}
	ready := 0
	for _, i := range is {
		r.Instances = append(r.Instances, toJSON(i))
		if i.Stage == fleet.StageReady {
			ready++
		}
		if i.Stage == fleet.StageFailed {
			r.Errors = append(r.Errors, jsonError{Kind: fleet.KindUnknown, Region: i.Region, Message: string(i.ID) + ": " + i.Reason})
		}
	}
	r.addOpErrors(o)
	switch {
	case ready == 0 && p.Target > 0:
		return r, failedCode(r.Errors)
	case ready < p.Target || len(r.Errors) > 0:
		return r, exitPartial
	}
	return r, exitDone
}

// ended gives an exit code as an error; everything was said.
func ended(code int) error {
	if code == exitDone {
		return nil
	}
	return &exit{code: code, told: true}
}

// failedCode is the exit code where nothing of what was asked was done.
func failedCode(es []jsonError) int {
	for _, e := range es {
		switch e.Kind {
		case fleet.KindAuth, fleet.KindDenied:
			return exitAuth
		case fleet.KindGuard:
			return exitGuard
		default:
		}
	}
	return exitFailed
}

// addOpErrors adds an operation's failures that are not listed yet.
func (r *result) addOpErrors(o fleet.Operation) {
	for _, e := range o.Failures {
		j := toJSONError(e)
		known := false
		for _, have := range r.Errors {
			known = known || have.Message == j.Message
		}
		if !known {
			r.Errors = append(r.Errors, j)
		}
	}
}

func (a *app) printErrors(es []jsonError) {
	for _, e := range es {
		fmt.Fprintln(a.env.Stderr, "spot-tui: "+e.Message)
	}
}
