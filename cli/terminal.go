package cli

import (
	"slices"
	"strings"

	"spot-tui/tui/theme"
)

// themeName is the theme of the flag, else that of the config.
func (a *app) themeName(configured string) (string, error) {
	t := a.flags.theme
	if t == "" {
		return configured, nil
	}
	if !slices.Contains(theme.Names(), t) {
		return "", usage("--theme: %s is not one of %s", t, strings.Join(theme.Names(), ", "))
	}
	return t, nil
}

// narrowLocale says whether the locale names a character set that is not UTF-8.
// The first of its variables that is set counts, as POSIX has it. No variable
// at all says nothing: many a login over SSH has none, on a UTF-8 terminal.
func narrowLocale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}
