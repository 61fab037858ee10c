package cli

import (
	"fmt"

	"spot-tui/config"
	"spot-tui/fleet"
)

// jsonDeploy is what becomes of a folder that was made for the predecessor.
type jsonDeploy struct {
	Folder string   `json:"folder"`
	Does   []string `json:"does"`
	Leaves []string `json:"leaves"` // what is not done
}

// deployed is it for scripts; nil where the config names no such folder.
func deployed(d config.Deploy) *jsonDeploy {
	if d.Folder == "" {
		return nil
	}
	return &jsonDeploy{d.Folder, append([]string{}, d.Does...), append([]string{}, d.Leaves...)}
}

// tellDeploy says what becomes of each part of the folder.
func (a *app) tellDeploy(d config.Deploy) {
	if d.Folder == "" || a.flags.json {
		return
	}
	a.printf("%s, made for the predecessor:\n", fleet.Clean(d.Folder))
	for _, s := range d.Does {
		a.printf("  %s\n", fleet.Clean(s))
	}
	for _, s := range d.Leaves {
		fmt.Fprintf(a.env.Stderr, "spot-tui: warning: %s\n", fleet.Clean(s))
	}
}
