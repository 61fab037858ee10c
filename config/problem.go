package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a config file.
type Problem struct {
	File string
	Line int    // counts from 1; 0 where no line is to blame
	Col  int    // in characters, counts from 1; 0 where no line is to blame
	Key  string // "fleet.target", "region[0].name"; may be empty
	Msg  string // what is wrong; what to do
}

// Error gives the problem as one line: file:line: key: message.
func (p Problem) Error() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Key == "" {
		return where + ": " + p.Msg
	}
	return fmt.Sprintf("%s: %s: %s", where, p.Key, p.Msg)
}

// Errors are all mistakes of a file, in the order of its lines.
type Errors []Problem

// Error gives one line per problem.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, p := range es {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// sort puts problems in the order of the file, whatever order they were found
// in; those without a line come last.
func (es Errors) sort() {
	slices.SortStableFunc(es, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return b.Line - a.Line
		}
		return cmp.Or(a.Line-b.Line, a.Col-b.Col, cmp.Compare(a.Key, b.Key), cmp.Compare(a.Msg, b.Msg))
	})
}
