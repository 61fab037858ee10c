package cli

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to make a file of the future
)

// A store that can't be used is said clearly, keeps from launching, and from
// nothing else.
func TestABadStoreOnlyStopsLaunching(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string){
		"damaged": func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("not a database ", 500)), 0o600))
		},
		"newer": func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			must(t, err)
			defer db.Close()
			_, err = db.Exec("PRAGMA user_version = 99")
			must(t, err)
		},
		"unusable": func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, os.Mkdir(path, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := startCloud(t, "0.01")
			before := cl.inventory()
			p := newProgram(t)
			p.env = cl.env
			p.setup("store")
			p.must(0, "create", "--yes", "--json")
			path := filepath.Join(p.home, "spot", "state", "state.db")
			for _, beside := range []string{"-wal", "-shm"} {
				_ = os.Remove(path + beside) // may not be there
			}
			spoil(t, path)

			r := p.must(0, "list", "--json")
			if n := len(r.result(t).Instances); n != 3 || !strings.Contains(r.stderr, "state.db") {
				t.Errorf("list shows %d instances and says %q", n, r.stderr)
			}
			p.retarget(3, 5)
			r = p.run("create", "--yes", "--json")
			if es := r.result(t).Errors; r.code == 0 || len(es) == 0 || strings.Contains(es[0].Message, "\n") {
				t.Errorf("create without a journal: exit %d, %s", r.code, describe(es))
			}
			if n := cl.instances(); n != 3 {
				t.Errorf("%d instances although nothing can be journaled", n)
			}
			if r := p.must(0, "destroy", "--yes", "--json").result(t); !r.Receipt.Clean() {
				t.Errorf("destroy: %+v", r.Receipt)
			}
			if after := cl.inventory(); after != before {
				t.Errorf("left: %s", after)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Two creates at the same moment, from one folder and from two, make one fleet:
// one of them may be told to wait or to plan again, but never is anything made
// twice.
func TestTwoCreatesAtOnceMakeOneFleet(t *testing.T) {
	t.Parallel()
	for name, homes := range map[string]int{"one folder": 1, "two folders": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := startCloud(t, "0.05")
			a := newProgram(t)
			a.env = cl.env
			a.setup("twice")
			b := a
			if homes == 2 {
				b = newProgram(t)
				b.env = cl.env
				b.setup("twice")
			}
			done := make(chan ran, 2)
			for _, p := range []*program{a, b} {
				go func() { done <- p.run("create", "--yes", "--json") }()
			}
			won := 0
			for range 2 {
				r := <-done
				switch es := r.result(t).Errors; {
				case r.code == 0:
					won++
				case len(es) == 0 || es[0].Kind != "conflict":
					t.Errorf("exit %d: %s", r.code, describe(es))
				}
			}
			if n := cl.instances(); won == 0 || n != 3 {
				t.Errorf("%d ended well, %d instances, want 3", won, n)
			}
			a.must(0, "create", "--yes", "--json")
			if n := cl.instances(); n != 3 {
				t.Errorf("%d instances after one more", n)
			}
			a.must(0, "destroy", "--yes", "--json")
		})
	}
}
