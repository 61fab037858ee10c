package ssh

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// tree is a local file or folder as it was when an upload began. Files are
// opened through root, so that nothing outside of it can be read, also where
// somebody changes the tree meanwhile.
type tree struct {
	root    *os.Root
	single  bool // one file, which is the only entry
	entries []entry
	bytes   int64 // of content
}

// entry is a file, folder or symbolic link below the root.
type entry struct {
	name string // relative, with slashes
	info fs.FileInfo
	link string // target of a symbolic link, with slashes
	text []byte // content that is not on disk; nil: it is
}

// reader gives a text's content.
func (e entry) reader() io.ReadCloser { return io.NopCloser(bytes.NewReader(e.text)) }

// scanText makes a tree of one file out of memory.
func scanText(name string, text []byte) *tree {
	if text == nil {
		text = []byte{}
	}
	return &tree{single: true, bytes: int64(len(text)), entries: []entry{{name: name, info: textInfo{name, int64(len(text))}, text: text}}}
}

// textInfo describes a file that is not on disk.
type textInfo struct {
	name string
	size int64
}

// Name implements fs.FileInfo.
func (t textInfo) Name() string { return t.name }

// Size implements fs.FileInfo.
func (t textInfo) Size() int64 { return t.size }

// Mode implements fs.FileInfo.
func (t textInfo) Mode() fs.FileMode { return 0o644 }

// ModTime implements fs.FileInfo. Equal texts are equal files, whenever they were made.
func (t textInfo) ModTime() time.Time { return time.Time{} }

// IsDir implements fs.FileInfo.
func (t textInfo) IsDir() bool { return false }

// Sys implements fs.FileInfo.
func (t textInfo) Sys() any { return nil }

// badSourceError says why a tree can't be uploaded.
type badSourceError struct{ words, hint string }

func (e *badSourceError) Error() string { return e.words }

// scan lists source in a fixed order (by name, folders before what they hold).
// Symbolic links are kept as links if they stay inside. The caller closes root.
func scan(source string, ignore []string) (*tree, error) {
	fi, err := os.Stat(source)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &badSourceError{words: source + " does not exist"}
		}
		return nil, &badSourceError{words: err.Error()}
	}
	if !fi.IsDir() {
		return scanFile(source, fi)
	}
	root, err := os.OpenRoot(source)
	if err != nil {
		return nil, &badSourceError{words: err.Error()}
	}
	t := &tree{root: root}
	out, err := readIgnore(root, ignore)
	if err != nil {
		root.Close()
		return nil, err
	}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return &badSourceError{words: "read " + filepath.Join(source, name) + ": " + bare(err).Error()}
		}
		if name == "." {
			return nil // the target folder keeps the mode that it has on the host
		}
		if !out.takes(name, d.IsDir()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return t.add(source, name, d)
	})
	if err != nil {
		root.Close()
		return nil, err
	}
	return t, nil
}

// scanFile takes one file. A link that was named itself is followed, as cp does.
func scanFile(source string, fi fs.FileInfo) (*tree, error) {
	real, err := filepath.EvalSymlinks(source)
	if err != nil {
		return nil, &badSourceError{words: err.Error()}
	}
	if !fi.Mode().IsRegular() {
		return nil, notCopied(source, fi.Mode())
	}
	root, err := os.OpenRoot(filepath.Dir(real))
	if err != nil {
		return nil, &badSourceError{words: err.Error()}
	}
	return &tree{root: root, single: true, bytes: fi.Size(), entries: []entry{{name: filepath.Base(real), info: fi}}}, nil
}

func (t *tree) add(source, name string, d fs.DirEntry) error {
	full := filepath.Join(source, name)
	if strings.ContainsAny(name, "\n\r") {
		return &badSourceError{
			words: fmt.Sprintf("the name %q holds a line break, which checksum lists can't express", full),
			hint:  "rename it",
		}
	}
	fi, err := d.Info()
	if err != nil {
		return &badSourceError{words: "read " + full + ": " + bare(err).Error()}
	}
	e := entry{name: name, info: fi}
	switch mode := fi.Mode(); {
	case mode.IsDir():
	case mode.IsRegular():
		t.bytes += fi.Size()
	case mode.Type() == fs.ModeSymlink:
		if e.link, err = t.readLink(full, name); err != nil {
			return err
		}
	default:
		return notCopied(full, mode)
	}
	t.entries = append(t.entries, e)
	return nil
}

func notCopied(name string, mode fs.FileMode) error {
	kind := "not a file, folder or link"
	switch {
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return &badSourceError{words: fmt.Sprintf("%s is %s, which can't be copied", name, kind), hint: "move it out of the folder"}
}

// readLink gives a link's target if it stays inside, both as it is written and
// as the file system resolves it.
func (t *tree) readLink(full, name string) (string, error) {
	to, err := t.root.Readlink(filepath.FromSlash(name))
	if err != nil {
		return "", &badSourceError{words: "read " + full + ": " + bare(err).Error()}
	}
	to = filepath.ToSlash(to)
	outside := &badSourceError{
		words: fmt.Sprintf("the link %s points out of the folder, to %s", full, to),
		hint:  "replace it by a copy, or by a relative link that stays inside",
	}
	if landing := path.Join(path.Dir(name), to); path.IsAbs(to) || filepath.IsAbs(filepath.FromSlash(to)) || landing == ".." || strings.HasPrefix(landing, "../") {
		return "", outside
	}
	// os.Root refuses to leave, also by way of other links. A dangling link is kept.
	if _, err := t.root.Stat(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		outside.words += " (" + bare(err).Error() + ")"
		return "", outside
	}
	return to, nil
}

// files is how many regular files there are.
func (t *tree) files() int {
	n := 0
	for _, e := range t.entries {
		if e.info.Mode().IsRegular() {
			n++
		}
	}
	return n
}
