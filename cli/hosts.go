package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// hostFlags say on which instances something is done, and how long it may take.
type hostFlags struct {
	on       []string
	all      bool
	filter   filterFlag
	parallel int
	connect  time.Duration
	idle     time.Duration
	total    time.Duration
}

func (h *hostFlags) add(c *cobra.Command, total time.Duration) {
	h.choose(c)
	f := c.Flags()
	f.IntVar(&h.parallel, "parallel", 0, "instances at the same time (default: ssh.parallel of the config)")
	f.DurationVar(&h.connect, "connect-timeout", 15*time.Second, "longest time until an instance has taken it; a lost connection is tried again until then")
	f.DurationVar(&h.idle, "idle-timeout", 0, "longest time without a sign of progress (default: no limit)")
	f.DurationVar(&h.total, "timeout", total, "longest time on each instance")
}

// choose adds the flags that choose instances.
func (h *hostFlags) choose(c *cobra.Command) {
	c.Flags().StringSliceVar(&h.on, "on", nil, "only on these instance ids (default: every ready instance)")
	c.Flags().BoolVar(&h.all, "all", false, "every running instance, also those that are not ready")
	h.filter.add(c, "only the ready instances that match")
}

func (h *hostFlags) limits() fleet.Limits {
	return fleet.Limits{Connect: h.connect, Idle: h.idle, Total: h.total}
}

// read checks what was said.
func (h *hostFlags) read(c *cobra.Command) error {
	if err := h.filter.read(c); err != nil {
		return err
	}
	switch {
	case h.filter.given && len(h.on) > 0:
		return usage("say --on or --filter, not both")
	case h.all && len(h.on) > 0:
		return usage("say --on or --all, not both")
	case h.parallel < 0:
		return usage("--parallel: %d is no number of instances; say 1 or more", h.parallel)
	}
	for name, d := range map[string]time.Duration{"connect-timeout": h.connect, "idle-timeout": h.idle, "timeout": h.total} {
		if d < 0 || d == 0 && name != "idle-timeout" && c.Flags().Lookup(name) != nil {
			return usage("--%s: %s is no time; say, for example, 30s", name, d)
		}
	}
	return nil
}

// pick gives the named instances, or every ready one that the filter takes, in
// the order of the list.
func (h *hostFlags) pick(m *model) ([]fleet.InstanceID, error) {
	if len(h.on) > 0 {
		return pick(m, h.on)
	}
	var ids []fleet.InstanceID
	taken := h.filter.only(m.list(false))
	if len(taken) == 0 && h.filter.given {
		return nil, h.filter.none(m)
	}
	for _, i := range taken {
		if i.Stage == fleet.StageReady || h.all && i.State == fleet.StateRunning {
			ids = append(ids, i.ID)
		}
	}
	if len(ids) == 0 {
		return nil, &fleet.Error{Op: "run", Kind: fleet.KindGone, Err: fmt.Errorf("none of %d instances of fleet %s is ready", len(taken), m.summary.Fleet), Hint: "`spot-tui list` shows why; --all and --on take instances that aren't ready"}
	}
	return ids, nil
}

// chosen gives instances that were named as arguments, or by the flags.
func (h *hostFlags) chosen(m *model, args []string) ([]fleet.InstanceID, error) {
	if len(args) > 0 && (h.filter.given || len(h.on) > 0 || h.all) {
		return nil, usage("name instances or say --filter, --on or --all, not both")
	}
	if len(args) > 0 {
		return pick(m, args)
	}
	return h.pick(m)
}
