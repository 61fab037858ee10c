//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An editor that ends at once, and one that stays, give the screen back intact,
// and what they left is checked.
func TestTheEditorGivesTheScreenBack(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.03")
	p := newProgram(t)
	script := filepath.Join(p.dir, "my editor")
	p.env = append(cl.env, "EDITOR='"+script+"' --wait", "VISUAL=")
	p.setup("edited")
	write := func(body string) {
		t.Helper()
		if err := os.WriteFile(script, []byte("#!/bin/sh\n[ \"$1\" = --wait ] || exit 9\n"+body), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write("true\n")
	s := openScreen(t, p, 120, 30)
	s.sees("n new")
	for n, c := range []struct{ body, says string }{
		{"true\n", "the config is what it was"},
		{"echo '[nonsense]' >> \"$2\"; sleep 0.3\n", "there is no such key"},
		{"grep -v nonsense \"$2\" > \"$2.new\"; mv \"$2.new\" \"$2\"; echo '# mended' >> \"$2\"\n", "it is used when spot-tui is started again"},
		{"exit 3\n", "edit the config: sh: exit status 3"},
	} {
		write(c.body)
		s.key("e")
		s.sees(c.says)
		if !s.alternate() {
			t.Fatalf("%d: the screen did not come back", n)
		}
		s.changes("\x1b", "help")
		s.sees("n new", "edited", "0 of 3 ready")
	}
	s.key("q")
	s.ends(0)
}

// A pager gets every line of a page, also one that reads nothing and ends at once,
// and the page is there again when it ends.
func TestThePagerGivesTheScreenBack(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	file := filepath.Join(p.dir, "paged")
	for n, pager := range []string{"cat > '" + file + "'", "true", "exit 4"} {
		p.env = []string{"PAGER=" + pager}
		s := openScreen(t, p, 100, 30, "--demo")
		s.sees("n new")
		s.key("@")
		s.sees("Command log", "nothing has been done")
		s.key("e")
		if pager == "exit 4" {
			s.sees("read in the pager: sh: exit status 4")
		}
		eventually(t, "the page again", func() bool { return s.alternate() })
		s.changes("\x1b", "Command log")
		s.sees("No instances.", "n new")
		s.key("q")
		s.ends(0)
		if n > 0 {
			continue
		}
		if b, err := os.ReadFile(file); err != nil || !strings.Contains(string(b), "nothing has been done in this session") {
			t.Errorf("the pager got %q (%v)", b, err)
		}
	}
}
