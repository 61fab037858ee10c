package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"spot-tui/fleet"
)

// manifest is the predecessor's deployment.yaml.
type manifest struct {
	Packages []string         `yaml:"packages"`
	Scripts  []manifestScript `yaml:"scripts"`
	Uploads  []manifestUpload `yaml:"uploads"`
	Services []manifestUnit   `yaml:"services"`
	Template string           `yaml:"template"`
	Tarball  string           `yaml:"tarball_source"`
}

type manifestScript struct {
	Name    string `yaml:"name"`
	Path    string `yaml:"path"`    // in the folder
	Command string `yaml:"command"` // or on the host
	Order   int    `yaml:"order"`
}

type manifestUpload struct {
	Source      string   `yaml:"source"`
	Dest        string   `yaml:"dest"`
	Destination string   `yaml:"destination"`
	Permissions string   `yaml:"permissions"`
	Exclude     []string `yaml:"exclude"`
}

type manifestUnit struct {
	Name   string `yaml:"name"`
	File   string `yaml:"file"`
	Path   string `yaml:"path"`
	Enable *bool  `yaml:"enabled"`
	Start  *bool  `yaml:"start"`
}

// maxManifest is far above any real one.
const maxManifest = 256 << 10

// manifest reads dir/deployment.yaml.
func (f *deployFolder) manifest(dir string) {
	m, err := readManifest(filepath.Join(dir, "deployment.yaml"))
	if err != nil {
		f.wrong = append(f.wrong, err.Error())
		return
	}
	f.Packages = slices.Compact(m.Packages)
	if len(f.Packages) > 0 {
		f.does("packages: installs %s", strings.Join(f.Packages, ", "))
	}
	for n, u := range m.Uploads {
		f.manifestUpload(dir, n, u)
	}
	if m.Tarball != "" {
		f.tarball(dir, m.Tarball)
	}
	slices.SortStableFunc(m.Scripts, func(a, b manifestScript) int { return cmp.Compare(a.Order, b.Order) })
	for n, s := range m.Scripts {
		f.manifestScript(dir, n, s)
	}
	for n, s := range m.Services {
		f.manifestUnit(dir, n, s)
	}
	if m.Template != "" {
		f.leaves("the cloud-init template %s is not used; do in a script what it does", m.Template)
	}
	if isFile(filepath.Join(dir, "config.yaml")) {
		f.leaves("config.yaml is neither read nor uploaded: regions, counts and keys stand in this file")
	}
}

// readManifest takes the keys below "deployment", or at the top, as the
// predecessor's own guide had them.
func readManifest(file string) (manifest, error) {
	h, err := os.Open(file)
	if err != nil {
		return manifest{}, fmt.Errorf("the manifest %s can't be read: %s; make it readable", quote(file), cause(err))
	}
	defer h.Close()
	var doc struct {
		Version    int       `yaml:"version"`
		Deployment *manifest `yaml:"deployment"`
		manifest   `yaml:",inline"`
	}
	err = yaml.NewDecoder(io.LimitReader(h, maxManifest)).Decode(&doc)
	switch {
	case errors.Is(err, io.EOF): // empty
	case err != nil:
		return manifest{}, fmt.Errorf("the manifest %s can't be understood: %s; mend it there", quote(file), strings.ReplaceAll(err.Error(), "\n", " "))
	case doc.Version > 1:
		return manifest{}, fmt.Errorf("the manifest %s is of version %d, and only 1 is known; name what it does with files and setup", quote(file), doc.Version)
	}
	if doc.Deployment != nil {
		return *doc.Deployment, nil
	}
	return doc.manifest, nil
}

// inFolder gives a path of the folder, which it may not leave.
func (f *deployFolder) inFolder(dir, what, name string) (string, bool) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		f.wrong = append(f.wrong, fmt.Sprintf("%s names %s, which is outside of the folder; put it inside, or name it with files", what, quote(name)))
		return "", false
	}
	at := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(at); err != nil {
		f.wrong = append(f.wrong, fmt.Sprintf("%s names %s, which can't be read: %s; mend the manifest", what, quote(name), cause(err)))
		return "", false
	}
	return at, true
}

