package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

// paths are the folders of this run.
type paths struct {
	state string // journal, known_hosts, keys, log; 0700
	cache string
}

// findPaths gives the folders, made where they are missing. $SPOT_TUI_HOME
// moves all of them.
func (s *session) findPaths() (paths, error) {
	home := s.a.env.Getenv("SPOT_TUI_HOME")
	if s.demo != nil {
		home = s.demo.home
	}
	return makePaths(home)
}

func makePaths(home string) (paths, error) {
	p := paths{state: filepath.Join(xdg.StateHome, "spot-tui"), cache: filepath.Join(xdg.CacheHome, "spot-tui")}
	if home != "" {
		p = paths{state: filepath.Join(home, "state"), cache: filepath.Join(home, "cache")}
	}
	for _, d := range []string{p.state, p.cache} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return p, fmt.Errorf("make the folder %s: %w; set SPOT_TUI_HOME to a folder that can be written", d, err)
		}
	}
	return p, nil
}
