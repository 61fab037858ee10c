package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

// fileName is the config file's name wherever it is looked for.
const fileName = "config.toml"

// Find gives the path of the config file: explicit (--config), else
// $SPOT_TUI_CONFIG, else the first that exists of ./config.toml and
// spot-tui/config.toml in the XDG config folder. The error says where it looked.
func Find(explicit string, getenv func(string) string) (string, error) {
	if explicit != "" {
		return explicit, nil
	}
	if p := getenv("SPOT_TUI_CONFIG"); p != "" {
		return p, nil
	}
	home := xdg.ConfigHome
	if p := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(p) {
		home = p // the caller's environment, which need not be the process's
	}
	personal := filepath.Join(home, "spot-tui", fileName)
	for _, p := range []string{fileName, personal} {
		// One that is there and can't be looked at is found: reading it says why.
		if _, err := os.Stat(p); !errors.Is(err, fs.ErrNotExist) {
			return p, nil
		}
	}
	return "", fmt.Errorf("there is no config file: --config and $SPOT_TUI_CONFIG are not set, and neither ./%s nor %s exists; `spot-tui setup --defaults` writes one, `spot-tui --demo` needs none", fileName, personal)
}
