package host

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	// diskSize is the root volume that every image asks for (8 GiB), and
	// imageSize what the image has put there.
	diskSize  = 8 << 30
	imageSize = 1_900 << 20
)

func (h *Host) who(uid int) who { return who{h.disk(), uid} }

// amazon says whether the image is an Amazon Linux; everything else is Ubuntu.
func (h *Host) amazon() bool { return h.opts.User == "ec2-user" }

func (h *Host) uid(name string) int {
	if name == "root" {
		return rootUID
	}
	return userUID
}

func (h *Host) environment(uid int) []string {
	return []string{
		"HOME=" + h.home(uid), "USER=" + h.userName(uid), "LOGNAME=" + h.userName(uid),
		"PATH=" + defaultPath, "SHELL=/bin/bash", "LANG=C.UTF-8", "PWD=" + h.home(uid),
	}
}

// seed makes the file system that the image brings.
func (h *Host) seed() *disk {
	d := newDisk(h.opts.MemoryLimit)
	root := who{d, rootUID}
	home := h.home(userUID)
	for _, dir := range []string{
		"/etc/systemd/system", "/etc/default", "/home", "/root", "/opt", "/mnt", "/srv", "/run", "/usr/local/bin",
		"/usr/local/sbin", "/usr/sbin", "/usr/share", "/usr/lib", "/var/lib/cloud/instance", "/var/log", "/var/cache", "/dev/shm", "/dev/pts",
		"/proc/self", "/proc/net", "/proc/sys/kernel/random", "/sys", "/etc/ssh", "/etc/cloud", "/var/lib/cloud/data", home + "/.ssh",
	} {
		_ = root.mkdirAll(dir, 0o755)
	}
	for dir, mode := range map[string]fs.FileMode{"/tmp": 0o777, "/var/tmp": 0o777, "/dev/shm": 0o777} {
		_ = root.mkdirAll(dir, 0o755)
		_ = root.chmod(dir, fs.ModeSticky|mode)
	}
	_ = root.chmod("/root", 0o700)
	_ = root.chmod(home, 0o750)
	_ = root.chmod(home+"/.ssh", 0o700)
	for name, text := range h.imageFiles() {
		_ = root.writeFile(name, []byte(text), 0o644)
	}
	_ = root.chmod("/etc/shadow", 0o600)
	_ = root.chmod(home+"/.ssh/authorized_keys", 0o600)
	for _, name := range []string{home, home + "/.ssh", home + "/.bashrc", home + "/.ssh/authorized_keys"} {
		_ = root.chown(name, userUID)
	}
	for link, target := range map[string]string{"/bin": "usr/bin", "/sbin": "usr/sbin", "/lib": "usr/lib", "/etc/mtab": "/proc/mounts", "/var/run": "/run"} {
		_ = root.symlink(target, link)
	}
	h.seedDevices(d)
	for name, live := range h.procFiles() {
		d.put("/proc/"+name, &node{mode: 0o444, live: live})
	}
	d.put("/usr/bin", &node{mode: fs.ModeDir | 0o755, kids: map[string]*node{}, fill: fillPrograms(d)})
	return d
}

func (h *Host) seedDevices(d *disk) {
	for name, dev := range map[string]device{"null": nullDevice, "zero": zeroDevice, "random": randomDevice, "urandom": randomDevice} {
		d.put("/dev/"+name, &node{mode: fs.ModeDevice | fs.ModeCharDevice | 0o666, device: dev})
	}
}

// put hangs a ready node into an existing directory.
func (d *disk) put(name string, n *node) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, err := who{d, rootUID}.find(name, false)
	if err != nil {
		return
	}
	made := d.newNode(n.mode, rootUID)
	n.ino, n.links, n.mtime = made.ino, 1, made.mtime
	p.dir.list()[p.name] = n
}

// fillPrograms lists our commands in /usr/bin when somebody first looks there.
func fillPrograms(d *disk) func(*node) {
	return func(dir *node) {
		for name, run := range programs() {
			n := d.newNode(0o755, rootUID)
			n.mtime = dir.mtime
			n.command = run
			n.data.size = 35 << 10 // about what such a program measures; it reads as zeros
			dir.kids[name] = n
		}
	}
}

// space is the disk's nominal size and what is free of it, in bytes. The memory
// that is left scales to the nominal space, so that both run out together.
func (d *disk) space() (total, free int64) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	left := max(0, d.limit-d.used)
	return diskSize, int64(float64(diskSize-imageSize) * float64(left) / float64(d.limit))
}

// realPath resolves all links of an absolute name.
func (w who) realPath(name string) (string, error) {
	resolved := "/"
	rest := strings.Split(path.Clean(name), "/")
	for links := 0; len(rest) > 0; {
		elem := rest[0]
		rest = rest[1:]
		if elem == "" || elem == "." {
			continue
		}
		next := path.Join(resolved, elem)
		st, err := w.stat(next, false)
		if err != nil {
			return "", err
		}
		if st.mode&fs.ModeSymlink == 0 {
			resolved = next
			continue
		}
		target, err := w.readlink(next)
		if err != nil {
			return "", err
		}
		if links++; links > maxLinks {
			return "", fault("readlink", name, fs.ErrInvalid)
		}
		if path.IsAbs(target) {
			resolved = "/"
		}
		rest = slices.Concat(strings.Split(target, "/"), rest)
	}
	return resolved, nil
}
