package host

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

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
		"sys/kernel/random/boot_id": text(func() string {
			sum := sha256.Sum256(fmt.Append(nil, h.opts.InstanceID, h.opts.Booted.UnixNano()))
			return fmt.Sprintf("%x-%x-4%x-a%x-%x\n", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])[:36] + "\n"
		}),
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
