package ssh

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"spot-tui/fleet"
)

const (
	// sizeScript says what $1 is: its name, and the bytes of content in it.
	sizeScript = `[ -e "$1" ] || [ -L "$1" ] || { echo "there is no $1" >&2; exit 1; }
d=$(dirname "$1") n=$(basename "$1")
cd "$d" && d=$(pwd -P) || exit
[ "$n" != . ] && [ "$n" != .. ] || { cd "$n" && d=$(dirname "$(pwd -P)") n=$(basename "$(pwd -P)"); } || exit
cd "$d" || exit
echo "$d"
echo "$n"
find "./$n" -type f -exec wc -c {} + 2>/dev/null | { t=0; while read -r s f; do [ "$f" = total ] || t=$((t+s)); done; echo $t; }
exit 0`
	// fetchScript sends what $2 in $1 holds. tar's status 1 says that a file grew
	// meanwhile, as logs do.
	fetchScript = `cd "$1" || exit
tar -czf - "./$2"
c=$?
[ $c -le 1 ] || exit $c`
	// sumsScript prints the sums of what $2 in $1 holds.
	sumsScript = `cd "$1" && find "./$2" -type f -exec sha256sum {} +`
)

// Fetch copies a file or folder from the host, as one compressed stream, and
// compares every file to its SHA-256 there. The host needs a POSIX shell, tar,
// gzip, find and sha256sum.
//
// It lies in f.Target under its own name in the end, in place of what was fetched
// there before; until all of it is verified, nothing there changes. What is not
// a file, folder or a link that stays inside is refused, and so is every name
// that leads elsewhere. Modes are kept, without setuid, owners are ours. A file that is
// being written to on the host is taken as it was at one moment.
func (c *Client) Fetch(ctx context.Context, t fleet.Target, f fleet.Fetch) (fleet.FetchResult, error) {
	op := fmt.Sprintf("fetch %s from", f.Source)
	where, err := remotePath(f.Source)
	if err != nil {
		return fleet.FetchResult{}, fail(op, t, err)
	}
	where.path = strings.TrimSuffix(where.path, "/")
	if f.Progress == nil {
		f.Progress = func(int64, int64) {}
	}
	if f.Most <= 0 {
		f.Most = defaultMost
	}
	g := &fetching{c: c, t: t, op: op, f: f, where: where}
	r, err := g.do(ctx)
	return r, fail(op, t, err)
}

// fetching is one fetch on its way.
type fetching struct {
	c     *Client
	t     fleet.Target
	op    string
	f     fleet.Fetch
	where place
	dir   string // on the host
	name  string // of what is fetched, in it
	total int64
}

func (g *fetching) do(ctx context.Context) (fleet.FetchResult, error) {
	if err := g.look(ctx); err != nil {
		return fleet.FetchResult{}, err
	}
	if g.f.Started != nil {
		g.f.Started()
	}
	if err := os.MkdirAll(g.f.Target, 0o755); err != nil { //nolint:gosec // a person's own folder, as mkdir makes it
		return fleet.FetchResult{}, hereError(err)
	}
	temp := filepath.Join(g.f.Target, ".spot-tui-"+rand.Text())
	if err := os.Mkdir(temp, 0o700); err != nil {
		return fleet.FetchResult{}, hereError(err)
	}
	defer func() { _ = removeAll(temp) }() // what is left there is of no use; the error says why
	got, err := g.receive(ctx, temp)
	if err == nil {
		err = g.verify(ctx, got)
	}
	if err != nil {
		return fleet.FetchResult{}, err
	}
	final := filepath.Join(g.f.Target, g.name)
	if err := swap(filepath.Join(temp, g.name), final, temp); err != nil {
		return fleet.FetchResult{}, hereError(err)
	}
	g.f.Progress(got.bytes, got.bytes)
	return fleet.FetchResult{Files: got.files, Bytes: got.bytes, Path: final}, nil
}

// hereError is what goes wrong on our own disk.
func hereError(err error) error {
	return &reachError{kind: fleet.KindInvalid, words: err.Error(), hint: "name a folder that can be written and has room", err: err}
}

// look asks what it is and how large.
func (g *fetching) look(ctx context.Context) error {
	var said strings.Builder
	err := g.remote(ctx, sizeScript, []string{g.where.word()}, &limited{w: &said, left: 3 * maxName})
	if err != nil {
		return err
	}
	lines := strings.Split(said.String(), "\n")
	if len(lines) < 3 {
		return refused("the host does not say what it is")
	}
	g.dir, g.name, g.total = lines[0], lines[1], -1
	if n, err := strconv.ParseInt(strings.TrimSpace(lines[2]), 10, 64); err == nil {
		g.total = n
	}
	if !filepath.IsLocal(g.name) || strings.ContainsAny(g.name, "/\\") || g.name == "." {
		return refused("it can't lie here under the name %.80q", g.name)
	}
	if g.total > g.f.Most {
		return refused("it is larger than %d bytes", g.f.Most)
	}
	return nil
}

