package host

import (
	"bytes"
	"crypto/rand"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"
)

// file is an open file. Its methods may be called concurrently, also by those
// who only use ReadAt and WriteAt.
type file struct {
	w      who
	n      *node
	name   string
	flag   int
	frozen *bytes.Reader // the content of a computed file, as it was when opened

	mu  sync.Mutex // guards off; held over no wait
	off int64
}

// open follows os.OpenFile: flag is of os.O_*, perm counts for a new file.
func (w who) open(name string, flag int, perm fs.FileMode) (*file, error) {
	w.d.mu.Lock()
	n, err := w.openNode(name, flag, perm)
	var live func() []byte
	if err == nil {
		live = n.live
	}
	w.d.mu.Unlock()
	if err != nil {
		return nil, fault("open", name, err)
	}
	f := &file{w: w, n: n, name: name, flag: flag}
	if live != nil {
		f.frozen = bytes.NewReader(live())
	}
	return f, nil
}

func (w who) openNode(name string, flag int, perm fs.FileMode) (*node, error) {
	p, err := w.find(name, true)
	if err != nil {
		return nil, err
	}
	n := p.node
	if n == nil {
		if flag&os.O_CREATE == 0 {
			return nil, syscall.ENOENT
		}
		return w.add(p, perm.Perm())
	}
	var want fs.FileMode
	if writes(flag) {
		want = 2
	}
	if flag&(os.O_WRONLY|os.O_RDWR) != os.O_WRONLY {
		want |= 4
	}
	switch {
	case flag&os.O_EXCL != 0 && flag&os.O_CREATE != 0:
		return nil, syscall.EEXIST
	case n.mode.IsDir() && (writes(flag) || flag&os.O_CREATE != 0):
		return nil, syscall.EISDIR
	case !w.may(n, want), n.live != nil && want&2 != 0:
		return nil, syscall.EACCES
	case n.command != nil && want&2 != 0:
		return nil, syscall.ETXTBSY
	}
	if flag&os.O_TRUNC != 0 && want&2 != 0 && n.device == noDevice {
		w.d.used -= n.data.truncate(0)
		n.mtime = time.Now()
	}
	return n, nil
}

func writes(flag int) bool { return flag&(os.O_WRONLY|os.O_RDWR) != 0 }

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	if f.frozen != nil {
		return f.frozen.ReadAt(p, off)
	}
	f.w.d.mu.RLock()
	defer f.w.d.mu.RUnlock()
	switch {
	case f.n.mode.IsDir():
		return 0, fault("read", f.name, syscall.EISDIR)
	case f.flag&os.O_WRONLY != 0:
		return 0, fault("read", f.name, syscall.EBADF)
	}
	switch f.n.device {
	case nullDevice:
		return 0, io.EOF
	case zeroDevice:
		clear(p)
		return len(p), nil
	case randomDevice:
		return rand.Read(p)
	case noDevice:
	}
	return f.n.data.readAt(p, off)
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	f.w.d.mu.Lock()
	defer f.w.d.mu.Unlock()
	return f.put(p, off)
}

func (f *file) put(p []byte, off int64) (int, error) {
	switch {
	case !writes(f.flag):
		return 0, fault("write", f.name, syscall.EBADF)
	case f.n.device != noDevice:
		return len(p), nil
	case off < 0 || off+int64(len(p)) > maxFile:
		return 0, fault("write", f.name, syscall.EFBIG)
	}
	if err := f.w.d.room(int64(len(p))); err != nil {
		return 0, fault("write", f.name, err)
	}
	grown := f.n.data.writeAt(p, off)
	if f.n.links > 0 {
		f.w.d.used += grown
	}
	f.n.mtime = time.Now()
	return len(p), nil
}

func (f *file) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.ReadAt(p, f.off)
	f.off += int64(n)
	if n > 0 && err == io.EOF { //nolint:errorlint // ReadAt's io.EOF with data means a short read
		err = nil
	}
	return n, err
}

// Write writes at the end where the file was opened with O_APPEND.
func (f *file) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.w.d.mu.Lock()
	defer f.w.d.mu.Unlock()
	if f.flag&os.O_APPEND != 0 {
		f.off = f.n.data.size
	}
	n, err := f.put(p, f.off)
	f.off += int64(n)
	return n, err
}

func (f *file) truncate(size int64) error {
	f.w.d.mu.Lock()
	defer f.w.d.mu.Unlock()
	switch {
	case !writes(f.flag):
		return fault("truncate", f.name, syscall.EBADF)
	case size < 0 || size > maxFile:
		return fault("truncate", f.name, syscall.EINVAL)
	}
	freed := f.n.data.truncate(size)
	if f.n.links > 0 {
		f.w.d.used -= freed
	}
	return nil
}

// stat is what the file is now, wherever its name has gone.
func (f *file) stat() info {
	f.w.d.mu.RLock()
	defer f.w.d.mu.RUnlock()
	return f.n.info(f.name)
}

// Close does nothing: an open file holds no resource of its own.
func (f *file) Close() error { return nil }

// readFile reads a whole file.
func (w who) readFile(name string) ([]byte, error) {
	f, err := w.open(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, w.d.limit))
}

// writeFile replaces a whole file.
func (w who) writeFile(name string, data []byte, perm fs.FileMode) error {
	f, err := w.open(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err == nil {
		_, err = f.Write(data)
	}
	return err
}

// How files are opened to be replaced or to be added to.
const (
	truncFlags  = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	appendFlags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
)
