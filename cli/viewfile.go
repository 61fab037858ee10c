package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"spot-tui/tui"
)

// viewFile is where a fleet's view lies; a fleet's name is a plain word, which
// the config's check holds.
func (s *session) viewFile() string {
	return filepath.Join(s.paths.state, "views", string(s.spec.Name)+".json")
}

// view is how the fleet was looked at last. One that can't be read is not worth
// a complaint on the screen: it begins as new.
func (s *session) view() tui.View {
	var v tui.View
	b, err := os.ReadFile(s.viewFile())
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		s.log.Warn("the kept view can't be read; the screen begins as new", "file", s.viewFile(), "error", err)
		return tui.View{}
	}
	return v
}

// saveView replaces the file at once, so that a crash leaves the old one or the
// new one.
func (s *session) saveView(v tui.View) error {
	fail := func(err error) error {
		return fmt.Errorf("keep the view in %s: %w; the screen goes on without", s.viewFile(), err)
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fail(err)
	}
	dir := filepath.Dir(s.viewFile())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fail(err)
	}
	f, err := os.CreateTemp(dir, ".view-*")
	if err != nil {
		return fail(err)
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.viewFile())
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what was begun
		return fail(err)
	}
	return nil
}
