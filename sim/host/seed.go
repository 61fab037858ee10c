package host

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
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
		"/proc/self", "/proc/net", "/proc/sys/kernel", "/sys", "/etc/ssh", "/etc/cloud", "/var/lib/cloud/data", home + "/.ssh",
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

func (h *Host) imageFiles() map[string]string {
	o := h.opts
	release := "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.3 LTS (Noble Numbat)\"\n" +
		"VERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=noble\n"
	if h.amazon() {
		release = "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"2023\"\n" +
			"PRETTY_NAME=\"Amazon Linux 2023\"\nPLATFORM_ID=\"platform:al2023\"\n"
	}
	home := h.home(userUID)
	var keys strings.Builder
	for _, k := range o.AuthorizedKeys {
		keys.WriteString(strings.TrimSpace(k) + "\n")
	}
	return map[string]string{
		"/etc/os-release":                    release,
		"/etc/hostname":                      o.Hostname + "\n",
		"/etc/hosts":                         "127.0.0.1 localhost\n" + o.PrivateIP + " " + o.Hostname + "\n",
		"/etc/resolv.conf":                   "nameserver 127.0.0.53\nsearch " + o.Region + ".compute.internal\n",
		"/etc/fstab":                         "LABEL=rootfs / ext4 discard,errors=remount-ro 0 1\n",
		"/etc/passwd":                        "root:x:0:0:root:/root:/bin/bash\n" + o.User + ":x:1000:1000::" + home + ":/bin/bash\n",
		"/etc/group":                         "root:x:0:\nsudo:x:27:" + o.User + "\n" + o.User + ":x:1000:\n",
		"/etc/shadow":                        "root:*:19800:0:99999:7:::\n" + o.User + ":!:19800:0:99999:7:::\n",
		"/etc/machine-id":                    machineID(o.InstanceID) + "\n",
		"/var/lib/cloud/data/instance-id":    o.InstanceID + "\n",
		"/var/lib/cloud/instance/user-data":  string(o.UserData),
		"/var/log/cloud-init-output.log":     h.cloudInitLog(),
		home + "/.bashrc":                    "# ~/.bashrc\n",
		home + "/.ssh/authorized_keys":       keys.String(),
		"/var/log/syslog":                    "",
		"/etc/ssh/ssh_host_ed25519_key.pub":  h.publicKeyLine(),
		"/etc/cloud/cloud.cfg":               "datasource_list: [ Ec2, None ]\n",
		"/etc/ssh/sshd_config":               "PermitRootLogin prohibit-password\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n",
		"/proc/self/cgroup":                  "0::/user.slice\n",
		"/etc/default/locale":                "LANG=C.UTF-8\n",
		"/var/lib/cloud/instance/datasource": "DataSourceEc2Local\n",
	}
}

func machineID(id string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'f' {
			return r
		}
		return -1
	}, id)
	return (digits + strings.Repeat("0", 32))[:32]
}

func (h *Host) cloudInitLog() string {
	at := h.opts.Booted.UTC()
	return fmt.Sprintf("Cloud-init v. 24.4 running 'modules:config' at %s. Up 6.02 seconds.\n"+
		"Cloud-init v. 24.4 finished at %s. Datasource DataSourceEc2Local.  Up 8.31 seconds\n",
		at.Format(time.RFC1123Z), at.Add(2*time.Second).Format(time.RFC1123Z))
}

// procFiles are computed each time they are opened.
func (h *Host) procFiles() map[string]func() []byte {
	text := func(f func() string) func() []byte { return func() []byte { return []byte(f()) } }
	return map[string]func() []byte{
		"uptime": text(func() string {
			up := h.uptime().Seconds()
			return fmt.Sprintf("%.2f %.2f\n", up, up*float64(h.opts.VCPU)*0.97)
		}),
		"loadavg": text(func() string {
			one, five, fifteen := h.load()
			return fmt.Sprintf("%.2f %.2f %.2f 1/%d %d\n", one, five, fifteen, 110+h.opts.VCPU*8, h.nextPID())
		}),
		"meminfo": text(func() string {
			total := h.opts.MemoryMiB * 1024
			free, available := total*62/100, total*86/100
			return fmt.Sprintf("MemTotal:       %8d kB\nMemFree:        %8d kB\nMemAvailable:   %8d kB\nBuffers:        %8d kB\n"+
				"Cached:         %8d kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n", total, free, available, total/100, total*24/100)
		}),
		"cpuinfo": text(func() string {
			var b strings.Builder
			for i := range h.opts.VCPU {
				fmt.Fprintf(&b, "processor\t: %d\nmodel name\t: Simulated CPU of %s\ncpu MHz\t\t: 2500.000\n\n", i, h.opts.Type)
			}
			return b.String()
		}),
		"stat": text(func() string {
			busy := int64(h.uptime().Seconds() * 100 * float64(h.opts.VCPU) * 0.03)
			idle := int64(h.uptime().Seconds() * 100 * float64(h.opts.VCPU) * 0.97)
			return fmt.Sprintf("cpu  %d 0 %d %d 0 0 0 0 0 0\nbtime %d\n", busy*2/3, busy/3, idle, h.opts.Booted.Unix())
		}),
		"version": text(func() string { return "Linux version " + h.kernel() + " (simulated) #1 SMP\n" }),
		"mounts":  text(func() string { return "/dev/root / ext4 rw,relatime,discard 0 0\n" }),
		"cmdline": text(func() string { return "BOOT_IMAGE=/boot/vmlinuz root=LABEL=rootfs ro console=ttyS0\n" }),
		"sys/kernel/hostname": text(func() string {
			return h.opts.Hostname + "\n"
		}),
		"net/dev": text(func() string {
			return "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n" +
				"  ens5: 1048576 1024 0 0 0 0 0 0 524288 800 0 0 0 0 0 0\n"
		}),
	}
}

func (h *Host) uptime() time.Duration { return max(0, time.Since(h.opts.Booted)) }

// load is high after boot and sinks, as on a machine that then has nothing to do.
func (h *Host) load() (one, five, fifteen float64) {
	minutes := h.uptime().Minutes()
	decay := func(window float64) float64 { return 0.6 / (1 + minutes/window) }
	return decay(1), decay(5) * 0.7, decay(15) * 0.4
}

func (h *Host) kernel() string {
	if h.amazon() {
		return "6.1.141-165.249.amzn2023." + h.opts.Arch
	}
	return "6.8.0-1031-aws"
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
