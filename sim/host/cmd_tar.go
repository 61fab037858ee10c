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
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// archivePrograms pack and unpack.
func archivePrograms() map[string]command {
	return map[string]command{"tar": tarCommand}
}

// tarOptions are what a tar command line says.
type tarOptions struct {
	mode           byte // x, c or t
	file           string
	gzip, verbose  bool
	keepModes      bool
	noOverwrite    bool
	touch          bool
	strip          int
	names          []string // with the -C that holds for each in dirs
	dirs           []string
	dir            string
	exclude        []string
	toStdout       bool
	removeSlashSay bool
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

func (o *tarOptions) parse(args []string, cwd string) string {
	first := true
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		take := func() string {
			if len(args) == 0 {
				return ""
			}
			v := args[0]
			args = args[1:]
			return v
		}
		switch {
		case strings.HasPrefix(a, "--"):
			name, value, has := strings.Cut(a[2:], "=")
			if !has && slices.Contains([]string{"directory", "file", "strip-components", "exclude"}, name) {
				value = take()
			}
			if message := o.long(name, value, cwd); message != "" {
				return message
			}
		case len(a) > 1 && a[0] == '-' || first:
			first = false
			if message := o.short(strings.TrimPrefix(a, "-"), take, cwd, a[0] == '-'); message != "" {
				return message
			}
		default:
			o.names = append(o.names, a)
			o.dirs = append(o.dirs, o.dir)
		}
		first = false
	}
	return ""
}

// short reads a bundle of letters. In a dashed bundle the rest of the word is
// the value of f or C; in an old-style one values follow in order.
func (o *tarOptions) short(letters string, take func() string, cwd string, dashed bool) string {
	for i := 0; i < len(letters); i++ {
		c := letters[i]
		value := func() string {
			if dashed && i+1 < len(letters) {
				v := letters[i+1:]
				i = len(letters)
				return v
			}
			return take()
		}
		switch c {
		case 'x', 'c', 't':
			o.mode = c
		case 'z':
			o.gzip = true
		case 'v':
			o.verbose = true
		case 'p':
			o.keepModes = true
		case 'm':
			o.touch = true
		case 'k':
			o.noOverwrite = true
		case 'O':
			o.toStdout = true
		case 'o', 'h', 'S', 'U', 'B', 'a', 'n', 'w':
		case 'f':
			o.file = value()
		case 'C':
			return o.long("directory", value(), cwd)
		case 'P':
			return "simulated instances keep archives inside their folder: -P is not offered"
		default:
			return fmt.Sprintf("invalid option -- '%c'", c)
		}
	}
	return ""
}

func (o *tarOptions) long(name, value, cwd string) string {
	switch name {
	case "directory":
		if o.dir == "" {
			o.dir = cwd
		}
		o.dir = absolute(o.dir, value)
	case "file":
		o.file = value
	case "extract", "get":
		o.mode = 'x'
	case "create":
		o.mode = 'c'
	case "list":
		o.mode = 't'
	case "gzip", "gunzip":
		o.gzip = true
	case "verbose":
		o.verbose = true
	case "preserve-permissions", "same-permissions":
		o.keepModes = true
	case "touch":
		o.touch = true
	case "keep-old-files", "skip-old-files":
		o.noOverwrite = true
	case "to-stdout":
		o.toStdout = true
	case "exclude":
		o.exclude = append(o.exclude, value)
	case "strip-components":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return "Invalid number of elements: " + value
		}
		o.strip = n
	case "no-same-owner", "same-owner", "no-same-permissions", "numeric-owner", "owner", "group", "overwrite", "unlink-first",
		"warning", "no-xattrs", "xattrs", "format", "sort", "mtime", "sparse", "no-overwrite-dir", "keep-directory-symlink", "no-acls", "no-selinux":
	default:
		return "unrecognized option '--" + name + "'"
	}
	return ""
}

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

func (o *tarOptions) excluded(name string) bool {
	return slices.ContainsFunc(o.exclude, func(pattern string) bool {
		whole, _ := path.Match(pattern, name)
		base, _ := path.Match(pattern, path.Base(name))
		return whole || base
	})
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
