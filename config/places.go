package config

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// place is where something stands; both count from 1, the column in characters.
type place struct{ line, col int }

// bareKey is what TOML allows without quotes.
var bareKey = ruleOf(`^[A-Za-z0-9_-]+$`)

// join appends a key to a path, quoted where a file would need quotes, so that
// no two keys have one path and none breaks a message's line.
func join(path, key string) string {
	if !bareKey.MatchString(key) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func element(path string, n int) string { return fmt.Sprintf("%s[%d]", path, n) }

// locator notes where each key, table and list element of a text stands.
type locator struct {
	parser unstable.Parser
	text   []byte
	starts []int // offset of each line
	counts map[string]int
	places map[string]place
}

// locate fills d.places. The decoder has accepted the text, so an error of the
// second parser only costs the lines of what follows it.
func (d *document) locate(text []byte) {
	l := &locator{text: text, starts: []int{0}, counts: map[string]int{}, places: d.places}
	for i, c := range text {
		if c == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	l.parser.Reset(text)
	prefix := ""
	for l.parser.NextExpression() {
		e := l.parser.Expression()
		switch e.Kind { //nolint:exhaustive // expressions have no other kinds that matter: comments are not kept
		case unstable.Table, unstable.ArrayTable:
			prefix = l.header(e)
		case unstable.KeyValue:
			l.keyValue(prefix, e)
		}
	}
}

// header gives the path of a [table] or the newest element of a [[table]].
func (l *locator) header(e *unstable.Node) string {
	path := ""
	for it := e.Key(); it.Next(); {
		path = join(path, string(it.Node().Data))
		l.note(path, it.Node())
		if e.Kind == unstable.ArrayTable && it.IsLast() {
			l.counts[path]++
		}
		if n := l.counts[path]; n > 0 {
			path = element(path, n-1)
			l.note(path, it.Node())
		}
	}
	return path
}

func (l *locator) keyValue(path string, e *unstable.Node) {
	for it := e.Key(); it.Next(); {
		path = join(path, string(it.Node().Data))
		l.note(path, it.Node())
	}
	l.value(path, e.Value())
}

func (l *locator) value(path string, v *unstable.Node) {
	switch v.Kind { //nolint:exhaustive // only these two have something inside
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				l.keyValue(path, it.Node())
			}
		}
	case unstable.Array:
		n := 0
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			p := element(path, n)
			l.note(p, it.Node())
			l.value(p, it.Node())
			n++
		}
	}
}

// note keeps the first place of a path; a node without one keeps its parent's.
func (l *locator) note(path string, n *unstable.Node) {
	if _, ok := l.places[path]; ok || n.Raw.Length == 0 {
		return
	}
	at := int(n.Raw.Offset)
	line := sort.SearchInts(l.starts, at+1) - 1
	l.places[path] = place{line: line + 1, col: 1 + utf8.RuneCount(l.text[l.starts[line]:at])}
}

// place is the key's, or that of what is around it.
func (d *document) place(path string) place {
	for path != "" {
		if at, ok := d.places[path]; ok {
			return at
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return place{}
}
