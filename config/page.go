package config

import (
	"fmt"
	"strings"
)

// page gives docs/configuration.md, made from the table of keys.
func page() string {
	var b strings.Builder
	b.WriteString(`# Configuration

One TOML file says what a fleet should be. [config.toml.example](../config.toml.example) shows every key;
` + "`spot-tui setup --defaults`" + ` writes such a file with a name and a key of your own. It is looked for in this order:
` + "`--config`, `$SPOT_TUI_CONFIG`, `./config.toml`, `spot-tui/config.toml`" + ` in the XDG config folder.

- ` + "`spot-tui validate`" + ` tells every mistake at once, each with its line and what to do. Unknown keys are mistakes.
- A source, script or key file that is missing, or a key that others can read, stops ` + "`validate`, `plan`, `create`" + ` and launching from
  the screen only: watching and destroying never need them.
- Durations are written like ` + "`30m`, `8h`, `1h30m` or `2d`" + `.
- In paths a leading ` + "`~` and `$VAR`" + ` are expanded (` + "`$$`" + ` is a dollar sign); a relative path starts at the file's folder.

This page is made from the program's own table of keys.
`)
	last := "?"
	for _, k := range keys() {
		if k.table != last {
			last = k.table
			head := "`" + heading(last) + "`"
			if last == "" {
				head = "The top of the file"
			}
			fmt.Fprintf(&b, "\n## %s\n\n| key | value | default | meaning |\n|---|---|---|---|\n", head)
		}
		name, def := "`"+k.name+"`", k.def
		if k.name == "" {
			name = "any"
		}
		if !k.wordy {
			def = "`" + def + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, k.kind.words(), def, k.meaning)
	}
	return b.String()
}
