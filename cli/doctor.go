package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/aws"
	"spot-tui/config"
	"spot-tui/fleet"
)

// jsonTopic is one topic of the doctor, with what was looked at.
type jsonTopic struct {
	Topic    string        `json:"topic"` // "config", "credentials", "network us-west-2"…
	Checks   []fleet.Check `json:"checks"`
	Verdicts []aws.Verdict `json:"permissions,omitempty"` // of doctor --permissions
}

// visit is one run of the doctor.
type visit struct {
	a       *app
	topics  []jsonTopic
	missing []string // permissions
	denied  bool     // credentials or a permission are to blame
}

func (a *app) doctorCmd() *cobra.Command {
	var permissions bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check everything that a fleet needs; changes nothing",
		Long: `Check everything that a fleet needs: config, SSH key, state folder, terminal,
credentials, clock, regions, and the network of each region as a plan would use it.
--permissions also asks AWS in each region for each permission, by dry runs, and
prints the statements that are missing. It changes nothing. Exit code: 0 if nothing
fails, 4 if credentials or permissions are missing, else 1.`,
		Example: `  spot-tui doctor
  spot-tui doctor --permissions --json`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			v := &visit{a: a}
			v.note("terminal", a.terminalCheck())
			s := v.config()
			if s != nil {
				defer s.shut()
				v.machine(s)
				v.cloud(c.Context(), s, permissions)
			}
			return v.told(s)
		}),
	}
	c.Flags().BoolVar(&permissions, "permissions", false, "also ask for each permission in each region, by dry runs")
	return c
}

func (v *visit) note(topic string, cs ...fleet.Check) {
	v.topics = append(v.topics, jsonTopic{Topic: topic, Checks: cs})
}

// failed is a check of something that did not work.
func (v *visit) failed(what string, err error) fleet.Check {
	c := fleet.Check{What: what, State: fleet.CheckFail, Detail: err.Error()}
	var e *fleet.Error
	if errors.As(err, &e) {
		v.denied = v.denied || e.Kind == fleet.KindAuth || e.Kind == fleet.KindDenied
	}
	return c
}

// config reads the config and wires a session; nil where it can't.
func (v *visit) config() *session {
	s, err := v.a.open(need{empty: true})
	if err == nil {
		return s.withConfig(v)
	}
	var es config.Errors
	if !errors.As(err, &es) {
		v.note("config", v.failed("config", err))
		return nil
	}
	var cs []fleet.Check
	for _, p := range es {
		cs = append(cs, fleet.Check{What: "config", State: fleet.CheckFail, Detail: p.Error()})
	}
	v.note("config", cs...)
	return nil
}

func (s *session) withConfig(v *visit) *session {
	cs := []fleet.Check{{What: "config", State: fleet.CheckOK, Detail: s.spec.ConfigPath + ": fleet " + string(s.spec.Name)}}
	for _, w := range s.file.Warnings() {
		cs = append(cs, fleet.Check{What: "config", State: fleet.CheckWarn, Detail: w.Error()})
	}
	for _, p := range s.launchProblems() {
		if p.Key != loginKey || s.keyErr == nil { // the key has a check of its own
			cs = append(cs, fleet.Check{What: "config", State: fleet.CheckFail, Detail: p.Error()})
		}
	}
	v.note("config", cs...)
	return s
}

// machine looks at what is on this machine.
func (v *visit) machine(s *session) {
	key := fleet.Check{What: "SSH key", State: fleet.CheckOK, Detail: s.spec.SSH.PrivateKey}
	if s.keyErr != nil {
		key = v.failed("SSH key", s.keyErr)
	}
	v.note("SSH key", key)
	folder := fleet.Check{What: "state folder", State: fleet.CheckOK, Detail: s.paths.state}
	if s.history == nil {
		folder = fleet.Check{What: "state folder", State: fleet.CheckFail, Detail: "its journal can't be opened, so nothing can be launched", Hint: "set SPOT_TUI_HOME to a folder that can be written"}
		if no, ok := s.store.(noStore); ok {
			folder.Detail = no.why.Error()
		}
	}
	v.note("state folder", folder)
}

// cloud looks at AWS: nothing more is asked where nobody lets us in.
func (v *visit) cloud(ctx context.Context, s *session, permissions bool) {
	if !v.credentials(ctx, s) {
		return
	}
	v.clock(ctx, s)
	v.regions(ctx, s)
	s.engine.Start()
	p, err := s.engine.Plan(ctx, fleet.PlanRequest{})
	if err != nil {
		v.note("network", v.failed("plan", err))
	}
	for _, r := range p.Regions {
		v.note("network "+string(r.Region), r.Checks...)
		v.denied = v.denied || r.Problem != nil && (r.Problem.Kind == fleet.KindDenied || r.Problem.Kind == fleet.KindAuth)
	}
	if permissions {
		v.permissions(ctx, s)
	}
}

