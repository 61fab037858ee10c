package ssh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// plain gives a single file that is sent as it is: each host reads it from where
// it lies, which after the first is memory, and its sum is made once for all.
func (b *bundle) plain(ctx context.Context, tell func(done int64)) (*packing, error) {
	if err := b.sumOnce(); err != nil {
		return nil, err
	}
	e := b.tree.entries[0]
	f, err := b.tree.open(e)
	if err != nil {
		return nil, &badSourceError{words: "read " + e.name + ": " + bare(err).Error()}
	}
	r := &plainReader{ctx: ctx, f: f, e: e, tell: tell}
	return &packing{Reader: r, result: b.summed, stop: func() { f.Close() }}, nil
}

// sumOnce starts to make the file's sum, unless that has been done.
func (b *bundle) sumOnce() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return errors.New("the upload is over")
	case b.summing:
		return nil
	}
	b.summing = true
	b.wg.Go(func() {
		defer close(b.ready)
		p, err := b.sumFile()
		b.mu.Lock()
		defer b.mu.Unlock()
		b.packed, b.err = p, err
	})
	return nil
}

// summed waits for the sum.
func (b *bundle) summed(ctx context.Context) (packed, error) {
	select {
	case <-b.ready:
	case <-ctx.Done():
		return packed{}, ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.packed, b.err
}

func (b *bundle) sumFile() (packed, error) {
	e := b.tree.entries[0]
	f, err := b.tree.open(e)
	if err != nil {
		return packed{}, &badSourceError{words: "read " + e.name + ": " + bare(err).Error()}
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, &plainReader{ctx: b.ctx, f: f, e: e, tell: func(int64) {}}, make([]byte, chunk))
	if err != nil {
		return packed{}, err
	}
	hexed := hex.EncodeToString(sum.Sum(nil))
	whole := sha256.New()
	mode := remoteMode(e.info.Mode())
	fmt.Fprintf(whole, "file %o %q %s\n", mode, e.name, hexed)
	return packed{sums: fmt.Appendf(nil, "%s  ./%s\n", hexed, e.name), sum: hexed, digest: hex.EncodeToString(whole.Sum(nil)), done: n}, nil
}

// plainReader reads a file that must stay what the scan saw.
type plainReader struct {
	ctx  context.Context
	f    io.Reader
	e    entry
	done int64
	tell func(done int64)
}

// Read implements io.Reader.
func (r *plainReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.done == 0 && !r.same() {
		return 0, r.changed()
	}
	n, err := r.f.Read(b)
	r.done += int64(n)
	switch {
	case r.done > r.e.info.Size(), errors.Is(err, io.EOF) && (r.done != r.e.info.Size() || !r.same()):
		return 0, r.changed()
	case err != nil && !errors.Is(err, io.EOF):
		return n, &badSourceError{words: "read " + r.e.name + ": " + bare(err).Error()}
	}
	r.tell(r.done)
	return n, err
}

func (r *plainReader) changed() error { return changedError(r.e.name) }

func changedError(name string) error {
	return &badSourceError{words: name + " changed while it was read", hint: "upload again when nothing writes to it"}
}

// same says whether the file is what the scan saw.
func (r *plainReader) same() bool { return sameFile(r.f, r.e) }

func sameFile(f io.Reader, e entry) bool {
	file, ok := f.(fs.File)
	if !ok {
		return true // out of memory
	}
	fi, err := file.Stat()
	return err == nil && fi.Mode() == e.info.Mode() && fi.Size() == e.info.Size() && fi.ModTime().Equal(e.info.ModTime())
}
