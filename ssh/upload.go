package ssh

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"spot-tui/fleet"
)

// Upload copies a file or the content of a folder to the host as one stream,
// compressed where that pays, and has the host check every file's SHA-256. The
// host needs a POSIX shell, tar, gzip and sha256sum.
//
// Target is where a folder's content goes, or a file's own path; a file goes
// into Target if that ends with "/" or is a folder on the host. "~" and
// relative paths start at the login home. What is missing of the way there is
// made. A single file takes its place at once, after it was verified; the files
// of a folder are replaced one by one, and what else is there stays. Symbolic
// links that stay inside are kept as links; one that leaves, a socket, a device
// and a name with a line break are refused before anything is sent. Modes and
// times are kept, owners are the login's, unless u says otherwise.
//
// The host keeps a note of what was uploaded where. If the same is to go there
// again, and the host finds every file to be what it was, nothing is sent and
// Same is set; a mode that was changed there is not noticed.
func (c *Client) Upload(ctx context.Context, t fleet.Target, u fleet.Upload) (fleet.UploadResult, error) {
	b, ok := u.Bundle.(*bundle)
	if !ok {
		return fleet.UploadResult{}, fail("upload to", t, &reachError{kind: fleet.KindInvalid, words: "it was not prepared by Pack"})
	}
	op := fmt.Sprintf("upload %s to", b.name)
	where, err := remotePath(u.Target)
	if err != nil {
		return fleet.UploadResult{}, fail(op, t, err)
	}
	if u.Secret && !c.Verified(t.Instance) {
		return fleet.UploadResult{}, fail(op, t, &reachError{
			kind: fleet.KindGuard, words: "it is secret, and the host's key was not verified, so it was not sent",
			hint: "set ssh.host_keys to console or inject, and wait until the key is verified",
		})
	}
	up := &upload{c: c, t: t, op: op, b: b, where: where, u: u, progress: u.Progress, owner: u.Owner}
	if up.progress == nil {
		up.progress = func(int64, int64) {}
	}
	r, err := up.do(ctx)
	return r, fail(op, t, badSource(err))
}

// badSource gives what is wrong on our own side its kind.
func badSource(err error) error {
	var b *badSourceError
	if errors.As(err, &b) {
		return &reachError{kind: fleet.KindInvalid, words: b.words, hint: b.hint, err: b}
	}
	return err
}

// upload is one bundle on its way to one host.
type upload struct {
	c        *Client
	t        fleet.Target
	op       string
	b        *bundle
	where    place
	u        fleet.Upload
	owner    string
	progress func(done, total int64)
	temp     string // the single file's name until it is verified
	got      string // the host's sum of it, in hex
}

func (u *upload) do(ctx context.Context) (fleet.UploadResult, error) {
	files, size := u.b.Size()
	res := fleet.UploadResult{Files: files, Bytes: size}
	if u.b.asItIs() {
		// It is needed in any case, and while the connection is made there is time.
		if err := u.b.sumOnce(); err != nil {
			return fleet.UploadResult{}, err
		}
	}
	same, p, err := u.same(ctx)
	if err != nil {
		return fleet.UploadResult{}, err
	}
	if res.Same = same; !same {
		u.temp = ".spot-tui-" + rand.Text()
		if p, err = u.send(ctx); err == nil {
			err = u.settle(ctx, p)
		}
		if err != nil {
			return fleet.UploadResult{}, err
		}
	}
	res.SHA256 = p.digest
	u.progress(size, size)
	return res, nil
}

// record is the host's note about this target.
func (u *upload) record() string {
	kind := "folder"
	if u.b.tree.single {
		kind = "file " + u.b.tree.entries[0].name
	}
	sum := sha256.Sum256(fmt.Append(nil, u.where.base, u.where.path, "\x00", kind))
	return `"$HOME"/.spot-tui/uploads/` + hex.EncodeToString(sum[:10])
}

// content names what the host must have, for its note.
func (u *upload) content(p packed) string {
	return fmt.Sprintf("%s %o %s", p.digest, u.u.Mode.Perm(), u.owner)
}

// same asks whether the host has all of it already. Only where it says that it
// might, everything is read here before something is sent.
func (u *upload) same(ctx context.Context) (bool, packed, error) {
	var noted tail
	if err := u.remote(ctx, false, recordScript, []string{u.record()}, nil, &noted, nil); err != nil {
		return false, packed{}, err
	}
	if u.u.Started != nil {
		u.u.Started()
	}
	before := strings.TrimSpace(string(noted.b))
	if before == "" {
		return false, packed{}, nil
	}
	p, err := u.b.manifest(ctx)
	if err != nil || before != strings.TrimSpace(u.content(p)) {
		return false, p, err
	}
	script, in := sameFolderScript, p.sums
	if u.b.tree.single {
		script, in = sameFileScript, []byte(p.sum+"\n")
	}
	if len(p.sums) == 0 {
		return false, p, nil // folders and links only: sending them is as quick
	}
	args := []string{u.where.word(), "-", fleet.Quote(u.b.tree.entries[0].name), u.kind()}
	err = u.remote(ctx, u.owner != "", script, args, bytes.NewReader(in), io.Discard, nil)
	var st *statusError
	if errors.As(err, &st) {
		return false, p, nil
	}
	return err == nil, p, err
}

