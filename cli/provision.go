package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) provisionCmd() *cobra.Command {
	var h hostFlags
	var fromStart bool
	c := &cobra.Command{
		Use:   "provision [INSTANCE...]",
		Short: "Set instances up again: where it failed, or from the start",
		Long: `Set instances up again, without launching new ones. Without a name it takes
those whose setup failed. Each goes on at the first step that was not done;
--from-start does every step again. It ends when each is ready or has failed.`,
		Example: `  spot-tui provision
  spot-tui provision --from-start i-0123456789abcdef0`,
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			if err := h.filter.read(c); err != nil {
				return err
			}
			s, err := a.open(need{key: true, launch: true})
			if err != nil {
				return err
			}
			defer s.shut()
			m, err := s.scan(c.Context())
			if err != nil {
				return err
			}
			var ids []fleet.InstanceID
			if len(args)+len(h.on) == 0 && !h.filter.given && !h.all {
				ids, err = unfinished(m)
			} else {
				h.all = true // who is named need not be ready
				ids, err = h.named(m, args)
			}
			if err != nil {
				return err
			}
			return a.provision(c, s, m, ids, fromStart)
		}),
	}
	h.choose(c)
	c.Flags().BoolVar(&fromStart, "from-start", false, "do every step again")
	return c
}

// named is chosen for a verb that takes what is not ready, too.
func (h *hostFlags) named(m *model, args []string) ([]fleet.InstanceID, error) {
	if len(args) > 0 {
		h.all = false
	}
	return h.chosen(m, args)
}

// unfinished gives the instances that run and are not ready.
func unfinished(m *model) ([]fleet.InstanceID, error) {
	var ids []fleet.InstanceID
	for _, i := range m.list(false) {
		if i.State == fleet.StateRunning && i.Stage != fleet.StageReady {
			ids = append(ids, i.ID)
		}
	}
	if len(ids) == 0 {
		return nil, &fleet.Error{Op: "provision", Kind: fleet.KindGone, Err: fmt.Errorf("every running instance of fleet %s is ready", m.summary.Fleet), Hint: "name one, with --from-start, to set it up again"}
	}
	return ids, nil
}

func (a *app) provision(c *cobra.Command, s *session, m *model, ids []fleet.InstanceID, fromStart bool) error {
	op, err := s.engine.Provision(ids, fromStart)
	if err != nil {
		return err
	}
	taken := map[fleet.InstanceID]bool{}
	for _, id := range ids {
		taken[id] = true
	}
	o, err := s.track(c.Context(), m, op, func() *board { return provisionBoard(taken, m, time.Now()) })
	if err != nil {
		return err
	}
	r := result{Fleet: s.spec.Name, Instances: []jsonInstance{}, Errors: m.down()}
	for _, f := range o.Failures {
		r.Errors = append(r.Errors, toJSONError(f))
	}
	failed := 0
	for _, id := range ids {
		i := m.instances[id]
		if i.Stage != fleet.StageReady {
			failed++
			if !a.flags.json {
				fmt.Fprintf(a.env.Stderr, "%s: %s\n", id, i.Reason)
			}
		}
		r.Instances = append(r.Instances, toJSON(i))
	}
	if a.flags.json {
		a.printResult(r)
	} else {
		fmt.Fprintf(a.env.Stderr, "%d of %d ready\n", len(ids)-failed, len(ids))
	}
	switch failed {
	case 0:
		return nil
	case len(ids):
		return &exit{code: exitFailed, told: true}
	}
	return &exit{code: exitPartial, told: true}
}

// provisionBoard shows the regions of what is set up again.
func provisionBoard(taken map[fleet.InstanceID]bool, m *model, now time.Time) *board {
	b := &board{heads: []string{"ASKED", "AT WORK", "READY", "FAILED"}, started: now}
	for _, r := range m.regions {
		for id := range taken {
			if m.instances[id].Region == r.Region {
				b.row(r.Region)
			}
		}
	}
	b.count = func(m *model, r fleet.Region) tally {
		t := tally{}
		for id := range taken {
			i := m.instances[id]
			if i.Region != r {
				continue
			}
			t.asked++
			switch {
			case i.Stage == fleet.StageReady:
				t.good++
			case i.Stage == fleet.StageFailed || i.Stage.Leaving():
				t.bad++
			default:
				t.half++
			}
		}
		t.counts = []int{t.asked, t.half, t.good, t.bad}
		return t
	}
	b.tallyAll(m, now)
	return b
}
