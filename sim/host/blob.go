package host

import "io"

// chunkSize bounds what one growing file copies: contents are kept in pieces.
const chunkSize = 64 << 10

// slotCost is what a chunk costs beside its bytes, holes too.
const slotCost = 24

// blob is a file's content: full chunks and a last one that grows. A nil chunk
// is a hole and reads as zeros, as in a sparse file.
type blob struct {
	chunks [][]byte
	size   int64
}

// readAt follows io.ReaderAt.
func (b *blob) readAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < b.size {
		part := p[n:]
		if left := b.size - off; int64(len(part)) > left {
			part = part[:left]
		}
		if left := chunkSize - int(off%chunkSize); len(part) > left {
			part = part[:left]
		}
		var c []byte
		if i := int(off / chunkSize); i < len(b.chunks) {
			c = b.chunks[i]
		}
		got := 0
		if at := int(off % chunkSize); at < len(c) {
			got = copy(part, c[at:])
		}
		clear(part[got:])
		n += len(part)
		off += int64(len(part))
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// writeAt stores p and tells by how many bytes the memory held has grown.
func (b *blob) writeAt(p []byte, off int64) (grown int64) {
	for len(p) > 0 {
		i, at := int(off/chunkSize), int(off%chunkSize)
		for len(b.chunks) <= i {
			b.chunks = append(b.chunks, nil)
			grown += slotCost
		}
		part := p[:min(len(p), chunkSize-at)]
		c := b.chunks[i]
		before := cap(c)
		if need := at + len(part); need > len(c) {
			c = extend(c, need)
		}
		copy(c[at:], part)
		b.chunks[i] = c
		grown += int64(cap(c) - before)
		p = p[len(part):]
		off += int64(len(part))
		b.size = max(b.size, off)
	}
	return grown
}

// extend makes c n bytes long; small files get exactly what they need, growing
// ones double.
func extend(c []byte, n int) []byte {
	if n <= cap(c) {
		old := len(c)
		c = c[:n]
		clear(c[old:])
		return c
	}
	size := n
	if len(c) > 0 {
		size = min(chunkSize, max(n, 2*cap(c)))
	}
	bigger := make([]byte, n, size)
	copy(bigger, c)
	return bigger
}

// truncate cuts or lengthens (with a hole) and tells by how many bytes the
// memory held has shrunk.
func (b *blob) truncate(size int64) (freed int64) {
	keep := int((size + chunkSize - 1) / chunkSize)
	for i := keep; i < len(b.chunks); i++ {
		freed += int64(cap(b.chunks[i])) + slotCost
	}
	if keep < len(b.chunks) {
		clear(b.chunks[keep:])
		b.chunks = b.chunks[:keep]
	}
	if at := int(size % chunkSize); at != 0 && keep == len(b.chunks) && keep > 0 {
		if last := b.chunks[keep-1]; at < len(last) {
			b.chunks[keep-1] = last[:at]
		}
	}
	b.size = size
	return freed
}

// held is the memory of all chunks in bytes.
func (b *blob) held() (n int64) {
	for _, c := range b.chunks {
		n += int64(cap(c)) + slotCost
	}
	return n
}
