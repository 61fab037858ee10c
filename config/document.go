package config

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is a parsed file: values by the TOML decoder, lines by a second
// parser that keeps positions, and the problems found so far.
type document struct {
	name  string
	root  map[string]any
	lines map[string]int // "fleet.target", "region[1].weight"
	errs  Errors
	warns Errors
}

// parse decodes the text. A syntax error is the only problem that hides others.
func parse(name string, text []byte) *document {
	d := &document{name: name, root: map[string]any{}, lines: map[string]int{}}
	if _, err := toml.Decode(string(text), &d.root); err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			d.errs = append(d.errs, Problem{File: name, Line: pe.Position.Line, Msg: pe.Message + "; mend the syntax"})
		} else {
			d.errs = append(d.errs, Problem{File: name, Msg: err.Error()})
		}
		return d
	}
	d.locate(text)
	return d
}

// locate notes the line of each key and table.
func (d *document) locate(text []byte) {
	var p unstable.Parser
	p.Reset(text)
	prefix, counts := "", map[string]int{}
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table:
			prefix = keyOf(e.Key())
			d.note(&p, prefix, e)
			prefix += "."
		case unstable.ArrayTable:
			k := keyOf(e.Key())
			prefix = fmt.Sprintf("%s[%d]", k, counts[k])
			if counts[k] == 0 {
				d.note(&p, k, e)
			}
			counts[k]++
			d.note(&p, prefix, e)
			prefix += "."
		case unstable.KeyValue:
			d.locateValue(&p, prefix, e)
		default:
		}
	}
}

func (d *document) locateValue(p *unstable.Parser, prefix string, e *unstable.Node) {
	path := prefix + keyOf(e.Key())
	d.note(p, path, e)
	v := e.Value()
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			d.locateValue(p, path+".", it.Node())
		}
	case unstable.Array:
		n := 0
		for it := v.Children(); it.Next(); n++ {
			if it.Node().Kind != unstable.InlineTable {
				continue
			}
			for in := it.Node().Children(); in.Next(); {
				d.locateValue(p, fmt.Sprintf("%s[%d].", path, n), in.Node())
			}
		}
	default:
	}
}

func (d *document) note(p *unstable.Parser, path string, e *unstable.Node) {
	it := e.Key()
	if it.Next() {
		d.lines[path] = p.Shape(it.Node().Raw).Start.Line
	}
}

func keyOf(it unstable.Iterator) string {
	var parts []string
	for it.Next() {
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, ".")
}

// bad notes a problem of a key.
func (d *document) bad(path, format string, args ...any) {
	d.errs = append(d.errs, Problem{File: d.name, Line: d.line(path), Key: path, Msg: fmt.Sprintf(format, args...)})
}

func (d *document) warn(path, format string, args ...any) {
	d.warns = append(d.warns, Problem{File: d.name, Line: d.line(path), Key: path, Msg: fmt.Sprintf(format, args...)})
}

// line is the key's line, or that of the table around it.
func (d *document) line(path string) int {
	for path != "" {
		if n, ok := d.lines[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return 0
		}
		path = path[:i]
	}
	return 0
}

// table is a part of the document with its path.
type table struct {
	d      *document
	path   string // "" or ending in "."
	values map[string]any
}

func (d *document) table(name string) table {
	v, ok := d.root[name]
	if !ok {
		return table{d: d, path: name + "."}
	}
	m, ok := v.(map[string]any)
	if !ok {
		d.bad(name, "is a table; write [%s] and its keys below", name)
	}
	return table{d: d, path: name + ".", values: m}
}

func (t table) has(name string) bool { _, ok := t.values[name]; return ok }

// wrong notes that a value has another type than it should.
func (t table) wrong(name string, k kind, v any) {
	t.d.bad(t.path+name, "must be %s, not %v", kindWords[k], short(v))
}

func short(v any) string {
	s := fmt.Sprintf("%v", v)
	if w, ok := v.(string); ok {
		s = fmt.Sprintf("%q", w)
	}
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return s
}

func (t table) text(name, def string) string {
	v, ok := t.values[name]
	if !ok {
		return def
	}
	s, ok := v.(string)
	if !ok {
		t.wrong(name, kString, v)
		return def
	}
	return s
}

func (t table) number(name string, def, low, high int) int {
	v, ok := t.values[name]
	if !ok {
		return def
	}
	n, ok := v.(int64)
	if !ok || n > math.MaxInt32 || n < math.MinInt32 {
		t.wrong(name, kInt, v)
		return def
	}
	if int(n) < low || int(n) > high {
		t.d.bad(t.path+name, "%d is not between %d and %d", n, low, high)
		return def
	}
	return int(n)
}

func (t table) flag(name string, def bool) bool {
	v, ok := t.values[name]
	if !ok {
		return def
	}
	b, ok := v.(bool)
	if !ok {
		t.wrong(name, kBool, v)
		return def
	}
	return b
}

func (t table) duration(name string, def, low, high time.Duration) time.Duration {
	v, ok := t.values[name]
	if !ok {
		return def
	}
	s, ok := v.(string)
	if !ok {
		t.wrong(name, kDuration, v)
		return def
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.d.bad(t.path+name, "%q is no duration; write it like \"8h\" or \"30m\"", s)
		return def
	}
	if d < low || d > high {
		t.d.bad(t.path+name, "%s is not between %s and %s", s, low, high)
		return def
	}
	return d
}

func (t table) list(name string) []string {
	v, ok := t.values[name]
	if !ok {
		return nil
	}
	vs, ok := v.([]any)
	if !ok {
		t.wrong(name, kStrings, v)
		return nil
	}
	var out []string
	for _, e := range vs {
		s, ok := e.(string)
		if !ok {
			t.wrong(name, kStrings, v)
			return nil
		}
		out = append(out, s)
	}
	return out
}

// tables reads an array of tables, inline or as [[name]].
func tablesOf(d *document, path string, v any) []table {
	var ms []map[string]any
	switch v := v.(type) {
	case nil:
		return nil
	case []map[string]any:
		ms = v
	case []any:
		for _, e := range v {
			m, ok := e.(map[string]any)
			if !ok {
				d.bad(path, "must be %s, not %s", kindWords[kTables], short(v))
				return nil
			}
			ms = append(ms, m)
		}
	default:
		d.bad(path, "must be %s, not %s", kindWords[kTables], short(v))
	}
	ts := make([]table, len(ms))
	for i, m := range ms {
		ts[i] = table{d: d, path: fmt.Sprintf("%s[%d].", path, i), values: m}
	}
	return ts
}
