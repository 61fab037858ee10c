package host

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// textPrograms read and print whole texts.
func textPrograms() map[string]command {
	return map[string]command{
		"cat": catCommand, "head": headCommand, "tail": tailCommand, "wc": wcCommand, "tee": teeCommand,
		"echo": echoCommand, "printf": printfCommand, "seq": seqCommand, "yes": yesCommand, "dd": ddCommand,
		"true": okCommand, "false": func(*proc) int { return 1 }, "test": testCommand, "[": testCommand, "pwd": func(p *proc) int {
			fmt.Fprintln(p.out, p.dir)
			return 0
		},
	}
}

func catCommand(p *proc) int {
	opts, names, ok := p.options("nuAvet", "")
	if !ok {
		return 1
	}
	number := 0
	return p.eachInput(names, func(_ string, r io.Reader) error {
		if !has(opts, "n") {
			// Unbuffered, so that what comes slowly is seen as it comes.
			_, err := io.CopyBuffer(struct{ io.Writer }{p.plain}, struct{ io.Reader }{r}, make([]byte, 32<<10))
			return err
		}
		return eachLine(r, func(line string) error {
			number++
			_, err := fmt.Fprintf(p.out, "%6d\t%s", number, line)
			return err
		})
	})
}

// eachLine calls f with each line, its newline included where it has one.
func eachLine(r io.Reader, f func(line string) error) error {
	b := bufio.NewReaderSize(r, 32<<10)
	for {
		line, err := b.ReadString('\n')
		if len(line) > maxLine {
			return errors.New("line too long")
		}
		if line != "" {
			if err := f(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// errStop ends eachLine early.
var errStop = errors.New("enough")

// countOption reads "-n 5", "-n +5" and the old "-5".
func countOption(p *proc, letters string) (opts map[string]string, names []string, ok bool) {
	args := p.args[:1:1]
	for i, a := range p.args[1:] {
		_, err := strconv.Atoi(strings.TrimPrefix(a, "-"))
		if value := p.args[i] == "-n" || p.args[i] == "-c"; err == nil && !value && len(a) > 1 && a[0] == '-' {
			a = "-n" + a[1:]
		}
		args = append(args, a)
	}
	q := *p
	q.args = args
	return q.options(letters, "nc", "lines=", "bytes=", "quiet", "follow")
}

func headCommand(p *proc) int {
	opts, names, ok := countOption(p, "qv")
	if !ok {
		return 1
	}
	lines := 10
	if v := opts["n"] + opts["lines"]; v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return p.fail("invalid number of lines: '%s'", v)
		}
		lines = n
	}
	bytes := opts["c"] + opts["bytes"]
	return p.eachInput(names, func(name string, r io.Reader) error {
		if len(names) > 1 && !has(opts, "q", "quiet") {
			fmt.Fprintf(p.out, "==> %s <==\n", name)
		}
		if bytes != "" {
			n, err := parseSize(bytes)
			if err != nil {
				return err
			}
			_, err = io.Copy(p.out, io.LimitReader(r, n))
			return err
		}
		if lines < 0 {
			return allButLast(p, r, -lines)
		}
		left := lines
		if left == 0 {
			return nil
		}
		err := eachLine(r, func(line string) error {
			if _, err := p.out.WriteString(line); err != nil {
				return err
			}
			if left--; left == 0 {
				return errStop
			}
			return nil
		})
		if errors.Is(err, errStop) {
			return nil
		}
		return err
	})
}

func allButLast(p *proc, r io.Reader, n int) error {
	var held []string
	return eachLine(r, func(line string) error {
		held = append(held, line)
		if len(held) > n {
			_, _ = p.out.WriteString(held[0])
			held = held[1:]
		}
		return nil
	})
}

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

// followPause is tail -f's, where it can't be told of changes.
const followPause = time.Second

func tailCommand(p *proc) int {
	opts, names, ok := countOption(p, "fFqv")
	if !ok {
		return 1
	}
	value := opts["n"] + opts["lines"]
	from := strings.HasPrefix(value, "+")
	n := 10
	if value != "" {
		v, err := strconv.Atoi(strings.TrimLeft(value, "+-"))
		if err != nil {
			return p.fail("invalid number of lines: '%s'", value)
		}
		n = v
	}
	return p.eachInput(names, func(name string, r io.Reader) error {
		if len(names) > 1 && !has(opts, "q", "quiet") {
			fmt.Fprintf(p.out, "==> %s <==\n", name)
		}
		var err error
		switch {
		case has(opts, "c", "bytes"):
			err = tailBytes(p, r, opts["c"]+opts["bytes"])
		case from:
			at := 0
			err = eachLine(r, func(line string) error {
				if at++; at >= n {
					_, _ = p.out.WriteString(line)
				}
				return nil
			})
		default:
			var held []string
			err = eachLine(r, func(line string) error {
				if held = append(held, line); len(held) > n {
					held = held[1:]
				}
				return nil
			})
			_, _ = p.out.WriteString(strings.Join(held, ""))
		}
		if err == nil && has(opts, "f", "F", "follow") {
			err = p.follow(r)
		}
		return err
	})
}

func tailBytes(p *proc, r io.Reader, value string) error {
	n, err := parseSize(strings.TrimLeft(value, "-"))
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(r, p.w.d.limit))
	_, _ = p.out.Write(data[max(0, int64(len(data))-n):])
	return err
}

// follow prints what is added, until the command is ended.
func (p *proc) follow(r io.Reader) error {
	for {
		if err := p.out.Flush(); err != nil {
			return err
		}
		if _, err := io.Copy(p.out, struct{ io.Reader }{r}); err != nil {
			return err
		}
		if err := p.out.Flush(); err != nil {
			return err
		}
		if !p.pause(followPause) {
			return nil
		}
	}
}

// pause tells whether the time has passed, and not the command been ended.
func (p *proc) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.ctx.Done():
		return false
	}
}

