package host

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func cloudInitCommand(p *proc) int {
	opts, words, ok := p.options("lwv", "", "wait", "long", "format=")
	if !ok || len(words) == 0 {
		return p.failf(2, "usage: cloud-init [-h] [--version] {status,query,…}")
	}
	if words[0] != "status" {
		return 0
	}
	left := p.h.initLeft()
	if has(opts, "w", "wait") && left > 0 {
		for left > 0 && p.pause(min(left, time.Second)) {
			_, _ = p.out.WriteString(".")
			_ = p.out.Flush()
			left = p.h.initLeft()
		}
		_, _ = p.out.WriteString("\n")
	}
	state := "done"
	status := 0
	switch {
	case left > 0:
		state = "running"
	case p.h.firstBad.Load(): // as cloud-init: status 1 (cloud-init status documentation)
		state, status = "error", 1
	}
	if opts["format"] == "json" {
		fmt.Fprintf(p.out, "{\"status\": %q, \"errors\": []}\n", state)
		return status
	}
	fmt.Fprintf(p.out, "status: %s\n", state)
	return status
}

func shutdownCommand(p *proc) int {
	var delay time.Duration
	for _, a := range p.args[1:] {
		switch {
		case a == "-c":
			if p.w.uid == rootUID {
				p.h.job.cancel("shutdown")
			}
			return p.needRoot("cancel shutdown")
		case a == "now" || strings.HasPrefix(a, "-"):
		case strings.HasPrefix(a, "+"):
			n, err := strconv.Atoi(a[1:])
			if err != nil || n < 0 || n > 1e6 {
				return p.failf(1, "Failed to parse time specification: %s", a)
			}
			delay = time.Duration(n) * time.Minute
		}
	}
	if p.name() == "shutdown" && len(p.args) == 1 {
		delay = time.Minute
	}
	return p.powerOff(delay)
}

func (p *proc) powerOff(d time.Duration) int {
	if status := p.needRoot("power off system via logind"); status != 0 {
		return status
	}
	if d > 0 {
		fmt.Fprintf(p.err, "Shutdown scheduled for %s, use 'shutdown -c' to cancel.\n", time.Now().Add(d).UTC().Format(time.RFC1123))
	}
	p.h.job.say("systemd-logind[401]", "The system will power off now!")
	p.h.job.shutdown(d)
	return 0
}