func (v *visit) credentials(ctx context.Context, s *session) bool {
	who, err := s.acct.Identity(ctx)
	if err != nil {
		v.note("credentials", v.failed("credentials", err))
		return false
	}
	cs := []fleet.Check{{What: "who", State: fleet.CheckOK, Detail: who.ARN + " in account " + who.Account}}
	if source, until, err := s.acct.CredentialSource(ctx); err == nil {
		c := fleet.Check{What: "from", State: fleet.CheckOK, Detail: source}
		if left := time.Until(until); !until.IsZero() {
			c.Detail += fmt.Sprintf(", good for %s", fleet.Span(left.Round(time.Minute)))
		}
		cs = append(cs, c)
	}
	if slices.Contains(s.file.AWS().ProtectedAccounts, who.Account) {
		cs = append(cs, fleet.Check{What: "protected", State: fleet.CheckWarn, Detail: "the account is protected by aws.protected_accounts: nothing is created or destroyed in it"})
	}
	v.note("credentials", cs...)
	return true
}

// lateness is how far the clocks may be apart before it is told; AWS refuses
// signatures from 5 minutes on.
const lateness = 30 * time.Second

func (v *visit) clock(ctx context.Context, s *session) {
	ahead, err := s.acct.ClockSkew(ctx)
	c := fleet.Check{What: "clock", State: fleet.CheckOK, Detail: "as AWS's, to the second or so"}
	switch {
	case err != nil:
		c = v.failed("clock", err)
	case ahead.Abs() > lateness:
		side := "behind"
		if ahead < 0 {
			side = "ahead of"
		}
		c = fleet.Check{
			What: "clock", State: fleet.CheckWarn, Detail: fmt.Sprintf("this machine's is %s %s AWS's; from 5 minutes on, AWS refuses what it signs", fleet.Span(ahead.Abs()), side),
			Hint: "turn on time synchronisation (timedatectl set-ntp true)",
		}
	}
	v.note("clock", c)
}

func (v *visit) regions(ctx context.Context, s *session) {
	on, err := s.acct.Regions(ctx)
	if err != nil {
		v.note("regions", v.failed("regions", err))
		return
	}
	var cs []fleet.Check
	for _, r := range s.spec.Regions {
		c := fleet.Check{What: string(r.Name), State: fleet.CheckOK, Detail: "enabled for the account"}
		if !slices.Contains(on, r.Name) {
			c = fleet.Check{What: string(r.Name), State: fleet.CheckFail, Detail: "not enabled for the account", Hint: "enable it in the console (Account, AWS Regions), or take it out of the config"}
		}
		cs = append(cs, c)
	}
	v.note("regions", cs...)
}

// permissions asks every region side by side.
func (v *visit) permissions(ctx context.Context, s *session) {
	q := policyOf(s)
	topics := make([]jsonTopic, len(s.spec.Regions))
	var wg sync.WaitGroup
	for i, r := range s.spec.Regions {
		wg.Go(func() {
			topics[i] = jsonTopic{Topic: "permissions " + string(r.Name), Verdicts: s.acct.Permissions(ctx, r.Name, q)}
		})
	}
	wg.Wait()
	for i := range topics {
		c, missing := permissionCheck(topics[i].Verdicts)
		topics[i].Checks = []fleet.Check{c}
		for _, m := range missing {
			if !slices.Contains(v.missing, m) {
				v.missing = append(v.missing, m)
			}
		}
	}
	v.topics = append(v.topics, topics...)
	v.denied = v.denied || len(v.missing) > 0
	if slices.Contains(v.missing, "ec2:CreateFleet") { // its caller needs both
		v.missing = append(v.missing, "ec2:RunInstances")
	}
}

// permissionCheck counts a region's verdicts.
func permissionCheck(vs []aws.Verdict) (c fleet.Check, missing []string) {
	count := map[aws.Allowance]int{}
	for _, p := range vs {
		count[p.State]++
		if p.State == aws.Missing {
			missing = append(missing, p.Action)
		}
	}
	c = fleet.Check{What: "permissions", State: fleet.CheckOK, Detail: fmt.Sprintf("%d allowed, %d can't be asked without an effect", count[aws.Allowed], count[aws.NotAsked])}
	if n := count[aws.AllowanceUnknown]; n > 0 {
		c.State = fleet.CheckWarn
		c.Detail += fmt.Sprintf(", %d got no clear answer", n)
	}
	if len(missing) > 0 {
		c.State = fleet.CheckFail
		c.Detail = fmt.Sprintf("%d missing: %s; ", len(missing), strings.Join(missing, ", ")) + c.Detail
		c.Hint = "add the statements below to the policy"
	}
	return c, missing
}
