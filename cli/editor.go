package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"

	"spot-tui/config"
	"spot-tui/tui"
)

// editor is the command that edits a file. What a person sets may have words of
// its own ("code --wait"), which a shell reads, as git does; the file's name is
// never read by it.
func editor(getenv func(string) string, path string) []string {
	set := getenv("VISUAL")
	if set == "" {
		set = getenv("EDITOR")
	}
	if set != "" {
		if _, err := exec.LookPath("sh"); err != nil {
			return append(strings.Fields(set), path)
		}
		return []string{"sh", "-c", set + ` "$1"`, "sh", path}
	}
	for _, name := range []string{"vi", "nano", "notepad"} {
		if at, err := exec.LookPath(name); err == nil {
			return []string{at, path}
		}
	}
	return nil
}

// configFile is the config for the screen. The demo's lies in a throwaway folder,
// where editing would be lost.
func (s *session) configFile() tui.ConfigFile {
	path := s.spec.ConfigPath
	if path == "" || s.demo != nil && s.a.flags.config == "" {
		return tui.ConfigFile{}
	}
	before, _ := os.ReadFile(path) // unreadable now: then it has changed once it can be read
	return tui.ConfigFile{Path: path, Editor: editor(s.a.env.Getenv, path), Check: func(context.Context) (bool, []string) {
		now, err := os.ReadFile(path)
		if err == nil {
			_, err = config.LoadFor(path, keyedActions())
		}
		var es config.Errors
		switch {
		case errors.As(err, &es):
			lines := make([]string, len(es))
			for n, e := range es {
				lines[n] = e.Error()
			}
			return true, lines
		case err != nil:
			return true, []string{err.Error()}
		}
		return !bytes.Equal(before, now), nil
	}}
}
