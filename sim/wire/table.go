package wire

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed tables_gen.txt
var tableText string

// table is the generated model, read once per process and never changed.
type table struct {
	operations map[string]operation
	shapes     map[string]*shape
	names      []string // of operations, sorted
}

type operation struct{ input, output string }

// shape is a structure (members by API name) or a list (item).
type shape struct {
	members map[string]member
	byQuery map[string]string // query name → member name
	item    string            // the element name of a list's entries in XML
	of      string            // what a list holds
	list    bool
}

// member is one member of a structure under its wire names. A target that
// starts with '.' is a scalar type.
type member struct{ query, xml, target string }

// tables reads the embedded table. A table that can't be read is a broken
// build, which the first test notices; so it panics.
var tables = sync.OnceValue(func() *table {
	t, err := parseTable(tableText)
	if err != nil {
		panic(err)
	}
	return t
})

func parseTable(text string) (*table, error) {
	t := &table{operations: map[string]operation{}, shapes: map[string]*shape{}}
	var current *shape
	n := 0
	for line := range strings.Lines(text) {
		n++
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case strings.HasPrefix(line, "#"):
		case f[0] == "o" && len(f) == 4:
			t.operations[f[1]] = operation{f[2], f[3]}
			t.names = append(t.names, f[1])
		case f[0] == "s" && len(f) == 2:
			current = &shape{members: map[string]member{}, byQuery: map[string]string{}}
			t.shapes[f[1]] = current
		case f[0] == "m" && len(f) == 5 && current != nil:
			current.members[f[1]] = member{f[2], f[3], f[4]}
			current.byQuery[f[2]] = f[1]
		case f[0] == "l" && len(f) == 4:
			t.shapes[f[1]] = &shape{list: true, item: f[2], of: f[3]}
		default:
			return nil, fmt.Errorf("tables_gen.txt:%d: %q is not a line of the table; run go generate", n, line)
		}
	}
	slices.Sort(t.names)
	return t, nil
}

// Operations lists the EC2 operations of the table, sorted.
func Operations() []string { return slices.Clone(tables().names) }

// HasInput says whether an operation takes a parameter of that member name.
func HasInput(op, member string) bool {
	t := tables()
	s := t.shapes[t.operations[op].input]
	if s == nil {
		return false
	}
	_, ok := s.members[member]
	return ok
}

// Fit copies of a tree what the named shape has members for. It turns what a
// request said into what an answer can show.
func Fit(shapeName string, tree Map) Map {
	out, _ := fit(tables(), shapeName, tree).(Map)
	return out
}

func fit(t *table, target string, v any) any {
	s := t.shapes[target]
	if s == nil {
		return v
	}
	if s.list {
		in, _ := v.(List)
		out := make(List, len(in))
		for i, e := range in {
			out[i] = fit(t, s.of, e)
		}
		return out
	}
	in, _ := v.(Map)
	out := Map{}
	for k, e := range in {
		if m, ok := s.members[k]; ok {
			out[k] = fit(t, m.target, e)
		}
	}
	return out
}
