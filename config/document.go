package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxSize bounds a config file: far above any real one, and small enough that
// no nesting of brackets can exhaust a parser's stack.
const maxSize = 64 << 10

// document is a parsed file: values by the TOML decoder, places by a second
// parser that keeps positions, and the problems found so far.
type document struct {
	name     string
	root     map[string]any
	places   map[string]place // "fleet.target", "region[1].weight", "capacity.instance_types[2]"
	sections map[string]table
	errs     Errors
	launch   Errors // what only keeps from launching
	warns    Errors
}

// parse decodes the text. A syntax error is the only problem that hides others:
// after it nobody can say what the rest means.
func parse(name string, text []byte) *document {
	d := &document{name: name, root: map[string]any{}, places: map[string]place{}, sections: map[string]table{}}
	if len(text) > maxSize {
		d.errs = append(d.errs, Problem{File: name, Msg: fmt.Sprintf("is larger than %d KiB; it is no config of a fleet, name another with --config", maxSize>>10)})
		return d
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // editors on Windows begin a file with it
	_, err := toml.Decode(string(text), &d.root)
	var pe toml.ParseError
	switch {
	case errors.As(err, &pe):
		msg := strings.TrimRight(printable(pe.Message), ".")
		d.errs = append(d.errs, Problem{File: name, Line: pe.Position.Line, Col: pe.Position.Col, Msg: msg + "; mend the TOML syntax here, what follows can't be read before"})
	case err != nil:
		d.errs = append(d.errs, Problem{File: name, Msg: printable(err.Error()) + "; mend the TOML syntax"})
	default:
		d.locate(text)
	}
	return d
}

// bad notes a problem of a key.
func (d *document) bad(path, format string, args ...any) {
	d.errs = append(d.errs, d.problem(path, format, args...))
}

// badLaunch notes a problem that only matters when something is launched or set
// up: a file that is gone must not keep anyone from watching or destroying.
func (d *document) badLaunch(path, format string, args ...any) {
	d.launch = append(d.launch, d.problem(path, format, args...))
}

// warn notes what is allowed but probably not meant.
func (d *document) warn(path, format string, args ...any) {
	d.warns = append(d.warns, d.problem(path, format, args...))
}

func (d *document) problem(path, format string, args ...any) Problem {
	at := d.place(path)
	return Problem{File: d.name, Line: at.line, Col: at.col, Key: path, Msg: fmt.Sprintf(format, args...)}
}

// printable keeps a message on its one line and a terminal in its state.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
