package host

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

// archivePrograms pack and unpack.
func archivePrograms() map[string]command {
	return map[string]command{"tar": tarCommand}
}

func tarCommand(p *proc) int {
	o := &tarOptions{file: "-", dir: p.dir}
	if message := o.parse(p.args[1:], p.dir); message != "" {
		return p.failf(2, "tar: %s", message)
	}
	var err error
	switch o.mode {
	case 'x', 't':
		err = p.untar(o)
	case 'c':
		err = p.tar(o)
	default:
		return p.failf(2, "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options")
	}
	switch {
	case errors.Is(err, errSkipped):
		return p.failf(2, "tar: Exiting with failure status due to previous errors")
	case err != nil:
		return p.failf(2, "tar: %s\ntar: Error is not recoverable: exiting now", sentence(err))
	}
	return 0
}

// errSkipped says that some members were left out, with their own messages.
var errSkipped = errors.New("some members were skipped")

// untar extracts or lists.
func (p *proc) untar(o *tarOptions) error {
	in, err := p.openIn(o.file)
	if o.file != "-" {
		in, err = p.openIn(p.abs(o.file))
	}
	if err != nil {
		return fmt.Errorf("%s: Cannot open: %s", o.file, sentence(err))
	}
	b := bufio.NewReaderSize(in, 64<<10)
	var src io.Reader = b
	head, err := b.Peek(2)
	zipped := err == nil && head[0] == 0x1f && head[1] == 0x8b
	switch {
	case zipped && (o.gzip || o.file != "-"):
		if src, err = gzip.NewReader(b); err != nil {
			return err
		}
	case zipped:
		return errors.New("archive is compressed. Use -z option")
	case o.gzip:
		return errors.New("gzip: stdin: not in gzip format")
	}
	if st, err := p.w.stat(o.dir, true); err != nil {
		return fmt.Errorf("%s: Cannot open: %s", o.dir, sentence(err))
	} else if !st.IsDir() {
		return fmt.Errorf("%s: Cannot open: Not a directory", o.dir)
	}
	x := &extractor{p: p, o: o, root: o.dir, made: map[string]bool{}}
	if err := x.all(&counter{r: src}); err != nil {
		return err
	}
	// Read what pads the archive, so that the sender can finish.
	_, _ = io.Copy(io.Discard, struct{ io.Reader }{src})
	return x.finish()
}

// tar packs names into an archive.
func (p *proc) tar(o *tarOptions) (err error) {
	if len(o.names) == 0 {
		return errors.New("cowardly refusing to create an empty archive")
	}
	to := p.plain
	if o.file != "-" {
		f, err := p.w.open(p.abs(o.file), truncFlags, 0o666&^p.umask)
		if err != nil {
			return fmt.Errorf("%s: Cannot open: %s", o.file, sentence(err))
		}
		to = f
	}
	b := bufio.NewWriterSize(to, 64<<10)
	var sink io.Writer = b
	var z *gzip.Writer
	if o.gzip {
		z = gzip.NewWriter(b)
		sink = z
	}
	w := tar.NewWriter(sink)
	skipped := false
	for i, name := range o.names {
		e := p.walk(absolute(o.dirs[i], name), name, func(full, shown string, st info) error {
			if o.excluded(shown) {
				return nil
			}
			return p.tarOne(w, o, full, shown, st)
		})
		if errors.Is(e, fs.ErrNotExist) || errors.Is(e, fs.ErrPermission) {
			p.failf(2, "tar: %s: Cannot stat: %s", name, sentence(e))
			skipped = true
		} else if e != nil {
			return e
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if z != nil {
		if err := z.Close(); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if skipped {
		return errSkipped
	}
	return nil
}

func (p *proc) tarOne(w *tar.Writer, o *tarOptions, full, shown string, st info) error {
	name := strings.TrimLeft(shown, "/")
	if name != shown && !o.removeSlashSay {
		o.removeSlashSay = true
		p.failf(0, "tar: Removing leading `/' from member names")
	}
	if name == "" {
		name = "."
	}
	h := &tar.Header{Name: name, Mode: int64(st.mode.Perm()), ModTime: st.mtime, Uid: st.uid, Gid: st.uid, Uname: p.h.userName(st.uid), Gname: p.h.userName(st.uid)}
	switch {
	case st.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, strings.TrimRight(name, "/")+"/"
	case st.mode&fs.ModeSymlink != 0:
		target, err := p.w.readlink(full)
		if err != nil {
			return err
		}
		h.Typeflag, h.Linkname = tar.TypeSymlink, target
	case st.mode.IsRegular():
		h.Typeflag, h.Size = tar.TypeReg, st.size
	default:
		return nil
	}
	if o.verbose {
		fmt.Fprintln(p.err, h.Name)
	}
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if err := w.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
		return err
	}
	f, err := p.w.open(full, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	if n, err := io.Copy(w, io.LimitReader(f, st.size)); err != nil || n < st.size {
		return fmt.Errorf("%s: file changed as we read it", shown)
	}
	return nil
}

// later is a time or link that is set when all members are there.
type later struct {
	name, rel, target string
	mode              fs.FileMode
	mtime             time.Time
}
