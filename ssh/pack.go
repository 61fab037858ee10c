package ssh

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"runtime"
	"time"

	"github.com/klauspost/compress/gzip"
)

// packed is what a bundle came to.
type packed struct {
	sums   []byte // for sha256sum -c: "<hex>  ./name" per regular file
	sum    string // of a single file, hex
	digest string // SHA-256 over names, modes, link targets and content hashes
	done   int64  // bytes of content so far
}

// packer writes a tree as one stream: a single file as it is, a folder as a tar
// in GNU form, which every tar reads with long and foreign names, busybox's
// included. The same tree gives the same bytes.
type packer struct {
	tree *tree
	tell func(done int64)

	tar  *tar.Writer // nil for a single file
	out  io.Writer
	sum  hash.Hash
	sums bytes.Buffer
	last string // the newest file's
	done int64
	buf  []byte
}

const (
	// chunk is how much is read and told at a time.
	chunk = 256 << 10
	// blockOut gathers small writes: an SSH packet holds 32 KiB.
	blockOut = 64 << 10
)

// pack writes the tree to w, compressed where that pays. It reads each file once.
func (b *bundle) pack(ctx context.Context, w io.Writer, tell func(done int64)) (packed, error) {
	out := bufio.NewWriterSize(w, blockOut)
	p := &packer{tree: b.tree, tell: tell, out: out, sum: sha256.New(), buf: make([]byte, chunk)}
	ends := []func() error{out.Flush}
	if b.squeeze() {
		zip, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
		if err != nil {
			return packed{}, err
		}
		in := bufio.NewWriterSize(zip, blockOut)
		p.out, ends = in, append([]func() error{in.Flush, zip.Close}, ends...)
	}
	if !b.tree.single {
		p.tar = tar.NewWriter(p.out)
		ends = append([]func() error{p.tar.Close}, ends...)
	}
	for _, e := range p.tree.entries {
		if err := ctx.Err(); err != nil {
			return packed{}, err
		}
		if err := p.entry(ctx, e); err != nil {
			return packed{}, err
		}
	}
	for _, end := range ends {
		if err := end(); err != nil {
			return packed{}, err
		}
	}
	return packed{sums: p.sums.Bytes(), sum: p.last, digest: hex.EncodeToString(p.sum.Sum(nil)), done: p.done}, nil
}

func (p *packer) entry(ctx context.Context, e entry) error {
	mode := remoteMode(e.info.Mode())
	h := &tar.Header{Name: e.name, Mode: mode, ModTime: e.info.ModTime().Truncate(time.Second), Format: tar.FormatGNU}
	switch {
	case e.info.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, e.name+"/"
		fmt.Fprintf(p.sum, "dir %o %q\n", mode, e.name)
		return p.tar.WriteHeader(h)
	case e.link != "":
		h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
		fmt.Fprintf(p.sum, "link %q %q\n", e.name, e.link)
		return p.tar.WriteHeader(h)
	}
	to := p.out
	if p.tar != nil {
		h.Typeflag, h.Size = tar.TypeReg, e.info.Size()
		if err := p.tar.WriteHeader(h); err != nil {
			return err
		}
		to = p.tar
	}
	sum, err := p.content(ctx, e, to)
	if err != nil {
		return err
	}
	p.last = sum
	fmt.Fprintf(&p.sums, "%s  ./%s\n", sum, e.name)
	fmt.Fprintf(p.sum, "file %o %q %s\n", mode, e.name, sum)
	return nil
}

// content copies one file and gives its SHA-256. A file that is not what the
// scan saw, or changes while it is read, is an error.
func (p *packer) content(ctx context.Context, e entry, to io.Writer) (string, error) {
	changed := changedError(e.name)
	f, err := p.tree.open(e)
	if err != nil {
		return "", &badSourceError{words: "read " + e.name + ": " + bare(err).Error()}
	}
	defer f.Close()
	same := func() bool { return sameFile(f, e) }
	if !same() {
		return "", changed
	}
	sum := sha256.New()
	for left := e.info.Size(); left > 0; {
		n, err := f.Read(p.buf[:min(int64(len(p.buf)), left)])
		if n > 0 {
			left -= int64(n)
			sum.Write(p.buf[:n])
			if _, err := to.Write(p.buf[:n]); err != nil {
				return "", err
			}
			p.done += int64(n)
			p.tell(p.done)
		}
		if err != nil && left > 0 {
			if errors.Is(err, io.EOF) {
				return "", changed
			}
			return "", &badSourceError{words: "read " + e.name + ": " + bare(err).Error()}
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
	}
	if !same() {
		return "", changed
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// remoteMode gives the mode bits as tar writes them.
func remoteMode(m fs.FileMode) int64 {
	mode := int64(m.Perm())
	if runtime.GOOS == "windows" {
		mode &^= 0o022 // os makes bits up there; nobody asked for files that others may write
	}
	for bit, v := range map[fs.FileMode]int64{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&bit != 0 {
			mode |= v
		}
	}
	return mode
}
