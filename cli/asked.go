package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"spot-tui/config"
	"spot-tui/fleet"
)

// asked is what a plan is to have otherwise than the config says.
type asked struct {
	target   int
	lifetime string
	types    string
	image    string
}

func (q *asked) flags(c *cobra.Command) {
	c.Flags().IntVar(&q.target, "target", 0, "instances over all regions, this once (default: the config's)")
	c.Flags().StringVar(&q.lifetime, "lifetime", "", "the fleet ends by itself this long after its launch, such as 8h or 2d; a running fleet keeps its end (default: the config's)")
	c.Flags().StringVar(&q.types, "types", "", "instance types with commas, this once, in place of the config's")
	c.Flags().StringVar(&q.image, "image", "", "image, this once: ubuntu-24.04, ubuntu-22.04, debian-12, al2023 or an ami-… id (default: the config's)")
}

// request checks the flags.
func (q *asked) request(c *cobra.Command) (fleet.PlanRequest, error) {
	r := fleet.PlanRequest{Target: q.target}
	if c.Flags().Changed("target") && (q.target < 1 || q.target > config.MaxTarget) {
		return r, usage("--target must be 1 to %d", config.MaxTarget)
	}
	if q.image != "" {
		if err := config.CheckImage(q.image); err != nil {
			return r, usage("--image: %v", err)
		}
		r.Image = q.image
	}
	for _, t := range strings.FieldsFunc(q.types, func(c rune) bool { return c == ',' || c == ' ' }) {
		r.Types = append(r.Types, fleet.InstanceType(strings.ToLower(t)))
	}
	if c.Flags().Changed("types") && len(r.Types) == 0 {
		return r, usage("--types names no type")
	}
	if q.lifetime == "" {
		return r, nil
	}
	d, err := config.CheckLifetime(q.lifetime)
	if err != nil {
		return r, usage("--lifetime: %v", err)
	}
	r.Lifetime = d
	return r, nil
}
