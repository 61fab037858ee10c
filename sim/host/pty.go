package host

import (
	"bytes"
	"io"
	"sync"
	"syscall"

	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/term"
)

// Keys as a terminal sends them.
const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	ctrlE     = 0x05
	ctrlU     = 0x15
	backspace = 0x08
	del       = 0x7f
)

// maxTyped is how much input may wait; the client's window then pushes back.
const maxTyped = 64 << 10

// pty is the terminal of a session: a line editor while the shell waits, a line
// discipline (echo, erase, Ctrl+C, Ctrl+D) while a command runs.
type pty struct {
	ch     xssh.Channel
	term   string
	editor *term.Terminal
	once   sync.Once

	mu        sync.Mutex
	wake      sync.Cond
	typed     []byte
	ended     bool // the client sends no more
	interrupt func()
	broken    bool // a read in progress was interrupted
	aborted   bool // Ctrl+C at the prompt
	line      []byte
	cooked    []byte
}

func newPTY(ch xssh.Channel, payload []byte) (*pty, bool) {
	var req struct {
		Term                      string
		Cols, Rows, Width, Height uint32
		Modes                     string
	}
	if xssh.Unmarshal(payload, &req) != nil {
		return nil, false
	}
	p := &pty{ch: ch, term: req.Term}
	p.wake.L = &p.mu
	p.editor = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{readerFunc(p.readRaw), ch}, "")
	p.editor.History = &history{}
	p.size(req.Cols, req.Rows)
	return p, true
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func (p *pty) resize(payload []byte) bool {
	var req struct{ Cols, Rows, Width, Height uint32 }
	if xssh.Unmarshal(payload, &req) != nil {
		return false
	}
	p.size(req.Cols, req.Rows)
	return true
}

// maxSide bounds what a client may claim: the line editor's work grows with it.
const maxSide = 4096

func (p *pty) size(cols, rows uint32) {
	if cols == 0 || rows == 0 || cols > maxSide || rows > maxSide {
		cols, rows = 80, 24
	}
	_ = p.editor.SetSize(int(cols), int(rows))
}

// onInterrupt says what Ctrl+C does; nil means it clears the prompt.
func (p *pty) onInterrupt(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.interrupt, p.broken = f, false
	p.line, p.cooked = nil, nil
}

// pump starts reading from the client; it ends with the channel.
func (p *pty) pump() {
	p.once.Do(func() {
		go func() {
			b := make([]byte, 4096)
			for {
				n, err := p.ch.Read(b)
				for _, c := range b[:n] {
					p.key(c)
				}
				p.mu.Lock()
				for len(p.typed) > maxTyped && err == nil {
					p.wake.Wait()
				}
				if err != nil {
					p.ended = true
					p.wake.Broadcast()
				}
				p.mu.Unlock()
				if err != nil {
					return
				}
			}
		}()
	})
}

func (p *pty) key(c byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.wake.Broadcast()
	switch {
	case c != ctrlC:
		p.typed = append(p.typed, c)
	case p.interrupt != nil:
		p.typed, p.line, p.cooked = nil, nil, nil
		p.broken = true
		go p.interrupt()
	default:
		p.aborted = true
		p.typed = append(p.typed, ctrlE, ctrlU, '^', 'C', '\r')
	}
}

// takeAborted says whether a line came from Ctrl+C.
func (p *pty) takeAborted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.aborted
	p.aborted = false
	return was
}

// readRaw feeds the line editor.
func (p *pty) readRaw(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.typed) == 0 {
		if p.ended {
			return 0, io.EOF
		}
		p.wake.Wait()
	}
	// One line at a time: what follows may be meant for the command.
	n := len(p.typed)
	if i := bytes.IndexByte(p.typed, '\r'); i >= 0 {
		n = i + 1
	}
	n = copy(b, p.typed[:n])
	p.typed = p.typed[n:]
	p.wake.Broadcast()
	return n, nil
}

// readCooked feeds commands, a line at a time.
func (p *pty) readCooked(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.cooked) == 0 {
		switch {
		case p.broken:
			return 0, syscall.EINTR
		case len(p.typed) > 0:
			c := p.typed[0]
			p.typed = p.typed[1:]
			p.wake.Broadcast()
			echo, end := p.discipline(c)
			if len(echo) > 0 {
				p.mu.Unlock() // writing waits for the client's window
				_, _ = p.ch.Write(echo)
				p.mu.Lock()
			}
			if end {
				return 0, io.EOF
			}
			continue
		case p.ended:
			return 0, io.EOF
		}
		p.wake.Wait()
	}
	n := copy(b, p.cooked)
	p.cooked = p.cooked[n:]
	return n, nil
}

func (p *pty) discipline(c byte) (echo []byte, end bool) {
	switch c {
	case '\r', '\n':
		p.cooked = append(append(p.cooked, p.line...), '\n')
		p.line = nil
		return []byte("\r\n"), false
	case ctrlD:
		p.cooked = append(p.cooked, p.line...)
		end = len(p.line) == 0
		p.line = nil
		return nil, end
	case backspace, del:
		if len(p.line) > 0 {
			p.line = p.line[:len(p.line)-1]
			echo = []byte("\b \b")
		}
		return echo, false
	case ctrlU:
		echo = bytes.Repeat([]byte("\b \b"), len(p.line))
		p.line = nil
		return echo, false
	}
	p.line = append(p.line, c)
	return []byte{c}, false
}

// stdio is what a command on this terminal reads and writes.
func (p *pty) stdio() stdio {
	out := crlf{p.ch}
	return stdio{in: newInput(readerFunc(p.readCooked)), out: out, err: out, tty: true}
}

// crlf ends lines as a terminal needs it.
type crlf struct{ w io.Writer }

func (c crlf) Write(b []byte) (int, error) {
	if bytes.IndexByte(b, '\n') < 0 {
		return c.w.Write(b)
	}
	if _, err := c.w.Write(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// history keeps what was typed, without what Ctrl+C left.
type history struct{ lines []string }

// maxHistory is bash's HISTSIZE on cloud images.
const maxHistory = 1000

// Add is part of term.History.
func (h *history) Add(line string) {
	if line == "" || line == "^C" {
		return
	}
	if len(h.lines) == maxHistory {
		h.lines = h.lines[1:]
	}
	h.lines = append(h.lines, line)
}

// Len is part of term.History.
func (h *history) Len() int { return len(h.lines) }

// At is part of term.History; 0 is the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
