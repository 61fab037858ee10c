package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"spot-tui/tui"
)

// jsonKey is one action of the full screen and the keys that do it.
type jsonKey struct {
	Place string   `json:"place"` // the screen or dialog in which the keys work
	Keys  []string `json:"keys"`
	What  string   `json:"what"`
	Risk  string   `json:"risk"` // "safe", "costs money" or "destroys"
}

func (a *app) keysCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "keys",
		Short: "List every key of the full screen",
		Args:  cobra.NoArgs,
		RunE: a.verb(func(*cobra.Command, []string) error {
			keys := readKeys(tui.KeysPage())
			if a.flags.json {
				a.printResult(result{Keys: keys})
				return nil
			}
			a.printKeys(keys)
			return nil
		}),
	}
}

// readKeys reads the rows of the page that the screen makes of its own table of
// actions, so that there is one source of it.
func readKeys(page string) []jsonKey {
	var keys []jsonKey
	place := ""
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		if head, ok := strings.CutPrefix(line, "## "); ok {
			place = head
		}
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		words, rest, _ := strings.Cut(strings.TrimPrefix(line, "| "), "` | ")
		what, risk, _ := strings.Cut(strings.TrimSuffix(rest, " |"), " | ")
		keys = append(keys, jsonKey{Place: place, Keys: strings.Split(strings.Trim(words, "`"), "` `"), What: what, Risk: risk})
	}
	return keys
}

func (a *app) printKeys(keys []jsonKey) {
	wide := 0
	for _, k := range keys {
		wide = max(wide, len([]rune(strings.Join(k.Keys, " "))))
	}
	for i, k := range keys {
		if i == 0 || keys[i-1].Place != k.Place {
			if i > 0 {
				a.printf("\n")
			}
			a.printf("%s\n", k.Place)
		}
		words := strings.Join(k.Keys, " ")
		risk := ""
		if !slices.Contains([]string{"", "safe"}, k.Risk) {
			risk = " (" + k.Risk + ")"
		}
		a.printf("  %s%s  %s%s\n", words, strings.Repeat(" ", wide-len([]rune(words))), k.What, risk)
	}
}
