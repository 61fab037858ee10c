package aws

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// element is what one XML element means to a scan. Elements that no one asked
// for have none, and are passed over.
type element[T any] struct {
	in    map[string]*element[T]
	begin func(*T)         // the element has been opened; nil: nothing to do
	text  func(*T, string) // its text; nil: not wanted
	end   func(*T)         // it has been closed; nil: nothing to do
}

// scanBuffer bounds a tag or a text of an answer that is scanned. EC2's longest
// text there, a tag's value, has 256 characters (aws-facts §1.7).
const scanBuffer = 32 << 10

// errOdd means that an answer has a form that the scan does not know. The SDK
// reads it then.
var errOdd = errors.New("the answer has an unusual form")

// scan reads an answer as it comes in and tells into what was asked for. It
// knows the XML that AWS writes: elements and text with the five named
// entities and numbered ones, attributes without meaning. Everything else is
// errOdd. Memory is one buffer, whatever the answer's size.
type scan[T any] struct {
	r     *bufio.Reader
	into  *T
	seen  *spellings
	open  []*element[T] // the elements around, outermost first; nil for passed over
	names []byte        // their names, one after the other
	ends  []int         // where each name ends in names
	text  []byte        // of an element that is wanted
	roots int
}

// run scans one document to its end.
func (s *scan[T]) run(body io.Reader, root *element[T]) error {
	s.r = bufio.NewReaderSize(body, scanBuffer)
	top := &element[T]{in: root.in}
	for {
		text, err := s.r.ReadSlice('<')
		if errors.Is(err, io.EOF) && len(s.ends) == 0 && s.roots == 1 && len(bytes.TrimSpace(text)) == 0 {
			return nil
		}
		if err != nil {
			return odd(err)
		}
		if err := s.between(text[:len(text)-1]); err != nil {
			return err
		}
		tag, err := s.r.ReadSlice('>')
		if err != nil {
			return odd(err)
		}
		if err := s.tag(tag[:len(tag)-1], top); err != nil {
			return err
		}
	}
}

// odd gives a broken connection back as it is, so that it can be tried again.
func odd(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("%w: a part of it is longer than %d bytes", errOdd, scanBuffer)
	}
	return err
}

// between takes in the text before a tag.
func (s *scan[T]) between(text []byte) error {
	if n := len(s.open); n > 0 && s.open[n-1] != nil && s.open[n-1].text != nil {
		s.text = append(s.text, text...)
		return nil
	}
	if len(s.ends) == 0 && len(bytes.TrimSpace(text)) > 0 {
		return fmt.Errorf("%w: text outside of its root", errOdd)
	}
	return nil
}

func (s *scan[T]) tag(tag []byte, top *element[T]) error {
	switch {
	case len(tag) == 0 || tag[0] == '!':
		return fmt.Errorf("%w: a comment or a section", errOdd)
	case tag[0] == '?':
		if len(s.ends) > 0 || s.roots > 0 {
			return fmt.Errorf("%w: an instruction in its middle", errOdd)
		}
		return nil
	case tag[0] == '/':
		return s.shut(bytes.TrimRight(tag[1:], " \t\r\n"))
	}
	if bytes.Count(tag, []byte{'"'})%2 != 0 || bytes.IndexByte(tag, '\'') >= 0 || bytes.IndexByte(tag, '<') >= 0 {
		return fmt.Errorf("%w: an attribute with an odd value", errOdd)
	}
	empty := tag[len(tag)-1] == '/'
	name := tag
	if n := bytes.IndexAny(tag, " \t\r\n/"); n >= 0 {
		name = tag[:n]
	}
	if len(name) == 0 || bytes.IndexByte(name, ':') >= 0 {
		return fmt.Errorf("%w: a name with a prefix", errOdd)
	}
	if err := s.enter(name, top); err != nil {
		return err
	}
	if empty {
		return s.shut(name)
	}
	return nil
}

func (s *scan[T]) enter(name []byte, top *element[T]) error {
	var e *element[T]
	switch n := len(s.open); {
	case n > 0 && s.open[n-1] != nil:
		if s.open[n-1].text != nil {
			return fmt.Errorf("%w: an element where text should be", errOdd)
		}
		e = s.open[n-1].in[string(name)]
	case n == 0:
		if s.roots++; s.roots > 1 {
			return fmt.Errorf("%w: two roots", errOdd)
		}
		e = top
	}
	s.open = append(s.open, e)
	s.names = append(s.names, name...)
	s.ends = append(s.ends, len(s.names))
	s.text = s.text[:0]
	if e != nil && e.begin != nil {
		e.begin(s.into)
	}
	return nil
}

func (s *scan[T]) shut(name []byte) error {
	n := len(s.ends) - 1
	if n < 0 {
		return fmt.Errorf("%w: it closes what is not open", errOdd)
	}
	from := 0
	if n > 0 {
		from = s.ends[n-1]
	}
	if !bytes.Equal(s.names[from:], name) {
		return fmt.Errorf("%w: %s is closed as %s", errOdd, strconv.Quote(string(s.names[from:])), strconv.Quote(string(name)))
	}
	e := s.open[n]
	s.names, s.ends, s.open = s.names[:from], s.ends[:n], s.open[:n]
	if e == nil {
		return nil
	}
	if e.text != nil {
		plain, err := unescaped(s.text)
		if err != nil {
			return err
		}
		e.text(s.into, s.seen.of(plain))
		s.text = s.text[:0]
	}
	if e.end != nil {
		e.end(s.into)
	}
	return nil
}

// unescaped gives a text without its entities, in place.
func unescaped(text []byte) ([]byte, error) {
	if !plain(text) {
		return nil, fmt.Errorf("%w: a character that XML does not have", errOdd)
	}
	n := bytes.IndexByte(text, '&')
	if n < 0 {
		return text, nil
	}
	out := text[:n]
	for rest := text[n:]; len(rest) > 0; {
		if rest[0] != '&' {
			out, rest = append(out, rest[0]), rest[1:]
			continue
		}
		end := bytes.IndexByte(rest, ';')
		r, ok := entity(rest[1:max(1, end)])
		if end < 0 || !ok {
			return nil, fmt.Errorf("%w: an entity that is not known", errOdd)
		}
		out, rest = utf8.AppendRune(out, r), rest[end+1:] // an entity is never shorter than what it stands for
	}
	return out, nil
}

// plain says whether text has only characters that need no second look: valid
// ones, no control characters, and no carriage return, which XML folds.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' && c != '\t' && c != '\n' {
			return false
		}
	}
	return utf8.Valid(text) && !bytes.ContainsRune(text, '\uFFFE') && !bytes.ContainsRune(text, '\uFFFF') && !bytes.Contains(text, []byte("]]>"))
}

func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	r := rune(n)
	known := r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
	return r, err == nil && n <= 0x10FFFF && known
}

// spellings gives equal texts one string: what a poll reads is what the poll
// before has read, nearly always. What two polls in a row did not have is forgotten.
type spellings struct{ now, before map[string]string }

func newSpellings() *spellings { return &spellings{map[string]string{}, map[string]string{}} }

func (p *spellings) of(text []byte) string {
	if s, ok := p.now[string(text)]; ok {
		return s
	}
	s, ok := p.before[string(text)]
	if !ok {
		s = string(text)
	}
	p.now[s] = s
	return s
}

// turn ends a poll.
func (p *spellings) turn() {
	p.now, p.before = p.before, p.now
	clear(p.now)
}