// kind is "/" where a single file goes into the folder that the target names.
func (u *upload) kind() string {
	if u.b.tree.single && strings.HasSuffix(u.where.path, "/") {
		return "/"
	}
	return "."
}

// target is the word of the target, without a slash at its end.
func (u *upload) target() string {
	w := u.where
	w.path = strings.TrimSuffix(w.path, "/")
	if w.path == "" && w.base == "" {
		w.path = "/"
	}
	return w.word()
}

// send streams it to the host.
func (u *upload) send(ctx context.Context) (packed, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	total := u.b.tree.bytes
	// The last of it is told when it is verified.
	s, err := u.b.open(ctx, func(done int64) { u.progress(min(done, max(0, total-1)), total) })
	if err != nil {
		return packed{}, err
	}
	defer s.stop()
	zip := `''`
	if u.b.squeeze() {
		zip = "z"
	}
	script, args := folderScript, []string{u.target(), u.record(), zip}
	if u.b.tree.single {
		script, args = fileScript, append(args, u.kind(), fleet.Quote(u.temp), strconv.FormatInt(u.parts(), 10))
	}
	// A reader's error ends the command on the host, so that it never takes a part
	// for the whole.
	var said tail
	err = u.remote(ctx, u.owner != "", script, args, s, &said, func() { u.progress(0, total) })
	if err != nil {
		cancel()
		s.stop()
		return packed{}, err
	}
	u.got, _, _ = strings.Cut(string(said.b), " ")
	return s.result(ctx)
}

// partSize is how much of a large file the host sums at a time (see fileScript).
const partSize = 32 << 20

// parts is how many of them there are; 0 where it is not worth it.
func (u *upload) parts() int64 {
	if size := u.b.tree.bytes; u.b.asItIs() && size > partSize {
		return (size + partSize - 1) / partSize
	}
	return 0
}

// settle has the host check what it got, and gives it modes, owner and place.
func (u *upload) settle(ctx context.Context, p packed) error {
	if u.b.tree.single {
		return u.place(ctx, p)
	}
	if err := u.dress(ctx); err != nil || len(p.sums) == 0 {
		return err
	}
	answers := &firstFailure{}
	err := u.remote(ctx, u.owner != "", checkFolderScript, []string{u.target(), u.record(), fleet.Quote(u.content(p))}, bytes.NewReader(p.sums), answers, nil)
	if answers.name != "" {
		return differs(answers.name)
	}
	return err
}

// place puts a single file in its place, if the host's sum is ours.
func (u *upload) place(ctx context.Context, p packed) error {
	e := u.b.tree.entries[0]
	args := []string{u.target(), u.record(), fleet.Quote(u.content(p)), u.kind(), fleet.Quote(u.temp)}
	if u.got != p.sum {
		_ = u.remote(ctx, u.owner != "", dropFileScript, args, nil, io.Discard, nil) // that it is damaged is what counts
		return differs(e.name)
	}
	mode := e.info.Mode()
	if u.u.Mode != 0 {
		mode = u.u.Mode
	}
	return u.remote(ctx, u.owner != "", placeFileScript, append(args, octal(mode), fleet.Quote(u.owner), fleet.Quote(e.name)), nil, io.Discard, nil)
}

// differs says that a file is not on the host what it is here.
func differs(name string) error {
	return &reachError{
		kind: fleet.KindInternal, words: fmt.Sprintf("%s is not on the host what it is here: its checksum differs", fleet.Clean(name)),
		hint: "something on the host changes it, or the disk is damaged; upload again",
	}
}

func octal(m fs.FileMode) string { return fmt.Sprintf("%04o", remoteMode(m)) }

// dress gives a folder's files the modes and the owner that were asked for.
func (u *upload) dress(ctx context.Context) error {
	var files, folders, all bytes.Buffer
	for _, e := range u.b.tree.entries {
		name := "./" + e.name + "\x00"
		switch {
		case e.info.IsDir():
			folders.WriteString(name)
		case e.link == "":
			files.WriteString(name)
		}
		all.WriteString(name)
	}
	do := func(script, value string, names *bytes.Buffer) error {
		if names.Len() == 0 {
			return nil
		}
		return u.remote(ctx, u.owner != "", script, []string{u.target(), fleet.Quote(value)}, names, io.Discard, nil)
	}
	if m := u.u.Mode; m != 0 {
		if err := do(chmodScript, octal(m), &files); err != nil {
			return err
		}
		// Whoever may read the files must be able to enter the folders.
		if err := do(chmodScript, octal(m|m&0o444>>2), &folders); err != nil {
			return err
		}
	}
	if u.owner != "" {
		return do(chownScript, u.owner, &all)
	}
	return nil
}
