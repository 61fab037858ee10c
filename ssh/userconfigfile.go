package ssh

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A person's ssh config is small. These bounds end what was not meant as one: a
// device, a file that includes itself, a pattern that takes in a whole disk.
const (
	maxConfigDepth = 16
	maxConfigFiles = 200
	maxConfigBytes = 1 << 20 // of one file
)

// directive is one line of an ssh_config file.
type directive struct {
	keyword string // lower case
	args    []string
	files   [][]directive // of an Include, in order
}

// configReader reads ssh_config files and what they include.
//
// Of the libraries for this format the best known gives up a file at a Match
// that it does not support, and reads what is included without a bound.
type configReader struct {
	dir  string // what relative Includes are relative to
	home string
	read func(path string) ([]byte, error)
	glob func(pattern string) ([]string, error)

	files int
	odd   []string // sentences about what was left out
}

// readUserConfig reads a person's ssh config. A file that is missing is an empty
// one. odd says what was left out, and why.
func readUserConfig(path string) (lines []directive, odd []string) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // "~" stays as it is, and names nothing
	}
	r := &configReader{dir: filepath.Dir(path), home: home, read: readSmallFile, glob: filepath.Glob}
	return r.file(path, 0), r.odd
}

// readSmallFile reads a regular file: a device or a pipe could last for ever.
func readSmallFile(path string) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err == nil && len(b) > maxConfigBytes {
		err = errors.New("it is too long")
	}
	return b, err
}

func (r *configReader) leaveOut(format string, args ...any) {
	const most = 20 // the first ones say enough
	if len(r.odd) < most {
		r.odd = append(r.odd, fmt.Sprintf(format, args...))
	}
}

func (r *configReader) file(path string, depth int) []directive {
	if depth > maxConfigDepth || r.files >= maxConfigFiles {
		r.leaveOut("%s is left out: too many files include one another", path)
		return nil
	}
	r.files++
	data, err := r.read(path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.leaveOut("%s is left out: %v", path, bare(err))
		}
		return nil
	}
	var out []directive
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		d, ok := parseDirective(line)
		if !ok {
			r.leaveOut("%s:%d is left out: a quote is not closed", path, n)
			continue
		}
		if d.keyword == "" {
			continue
		}
		if d.keyword == "include" {
			for _, pattern := range d.args {
				d.files = append(d.files, r.included(pattern, depth)...)
			}
		}
		out = append(out, d)
	}
	return out
}

func (r *configReader) included(pattern string, depth int) (files [][]directive) {
	pattern = tilde(pattern, r.home)
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(r.dir, pattern)
	}
	paths, err := r.glob(pattern)
	if err != nil {
		r.leaveOut("Include %s is left out: it is no pattern", pattern)
	}
	for _, p := range paths {
		if r.files >= maxConfigFiles {
			r.leaveOut("Include %s is cut short: it names too many files", pattern)
			break
		}
		files = append(files, r.file(p, depth+1))
	}
	return files
}

// tilde puts home in place of a leading "~".
func tilde(path, home string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && home != "" && (rest == "" || rest[0] == '/' || rest[0] == filepath.Separator) {
		return home + rest
	}
	return path
}

// parseDirective reads one line: a keyword, perhaps "=", and words. ok is false
// where a quote is not closed. The keyword is empty where the line says nothing.
func parseDirective(line string) (d directive, ok bool) {
	const blanks = " \t\r\n\f"
	line = strings.Trim(line, blanks)
	if line == "" || line[0] == '#' {
		return directive{}, true
	}
	end := strings.IndexAny(line, blanks+"=")
	if end < 0 {
		return directive{keyword: strings.ToLower(line)}, true
	}
	d.keyword = strings.ToLower(line[:end])
	rest := strings.TrimLeft(line[end:], blanks)
	rest = strings.TrimPrefix(rest, "=")
	d.args, ok = splitWords(rest)
	return d, ok
}

// splitWords splits as ssh does: quotes of both kinds hold words together, a
// backslash frees a quote, a backslash or (outside of quotes) a blank, and a
// word that begins with # is the start of a comment.
func splitWords(s string) (words []string, ok bool) {
	var word strings.Builder
	var quote byte
	inside := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		blank := c == ' ' || c == '\t'
		switch {
		case c == '\\' && i+1 < len(s) && (strings.IndexByte(`'"\`, s[i+1]) >= 0 || quote == 0 && s[i+1] == ' '):
			i++
			word.WriteByte(s[i])
			inside = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, inside = c, true
		case blank && inside:
			words = append(words, word.String())
			word.Reset()
			inside = false
		case blank:
		case c == '#' && !inside:
			return words, true
		default:
			word.WriteByte(c)
			inside = true
		}
	}
	if inside {
		words = append(words, word.String())
	}
	return words, quote == 0
}
