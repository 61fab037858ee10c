package fleet

import (
	"bytes"
	"io"
	"sync"
)

// output keeps what one host prints: both streams as they came, bounded.
type output struct {
	id      InstanceID
	sink    func(id InstanceID, stderr bool, chunk []byte)
	changed func(text string, cut int64)

	mu   sync.Mutex
	buf  bytes.Buffer
	cut  int64
	told int // bytes at the last change: progress is told in steps, not per byte
}

// tellEvery is how many new bytes make a change worth telling.
const tellEvery = 512

func (o *output) stream(stderr bool) io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		if o.sink != nil {
			o.sink(o.id, stderr, b)
		}
		o.mu.Lock()
		room := max(0, maxOutput-o.buf.Len())
		o.buf.Write(b[:min(room, len(b))])
		o.cut += int64(len(b) - min(room, len(b)))
		tell := o.changed != nil && room > 0 && (o.told == 0 || o.buf.Len()-o.told >= tellEvery)
		if tell {
			o.told = o.buf.Len()
		}
		text, cut := o.textLocked(tell)
		o.mu.Unlock()
		if tell {
			o.changed(text, cut)
		}
		return len(b), nil
	})
}

func (o *output) text() (string, int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.textLocked(true)
}

func (o *output) textLocked(want bool) (string, int64) {
	if !want {
		return "", 0
	}
	return CleanLines(o.buf.String()), o.cut
}

type writerFunc func([]byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func newReader(b []byte) io.Reader { return bytes.NewReader(b) }
