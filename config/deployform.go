package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"spot-tui/fleet"
)

// PackagesValue writes the folder's packages as the value of provision.packages.
func (d Deploy) PackagesValue() string { return "[" + quoted(d.Packages...) + "]" }

// FilesValue writes the folder's uploads as the value of provision.files, for a
// config in dir: what lies near is named from there.
func (d Deploy) FilesValue(dir string) string {
	var b strings.Builder
	b.WriteString("[\n")
	for _, f := range d.Files {
		source := f.Source
		if rel, err := filepath.Rel(dir, source); err == nil {
			source = filepath.ToSlash(rel)
		}
		fmt.Fprintf(&b, "  { source = %s, target = %s", quoted(strings.ReplaceAll(source, "$", "$$")), quoted(f.Target))
		writeExtras(&b, f)
		b.WriteString(" },\n")
	}
	b.WriteString("]")
	return b.String()
}

func writeExtras(b *strings.Builder, f fleet.FileSpec) {
	if f.Mode != 0 {
		fmt.Fprintf(b, `, mode = "%04o"`, f.Mode)
	}
	if f.Owner != "" {
		b.WriteString(", owner = " + quoted(f.Owner))
	}
	if len(f.Ignore) > 0 {
		b.WriteString(", ignore = [" + quoted(f.Ignore...) + "]")
	}
	if f.Secret {
		b.WriteString(", secret = true")
	}
}

// ReadDeploy reads a folder that was made for the predecessor. It fails where
// that can't be used, with all that is wrong.
func ReadDeploy(dir string) (Deploy, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Deploy{}, fmt.Errorf("find the folder %s: %w; name it with its whole path", dir, err)
	}
	if !isFolder(abs) {
		return Deploy{}, fmt.Errorf("%s is no folder; name the one that holds setup.sh or deployment.yaml", dir)
	}
	f := readDeploy(abs)
	if len(f.wrong) > 0 {
		return Deploy{}, fmt.Errorf("%s: %s", dir, printable(strings.Join(f.wrong, "; ")))
	}
	return f.Deploy, nil
}
