package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// parseSize reads 10, 10k, 10M, 10G and KB, MB, GB.
func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "kKMGBib")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("invalid number %q", s)
	}
	unit, ok := map[string]int64{
		"": 1, "b": 512, "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "KiB": 1 << 10, "MiB": 1 << 20,
		"GiB": 1 << 30, "kB": 1000, "KB": 1000, "MB": 1000_000, "GB": 1000_000_000,
	}[s[len(digits):]]
	if !ok || n > maxFile/unit {
		return 0, fmt.Errorf("invalid number %q", s)
	}
	return n * unit, nil
}

// echoCommand is for those who run it by its path or through sudo; the shell has
// its own.
func echoCommand(p *proc) int {
	args, end := p.args[1:], "\n"
	for len(args) > 0 && (args[0] == "-n" || args[0] == "-e" || args[0] == "-E") {
		if args[0] == "-n" {
			end = ""
		}
		args = args[1:]
	}
	_, _ = p.out.WriteString(strings.Join(args, " ") + end)
	return 0
}

// printfCommand and testCommand are the shell's own, run by path or by sudo.
func printfCommand(p *proc) int { return p.builtin("printf") }

func testCommand(p *proc) int {
	if p.name() == "[" {
		return p.builtin("[")
	}
	return p.builtin("test")
}

func (p *proc) builtin(name string) int {
	line := name
	for _, a := range p.args[1:] {
		line += " " + quote(a)
	}
	return p.subshell(p.w.uid, nil).script(p.ctx, line, name)
}

// seqRange reads the operands LAST, FIRST LAST, or FIRST STEP LAST.
func seqRange(args []string) (first, step, last int, err error) {
	nums := []int{1, 1, 0}
	places := map[int][]int{1: {2}, 2: {0, 2}, 3: {0, 1, 2}}[len(args)]
	if places == nil {
		return 0, 0, 0, errors.New("missing operand")
	}
	for i, a := range args {
		if nums[places[i]], err = strconv.Atoi(a); err != nil {
			return 0, 0, 0, fmt.Errorf("invalid floating point argument: '%s'", a)
		}
	}
	if nums[1] == 0 {
		return 0, 0, 0, errors.New("invalid Zero increment value: '0'")
	}
	return nums[0], nums[1], nums[2], nil
}

func seqCommand(p *proc) int {
	sep, args := "\n", p.args[1:]
	width := false
	for len(args) > 0 && (args[0] == "-w" || strings.HasPrefix(args[0], "-s")) {
		switch {
		case args[0] == "-w":
			width = true
		case args[0] == "-s" && len(args) > 1:
			sep, args = args[1], args[1:]
		default:
			sep = args[0][2:]
		}
		args = args[1:]
	}
	first, step, last, err := seqRange(args)
	if err != nil {
		return p.fail("%v", err)
	}
	digits := 0
	if width {
		digits = max(len(fmt.Sprint(first)), len(fmt.Sprint(last)))
	}
	between := ""
	for i := first; step > 0 && i <= last || step < 0 && i >= last; i += step {
		if _, err := fmt.Fprintf(p.out, "%s%0*d", between, digits, i); err != nil || p.ctx.Err() != nil {
			return 141
		}
		between = sep
	}
	if between != "" {
		_, _ = p.out.WriteString("\n")
	}
	return 0
}

func yesCommand(p *proc) int {
	text := "y"
	if len(p.args) > 1 {
		text = strings.Join(p.args[1:], " ")
	}
	chunk := []byte(strings.Repeat(text+"\n", max(1, 4096/(len(text)+1))))
	for p.ctx.Err() == nil {
		if _, err := p.plain.Write(chunk); err != nil {
			return 141
		}
	}
	return 130
}

// ddCommand copies with if=, of=, bs= and count=.
func ddCommand(p *proc) int {
	arg := map[string]string{"bs": "512"}
	for _, a := range p.args[1:] {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			return p.fail("unrecognized operand '%s'", a)
		}
		arg[name] = value
	}
	bs, err := parseSize(arg["bs"])
	if err != nil || bs == 0 {
		return p.fail("invalid number: '%s'", arg["bs"])
	}
	in, to := io.Reader(p.in), p.plain
	if arg["if"] != "" {
		if in, err = p.openIn(arg["if"]); err != nil {
			return p.fail("failed to open '%s': %s", arg["if"], sentence(err))
		}
	}
	if arg["of"] != "" {
		flag := truncFlags
		if strings.Contains(arg["conv"], "notrunc") {
			flag &^= os.O_TRUNC
		}
		f, err := p.w.open(p.abs(arg["of"]), flag, 0o666&^p.umask)
		if err != nil {
			return p.fail("failed to open '%s': %s", arg["of"], sentence(err))
		}
		to = f
	}
	if arg["count"] != "" {
		n, err := parseSize(arg["count"])
		if err != nil || n > maxFile/bs {
			return p.fail("invalid number: '%s'", arg["count"])
		}
		in = io.LimitReader(in, n*bs)
	}
	start := time.Now()
	n, err := io.CopyBuffer(struct{ io.Writer }{to}, ended{p, in}, make([]byte, min(bs, 1<<20)))
	if err != nil {
		return p.fail("error writing: %s", sentence(err))
	}
	took := max(time.Since(start).Seconds(), 0.000_001)
	fmt.Fprintf(p.err, "%d+0 records in\n%d+0 records out\n%d bytes copied, %.6g s, %.1f MB/s\n", n/bs, n/bs, n, took, float64(n)/1e6/took)
	return 0
}

// ended makes a copy from an endless file end with its command.
type ended struct {
	p *proc
	r io.Reader
}

func (e ended) Read(b []byte) (int, error) {
	if err := e.p.ctx.Err(); err != nil {
		return 0, err
	}
	return e.r.Read(b)
}
