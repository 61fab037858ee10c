package host

import (
	"bufio"
	"crypto/md5"  //nolint:gosec // md5sum prints MD5
	"crypto/sha1" //nolint:gosec // sha1sum prints SHA-1
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// sumPrograms are checksums and encodings.
func sumPrograms() map[string]command {
	sum := func(makeHash func() hash.Hash) command {
		return func(p *proc) int { return sumCommand(p, makeHash) }
	}
	return map[string]command{
		"sha256sum": sum(sha256.New), "sha512sum": sum(sha512.New), "sha1sum": sum(sha1.New), "md5sum": sum(md5.New),
		"base64": base64Command, "gzip": gzipCommand, "gunzip": gzipCommand, "zcat": gzipCommand,
	}
}

func sumCommand(p *proc, makeHash func() hash.Hash) int {
	opts, names, ok := p.options("cbtwz", "", "check", "quiet", "status", "ignore-missing", "strict", "warn", "binary", "text", "tag")
	if !ok {
		return 1
	}
	s := summer{p: p, hash: makeHash(), opts: opts, buf: make([]byte, 64<<10)}
	if !has(opts, "c", "check") {
		return p.eachInput(names, func(name string, r io.Reader) error {
			sum, err := s.sum(r)
			if err == nil {
				_, err = fmt.Fprintf(p.out, "%s  %s\n", sum, name)
			}
			return err
		})
	}
	status := p.eachInput(names, s.check)
	if s.failed {
		status = 1
	}
	return status
}

type summer struct {
	p      *proc
	hash   hash.Hash
	opts   map[string]string
	buf    []byte
	failed bool
}

func (s *summer) sum(r io.Reader) (string, error) {
	s.hash.Reset()
	_, err := io.CopyBuffer(struct{ io.Writer }{s.hash}, struct{ io.Reader }{r}, s.buf)
	return hex.EncodeToString(s.hash.Sum(nil)), err
}

// check verifies one list of sums, with GNU's words.
func (s *summer) check(list string, r io.Reader) error {
	if list == "-" {
		list = "'standard input'"
	}
	good, bad, unreadable, malformed := 0, 0, 0, 0
	err := eachLine(r, func(line string) error {
		want, name, ok := parseSumLine(line, s.hash.Size())
		if !ok {
			malformed++
			return nil
		}
		in, err := s.p.openIn(name)
		var got string
		if err == nil {
			got, err = s.sum(in)
		}
		result := "OK"
		switch {
		case err != nil && has(s.opts, "ignore-missing"):
			return nil
		case err != nil:
			unreadable++
			if !has(s.opts, "status") {
				s.p.fail("%s: %s", name, sentence(err))
			}
			result = "FAILED open or read"
		case !strings.EqualFold(got, want):
			bad++
			result = "FAILED"
		default:
			good++
		}
		if has(s.opts, "status") || result == "OK" && has(s.opts, "quiet") {
			return nil
		}
		_, err = fmt.Fprintf(s.p.out, "%s: %s\n", name, result)
		return err
	})
	s.verdict(list, good, bad, unreadable, malformed)
	return err
}

func (s *summer) verdict(list string, good, bad, unreadable, malformed int) {
	plural := func(n int, one, many string) string {
		if n == 1 {
			return one
		}
		return many
	}
	if good+bad+unreadable == 0 {
		s.failed = true
		if malformed > 0 || !has(s.opts, "ignore-missing") {
			s.p.fail("%s: no properly formatted checksum lines found", list)
		} else {
			s.p.fail("%s: no file was verified", list)
		}
		return
	}
	s.failed = s.failed || bad+unreadable > 0 || has(s.opts, "strict") && malformed > 0
	if has(s.opts, "status") {
		return
	}
	if malformed > 0 {
		s.p.fail("WARNING: %d line%s improperly formatted", malformed, plural(malformed, " is", "s are"))
	}
	if unreadable > 0 {
		s.p.fail("WARNING: %d listed file%s could not be read", unreadable, plural(unreadable, "", "s"))
	}
	if bad > 0 {
		s.p.fail("WARNING: %d computed checksum%s did NOT match", bad, plural(bad, "", "s"))
	}
}

// parseSumLine reads "HEX  NAME" and "HEX *NAME", the name escaped where the
// line starts with a backslash.
func parseSumLine(line string, size int) (sum, name string, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	line, escaped := strings.CutPrefix(line, `\`)
	if len(line) < 2*size+3 || line[2*size] != ' ' || line[2*size+1] != ' ' && line[2*size+1] != '*' {
		return "", "", false
	}
	sum, name = line[:2*size], line[2*size+2:]
	if _, err := hex.DecodeString(sum); err != nil {
		return "", "", false
	}
	if escaped {
		name = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\\`, `\`).Replace(name)
	}
	return sum, name, true
}

func base64Command(p *proc) int {
	opts, names, ok := p.options("di", "w", "decode", "wrap=")
	if !ok {
		return 1
	}
	width := 76
	if w := opts["w"] + opts["wrap"]; w != "" {
		if _, err := fmt.Sscan(w, &width); err != nil {
			return p.fail("invalid wrap size: '%s'", w)
		}
	}
	return p.eachInput(names, func(_ string, r io.Reader) error {
		if has(opts, "d", "decode") {
			_, err := io.Copy(p.out, base64.NewDecoder(base64.StdEncoding, r))
			var bad base64.CorruptInputError
			if errors.As(err, &bad) || errors.Is(err, io.ErrUnexpectedEOF) {
				return errors.New("invalid input")
			}
			return err
		}
		w := &wrapper{w: p.out, width: width}
		enc := base64.NewEncoder(base64.StdEncoding, w)
		if _, err := io.Copy(enc, r); err != nil {
			return err
		}
		if err := enc.Close(); err != nil {
			return err
		}
		if w.column > 0 && width > 0 {
			return p.out.WriteByte('\n')
		}
		return nil
	})
}

// wrapper breaks lines after width bytes; 0 means never.
type wrapper struct {
	w             *bufio.Writer
	width, column int
}

func (w *wrapper) Write(b []byte) (int, error) {
	for _, c := range b {
		if w.width > 0 && w.column == w.width {
			if err := w.w.WriteByte('\n'); err != nil {
				return 0, err
			}
			w.column = 0
		}
		if err := w.w.WriteByte(c); err != nil {
			return 0, err
		}
		w.column++
	}
	return len(b), nil
}
