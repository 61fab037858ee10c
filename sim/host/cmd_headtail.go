package host

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// errStop ends eachLine early.
var errStop = errors.New("enough")

// countOption reads "-n 5", "-n +5" and the old "-5".
func countOption(p *proc, letters string) (opts map[string]string, names []string, ok bool) {
	args := p.args[:1:1]
	for i, a := range p.args[1:] {
		_, err := strconv.Atoi(strings.TrimPrefix(a, "-"))
		if value := p.args[i] == "-n" || p.args[i] == "-c"; err == nil && !value && len(a) > 1 && a[0] == '-' {
			a = "-n" + a[1:]
		}
		args = append(args, a)
	}
	q := *p
	q.args = args
	return q.options(letters, "nc", "lines=", "bytes=", "quiet", "follow")
}

func headCommand(p *proc) int {
	opts, names, ok := countOption(p, "qv")
	if !ok {
		return 1
	}
	lines := 10
	if v := opts["n"] + opts["lines"]; v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return p.fail("invalid number of lines: '%s'", v)
		}
		lines = n
	}
	bytes := opts["c"] + opts["bytes"]
	return p.eachInput(names, func(name string, r io.Reader) error {
		if len(names) > 1 && !has(opts, "q", "quiet") {
			fmt.Fprintf(p.out, "==> %s <==\n", name)
		}
		if bytes != "" {
			n, err := parseSize(bytes)
			if err != nil {
				return err
			}
			_, err = io.Copy(p.out, io.LimitReader(r, n))
			return err
		}
		if lines < 0 {
			return allButLast(p, r, -lines)
		}
		left := lines
		if left == 0 {
			return nil
		}
		err := eachLine(r, func(line string) error {
			if _, err := p.out.WriteString(line); err != nil {
				return err
			}
			if left--; left == 0 {
				return errStop
			}
			return nil
		})
		if errors.Is(err, errStop) {
			return nil
		}
		return err
	})
}

func allButLast(p *proc, r io.Reader, n int) error {
	var held []string
	return eachLine(r, func(line string) error {
		held = append(held, line)
		if len(held) > n {
			_, _ = p.out.WriteString(held[0])
			held = held[1:]
		}
		return nil
	})
}

// followPause is tail -f's, where it can't be told of changes.
const followPause = time.Second

func tailCommand(p *proc) int {
	opts, names, ok := countOption(p, "fFqv")
	if !ok {
		return 1
	}
	value := opts["n"] + opts["lines"]
	from := strings.HasPrefix(value, "+")
	n := 10
	if value != "" {
		v, err := strconv.Atoi(strings.TrimLeft(value, "+-"))
		if err != nil {
			return p.fail("invalid number of lines: '%s'", value)
		}
		n = v
	}
	return p.eachInput(names, func(name string, r io.Reader) error {
		if len(names) > 1 && !has(opts, "q", "quiet") {
			fmt.Fprintf(p.out, "==> %s <==\n", name)
		}
		var err error
		switch {
		case has(opts, "c", "bytes"):
			err = tailBytes(p, r, opts["c"]+opts["bytes"])
		case from:
			at := 0
			err = eachLine(r, func(line string) error {
				if at++; at >= n {
					_, _ = p.out.WriteString(line)
				}
				return nil
			})
		default:
			var held []string
			err = eachLine(r, func(line string) error {
				if held = append(held, line); len(held) > n {
					held = held[1:]
				}
				return nil
			})
			_, _ = p.out.WriteString(strings.Join(held, ""))
		}
		if err == nil && has(opts, "f", "F", "follow") {
			err = p.follow(r)
		}
		return err
	})
}

func tailBytes(p *proc, r io.Reader, value string) error {
	if rest, ok := strings.CutPrefix(value, "+"); ok { // from that byte on, the first being 1
		n, err := parseSize(rest)
		if err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, r, max(0, n-1)); err != nil {
			return nil //nolint:nilerr // it is shorter: nothing is left to print
		}
		_, err = io.Copy(p.out, r)
		return err
	}
	n, err := parseSize(strings.TrimLeft(value, "-"))
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(r, p.w.d.limit))
	_, _ = p.out.Write(data[max(0, int64(len(data))-n):])
	return err
}

// follow prints what is added, until the command is ended.
func (p *proc) follow(r io.Reader) error {
	for {
		if err := p.out.Flush(); err != nil {
			return err
		}
		if _, err := io.Copy(p.out, struct{ io.Reader }{r}); err != nil {
			return err
		}
		if err := p.out.Flush(); err != nil {
			return err
		}
		if !p.pause(followPause) {
			return nil
		}
	}
}