func wcCommand(p *proc) int {
	opts, names, ok := p.options("lwcmL", "", "lines", "words", "bytes", "chars")
	if !ok {
		return 1
	}
	show := func(lines, words, bytes int, name string) {
		var cols []string
		if has(opts, "l", "lines") || len(opts) == 0 {
			cols = append(cols, fmt.Sprint(lines))
		}
		if has(opts, "w", "words") || len(opts) == 0 {
			cols = append(cols, fmt.Sprint(words))
		}
		if has(opts, "c", "m", "bytes", "chars") || len(opts) == 0 {
			cols = append(cols, fmt.Sprint(bytes))
		}
		if len(cols) > 1 {
			for i := range cols {
				cols[i] = fmt.Sprintf("%7s", cols[i])
			}
		}
		if name != "-" {
			cols = append(cols, name)
		}
		fmt.Fprintln(p.out, strings.Join(cols, " "))
	}
	var allLines, allWords, allBytes int
	status := p.eachInput(names, func(name string, r io.Reader) error {
		lines, words, size, inWord := 0, 0, 0, false
		b := make([]byte, 32<<10)
		for {
			n, err := r.Read(b)
			size += n
			lines += bytes.Count(b[:n], []byte{'\n'})
			for _, c := range b[:n] {
				space := c == ' ' || c >= '\t' && c <= '\r'
				if !space && !inWord {
					words++
				}
				inWord = !space
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		allLines, allWords, allBytes = allLines+lines, allWords+words, allBytes+size
		show(lines, words, size, name)
		return nil
	})
	if len(names) > 1 {
		show(allLines, allWords, allBytes, "total")
	}
	return status
}

func teeCommand(p *proc) int {
	opts, names, ok := p.options("ai", "", "append")
	if !ok {
		return 1
	}
	flag := truncFlags
	if has(opts, "a", "append") {
		flag = appendFlags
	}
	to := []io.Writer{p.plain}
	status := 0
	for _, name := range names {
		f, err := p.w.open(p.abs(name), flag, 0o666&^p.umask)
		if err != nil {
			status = p.fail("%s: %s", name, sentence(err))
			continue
		}
		to = append(to, f)
	}
	if _, err := io.Copy(io.MultiWriter(to...), struct{ io.Reader }{p.in}); err != nil {
		return p.fail("%s", sentence(err))
	}
	return status
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
	nums := []int{1, 1, 1}
	for i, a := range args {
		n, err := strconv.Atoi(a)
		if err != nil || i > 2 {
			return p.fail("invalid floating point argument: '%s'", a)
		}
		switch {
		case len(args) == 1:
			nums[2] = n
		case len(args) == 2:
			nums[i*2] = n
		default:
			nums[i] = n
		}
	}
	if len(args) == 0 || nums[1] == 0 {
		return p.fail("missing operand")
	}
	digits := 0
	if width {
		digits = max(len(fmt.Sprint(nums[0])), len(fmt.Sprint(nums[2])))
	}
	first := true
	for i := nums[0]; nums[1] > 0 && i <= nums[2] || nums[1] < 0 && i >= nums[2]; i += nums[1] {
		if !first {
			_, _ = p.out.WriteString(sep)
		}
		first = false
		if _, err := fmt.Fprintf(p.out, "%0*d", digits, i); err != nil || p.ctx.Err() != nil {
			return 141
		}
	}
	if !first {
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