// part uploads what a script or service lies in: its folder at the top, for it
// may need what is beside it, but not the whole, which may hold secrets.
func (f *deployFolder) part(dir, name string) {
	top, _, _ := strings.Cut(path.Clean(filepath.ToSlash(name)), "/")
	s := fleet.FileSpec{Source: filepath.Join(dir, top), Target: deployRoot + "/" + top, Mode: 0o755}
	if !slices.ContainsFunc(f.Files, func(have fleet.FileSpec) bool { return have.Source == s.Source && have.Target == s.Target }) {
		f.upload(s)
		f.does("%s: uploaded as %s", top, s.Target)
	}
}

func (f *deployFolder) manifestUpload(dir string, n int, u manifestUpload) {
	what := fmt.Sprintf("uploads[%d] of the manifest", n)
	if u.Source == "" {
		f.wrong = append(f.wrong, what+" has no source; name a file or folder")
		return
	}
	at, ok := f.inFolder(dir, what, u.Source)
	if !ok {
		return
	}
	s := fleet.FileSpec{Source: at, Target: orElse(orElse(u.Dest, u.Destination), deployRoot), Ignore: u.Exclude}
	if u.Permissions != "" {
		mode, err := strconv.ParseUint(u.Permissions, 8, 32)
		if err != nil || mode == 0 || mode > 0o777 {
			f.wrong = append(f.wrong, fmt.Sprintf("%s: %s are no permissions; write them in octal, like \"0644\"", what, quote(u.Permissions)))
			return
		}
		s.Mode = os.FileMode(mode)
	}
	s.Secret = s.Mode != 0 && s.Mode&0o077 == 0
	f.upload(s)
	how := ""
	if s.Secret {
		how = ", to verified hosts only, since nobody else may read it"
	}
	f.does("%s: uploaded as %s%s", u.Source, s.Target, how)
}

// tarball is a folder that the predecessor packed and unpacked on the instance.
func (f *deployFolder) tarball(dir, source string) {
	if strings.Contains(source, "://") {
		f.leaves("tarball_source %s is not downloaded; do it in a script, or upload it with files", source)
		return
	}
	at := source
	if !filepath.IsAbs(at) {
		at = filepath.Join(filepath.Dir(dir), filepath.FromSlash(source))
	}
	if !isFolder(at) {
		f.wrong = append(f.wrong, fmt.Sprintf("tarball_source %s is no folder; mend the manifest", quote(source)))
		return
	}
	f.upload(fleet.FileSpec{Source: at, Target: deployRoot})
	f.does("tarball_source %s: uploaded over the folder, as %s", source, deployRoot)
}

func (f *deployFolder) manifestScript(dir string, n int, s manifestScript) {
	what := fmt.Sprintf("scripts[%d] of the manifest", n)
	switch {
	case s.Path != "":
		if _, ok := f.inFolder(dir, what, s.Path); ok {
			f.part(dir, s.Path)
			f.run(path.Clean(filepath.ToSlash(s.Path)))
		}
	case path.IsAbs(s.Command) && !strings.ContainsAny(s.Command, " \t\n"):
		f.scripts = append(f.scripts, s.Command)
		f.does("%s: runs as root in %s, its output in the log", s.Command, deployRoot)
	default:
		f.leaves("the command %s is not run, for it is no script's path; put it into a script", quote(s.Command))
	}
}

var unitRule = ruleOf(`^[A-Za-z0-9:_.@-]{1,128}$`)

func (f *deployFolder) manifestUnit(dir string, n int, s manifestUnit) {
	what := fmt.Sprintf("services[%d] of the manifest", n)
	file := orElse(s.File, s.Path)
	if file == "" {
		f.wrong = append(f.wrong, what+" has no file; name the unit's")
		return
	}
	if _, ok := f.inFolder(dir, what, file); !ok {
		return
	}
	name := strings.TrimSuffix(orElse(s.Name, path.Base(file)), ".service") + ".service"
	if !unitRule.MatchString(name) {
		f.wrong = append(f.wrong, fmt.Sprintf("%s: %s is no name of a service; mend the manifest", what, quote(name)))
		return
	}
	f.part(dir, file)
	yes := func(b *bool) bool { return b == nil || *b }
	f.service(deployService{file: deployRoot + "/" + path.Clean(filepath.ToSlash(file)), name: name, enable: yes(s.Enable), start: yes(s.Start)})
}
