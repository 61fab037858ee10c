package ssh

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"spot-tui/fleet"
)

// Upload copies a file or the content of a folder to the host as one compressed
// stream, then has the host check every file's SHA-256. The host needs a POSIX
// shell, tar, gzip and sha256sum.
//
// Target is where a folder's content goes, or a file's own path; a file goes
// into Target if that ends with "/" or is a folder on the host. "~" and
// relative paths start at the login home. What is missing of the way there is
// made. A single file takes its place at once, after it was verified; the files
// of a folder are replaced one by one, and what else is there stays. Symbolic
// links that stay inside are kept as links; one that leaves, a socket, a device
// and a name with a line break are refused before anything is sent. Modes and
// times are kept, owners are the login's. UploadResult.SHA256 is the same for
// the same tree on every host.
func (c *Client) Upload(ctx context.Context, t fleet.Target, u fleet.Upload) (fleet.UploadResult, error) {
	op := fmt.Sprintf("upload %s to", u.Bundle.(*bundle).source.Path)
	where, err := remotePath(u.Target)
	if err != nil {
		return fleet.UploadResult{}, fail(op, t, err)
	}
	src, err := u.Bundle.(*bundle).scan()
	if err != nil {
		return fleet.UploadResult{}, fail(op, t, badSource(err))
	}
	defer src.root.Close()
	up := &upload{c: c, t: t, op: op, src: src, where: where, progress: u.Progress}
	if up.progress == nil {
		up.progress = func(int64, int64) {}
	}
	p, err := up.send(ctx)
	if err == nil {
		err = up.verify(ctx, p)
	}
	if err != nil {
		return fleet.UploadResult{}, fail(op, t, badSource(err))
	}
	up.progress(src.bytes, src.bytes)
	return fleet.UploadResult{Files: src.files(), Bytes: src.bytes, SHA256: p.digest}, nil
}

// badSource gives what is wrong on our own side its kind.
func badSource(err error) error {
	var b *badSourceError
	if errors.As(err, &b) {
		return &reachError{kind: fleet.KindInvalid, words: b.words, hint: b.hint, err: b}
	}
	return err
}

// upload is one upload on its way.
type upload struct {
	c        *Client
	t        fleet.Target
	op       string
	src      *tree
	where    place
	progress func(done, total int64)
	temp     string // the single file's name until it is verified
}

// folderScript unpacks a folder's content into $1.
const folderScript = `set -e
mkdir -p "$1"
cd "$1"
exec tar -xzpf -`

// fileScript unpacks a single file beside its place: into the folder $1 if that
// is one or $2 is "/", else into the folder that $1 is in.
const fileScript = `set -e
if [ "$2" = / ] || [ -d "$1" ]; then d=$1; else d=$(dirname "$1"); fi
mkdir -p "$d"
cd "$d"
exec tar -xzpf -`

// checkFolderScript checks the sums on stdin in $1.
const checkFolderScript = `cd "$1" && LC_ALL=C exec sha256sum -c -`

// checkFileScript checks the file $3 and puts it in its place, under the name $4
// if $1 is a folder; it leaves no half a file behind.
const checkFileScript = `if [ "$2" = / ] || [ -d "$1" ]; then d=$1; n=$4; else d=$(dirname "$1"); n=$(basename "$1"); fi
cd "$d" || exit
if [ -d "./$n" ]; then echo "$n is a folder" >&2; rm -f "./$3"; exit 1; fi
if LC_ALL=C sha256sum -c -; then mv -f "./$3" "./$n"; else rm -f "./$3"; exit 1; fi`

// line makes a command line for any POSIX login shell.
func (u *upload) line(script string) string {
	words := []string{"sh", "-c", quote(script), "sh"}
	w := u.where
	kind := "."
	if u.src.single && strings.HasSuffix(w.path, "/") {
		kind = "/"
	}
	w.path = strings.TrimSuffix(w.path, "/")
	if w.path == "" && w.base == "" {
		w.path = "/"
	}
	words = append(words, w.word())
	if u.src.single {
		words = append(words, kind, quote(u.temp), quote(u.src.entries[0].name))
	}
	return strings.Join(words, " ")
}

