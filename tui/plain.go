package tui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"spot-tui/fleet"
)

// RunPlain is the program line by line, for screen readers and terminals that can
// do no more: the fleet once, then each change as a line, and a prompt at which
// the registry's actions are written by name. It writes no control sequence. Where
// the input ends, it lets the work that goes on end and leaves.
func RunPlain(ctx context.Context, o Options) (Exit, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	narrow := o.ASCII
	o.Theme, o.NoColor, o.ASCII = "mono", true, false // what screens draw is said without their lines, which ASCII has no signs of its own for
	l := &linear{
		m: newModel(ctx, o), ctx: ctx, out: o.Output, ascii: narrow, gate: make(chan struct{}), number: map[fleet.InstanceID]int{}, told: map[fleet.InstanceID]string{}, ops: map[fleet.OpID]bool{},
		down: map[fleet.Region]bool{}, post: make(chan func()), want: make(chan struct{}, 1), lines: make(chan typedLine),
	}
	close(l.gate)
	go l.read(bufio.NewReader(o.Input)) // a terminal's read can't be ended: it ends with the program
	go l.watch()
	l.say("spot-tui, fleet %s, line by line. Write help and Enter for what can be done.", o.Name)
	for !l.leaves && l.failed == nil {
		l.listen()
		if l.leaves {
			break
		}
		select {
		case f := <-l.post:
			f()
		case t := <-l.lines:
			l.reading, l.prompted = false, false
			l.typed(t)
		case <-ctx.Done():
			l.leaves = true
		}
	}
	l.hangUp()
	return l.m.exit(), l.failed
}

// linear is a session of lines. All of it belongs to RunPlain's goroutine; others
// post work.
type linear struct {
	m      *model // the read model, and what the actions remember
	ctx    context.Context
	out    io.Writer
	ascii  bool  // only ASCII is written
	failed error // of the output

	ids    []fleet.InstanceID // by number, in the order in which they came
	number map[fleet.InstanceID]int
	told   map[fleet.InstanceID]string // what was last said of an instance
	down   map[fleet.Region]bool
	ops    map[fleet.OpID]bool // that were begun here, or are known to go on
	begun  bool                // the fleet has been listed
	cursor fleet.Cursor
	bad    string        // the problem that was told
	logs   bool          // log lines are told as they come
	frozen bool          // nothing that changes is told
	held   *fleet.Batch  // came while it is
	gate   chan struct{} // closed: the feed may be asked

	post    chan func()
	want    chan struct{}
	lines   chan typedLine
	reading bool
	ended   bool // the input has
	leaves  bool

	answer   func(text string) // takes the next line: a confirmation
	waits    bool              // nothing is read before the work is done
	works    int               // runs and copies that go on
	runs     []*fleet.Run
	last     fleet.RunSnapshot          // of the command or copy that ended last
	repeat   func() (*fleet.Run, error) // does the last command or copy again
	priced   *pricesView                // what prices said last, for its numbers
	left     *leftoversView             // what leftovers said last
	tail     *fleet.Tail
	prompted bool
}

type typedLine struct {
	text string
	err  error
}

// read reads a line each time that one is wanted: between two of them a shell may
// have the input.
func (l *linear) read(r *bufio.Reader) {
	for {
		select {
		case <-l.want:
		case <-l.ctx.Done():
			return
		}
		text, err := r.ReadString('\n')
		select {
		case l.lines <- typedLine{strings.TrimSpace(fleet.Clean(text)), err}:
		case <-l.ctx.Done():
			return
		}
	}
}

// listen wants the next line, unless the session must wait.
func (l *linear) listen() {
	switch {
	case l.reading || !l.begun || l.busy():
	case l.ended:
		l.leaves = true
	default:
		l.waits, l.reading = false, true
		l.want <- struct{}{}
		l.prompt()
	}
}

// busy says whether no line may be taken now: what came from a file or a pipe is
// done one after the other, what a person types is taken at once.
func (l *linear) busy() bool {
	if l.waits || l.ended {
		l.thaw() // it is told what is waited for
		return !l.settled()
	}
	return l.works > 0 && !l.m.o.Typed
}

// settled says whether nothing goes on that ends by itself.
func (l *linear) settled() bool {
	if l.works > 0 || len(l.ops) > 0 {
		return false
	}
	for i := range l.m.rows.each() {
		if i.Stage == fleet.StageRequested || i.Stage == fleet.StagePending || i.Stage.Moving() && i.Track != nil {
			return false
		}
	}
	return true
}

// prompt asks for a line, where a person sees it.
func (l *linear) prompt() {
	if l.m.o.Typed && !l.prompted && l.reading {
		l.prompted = true
		l.write("> ")
	}
}

// say writes a line.
func (l *linear) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if l.ascii {
		text = ascii(text)
	}
	if l.prompted { // the line that is being typed is asked for again below
		l.prompted = false
		l.write("\n")
	}
	l.write(strings.TrimRight(fleet.Clean(text), " ") + "\n")
}

func (l *linear) write(text string) {
	if _, err := io.WriteString(l.out, text); err != nil && l.failed == nil {
		l.failed = fmt.Errorf("write to the terminal: %w", err)
	}
}

// typed takes a line in: the answer to what was asked, or an action.
func (l *linear) typed(t typedLine) {
	if t.err != nil {
		l.ended = true
		if !errors.Is(t.err, io.EOF) {
			l.say("the input can't be read: %v", t.err)
		}
		if t.text == "" {
			if l.answer != nil {
				l.answer = nil
				l.say("no answer: nothing was done")
			}
			return
		}
	}
	if l.tail != nil {
		l.hangUp()
		l.say("the log is not followed any more")
	}
	if f := l.answer; f != nil {
		l.answer = nil
		f(t.text)
		return
	}
	if t.text != "" {
		l.command(t.text)
	}
}

// confirm asks for a word; only that word does it.
func (l *linear) confirm(word, question string, do func()) {
	l.say("%s Type %s and Enter to do it; anything else cancels.", question, word)
	l.answer = func(text string) {
		if text != word {
			l.say("cancelled: nothing was done")
			return
		}
		do()
	}
}

// hangUp ends the log that is followed.
func (l *linear) hangUp() {
	if l.tail != nil {
		l.tail.Close()
		l.tail = nil
	}
}
