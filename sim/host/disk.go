package host

import (
	"io/fs"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// maxLinks is how many symbolic links one path may pass, as on Linux.
	maxLinks = 40
	// nodeCost is what one name on the disk is counted with against the memory
	// limit, so that a million empty files also end in a full disk.
	nodeCost = 512
	// maxName is Linux's NAME_MAX.
	maxName = 255
	// maxFile bounds a sparse file: its list of chunks costs memory too.
	maxFile = 8 << 30

	rootUID = 0
	userUID = 1000
)

// node is one inode. All fields are guarded by the disk's mu.
type node struct {
	ino     uint64
	mode    fs.FileMode
	uid     int
	links   int
	mtime   time.Time
	kids    map[string]*node // a directory's
	fill    func(*node)      // makes a directory's kids when they are first needed
	data    blob             // a file's
	target  string           // a symbolic link's
	live    func() []byte    // a file's content where it is computed, as in /proc
	device  device           // a character device
	command command          // a program of ours
}

type device int

const (
	noDevice device = iota
	nullDevice
	zeroDevice
	randomDevice
)

// disk is the file system of one host.
type disk struct {
	mu    sync.RWMutex
	root  *node
	inos  uint64
	used  int64 // bytes of memory
	limit int64
}

func newDisk(limit int64) *disk {
	d := &disk{limit: limit}
	d.root = d.newNode(fs.ModeDir|0o755, rootUID)
	return d
}

func (d *disk) newNode(mode fs.FileMode, uid int) *node {
	d.inos++
	d.used += nodeCost
	n := &node{ino: d.inos, mode: mode, uid: uid, links: 1, mtime: time.Now()}
	if mode.IsDir() {
		n.kids = map[string]*node{}
	}
	return n
}

// list gives a directory's kids, making lazy ones.
func (n *node) list() map[string]*node {
	if n.fill != nil {
		fill := n.fill
		n.fill = nil
		fill(n)
	}
	return n.kids
}

func (n *node) size() int64 {
	switch {
	case n.mode.IsDir():
		return 4096
	case n.mode&fs.ModeSymlink != 0:
		return int64(len(n.target))
	}
	return n.data.size
}

// drop counts an inode's memory back when its last name is gone. Files that are
// still open keep their content, uncounted.
func (d *disk) drop(n *node) {
	n.links--
	if n.links > 0 {
		return
	}
	d.used -= nodeCost + n.data.held()
}

// who is a user's view of a disk: it checks permissions. It is safe for
// concurrent use.
type who struct {
	d   *disk
	uid int
}

// may says whether the user has all of the wanted bits (4 read, 2 write,
// 1 search or execute) on a node.
func (w who) may(n *node, want fs.FileMode) bool {
	if w.uid == rootUID {
		return want&1 == 0 || n.mode.IsDir() || n.mode.Perm()&0o111 != 0
	}
	perm := n.mode.Perm()
	if n.uid == w.uid {
		perm >>= 6
	}
	return perm&want == want
}

// place is where a path leads: the directory that holds (or would hold) its last
// element, that element's name, and its node if there is one.
type place struct {
	dir  *node
	name string
	node *node
}

// find walks an absolute path. The last element's symbolic link is followed
// where follow says so. A missing last element is no error: node is nil. The
// caller holds mu, for writing where directories may be lazy.
func (w who) find(name string, follow bool) (place, error) {
	stack := []*node{w.d.root}
	rest := strings.Split(name, "/")
	at := place{dir: w.d.root, name: "/", node: w.d.root}
	links := 0
	for len(rest) > 0 {
		elem := rest[0]
		rest = rest[1:]
		if elem == "" || elem == "." {
			continue
		}
		dir := stack[len(stack)-1]
		if !dir.mode.IsDir() {
			return at, syscall.ENOTDIR
		}
		if !w.may(dir, 1) {
			return at, syscall.EACCES
		}
		if elem == ".." {
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
			at = place{dir: stack[max(0, len(stack)-2)], name: "..", node: stack[len(stack)-1]}
			continue
		}
		if len(elem) > maxName {
			return at, syscall.ENAMETOOLONG
		}
		kid := dir.list()[elem]
		at = place{dir: dir, name: elem, node: kid}
		last := !more(rest)
		if kid == nil {
			if last {
				return at, nil
			}
			return at, syscall.ENOENT
		}
		if kid.mode&fs.ModeSymlink != 0 && (follow || !last || len(rest) > 0) {
			if links++; links > maxLinks {
				return at, syscall.ELOOP
			}
			if path.IsAbs(kid.target) {
				stack = stack[:1]
			}
			rest = append(strings.Split(kid.target, "/"), rest...)
			at = place{dir: stack[len(stack)-1], name: ".", node: stack[len(stack)-1]}
			continue
		}
		stack = append(stack, kid)
	}
	if strings.HasSuffix(name, "/") && at.node != nil && !at.node.mode.IsDir() {
		return at, syscall.ENOTDIR
	}
	return at, nil
}

func more(rest []string) bool {
	for _, e := range rest {
		if e != "" {
			return true
		}
	}
	return false
}

// get is find for what must exist.
func (w who) get(name string, follow bool) (*node, error) {
	p, err := w.find(name, follow)
	if err == nil && p.node == nil {
		err = syscall.ENOENT
	}
	return p.node, err
}

// room checks that n more bytes of memory may be used.
func (d *disk) room(n int64) error {
	if d.used+n > d.limit {
		return syscall.ENOSPC
	}
	return nil
}

// add hangs a new node into its place.
func (w who) add(p place, mode fs.FileMode) (*node, error) {
	if p.name == "." || p.name == ".." || p.name == "/" {
		return nil, syscall.EEXIST
	}
	if !w.may(p.dir, 3) {
		return nil, syscall.EACCES
	}
	if err := w.d.room(nodeCost); err != nil {
		return nil, err
	}
	n := w.d.newNode(mode, w.uid)
	p.dir.list()[p.name] = n
	p.dir.mtime = n.mtime
	return n, nil
}

// mayRemove honours write permission and the sticky bit of the directory.
func (w who) mayRemove(p place) error {
	switch {
	case p.node == nil:
		return syscall.ENOENT
	case p.name == "." || p.name == ".." || p.name == "/":
		return syscall.EBUSY
	case !w.may(p.dir, 3):
		return syscall.EACCES
	case p.dir.mode&fs.ModeSticky != 0 && w.uid != rootUID && w.uid != p.node.uid && w.uid != p.dir.uid:
		return syscall.EPERM
	}
	return nil
}

// info is what stat tells.
type info struct {
	name  string
	size  int64
	mode  fs.FileMode
	mtime time.Time
	uid   int
	links int
	ino   uint64
}

var _ fs.FileInfo = info{}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.mtime }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

// Uid and Gid tell SFTP the owner; every user's group has the user's number.
func (i info) Uid() uint32 { //nolint:revive // the name is sftp.FileInfoUidGid's
	return uint32(i.uid)
}

// Gid is the owner's group.
func (i info) Gid() uint32 { return uint32(i.uid) }

func (n *node) info(name string) info {
	return info{name: name, size: n.size(), mode: n.mode, mtime: n.mtime, uid: n.uid, links: n.links, ino: n.ino}
}