// send streams the tree to the host.
func (u *upload) send(ctx context.Context) (packed, error) {
	script := folderScript
	if u.src.single {
		u.temp, script = ".spot-tui-"+rand.Text(), fileScript
	}
	pack := &packer{tree: u.src, rename: u.temp, progress: u.progress}
	u.progress(0, u.src.bytes)

	// The packer runs on the reading side of the session: its error ends the
	// command there, so that the host never takes a part for the whole.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	type result struct {
		p   packed
		err error
	}
	done := make(chan result, 1)
	go func() {
		p, err := pack.pack(ctx, w)
		_ = w.CloseWithError(err) // always nil
		done <- result{p, err}
	}()
	err := u.remote(ctx, script, r, io.Discard)
	cancel()
	_ = r.CloseWithError(errEnded) // the packer must not wait for a reader any more; always nil
	packed := <-done
	var local *badSourceError
	if errors.As(packed.err, &local) {
		return packed.p, packed.err
	}
	if err == nil {
		err = packed.err // tar stopped reading and was content: not what we sent
	}
	return packed.p, err
}

// verify has the host compare every file's checksum.
func (u *upload) verify(ctx context.Context, p packed) error {
	if len(p.sums) == 0 {
		return nil
	}
	script := checkFolderScript
	if u.src.single {
		script = checkFileScript
	}
	answers := &firstFailure{}
	err := u.remote(ctx, script, bytes.NewReader(p.sums), answers)
	if name := answers.name; name != "" {
		if u.src.single {
			name = u.src.entries[0].name
		}
		return &reachError{
			kind: fleet.KindInternal, words: fmt.Sprintf("%s is not on the host what it is here: its checksum differs", fleet.Clean(name)),
			hint: "something on the host changes it, or the disk is damaged; upload again",
		}
	}
	return err
}

// remote runs one script; a status other than 0 is an error with the last of
// what the host said.
func (u *upload) remote(ctx context.Context, script string, stdin io.Reader, stdout io.Writer) error {
	s, err := u.c.openSession(ctx, u.op, u.t)
	if err != nil {
		return err
	}
	said := &tail{}
	st, err := s.run(ctx, fleet.Command{Line: u.line(script), Stdin: stdin, Stdout: stdout, Stderr: said})
	switch {
	case err != nil:
		var in *inputError
		if errors.As(err, &in) {
			return in.err
		}
		return err
	case st.Signal != "":
		return &reachError{kind: fleet.KindUnknown, words: "the host's program was ended by SIG" + fleet.Clean(st.Signal)}
	case st.Code != 0:
		words := fmt.Sprintf("exit %d", st.Code)
		if s := said.String(); s != "" {
			words = s + " (" + words + ")"
		}
		return &reachError{kind: fleet.KindUnknown, words: words}
	}
	return nil
}

// tail keeps the end of what a host said.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 2 << 10
	t.b = append(t.b, p...)
	if len(t.b) > most {
		t.b = append(t.b[:0], t.b[len(t.b)-most:]...)
	}
	return len(p), nil
}

// String is the last three lines as one, cleaned.
func (t *tail) String() string {
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(fleet.Clean(lines[i]))
	}
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}

// firstFailure reads what sha256sum -c prints and keeps the first name that
// isn't OK.
type firstFailure struct {
	line []byte
	name string
}

func (f *firstFailure) Write(p []byte) (int, error) {
	for _, b := range p {
		if b != '\n' {
			f.line = append(f.line, b)
			continue
		}
		if at := bytes.LastIndex(f.line, []byte(": ")); at >= 0 && f.name == "" && bytes.HasPrefix(f.line[at+2:], []byte("FAILED")) {
			f.name = strings.TrimPrefix(string(f.line[:at]), "./")
		}
		f.line = f.line[:0]
	}
	return len(p), nil
}

// bundle is PENDING: to be replaced by one that is read once for all hosts.
type bundle struct{ source fleet.Source }

// Pack implements fleet.Copier.
func (c *Client) Pack(s fleet.Source) (fleet.Bundle, error) { return &bundle{s}, nil }

// Size implements fleet.Bundle.
func (b *bundle) Size() (int, int64) { panic("pending") }

// Close implements fleet.Bundle.
func (b *bundle) Close() error { return nil }

func (b *bundle) scan() (*tree, error) { return scan(b.source.Path) }
