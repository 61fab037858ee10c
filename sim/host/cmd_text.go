package host

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
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
