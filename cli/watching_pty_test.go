//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// With the script and the key gone the screen still opens on the fleet, and
// says what it lacks when something is to be launched.
func TestTheScreenOpensWithoutScriptAndKey(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.setup("watched", "# setup = ", "setup = ")
	if err := os.Remove(filepath.Join(p.home, "spot", "state", "id_ed25519")); err != nil {
		t.Fatal(err)
	}
	s := openScreen(t, p, 160, 40, "--demo", "--config", filepath.Join(p.dir, "config.toml"))
	s.sees("123456789012", "n new")
	s.key("n")
	s.sees("ssh.private_key", "there is no file")
	s.changes("\x1b", "there is no file")
	s.key("q")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("it ended badly: %v", err)
	}
}
