package cli

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"spot-tui/fleet"
)

// prefixer writes what hosts print, whole lines, each with its instance's id,
// without control characters: remote text is not trusted.
type prefixer struct {
	mu   sync.Mutex
	out  [2]io.Writer
	rest map[string]*bytes.Buffer
}

func newPrefixer(out, errw io.Writer) *prefixer {
	return &prefixer{out: [2]io.Writer{out, errw}, rest: map[string]*bytes.Buffer{}}
}

func (p *prefixer) write(id fleet.InstanceID, isErr bool, chunk []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	if isErr {
		n = 1
	}
	key := fmt.Sprint(id, n)
	b, ok := p.rest[key]
	if !ok {
		b = &bytes.Buffer{}
		p.rest[key] = b
	}
	b.Write(chunk)
	for {
		i := bytes.IndexByte(b.Bytes(), '\n')
		if i < 0 && b.Len() < 1<<16 {
			return
		}
		if i < 0 {
			i = b.Len() - 1
		}
		fmt.Fprintf(p.out[n], "%s  %s\n", id, fleet.Clean(string(bytes.TrimRight(b.Next(i+1), "\r\n"))))
	}
}

// flush writes lines that had no end.
func (p *prefixer) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, b := range p.rest {
		if b.Len() > 0 {
			n := int(key[len(key)-1] - '0')
			fmt.Fprintf(p.out[n], "%s  %s\n", key[:len(key)-1], fleet.Clean(b.String()))
			b.Reset()
		}
	}
}
