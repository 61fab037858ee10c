package cli

import (
	"fmt"
	"os"

	"golang.org/x/term"

	"spot-tui/aws"
	"spot-tui/fleet"
)

// terminalCheck says whether the full screen can be shown here.
func (a *app) terminalCheck() fleet.Check {
	c := fleet.Check{What: "terminal", State: fleet.CheckOK}
	f, ok := a.env.Stdout.(*os.File)
	name := a.env.Getenv("TERM")
	switch {
	case !ok || !isTerminal(a.env.Stdout):
		c.Detail = "the output is no terminal: the verbs work, the full screen needs one"
		return c
	case name == "" || name == "dumb":
		c.State, c.Detail, c.Hint = fleet.CheckWarn, "TERM is "+orNone(name)+": the full screen can't be shown", "set TERM to what the terminal is, such as xterm-256color"
		return c
	}
	c.Detail = name
	if w, h, err := term.GetSize(int(f.Fd())); err == nil {
		c.Detail += fmt.Sprintf(", %d×%d", w, h)
		if w < 80 || h < 24 {
			c.State, c.Hint = fleet.CheckWarn, "80×24 is the least that is comfortable"
		}
	}
	if narrowLocale(a.env.Getenv) {
		c.State, c.Hint = fleet.CheckWarn, "the locale is not UTF-8: set LANG to one that is, or ui.ascii = true"
	}
	return c
}

func orNone(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// doctorResult is the last object of doctor --json.
type doctorResult struct {
	result
	Doctor []jsonTopic `json:"doctor"`
}

// told prints what was found and gives the exit code.
func (v *visit) told(s *session) error {
	var missing []aws.Policy
	if s != nil && len(v.missing) > 0 {
		q := policyOf(s)
		q.Only = v.missing
		ps, err := aws.Policies(q)
		if err != nil {
			return err
		}
		missing = ps
	}
	broken := 0
	for _, t := range v.topics {
		for _, c := range t.Checks {
			if c.State == fleet.CheckFail {
				broken++
			}
		}
	}
	if v.a.flags.json {
		v.a.printJSON(struct {
			Result doctorResult `json:"result"`
		}{doctorResult{result{Fleet: v.a.fleetName, Errors: []jsonError{}, Policies: missing}, v.topics}})
	} else if err := v.print(missing, broken); err != nil {
		return err
	}
	switch {
	case v.denied:
		return &exit{code: exitAuth, told: true}
	case broken > 0:
		return &exit{code: exitFailed, told: true}
	}
	return nil
}

func (v *visit) print(missing []aws.Policy, broken int) error {
	out := v.a.env.Stdout
	for _, t := range v.topics {
		fmt.Fprintf(out, "%s\n", t.Topic)
		for _, c := range t.Checks {
			fmt.Fprintf(out, "  %-4s  %-14s  %s\n", c.State, fleet.Clean(c.What), fleet.Clean(c.Detail))
			if c.Hint != "" {
				fmt.Fprintf(out, "        → %s\n", fleet.Clean(c.Hint))
			}
		}
		for _, p := range t.Verdicts {
			if p.State == aws.Missing || p.State == aws.AllowanceUnknown {
				fmt.Fprintf(out, "  %-7s  %s  %s\n", p.State, p.Action, fleet.Clean(p.Why))
			}
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(out, "\nThe missing statements, to paste into IAM:\n")
	}
	for _, p := range missing {
		if err := v.a.printPolicy(p); err != nil {
			return err
		}
	}
	switch broken {
	case 0:
		fmt.Fprintln(out, "\nnothing is broken")
	case 1:
		fmt.Fprintln(out, "\n1 check fails")
	default:
		fmt.Fprintf(out, "\n%d checks fail\n", broken)
	}
	return nil
}
