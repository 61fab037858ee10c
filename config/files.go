package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// Whether the files are there matters only when something is launched or set up:
// everything said here is a launch problem.

// maxScript bounds a setup script, which is kept in memory and sent to each
// instance; larger things are uploaded as files.
const maxScript = 1 << 20

// source gives the path of something to upload, and checks that it is there:
// better said now than when instances cost money.
func (r *reader) source(key, path string) string {
	p, ok := r.file(key, path)
	if !ok {
		return p
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		r.d.badLaunch(key, "%s can't be uploaded: %s; mend the path", quote(path), cause(err))
	case !info.IsDir() && !info.Mode().IsRegular():
		r.d.badLaunch(key, "%s is neither a file nor a folder; name one of these", quote(path))
	}
	return p
}

// script gives the text of the setup script.
func (r *reader) script(key, path string) string {
	p, ok := r.file(key, path)
	if !ok {
		return ""
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		r.d.badLaunch(key, "the script %s can't be read: %s; mend the path", quote(path), cause(err))
		return ""
	case !info.Mode().IsRegular(): // a pipe would never end
		r.d.badLaunch(key, "%s is no file; name a shell script", quote(path))
		return ""
	}
	f, err := os.Open(p)
	if err != nil {
		r.d.badLaunch(key, "the script %s can't be read: %s; make it readable", quote(path), cause(err))
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxScript+1))
	switch {
	case err != nil:
		r.d.badLaunch(key, "the script %s can't be read: %s; make it readable", quote(path), cause(err))
	case len(b) > maxScript:
		r.d.badLaunch(key, "%s is larger than 1 MiB; upload what it carries with files", quote(path))
	case strings.TrimSpace(string(b)) == "":
		r.d.badLaunch(key, "the script %s is empty; write one, or leave setup out", quote(path))
	case strings.ContainsRune(string(b), 0):
		r.d.badLaunch(key, "%s is no text; name a shell script", quote(path))
	default:
		return string(b)
	}
	return ""
}

// privateKey gives the path of the key, and checks that it is there and nobody
// else's to read. What is in it is not this package's to look at.
func (r *reader) privateKey(key, path string) string {
	p, ok := r.file(key, path)
	if !ok {
		return p
	}
	info, err := os.Stat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.d.badLaunch(key, "there is no file %s; mend the path, or make a key with `ssh-keygen -t ed25519`", quote(p))
	case err != nil:
		r.d.badLaunch(key, "%s can't be read: %s; mend the path", quote(p), cause(err))
	case !info.Mode().IsRegular():
		r.d.badLaunch(key, "%s is no file; name the file that holds the key", quote(p))
	case tooOpen(info.Mode()):
		r.d.badLaunch(key, "others can read %s (mode %04o); run: chmod 600 %s", quote(p), info.Mode().Perm(), shellWord(p))
	}
	return p
}

// tooOpen says whether anybody but the owner can get at a file. Windows has no
// such mode bits: package os makes them up there.
func tooOpen(m fs.FileMode) bool { return m.Perm()&0o077 != 0 && runtime.GOOS != "windows" }

var plainWord = ruleOf(`^[A-Za-z0-9_/.,:=@%+-]+$`)

// shellWord writes a path so that it can be pasted into a shell.
func shellWord(p string) string {
	if plainWord.MatchString(p) {
		return p
	}
	return "'" + strings.ReplaceAll(printable(p), "'", `'\''`) + "'"
}

// cause is the system's reason without the path, which the sentence has already.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
