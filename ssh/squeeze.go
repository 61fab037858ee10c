package ssh

import (
	"io"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
)

const (
	// What is looked at to decide: enough files to know a tree, enough of each to
	// get past a header.
	sampleFiles = 32
	sampleBytes = 64 << 10
	// worthIt is how much of a sample may be left for compressing to pay: on a
	// fast network it costs more time than it saves above that.
	worthIt = 0.9
)

// squeezes says whether a tree's content gets smaller by compressing: pictures,
// archives and models don't, and would only cost both sides time.
func (t *tree) squeezes() bool {
	var files []entry
	for _, e := range t.entries {
		if e.info.Mode().IsRegular() && e.info.Size() > 0 {
			files = append(files, e)
		}
	}
	step := max(1, len(files)/sampleFiles)
	var before, after float64
	for i := 0; i < len(files); i += step {
		ratio, ok := t.sample(files[i])
		if !ok {
			continue // packing will say what is wrong with it
		}
		weight := float64(files[i].info.Size())
		before, after = before+weight, after+weight*ratio
	}
	return before == 0 || after < worthIt*before
}

// sample is how much is left of a file's first bytes.
func (t *tree) sample(e entry) (ratio float64, ok bool) {
	f, err := t.open(e)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	var out counter
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return 0, false
	}
	n, err := io.CopyN(z, f, sampleBytes)
	if err != nil && n == 0 || z.Close() != nil {
		return 0, false
	}
	return float64(out) / float64(n), true
}

// counter counts what is written to it.
type counter int64

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// open opens an entry's content.
func (t *tree) open(e entry) (io.ReadCloser, error) {
	if e.text != nil {
		return e.reader(), nil
	}
	return t.root.Open(filepath.FromSlash(e.name))
}
