package fleet

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A job is a script that a host runs on its own: it outlives the connection that
// started it, and this program. Its folder ~/.spot-tui/jobs/<name> holds
//
//	key     what it is, to tell it from another script of the same name
//	script  what runs
//	pid     of its process group
//	boot    the boot in which it was started: a process id means nothing after it
//	out     both streams as they came
//	exit    its status, written last and at once
//
// so that a connection that breaks costs nothing: the next one reads on.
const (
	// jobStart takes the script on stdin and starts it, unless the same one runs
	// or has ended well; $1 is the name, $2 the key, $3 the script's length.
	//
	// Where a connection breaks, the host sees no more than an end of its input, and
	// what was started there may go on beside the next try: so a script must be
	// whole, is made ready in a folder of its own, and is put in its place and started
	// by one at a time.
	//
	// What we write is the login's own to read; the script runs with the umask that
	// the login has, for what it makes may be meant for others.
	jobStart = `was=$(umask)
umask 077
mkdir -p "$HOME/.spot-tui/jobs" && cd "$HOME/.spot-tui/jobs" || exit 125
alive() { [ -s "$1/pid" ] && [ "$(cat "$1/boot" 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" ] && kill -0 "$(cat "$1/pid")" 2>/dev/null; }
taken() {
  [ "$(cat "$1/key" 2>/dev/null)" = "$2" ] || return 1
  if [ -e "$1/exit" ]; then [ "$(cat "$1/exit")" = 0 ]; else alive "$1"; fi
}
taken "$1" "$2" && exit 0
b=$1.$$
mkdir "$b" && cat > "$b/script" && chmod 700 "$b/script" && : > "$b/out" && echo "$2" > "$b/key" || { rm -rf "$b"; exit 125; }
size=$(wc -c < "$b/script")
if [ "$((size))" -ne "$3" ]; then rm -rf "$b"; echo 'its script did not arrive whole' >&2; exit 125; fi
lock=$1.lock
leave() { rm -rf "$b" "$lock"; exit "$1"; }
n=0
until mkdir "$lock" 2>/dev/null; do
  n=$((n+1))
  [ $n -lt 60 ] || { n=0; rm -rf "$lock"; } # nothing below takes 12 s: who made it is no more
  sleep 0.2
done
taken "$1" "$2" && leave 0
if [ -d "$1" ]; then
  if [ ! -e "$1/exit" ] && alive "$1"; then kill -s TERM -- "-$(cat "$1/pid")" 2>/dev/null; fi
  rm -rf "$1.old"
  mv "$1" "$1.old" || leave 125
fi
mv "$b" "$1" || leave 125
own=setsid
command -v setsid >/dev/null 2>&1 || own=
nohup $own sh -c 'cd "$1" && mkdir claim 2>/dev/null || exit
cat /proc/sys/kernel/random/boot_id > boot 2>/dev/null
echo $$ > pid
d=$PWD
cd
umask "$2"
"$d/script" > "$d/out" 2>&1
echo $? > "$d/exit.new"
mv "$d/exit.new" "$d/exit"' sh "$PWD/$1" "$was" </dev/null >/dev/null 2>&1 &
n=0
while [ ! -s "$1/pid" ] && [ ! -e "$1/exit" ]; do
  n=$((n+1))
  [ $n -lt 100 ] || { echo 'the script did not start' >&2; leave 125; }
  sleep 0.1
done
leave 0`
	// jobRead prints what the job wrote from byte $2 on, until it has ended, and
	// ends with its status. A job that is no more and left none is told on stderr.
	jobRead = `cd "$HOME/.spot-tui/jobs/$1" || exit 125
off=$2
pause=0.1
while :; do
  over=
  [ -e exit ] && over=1
  if [ -z "$over" ]; then
    kill -0 "$(cat pid)" 2>/dev/null && [ "$(cat boot 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" ] || { sleep 0.3; [ -e exit ] && over=1 || over=gone; }
  fi
  size=$(wc -c < out)
  size=$((size))
  if [ "$size" -gt "$off" ]; then
    tail -c +$((off+1)) out | head -c $((size-off))
    off=$size
    pause=0.1
  fi
  [ "$over" = 1 ] && exit "$(cat exit)"
  [ "$over" = gone ] && { echo gone >&2; exit 125; }
  sleep $pause
  [ $pause = 0.1 ] && pause=0.3 || pause=1
done`
	// jobStop ends a job and all that it started.
	jobStop = `cd "$HOME/.spot-tui/jobs/$1" && kill -s TERM -- "-$(cat pid)"`
)

