package host

import (
	"compress/gzip"
	"errors"
	"io"
	"strings"
)

func gzipCommand(p *proc) int {
	opts, names, ok := p.options("dckfnqv123456789", "S", "decompress", "stdout", "to-stdout", "keep", "force", "best", "fast")
	if !ok {
		return 1
	}
	unpack := has(opts, "d", "decompress") || p.name() == "gunzip" || p.name() == "zcat"
	toStdout := has(opts, "c", "stdout", "to-stdout") || p.name() == "zcat" || len(names) == 0
	return p.eachInput(names, func(name string, r io.Reader) error {
		if toStdout || name == "-" {
			return recode(p.out, r, unpack)
		}
		to := name + ".gz"
		if unpack {
			var ok bool
			if to, ok = strings.CutSuffix(name, ".gz"); !ok {
				return errors.New("unknown suffix -- ignored")
			}
		}
		f, err := p.w.open(p.abs(to), truncFlags, 0o666&^p.umask)
		if err == nil {
			err = recode(f, r, unpack)
		}
		if err == nil && !has(opts, "k", "keep") {
			err = p.w.remove(p.abs(name), false)
		}
		return err
	})
}

func recode(w io.Writer, r io.Reader, unpack bool) error {
	if unpack {
		z, err := gzip.NewReader(r)
		if err != nil {
			return errors.New("not in gzip format")
		}
		_, err = io.Copy(struct{ io.Writer }{w}, z) //nolint:gosec // what the writer takes is bounded by the disk or by the reader's patience
		return err
	}
	z := gzip.NewWriter(w)
	if _, err := io.Copy(z, struct{ io.Reader }{r}); err != nil {
		return err
	}
	return z.Close()
}
