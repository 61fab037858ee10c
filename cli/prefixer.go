package cli

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"sync"

	"spot-tui/fleet"
)

// prefixer writes what hosts print, whole lines, each with its instance's id,
// without control characters: remote text is not trusted.
type prefixer struct {
	mu   sync.Mutex
	out  [2]tagged // stdout and stderr
	rest map[stream]*bytes.Buffer
}

// stream is one of the two of an instance.
type stream struct {
	id fleet.InstanceID
	n  int
}

func (a *app) newPrefixer() *prefixer {
	return &prefixer{out: [2]tagged{a.tagged(a.env.Stdout), a.tagged(a.env.Stderr)}, rest: map[stream]*bytes.Buffer{}}
}

func (p *prefixer) write(id fleet.InstanceID, isErr bool, chunk []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	if isErr {
		n = 1
	}
	key := stream{id, n}
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
		p.out[n].line(id, "  ", fleet.Clean(string(bytes.TrimRight(b.Next(i+1), "\r\n"))))
	}
}

// flush writes lines that had no end.
func (p *prefixer) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(p.rest), func(a, b stream) int { return cmp.Or(cmp.Compare(a.id, b.id), a.n-b.n) })
	for _, key := range keys {
		if b := p.rest[key]; b.Len() > 0 {
			p.out[key.n].line(key.id, "  ", fleet.Clean(b.String()))
			b.Reset()
		}
	}
}