// notStarted is the status of jobStart where nothing was started.
const notStarted = 125

// stopPatience bounds the stop of a job whose time is over.
const stopPatience = 10 * time.Second

// job runs a script as a job and shows its output. It is safe to do again after
// a lost connection: a job that runs is read on, not started twice.
func (p *provisioner) job(ctx context.Context, name, script string) error {
	n := p.current()
	if err := p.startJob(ctx, name, p.steps[n].key+p.run, script); err != nil {
		return err
	}
	out := p.listen(name)
	for {
		st, said, err := p.readJob(ctx, name, out)
		switch {
		case err != nil && lostOnTheWay(err) && ctx.Err() == nil:
			p.w.say(LevelWarn, p.in.ID, "%s: the connection is lost (%s); it goes on there, and is read on", name, reason(err))
			p.keep.note("the connection is lost (%s)", reason(err))
			p.mu.Lock()
			p.track[n].Tries++
			p.mu.Unlock()
			if err := p.w.e.opts.Shell.Wait(ctx, p.t, func(last string) { p.line(n, last) }); err != nil {
				return &stepError{name: name, err: err}
			}
		case ctx.Err() == context.DeadlineExceeded:
			p.stopJob(name)
			return ctx.Err()
		case err != nil:
			return &stepError{name: name, err: err}
		case said == "gone":
			out.flush()
			return &stepError{name: name, line: out.culprit(), err: errText("nobody knows how it ended: the instance was restarted, or its process was killed, while it ran; its last line: " + orText(out.lastLine(), "none"))}
		case said != "":
			return &stepError{name: name, exit: st.Code, line: Clean(said)}
		default:
			out.flush()
			if !st.OK() {
				return &stepError{name: name, exit: st.Code, line: out.culprit()}
			}
			return nil
		}
	}
}

// startTries is how often a start is tried that met another one on the host: what
// a lost connection left running there is over in a moment.
const startTries = 3

func (p *provisioner) startJob(ctx context.Context, name, key, script string) error {
	for try := 1; ; try++ {
		said := &lineWriter{each: func(string) {}}
		st, err := p.w.e.opts.Shell.Run(ctx, p.t, Command{
			Line: jobLine(jobStart, name, key, strconv.Itoa(len(script))), Stdin: strings.NewReader(script), Stdout: said, Stderr: said,
		})
		said.flush()
		switch {
		case err != nil:
			return &stepError{name: name, err: fmt.Errorf("starting it: %w", err)}
		case st.OK():
			return nil
		case st.Code != notStarted || try == startTries || !sleep(ctx, time.Second):
			return &stepError{name: name, exit: st.Code, line: orText(said.culprit(), "the script could not be started")}
		}
	}
}

// readJob reads on from where out is.
func (p *provisioner) readJob(ctx context.Context, name string, out *lineWriter) (st ExitStatus, said string, err error) {
	var about strings.Builder
	st, err = p.w.e.opts.Shell.Run(ctx, p.t, Command{
		Line: jobLine(jobRead, name, strconv.FormatInt(out.taken(), 10)), Stdout: out,
		Stderr: writerFunc(func(b []byte) (int, error) {
			if about.Len() < maxLine {
				about.Write(b)
			}
			return len(b), nil
		}),
	})
	return st, strings.TrimSpace(about.String()), err
}

// stopJob ends a job whose time is over; the step's own context is over too.
func (p *provisioner) stopJob(name string) {
	ctx, cancel := context.WithTimeout(p.w.e.ctx, stopPatience)
	defer cancel()
	if _, err := p.w.e.opts.Shell.Run(ctx, p.t, Command{Line: jobLine(jobStop, name)}); err != nil {
		p.w.say(LevelWarn, p.in.ID, "%s may still run there: it could not be stopped: %s", name, err)
	}
}

// jobLine makes a command line for any POSIX login shell.
func jobLine(script string, args ...string) string {
	return QuoteAll(append([]string{"sh", "-c", script, "sh"}, args...))
}
