package fleet

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Defaults of following a log.
const (
	defaultLines = 10
	maxLines     = 10_000
	// A host that can't be reached is tried again after 1, 2, 4 … seconds.
	firstFollowPause   = time.Second
	longestFollowPause = 30 * time.Second
)

// Follow implements Face. Where the connection to a host breaks it is made
// again and the log goes on from then; a line says that some may be missing.
func (e *Engine) Follow(q FollowRequest) (*Tail, error) {
	if len(q.Instances) == 0 {
		return nil, &Error{Op: "follow", Kind: KindInvalid, Err: errText("no instance is named")}
	}
	if q.File != "" && q.Unit != "" {
		return nil, &Error{Op: "follow", Kind: KindInvalid, Err: errText("a file and a unit are named"), Hint: "name one of them"}
	}
	if q.Lines <= 0 {
		q.Lines = defaultLines
	}
	q.Lines = min(q.Lines, maxLines)
	ctx, cancel := context.WithCancel(e.ctx)
	t := NewTail(len(q.Instances), cancel)
	for _, id := range q.Instances {
		e.group.run("follow "+string(id), func() {
			defer t.End()
			e.follow(ctx, t, id, q)
		})
	}
	return t, nil
}

// follow follows one host's log until it ends by itself or ctx does.
func (e *Engine) follow(ctx context.Context, t *Tail, id InstanceID, q FollowRequest) {
	notice := func(format string, args ...any) {
		t.Record(TailLine{Instance: id, Notice: true, Text: Clean(fmt.Sprintf(format, args...))})
	}
	lines, lost := q.Lines, false
	for next := firstFollowPause; ; next = min(2*next, longestFollowPause) {
		target, err := e.target(ctx, id)
		var st ExitStatus
		if err == nil {
			out := &lineWriter{each: func(line string) { t.Record(TailLine{Instance: id, Text: line}) }}
			st, err = e.opts.Shell.Run(ctx, target, Command{
				Line: followLine(q.File, q.Unit, lines), Stdout: out, Stderr: out,
				Started: func() {
					if lost {
						notice("connected again; lines in between may be missing")
					}
					lines, lost, next = 0, false, firstFollowPause
				},
			})
			out.flush()
		}
		switch k := KindOf(err); {
		case ctx.Err() != nil:
			return
		case err == nil:
			notice("ended with exit %d", st.Code)
			return
		case k != KindNetwork && k != KindTimeout && k != KindUnknown:
			notice("%s", reason(err))
			return
		}
		if !lost {
			notice("the connection is lost (%s); trying again", reason(err))
		}
		lost = true
		if !sleep(ctx, next) {
			return
		}
	}
}

// followLine is the command that follows a log. What the login may not read is
// read by sudo, where that asks for nothing.
func followLine(file, unit string, lines int) string {
	n := strconv.Itoa(lines)
	if file != "" {
		w := homeWord(file)
		return "if [ -r " + w + " ]; then exec tail -n " + n + " -F " + w + "; else exec sudo -n tail -n " + n + " -F " + w + "; fi"
	}
	journal := "journalctl --no-pager -o short-iso -f -n " + n
	if unit != "" {
		journal += " -u " + Quote(unit)
	}
	return asRoot(journal)
}

// homeWord makes a path one word for a shell, with "~" as the login's home.
func homeWord(path string) string {
	switch {
	case path == "~":
		return `"$HOME"`
	case len(path) > 1 && path[:2] == "~/":
		return `"$HOME"/` + Quote(path[2:])
	case path != "" && path[0] == '-':
		return Quote("./" + path)
	}
	return Quote(path)
}

// PastLines is a command line that prints the last lines of a log and ends. It
// begins with a blank, which keeps it out of the history.
func PastLines(q FollowRequest) string {
	if q.Lines <= 0 {
		q.Lines = defaultLines
	}
	n := strconv.Itoa(min(q.Lines, maxLines))
	if q.File != "" {
		w := homeWord(q.File)
		return " if [ -r " + w + " ]; then exec tail -n " + n + " " + w + "; else exec sudo -n tail -n " + n + " " + w + "; fi"
	}
	journal := "journalctl --no-pager -o short-iso -n " + n
	if q.Unit != "" {
		journal += " -u " + Quote(q.Unit)
	}
	return " " + asRoot(journal)
}

// asRoot runs a command by sudo where that asks for nothing.
func asRoot(command string) string {
	return `if [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; then exec sudo -n ` + command + "; else exec " + command + "; fi"
}
