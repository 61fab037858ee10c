package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

// filterFlag is --filter of a verb that takes instances.
type filterFlag struct {
	text  string
	given bool
	expr  fleet.Filter
}

func (f *filterFlag) add(c *cobra.Command, what string) {
	c.Flags().StringVar(&f.text, "filter", "", what+": text, field:value, age>1h, /regex/, !not, or (docs/cli.md)")
}

// read reads the expression. An empty one is refused: a script whose variable
// is not set must not mean every instance.
func (f *filterFlag) read(c *cobra.Command) error {
	if f.given = c.Flags().Changed("filter"); !f.given {
		return nil
	}
	var err error
	if f.expr, err = fleet.ParseFilter(f.text); err != nil {
		return &exit{code: exitUsage, err: fmt.Errorf("--filter: %w", err)}
	}
	if f.expr.Empty() {
		return usage("--filter is empty; leave it out to take every instance")
	}
	return nil
}

// only keeps the instances that the filter takes; without one, all.
func (f *filterFlag) only(is []fleet.Instance) []fleet.Instance {
	if !f.given {
		return is
	}
	now := time.Now()
	var taken []fleet.Instance
	for _, i := range is {
		if f.expr.Match(i, now) {
			taken = append(taken, i)
		}
	}
	return taken
}

// ids gives the ids of the instances that the filter takes, of all that are
// there. It is an error if there is none: none must never become all.
func (f *filterFlag) ids(m *model) ([]fleet.InstanceID, error) {
	var ids []fleet.InstanceID
	for _, i := range f.only(m.list(false)) {
		ids = append(ids, i.ID)
	}
	if len(ids) == 0 {
		return nil, f.none(m)
	}
	return ids, nil
}

func (f *filterFlag) none(m *model) error {
	return &fleet.Error{
		Op: "choose instances", Kind: fleet.KindGone,
		Err:  fmt.Errorf("--filter %s takes none of %d", f.expr, len(m.list(false))),
		Hint: "`spot-tui list` shows them",
	}
}

// single gives the one instance that the filter takes.
func (f *filterFlag) single(m *model) (fleet.InstanceID, error) {
	ids, err := f.ids(m)
	if err != nil {
		return "", err
	}
	if len(ids) > 1 {
		return "", usage("--filter %s takes %d instances, not one: %s", f.expr, len(ids), some(ids))
	}
	return ids[0], nil
}

// some lists ids, but not so many that a sentence becomes a page.
func some(ids []fleet.InstanceID) string {
	const most = 10
	var words []string
	for n, id := range ids {
		if n == most {
			words = append(words, fmt.Sprintf("and %d more", len(ids)-most))
			break
		}
		words = append(words, string(id))
	}
	return strings.Join(words, ", ")
}
