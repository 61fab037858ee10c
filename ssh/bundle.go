package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"spot-tui/fleet"
)

// maxSpool is how much content is kept packed for several hosts. What is larger
// is packed for each host anew: better than to fill the disk.
const maxSpool = 4 << 30

// bundle is a source that is packed when the first host needs it.
type bundle struct {
	name string // for messages
	tree *tree

	squeeze func() bool // whether it is sent compressed; decided once

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	spool   *spool
	packed  packed
	err     error // of the sum of a file that is sent as it is
	summing bool
	ready   chan struct{} // closed when packed is there, or will never be
	closed  bool
}

// Pack implements fleet.Copier. A folder's ignore file (.spot-tui-ignore, as
// .gitignore) and q.Ignore say what is left out.
func (c *Client) Pack(q fleet.Source) (fleet.Bundle, error) {
	b := &bundle{name: q.Path, ready: make(chan struct{})}
	var err error
	if q.Path == "" {
		b.name, b.tree, err = q.Name, scanText(q.Name, q.Text), nil
	} else {
		b.tree, err = scan(q.Path, q.Ignore)
	}
	if err != nil {
		var bad *badSourceError
		e := &fleet.Error{Op: "upload", Resource: q.Path, Kind: fleet.KindInvalid, Err: err}
		if errors.As(err, &bad) {
			e.Hint = bad.hint
		}
		return nil, e
	}
	b.squeeze = sync.OnceValue(b.tree.squeezes)
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b, nil
}

// Size implements fleet.Bundle.
func (b *bundle) Size() (files int, bytes int64) { return b.tree.files(), b.tree.bytes }

// Close implements fleet.Bundle. It waits for the packing to stop.
func (b *bundle) Close() error {
	b.stop()
	b.mu.Lock()
	was := b.closed
	b.closed = true
	b.mu.Unlock()
	if was {
		return nil
	}
	b.wg.Wait()
	if b.spool != nil {
		b.spool.close()
	}
	if b.tree.root != nil {
		return b.tree.root.Close()
	}
	return nil
}

// packing is a bundle on its way to one host.
type packing struct {
	io.Reader
	// result waits for the end of the packing and gives its manifest.
	result func(ctx context.Context) (packed, error)
	// stop ends it; the host takes no more.
	stop func()
}

// open gives the packed stream from its beginning. tell gets the bytes of
// content that were read from it.
func (b *bundle) open(ctx context.Context, tell func(done int64)) (*packing, error) {
	if b.asItIs() {
		return b.plain(ctx, tell)
	}
	if b.tree.bytes > maxSpool {
		return b.direct(ctx, tell), nil
	}
	if err := b.start(); err != nil {
		return nil, err
	}
	var most int64
	r := &spoolReader{s: b.spool, ctx: ctx, tell: func(at, size int64) {
		b.mu.Lock()
		content := b.packed.done
		b.mu.Unlock()
		if size > 0 {
			// Of what is packed so far; the parts of a tree compress differently.
			most = max(most, min(content, int64(float64(content)*float64(at)/float64(size))))
		}
		tell(most)
	}}
	return &packing{Reader: r, result: b.result, stop: func() {}}, nil
}

// asItIs says whether nothing is to be packed: a single file that does not
// compress.
func (b *bundle) asItIs() bool { return b.tree.single && !b.squeeze() }

// start begins to pack into the spool, once.
func (b *bundle) start() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errors.New("the upload is over")
	}
	if b.spool != nil {
		return nil
	}
	s, err := newSpool()
	if err != nil {
		return fmt.Errorf("make a temporary file: %w", err)
	}
	b.spool = s
	b.wg.Go(func() {
		defer close(b.ready)
		p, err := b.pack(b.ctx, s, func(done int64) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.packed.done = done
		})
		b.mu.Lock()
		b.packed = p
		b.mu.Unlock()
		s.end(err)
	})
	return nil
}

// result waits until it is packed.
func (b *bundle) result(ctx context.Context) (packed, error) {
	select {
	case <-b.ready:
	case <-ctx.Done():
		return packed{}, ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.packed, b.spool.err
}

// direct packs for one host alone.
func (b *bundle) direct(ctx context.Context, tell func(done int64)) *packing {
	ctx, cancel := context.WithCancel(ctx)
	r, w := io.Pipe()
	done := make(chan struct{})
	var p packed
	var err error
	b.wg.Go(func() {
		defer close(done)
		defer context.AfterFunc(b.ctx, cancel)()
		p, err = b.pack(ctx, w, tell)
		_ = w.CloseWithError(err) // always nil
	})
	return &packing{Reader: r, result: func(ctx context.Context) (packed, error) {
		select {
		case <-done:
			return p, err
		case <-ctx.Done():
			return packed{}, ctx.Err()
		}
	}, stop: func() {
		cancel()
		_ = r.CloseWithError(errEnded) // the packer must not wait for a reader any more; always nil
	}}
}

// manifest gives what the host must have in the end, without sending anything.
func (b *bundle) manifest(ctx context.Context) (packed, error) {
	if b.asItIs() {
		if err := b.sumOnce(); err != nil {
			return packed{}, err
		}
		return b.summed(ctx)
	}
	if b.tree.bytes > maxSpool {
		return b.pack(ctx, io.Discard, func(int64) {})
	}
	if err := b.start(); err != nil {
		return packed{}, err
	}
	return b.result(ctx)
}
