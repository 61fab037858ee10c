package tui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// The screen's own code reads no clock: time comes with the facts and the ticks.
// Disk and environment are for commands, which are in the files named here.
func TestUpdateAndViewReadNoClockAndNoDisk(t *testing.T) {
	t.Parallel()
	commands := []string{"complete.go", "takeaway.go", "run.go", "shell.go"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		seen++
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := s.X.(*ast.Ident)
			if !ok {
				return true
			}
			switch use := from.Name + "." + s.Sel.Name; {
			case slices.Contains([]string{"time.Now", "time.Since", "time.Until", "time.Sleep"}, use):
				t.Errorf("%s uses %s", name, use)
			case (from.Name == "os" || from.Name == "ioutil" || from.Name == "net") && !slices.Contains(commands, name):
				t.Errorf("%s uses %s, which is for commands", name, use)
			}
			return true
		})
	}
	if seen < 30 {
		t.Errorf("only %d files were looked at", seen)
	}
}
