package ssh

import (
	"fmt"
	"path"
	"strings"

	"spot-tui/fleet"
)

// place is a path on the host, split and quoted for its shell.
type place struct {
	base string // "" or `"$HOME"/`, which the shell must expand
	path string // starts with "/" or "./" unless base is set
}

func (p place) word() string {
	if p.path == "" || p.path == "." && p.base != "" {
		return `"$HOME"`
	}
	if p.base == "" && !strings.HasPrefix(p.path, "/") && p.path != "." {
		return fleet.Quote("./" + p.path) // no path may look like an option
	}
	return p.base + fleet.Quote(p.path)
}

// remotePath reads an upload's target.
func remotePath(target string) (place, error) {
	bad := func(words string) (place, error) {
		return place{}, &reachError{kind: fleet.KindInvalid, words: words, hint: "name a path on the host, such as ~/app"}
	}
	slash := strings.HasSuffix(target, "/")
	p := place{path: target}
	switch {
	case target == "":
		return bad("no target is named")
	case strings.ContainsAny(target, "\x00\n\r"):
		return bad(fmt.Sprintf("the target %q holds a line break or a zero byte", target))
	case target == "~" || strings.HasPrefix(target, "~/"):
		p = place{base: `"$HOME"/`, path: strings.TrimLeft(target[1:], "/")}
	case strings.HasPrefix(target, "~"):
		return bad(fmt.Sprintf("the target %q is in another user's home", target))
	}
	if p.path != "" {
		p.path = path.Clean(p.path)
	}
	if slash && p.path != "/" && p.path != "" {
		p.path += "/"
	}
	return p, nil
}
