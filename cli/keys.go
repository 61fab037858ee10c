package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"spot-tui/config"
	"spot-tui/tui"
)

// jsonKey is one action of the full screen and the keys that do it.
type jsonKey struct {
	Place string   `json:"place"` // the screen or dialog in which the keys work
	Name  string   `json:"name"`  // what [keys] in the config calls it
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
			keys := a.boundKeys()
			if a.flags.json {
				a.printResult(result{Keys: keys})
				return nil
			}
			a.printKeys(keys)
			return nil
		}),
	}
}

// keyedActions is what a config may give other keys to.
func keyedActions() config.Actions {
	return config.Actions{Names: tui.ActionNames(), Check: func(keys map[string][]string) map[string]string { return tui.CheckBindings(keys) }}
}

// boundKeys lists every key, with those of the config where there is one. A
// config with a mistake must not keep anyone from looking up a name for it.
func (a *app) boundKeys() []jsonKey {
	var own tui.Bindings
	if path, err := config.Find(a.flags.config, a.env.Getenv); err == nil {
		f, err := config.LoadFor(path, keyedActions())
		if err != nil {
			fmt.Fprintln(a.env.Stderr, "spot-tui: warning: the config can't be used, so these are the keys without it; `spot-tui validate` says why")
		} else {
			own = f.Keys()
		}
	}
	var keys []jsonKey
	for _, r := range tui.KeyTable(own) {
		keys = append(keys, jsonKey{Place: r.Place, Name: r.Name, Keys: r.Keys, What: r.What, Risk: r.Risk})
	}
	return keys
}

func (a *app) printKeys(keys []jsonKey) {
	wide, names := 0, 0
	for _, k := range keys {
		wide, names = max(wide, len([]rune(strings.Join(k.Keys, " ")))), max(names, len(k.Name))
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
		a.printf("  %s%s  %-*s  %s%s\n", words, strings.Repeat(" ", wide-len([]rune(words))), names, k.Name, k.What, risk)
	}
}

// onScreen are the verbs that the full screen has as an action, by its name.
func onScreen() map[string]string {
	return map[string]string{
		"cleanup": "screenleftovers",
		"exec":    "run", "upload": "upload", "fetch": "fetch", "provision": "provision", "logs": "follow", "ssh": "shell", "shells": "panes",
		"forward": "forward", "explain": "explain", "plan": "new", "prices": "screenprices", "create": "new", "destroy": "destroy", "keys": "help",
	}
}

// nameKeys has the help of each verb say where the full screen has it.
func nameKeys(root *cobra.Command) {
	keys := map[string]string{}
	for _, r := range tui.KeyTable(nil) {
		if len(r.Keys) > 0 {
			keys[r.Name] = r.Keys[0]
		}
	}
	for _, c := range root.Commands() {
		if key := keys[onScreen()[c.Name()]]; key != "" {
			if c.Long == "" {
				c.Long = c.Short + "."
			}
			c.Long += "\n\nOn the full screen: " + key
		}
	}
}
