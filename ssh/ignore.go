package ssh

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	gitignore "github.com/sabhiram/go-gitignore"
)

// ignoreFile lists, in the root of a folder, what is not uploaded: patterns as in
// .gitignore. It is not uploaded itself.
const ignoreFile = ".spot-tui-ignore"

// maxIgnore bounds the patterns.
const maxIgnore = 1 << 20

// ignored says what of a folder is left out.
type ignored struct{ rules *gitignore.GitIgnore }

// readIgnore reads the folder's own file and adds more patterns.
func readIgnore(root *os.Root, more []string) (*ignored, error) {
	lines := append([]string(nil), more...)
	f, err := root.Open(ignoreFile)
	switch {
	case err == nil:
		defer f.Close()
		sc := bufio.NewScanner(io.LimitReader(f, maxIgnore))
		var own []string
		for sc.Scan() {
			own = append(own, strings.TrimRight(sc.Text(), "\r"))
		}
		if err := sc.Err(); err != nil {
			return nil, &badSourceError{words: "read " + ignoreFile + ": " + err.Error()}
		}
		lines = append(own, lines...) // the last that matches counts: the config's word
	case !errors.Is(err, fs.ErrNotExist):
		return nil, &badSourceError{words: "read " + ignoreFile + ": " + bare(err).Error()}
	}
	return &ignored{gitignore.CompileIgnoreLines(lines...)}, nil
}

// takes says whether an entry is uploaded.
func (i *ignored) takes(name string, dir bool) bool {
	if name == ignoreFile {
		return false
	}
	if dir {
		name += "/"
	}
	return !i.rules.MatchesPath(name)
}
