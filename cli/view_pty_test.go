//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// How a fleet was looked at comes back with the next start, and a damaged file
// of it is only said in the log.
func TestTheViewComesBack(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.03")
	p := newProgram(t)
	p.env = cl.env
	p.setup("seen")
	p.must(0, "create", "--yes")
	leave := func(s *screen) {
		s.key("q")
		s.sees("leave")
		s.key("q")
		s.ends(0)
	}
	s := openScreen(t, p, 120, 30)
	s.sees("3 of 3 ready")
	s.key("/")
	s.typed("region:eu-west-1")
	s.key("\r")
	s.sees("region:eu-west-1")
	kept := filepath.Join(p.home, "spot", "state", "views", "seen.json")
	eventually(t, "a kept view", func() bool {
		b, err := os.ReadFile(kept)
		return err == nil && strings.Contains(string(b), "region:eu-west-1")
	})
	leave(s)
	again := openScreen(t, p, 120, 30)
	again.sees("region:eu-west-1")
	leave(again)
	if err := os.WriteFile(kept, []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := openScreen(t, p, 120, 30)
	fresh.sees("3 of 3 ready")
	leave(fresh)
	log, err := os.ReadFile(filepath.Join(p.home, "spot", "state", "spot-tui.log"))
	if err != nil || !strings.Contains(string(log), "the kept view can't be read") {
		t.Errorf("the log says nothing about the damaged view (%v)", err)
	}
}