// receive unpacks the host's archive into a folder of its own.
func (g *fetching) receive(ctx context.Context, temp string) (unpacked, error) {
	root, err := os.OpenRoot(temp)
	if err != nil {
		return unpacked{}, hereError(err)
	}
	defer root.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r, w := io.Pipe()
	type result struct {
		out unpacked
		err error
	}
	done := make(chan result, 1)
	go func() {
		u := &unpacker{root: root, top: g.name, most: g.f.Most, tell: func(n int64) { g.f.Progress(min(n, max(0, g.total-1)), g.total) }}
		out, err := unzip(r, u)
		if err != nil {
			cancel(err)
		}
		_ = r.CloseWithError(err) // always nil
		done <- result{out, err}
	}()
	err = g.remote(ctx, fetchScript, []string{fleet.Quote(g.dir), fleet.Quote(g.name)}, w)
	_ = w.CloseWithError(io.EOF) // always nil
	if err != nil {
		_ = w.CloseWithError(err) // always nil
	}
	res := <-done
	var own *reachError
	switch {
	case errors.As(res.err, &own):
		return res.out, res.err
	case err != nil:
		return res.out, err
	case res.err != nil:
		return res.out, &reachError{kind: fleet.KindInternal, words: res.err.Error(), err: res.err}
	}
	return res.out, nil
}

// unzip reads the compressed archive to its end: what follows the tar's own end
// has the checksum in it.
func unzip(r io.Reader, u *unpacker) (unpacked, error) {
	z, err := gzip.NewReader(bufio.NewReaderSize(r, blockOut))
	if err != nil {
		return unpacked{}, fmt.Errorf("read the archive: %w", err)
	}
	out, err := u.unpack(z)
	if err == nil {
		if _, err = io.Copy(io.Discard, io.LimitReader(z, chunk)); err != nil {
			err = fmt.Errorf("read the archive: %w", err)
		}
	}
	return out, err
}

// verify compares what came to the sums there. A file that differs and has
// changed there meanwhile is a log being written; one that has not, is damaged.
func (g *fetching) verify(ctx context.Context, got unpacked) error {
	there, err := g.sums(ctx)
	if err != nil {
		return err
	}
	var differ []string
	for name, sum := range got.sums {
		if s, ok := there[name]; ok && s != sum {
			differ = append(differ, name)
		}
	}
	if len(differ) == 0 {
		return nil
	}
	again, err := g.sums(ctx)
	if err != nil {
		return err
	}
	for _, name := range differ {
		if again[name] == there[name] {
			return &reachError{kind: fleet.KindInternal, words: fmt.Sprintf("%s is not here what it is on the host: its checksum differs", fleet.Clean(name)), hint: "fetch it again"}
		}
	}
	return nil
}

// maxSums bounds the list of sums.
const maxSums = 512 << 20

func (g *fetching) sums(ctx context.Context) (map[string]string, error) {
	var list strings.Builder
	if err := g.remote(ctx, sumsScript, []string{fleet.Quote(g.dir), fleet.Quote(g.name)}, &limited{w: &list, left: maxSums}); err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(list.String()) {
		sum, name, ok := strings.Cut(strings.TrimRight(line, "\n"), " ")
		if ok && len(sum) == 64 && len(name) > 1 {
			sums[path.Clean(name[1:])] = sum
		}
	}
	return sums, nil
}

// limited takes so many bytes and refuses more.
type limited struct {
	w    io.Writer
	left int
}

// Write implements io.Writer.
func (b *limited) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("the host says more than can be")
	}
	return b.w.Write(p)
}

func (g *fetching) remote(ctx context.Context, script string, args []string, stdout io.Writer) error {
	s, err := g.c.openSession(ctx, g.op, g.t)
	if err != nil {
		return err
	}
	said := &tail{}
	st, err := s.run(ctx, fleet.Command{Line: scriptLine(false, script, args), Stdout: stdout, Stderr: said})
	return outcome(st, err, said, false)
}

// swap puts what was fetched in its place, and what was there before away.
func swap(from, to, temp string) error {
	old := filepath.Join(temp, "old")
	if _, err := os.Lstat(to); err == nil {
		if err := os.Rename(to, old); err != nil {
			return err
		}
	}
	if err := os.Rename(from, to); err != nil {
		_ = os.Rename(old, to) // as it was before
		return err
	}
	return nil
}

// removeAll removes a folder also where modes that came from a host forbid it.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(p string, d os.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(p, 0o700) //nolint:gosec // a folder of ours, so that it can be emptied
		}
		return nil
	})
	return os.RemoveAll(dir)
}
