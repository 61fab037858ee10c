package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// arrows says for each room which of our rooms its non-test code may import,
// as docs/architecture.md draws them. A room that is missing here fails.
func arrows() map[string][]string {
	return map[string][]string{
		"":       {"cli"},
		"cli":    {"aws", "config", "fleet", "sim", "ssh", "state", "tui"},
		"tui":    {"fleet", "config", "tui"},
		"fleet":  {},
		"aws":    {"fleet"},
		"ssh":    {"fleet"},
		"state":  {"fleet"},
		"config": {"fleet"},
		"sim":    {"sim"},
	}
}

type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ps []listed
	for d := json.NewDecoder(out); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return ps
}

// room is the top-level folder of one of our packages; ok is false for others'.
func room(path string) (string, bool) {
	if path == "spot-tui" {
		return "", true
	}
	rest, ok := strings.CutPrefix(path, "spot-tui/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

func TestRoomsImportOnlyDownwards(t *testing.T) {
	allowed := arrows()
	seen := map[string]bool{}
	for _, p := range packages(t) {
		from, ok := room(p.ImportPath)
		if !ok {
			t.Fatalf("%s is not ours", p.ImportPath)
		}
		may, known := allowed[from]
		if !known {
			t.Errorf("room %q is not in the plan: add it to docs/architecture.md and here", from)
			continue
		}
		seen[from] = true
		for _, imp := range p.Imports {
			to, ours := room(imp)
			if ours && !contains(may, to) {
				t.Errorf("%s imports %s: %s may import %v only", p.ImportPath, imp, from, may)
			}
			if from == "fleet" && !ours && strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
				t.Errorf("%s imports %s: fleet imports the standard library only", p.ImportPath, imp)
			}
			if from == "tui" && (strings.HasPrefix(imp, "github.com/aws/") || imp == "net" || imp == "net/http" || imp == "database/sql") {
				t.Errorf("%s imports %s: the tui never sees an SDK type, a socket or a database", p.ImportPath, imp)
			}
		}
	}
	for r := range allowed {
		if !seen[r] {
			t.Errorf("room %q has no package", r)
		}
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// A program that may call a method by a name that is made while it runs keeps
// every method of every type: of EC2's client alone 19 MB, of which a good part
// is resident. text/template does, wherever it is used.
func TestTheLinkerLeavesOutWhatIsNotCalled(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "build", "-ldflags=-dumpdep", "-o", os.DevNull, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !bytes.Contains(out, []byte("main.main -> spot-tui/cli.Main")) {
		t.Fatal("the linker did not say what refers to what")
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "<ReflectMethod> ->") {
			t.Errorf("every method of the program is kept for the sake of: %s", line)
			break
		}
	}
}
