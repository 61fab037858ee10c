package host

import (
	"fmt"
	"strings"
	"time"
)

// systemPrograms tell about the instance.
func systemPrograms() map[string]command {
	return map[string]command{
		"sleep": sleepCommand, "date": dateCommand, "uname": unameCommand, "hostname": hostnameCommand, "whoami": whoamiCommand,
		"id": idCommand, "groups": whoamiCommand, "uptime": uptimeCommand, "free": freeCommand, "df": dfCommand, "nproc": nprocCommand,
		"ps": psCommand, "arch": func(p *proc) int { fmt.Fprintln(p.out, p.h.machine()); return 0 },
		"tty":   func(p *proc) int { return p.failf(1, "not a tty") },
		"clear": okCommand, "reset": okCommand, "stty": okCommand, "lscpu": lscpuCommand, "dpkg-architecture": okCommand,
		"getent": getentCommand, "kill": killCommand, "pkill": func(*proc) int { return 1 }, "pgrep": func(*proc) int { return 1 },
		"modprobe": okCommand, "sysctl": okCommand, "ldconfig": okCommand, "useradd": okCommand, "usermod": okCommand, "groupadd": okCommand,
	}
}

// machine is the architecture as uname says it.
func (h *Host) machine() string {
	if h.opts.Arch == "arm64" {
		return "aarch64"
	}
	return h.opts.Arch
}

func unameCommand(p *proc) int {
	opts, _, ok := p.options("asnrvmpio", "", "all", "machine", "kernel-name", "kernel-release", "nodename")
	if !ok {
		return 1
	}
	all := has(opts, "a", "all")
	var out []string
	for _, f := range []struct{ short, long, text string }{
		{"s", "kernel-name", "Linux"},
		{"n", "nodename", p.h.opts.Hostname},
		{"r", "kernel-release", p.h.kernel()},
		{"v", "", "#1 SMP (simulated)"},
		{"m", "machine", p.h.machine()},
		{"p", "", p.h.machine()},
		{"i", "", p.h.machine()},
		{"o", "", "GNU/Linux"},
	} {
		if has(opts, f.short, f.long) || all && f.short != "p" && f.short != "i" {
			out = append(out, f.text)
		}
	}
	if len(out) == 0 {
		out = []string{"Linux"}
	}
	fmt.Fprintln(p.out, strings.Join(out, " "))
	return 0
}

func hostnameCommand(p *proc) int {
	opts, _, ok := p.options("fsIid", "")
	if !ok {
		return 1
	}
	switch {
	case has(opts, "I", "i"):
		fmt.Fprintln(p.out, p.h.opts.PrivateIP)
	case has(opts, "f"):
		fmt.Fprintf(p.out, "%s.%s.compute.internal\n", p.h.opts.Hostname, p.h.opts.Region)
	default:
		fmt.Fprintln(p.out, p.h.opts.Hostname)
	}
	return 0
}

func whoamiCommand(p *proc) int {
	fmt.Fprintln(p.out, p.h.userName(p.w.uid))
	return 0
}

func idCommand(p *proc) int {
	opts, _, ok := p.options("ugnrG", "")
	if !ok {
		return 1
	}
	name := p.h.userName(p.w.uid)
	switch {
	case has(opts, "n"):
		fmt.Fprintln(p.out, name)
	case has(opts, "u", "g", "G"):
		fmt.Fprintln(p.out, p.w.uid)
	default:
		fmt.Fprintf(p.out, "uid=%d(%s) gid=%d(%s) groups=%d(%s)\n", p.w.uid, name, p.w.uid, name, p.w.uid, name)
	}
	return 0
}

// upText is the middle of uptime's line, in procps' words.
func upText(up time.Duration) string {
	minutes := int(up.Minutes())
	days, hours, minutes := minutes/1440, minutes/60%24, minutes%60
	text := ""
	switch {
	case days == 1:
		text = "1 day, "
	case days > 1:
		text = fmt.Sprintf("%d days, ", days)
	}
	if hours > 0 {
		return text + fmt.Sprintf("%2d:%02d", hours, minutes)
	}
	return text + fmt.Sprintf("%d min", minutes)
}

func uptimeCommand(p *proc) int {
	opts, _, ok := p.options("ps", "", "pretty", "since")
	if !ok {
		return 1
	}
	switch {
	case has(opts, "s", "since"):
		fmt.Fprintln(p.out, p.h.opts.Booted.UTC().Format("2006-01-02 15:04:05"))
		return 0
	case has(opts, "p", "pretty"):
		minutes := int(p.h.uptime().Minutes())
		fmt.Fprintf(p.out, "up %d hours, %d minutes\n", minutes/60, minutes%60)
		return 0
	}
	one, five, fifteen := p.h.load()
	fmt.Fprintf(p.out, " %s up %s,  0 users,  load average: %.2f, %.2f, %.2f\n",
		time.Now().UTC().Format("15:04:05"), upText(p.h.uptime()), one, five, fifteen)
	return 0
}

