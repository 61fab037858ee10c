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
	"path/filepath"
	"runtime"
	"time"

	"github.com/klauspost/compress/gzip"
)

// packed is what went over the wire.
type packed struct {
	sums   []byte // for sha256sum -c: "<hex>  ./name" per regular file
	digest string // SHA-256 over names, modes, link targets and content hashes
}

// packer writes a tree as one tar.gz stream, in GNU form: every tar reads long
// and foreign names in it, busybox's included. The same tree gives the same bytes.
type packer struct {
	tree     *tree
	rename   string // the single file's name in the archive
	progress func(done, total int64)

	tar  *tar.Writer
	sum  hash.Hash
	sums bytes.Buffer
	done int64
	buf  []byte
}

const (
	// chunk is how much is read and told to progress at a time.
	chunk = 128 << 10
	// blockOut gathers small writes: an SSH packet holds 32 KiB.
	blockOut = 64 << 10
)

// pack writes the tree to w. It reads each file once.
func (p *packer) pack(ctx context.Context, w io.Writer) (packed, error) {
	out := bufio.NewWriterSize(w, blockOut)
	zip, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return packed{}, err
	}
	in := bufio.NewWriterSize(zip, chunk)
	p.tar, p.sum, p.buf = tar.NewWriter(in), sha256.New(), make([]byte, chunk)
	for _, e := range p.tree.entries {
		if err := ctx.Err(); err != nil {
			return packed{}, err
		}
		if err := p.entry(e); err != nil {
			return packed{}, err
		}
	}
	for _, end := range []func() error{p.tar.Close, in.Flush, zip.Close, out.Flush} {
		if err := end(); err != nil {
			return packed{}, err
		}
	}
	return packed{sums: p.sums.Bytes(), digest: hex.EncodeToString(p.sum.Sum(nil))}, nil
}

func (p *packer) entry(e entry) error {
	name := e.name
	if p.rename != "" {
		name = p.rename
	}
	mode := remoteMode(e.info.Mode())
	h := &tar.Header{Name: name, Mode: mode, ModTime: e.info.ModTime().Truncate(time.Second), Format: tar.FormatGNU}
	switch {
	case e.info.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, name+"/"
		fmt.Fprintf(p.sum, "dir %o %q\n", mode, e.name)
		return p.tar.WriteHeader(h)
	case e.link != "":
		h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
		fmt.Fprintf(p.sum, "link %q %q\n", e.name, e.link)
		return p.tar.WriteHeader(h)
	}
	h.Typeflag, h.Size = tar.TypeReg, e.info.Size()
	if err := p.tar.WriteHeader(h); err != nil {
		return err
	}
	sum, err := p.content(e)
	if err != nil {
		return err
	}
	fmt.Fprintf(&p.sums, "%s  ./%s\n", sum, name)
	fmt.Fprintf(p.sum, "file %o %q %s\n", mode, e.name, sum)
	return nil
}

// content copies one file into the archive and gives its SHA-256. A file that is
// not what the scan saw, or changes while it is read, is an error.
func (p *packer) content(e entry) (string, error) {
	changed := &badSourceError{words: e.name + " changed while it was read", hint: "upload again when nothing writes to it"}
	f, err := p.tree.root.Open(filepath.FromSlash(e.name))
	if err != nil {
		return "", &badSourceError{words: "read " + e.name + ": " + bare(err).Error()}
	}
	defer f.Close()
	same := func() bool {
		fi, err := f.Stat()
		return err == nil && fi.Mode() == e.info.Mode() && fi.Size() == e.info.Size() && fi.ModTime().Equal(e.info.ModTime())
	}
	if !same() {
		return "", changed
	}
	sum := sha256.New()
	left := e.info.Size()
	for left > 0 {
		n, err := f.Read(p.buf[:min(int64(len(p.buf)), left)])
		if n > 0 {
			left -= int64(n)
			sum.Write(p.buf[:n])
			if _, err := p.tar.Write(p.buf[:n]); err != nil {
				return "", err
			}
			p.done += int64(n)
			p.progress(p.done, p.tree.bytes)
		}
		if err != nil && left > 0 {
			if errors.Is(err, io.EOF) {
				return "", changed
			}
			return "", &badSourceError{words: "read " + e.name + ": " + bare(err).Error()}
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
