package cli

import (
	"fmt"
	"strings"

	"spot-tui/fleet"
)

// printGroups prints equal output once, the largest group first, failures last.
func (a *app) printGroups(snap fleet.RunSnapshot) {
	for n, g := range fleet.Groups(snap.Hosts) {
		if n > 0 {
			fmt.Fprintln(a.env.Stdout)
		}
		h := g.Hosts[0]
		fmt.Fprintf(a.env.Stdout, "--- %s, %s: %s\n", counted(len(g.Hosts), "instance"), howEnded(h), idsOf(g.Hosts))
		if text := strings.TrimRight(h.Output, "\n"); text != "" {
			fmt.Fprintln(a.env.Stdout, text)
		}
		if h.File != "" {
			fmt.Fprintf(a.env.Stdout, "(all of it: %s)\n", h.File)
		}
	}
}

// howEnded says in a few words how a host's part ended.
func howEnded(h fleet.HostResult) string {
	switch {
	case h.Err != nil && fleet.KindOf(h.Err) == fleet.KindTimeout:
		return "timed out: " + fleet.Group{Hosts: []fleet.HostResult{h}}.Reason()
	case h.Err != nil:
		return fleet.Group{Hosts: []fleet.HostResult{h}}.Reason()
	case h.Exit.Signal != "":
		return "ended by SIG" + h.Exit.Signal
	}
	return fmt.Sprintf("exit %d", h.Exit.Code)
}

// idsOf names hosts; a large group by its regions.
func idsOf(hosts []fleet.HostResult) string {
	const most = 8
	if len(hosts) <= most {
		ids := make([]string, len(hosts))
		for i, h := range hosts {
			ids[i] = string(h.Instance)
		}
		return strings.Join(ids, " ")
	}
	var order []fleet.Region
	by := map[fleet.Region]int{}
	for _, h := range hosts {
		if by[h.Region]++; by[h.Region] == 1 {
			order = append(order, h.Region)
		}
	}
	words := make([]string, len(order))
	for i, r := range order {
		words[i] = fmt.Sprintf("%s %d", r, by[r])
	}
	return strings.Join(words, ", ")
}

// ranOn prints the results and gives the exit code.
func (a *app) ranOn(s *session, m *model, snap fleet.RunSnapshot) error {
	failed := 0
	r := result{Fleet: s.spec.Name, Hosts: []jsonHost{}, Errors: m.down()}
	for _, h := range snap.Hosts {
		j := jsonHost{
			ID: h.Instance, Region: h.Region, Phase: h.Phase.String(), Output: h.Output, Cut: h.Cut, File: h.File, Sum: h.Sum,
			Seconds: h.Took.Seconds(), Signal: h.Exit.Signal,
		}
		if snap.Kind != fleet.OpRun {
			j.Bytes = &h.Moved
		}
		if h.Failed() || !h.Done {
			failed++
		}
		switch {
		case h.Err != nil:
			j.Error = h.Err.Error()
			r.Errors = append(r.Errors, toJSONError(h.Err))
		case h.Done:
			code := h.Exit.Code
			j.Exit = &code
		}
		r.Hosts = append(r.Hosts, j)
		if a.flags.json {
			continue
		}
		switch {
		case h.Err != nil:
			fmt.Fprintf(a.env.Stderr, "%s: %s\n", h.Instance, h.Err)
		case !h.Done:
			fmt.Fprintf(a.env.Stderr, "%s: has not ended; nobody knows how far it is\n", h.Instance)
		case !h.Exit.OK():
			fmt.Fprintf(a.env.Stderr, "%s: exit %d %s\n", h.Instance, h.Exit.Code, h.Exit.Signal)
		}
	}
	if a.flags.json {
		a.printResult(r)
	} else {
		text := fmt.Sprintf("ok on %d of %d", len(snap.Hosts)-failed, len(snap.Hosts))
		if snap.Kind == fleet.OpRun { // what copies print differs by its nature
			text += " (" + fleet.Count(snap.Hosts).String() + ")"
		}
		fmt.Fprintln(a.env.Stderr, text)
	}
	switch failed {
	case 0:
		return nil
	case len(snap.Hosts):
		return &exit{code: exitFailed, told: true}
	}
	return &exit{code: exitPartial, told: true}
}