func freeCommand(p *proc) int {
	opts, _, ok := p.options("bkmghtw", "", "mega", "human")
	if !ok {
		return 1
	}
	shift, unit := 10, ""
	switch {
	case has(opts, "b"):
		shift = 0
	case has(opts, "m", "mega"):
		shift = 20
	case has(opts, "g"):
		shift = 30
	case has(opts, "h", "human"):
		shift, unit = 20, "Mi"
	}
	total := int64(p.h.opts.MemoryMiB) << 20
	show := func(n int64) string { return fmt.Sprintf("%d%s", n>>shift, unit) }
	used, cache := total*12/100, total*26/100
	fmt.Fprintf(p.out, "%15s%12s%12s%12s%12s%12s\n", "total", "used", "free", "shared", "buff/cache", "available")
	fmt.Fprintf(p.out, "Mem:   %8s%12s%12s%12s%12s%12s\n", show(total), show(used), show(total-used-cache), show(1<<20), show(cache), show(total*86/100))
	fmt.Fprintf(p.out, "Swap:  %8s%12s%12s\n", show(0), show(0), show(0))
	return 0
}

func dfCommand(p *proc) int {
	opts, _, ok := p.options("hkmTPialB", "t", "output=", "block-size=", "human-readable", "total")
	if !ok {
		return 1
	}
	total, free := p.w.d.space()
	used := total - free
	percent := (used*100 + total - 1) / total
	switch output := opts["output"]; output {
	case "pcent":
		fmt.Fprintf(p.out, "Use%%\n %d%%\n", percent)
		return 0
	case "avail":
		fmt.Fprintf(p.out, "Avail\n%d\n", free/1024)
		return 0
	}
	kind := func(name string) string {
		if has(opts, "T") {
			return " " + name
		}
		return ""
	}
	if has(opts, "h", "human-readable") {
		fmt.Fprintf(p.out, "Filesystem     %sSize  Used Avail Use%% Mounted on\n", kind("Type "))
		fmt.Fprintf(p.out, "/dev/root      %s%4s  %4s  %4s %3d%% /\n", kind("ext4 "), human(total), human(used), human(free), percent)
		return 0
	}
	shift := 10
	if has(opts, "m") {
		shift = 20
	}
	fmt.Fprintf(p.out, "Filesystem     %s1%c-blocks    Used Available Use%% Mounted on\n", kind("Type "), map[int]byte{10: 'K', 20: 'M'}[shift])
	fmt.Fprintf(p.out, "/dev/root      %s%9d %7d %9d %3d%% /\n", kind("ext4 "), total>>shift, used>>shift, free>>shift, percent)
	return 0
}

func nprocCommand(p *proc) int {
	fmt.Fprintln(p.out, p.h.opts.VCPU)
	return 0
}

func lscpuCommand(p *proc) int {
	fmt.Fprintf(p.out, "Architecture:            %s\nCPU(s):                  %d\nModel name:              Simulated CPU of %s\n", p.h.machine(), p.h.opts.VCPU, p.h.opts.Type)
	return 0
}

func psCommand(p *proc) int {
	wide := len(p.args) > 1
	if !wide {
		fmt.Fprintf(p.out, "    PID TTY          TIME CMD\n%7d ?        00:00:00 bash\n%7d ?        00:00:00 ps\n", p.sh.pid, p.sh.pid+1)
		return 0
	}
	start := p.h.opts.Booted.UTC().Format("15:04")
	fmt.Fprintf(p.out, "%-10s %7s %7s %5s %s\n", "USER", "PID", "PPID", "STIME", "CMD")
	for _, l := range []struct {
		user      string
		pid, ppid int
		cmd       string
	}{
		{"root", 1, 0, "/sbin/init"},
		{"root", 412, 1, "/usr/lib/systemd/systemd-journald"},
		{"root", 871, 1, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"},
		{p.h.userName(userUID), p.sh.pid, 871, "bash"},
		{p.h.userName(p.w.uid), p.sh.pid + 1, p.sh.pid, strings.Join(p.args, " ")},
	} {
		fmt.Fprintf(p.out, "%-10s %7d %7d %5s %s\n", l.user, l.pid, l.ppid, start, l.cmd)
	}
	return 0
}

func getentCommand(p *proc) int {
	if len(p.args) < 2 || p.args[1] != "passwd" && p.args[1] != "group" && p.args[1] != "hosts" {
		return 1
	}
	data, err := p.w.readFile("/etc/" + p.args[1])
	if err != nil {
		return 2
	}
	status := 2
	for line := range strings.Lines(string(data)) {
		name, _, _ := strings.Cut(line, ":")
		if len(p.args) < 3 || name == p.args[2] {
			_, _ = p.out.WriteString(line)
			status = 0
		}
	}
	return status
}
