package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"spot-tui/fleet"
)

// The names that meant something in the predecessor's deployment/ folder.

// languages are files that ask for the packages of a language, and what the
// predecessor did not do with them either.
func languages() []struct {
	file     string
	packages []string
} {
	return []struct {
		file     string
		packages []string
	}{
		{"requirements.txt", []string{"python3", "python3-pip"}},
		{"package.json", []string{"nodejs", "npm"}},
		{"Gemfile", []string{"ruby", "bundler"}},
		{"go.mod", []string{"golang"}},
		{"Cargo.toml", []string{"cargo"}},
		{"docker-compose.yml", []string{"docker.io", "docker-compose"}},
		{"docker-compose.yaml", []string{"docker.io", "docker-compose"}},
	}
}

// convention reads a folder by the names of its files.
func (f *deployFolder) convention(dir string) {
	f.conventionPackages(dir)
	f.conventionUploads(dir)
	f.conventionScripts(dir)
	for _, sub := range []string{"services", "systemd", ""} {
		for _, name := range named(filepath.Join(dir, sub), ".service") {
			at := deployRoot + "/" + strings.TrimPrefix(sub+"/"+name, "/")
			f.service(deployService{file: at, name: name, enable: true, start: true})
		}
	}
	f.leftOut(dir)
	if len(f.scripts)+len(f.services)+len(f.Packages) == 0 && !isFolder(filepath.Join(dir, "configs")) {
		f.Files = nil // as the predecessor saw it: a folder in which nothing has a name that it knows
	}
}

func (f *deployFolder) conventionPackages(dir string) {
	add := func(names ...string) {
		for _, n := range names {
			if !slices.Contains(f.Packages, n) {
				f.Packages = append(f.Packages, n)
			}
		}
	}
	for _, l := range languages() {
		if isFile(filepath.Join(dir, l.file)) {
			add(l.packages...)
			f.does("%s: installs %s", l.file, strings.Join(l.packages, " and "))
			f.leaves("what %s lists is not installed or started by itself; do that in setup.sh", l.file)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "packages.txt"))
	if err != nil {
		return // it need not be there; one that can't be read fails with the upload, which says why
	}
	var names []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			names = append(names, line)
		}
	}
	add(names...)
	f.does("packages.txt: installs %s", strings.Join(names, ", "))
}

func (f *deployFolder) conventionUploads(dir string) {
	// Everyone may read what lies in the folder itself, so secrets take another way.
	f.upload(fleet.FileSpec{Source: dir, Target: deployRoot, Mode: 0o755, Ignore: []string{"/secrets/", "/.env"}})
	f.does("the folder: uploaded as %s", deployRoot)
	if files := filepath.Join(filepath.Dir(dir), "instance-files"); files != dir && isFolder(files) {
		f.upload(fleet.FileSpec{Source: files, Target: deployRoot})
		f.does("instance-files beside it: uploaded over it, as %s", deployRoot)
		if !isFile(filepath.Join(dir, "setup.sh")) && isFile(filepath.Join(files, "setup.sh")) {
			f.run("setup.sh")
		}
	}
	for _, sub := range []string{"configs", "files"} {
		if isFolder(filepath.Join(dir, sub)) {
			f.upload(fleet.FileSpec{Source: filepath.Join(dir, sub), Target: "/opt/" + sub, Mode: 0o644})
			f.does("%s: uploaded as /opt/%s", sub, sub)
		}
	}
	if files := filepath.Join(filepath.Dir(dir), "files"); files != dir && holdsMore(files) {
		f.upload(fleet.FileSpec{Source: files, Target: "/opt/uploaded_files", Mode: 0o644})
		f.does("files beside it: uploaded as /opt/uploaded_files")
	}
	for _, s := range []struct{ name, target string }{{"secrets", "/opt/secrets"}, {".env", deployRoot + "/.env"}} {
		path := filepath.Join(dir, s.name)
		if isFolder(path) || isFile(path) {
			f.upload(fleet.FileSpec{Source: path, Target: s.target, Mode: 0o600, Secret: true})
			f.does("%s: uploaded as %s, to verified hosts only, readable by nobody else", s.name, s.target)
		}
	}
}

// holdsMore says whether a folder holds more than the note that came with it.
func holdsMore(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false // a folder that is not there holds nothing
	}
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() != "README.md" && e.Name() != ".gitignore" })
}

func (f *deployFolder) conventionScripts(dir string) {
	has := func(name string) bool { return isFile(filepath.Join(dir, name)) }
	switch {
	case has("setup.sh"):
		f.run("setup.sh")
	case has("init.sh"):
		f.run("init.sh")
	}
	for _, name := range named(filepath.Join(dir, "scripts"), ".sh") {
		f.run("scripts/" + name)
	}
	for _, name := range []string{"install.sh", "start.sh"} {
		if has(name) {
			f.run(name)
		}
	}
}

// leftOut tells what of the folder has no counterpart here.
func (f *deployFolder) leftOut(dir string) {
	for _, name := range []string{"cloud-init.yaml", "cloud-init.yml"} {
		if isFile(filepath.Join(dir, name)) {
			f.leaves("%s is uploaded, but is no user data of the instances; do in setup.sh what it does", name)
		}
	}
	for _, end := range []string{".tar.gz", ".tgz"} {
		for _, name := range named(dir, end) {
			f.leaves("%s is uploaded and not unpacked; setup.sh can do it: tar -xzf %s -C /opt", name, name)
		}
	}
	if isFile(filepath.Join(filepath.Dir(dir), "config.yaml")) {
		f.leaves("config.yaml beside it is not read: regions, counts and keys stand in this file")
	}
}

// run adds a script, by its path in the folder.
func (f *deployFolder) run(path string) {
	f.scripts = append(f.scripts, deployRoot+"/"+path)
	f.does("%s: runs as root in %s, its output in the log", path, deployRoot)
}

func (f *deployFolder) service(s deployService) {
	f.services = append(f.services, s)
	verb := map[[2]bool]string{{true, true}: "installed, enabled and started", {true, false}: "installed and enabled", {false, true}: "installed and started", {}: "installed"}
	f.does("%s: %s, after the scripts", s.name, verb[[2]bool{s.enable, s.start}])
}

func (f *deployFolder) does(format string, args ...any) {
	f.Does = append(f.Does, printable(fmt.Sprintf(format, args...)))
}

func (f *deployFolder) leaves(format string, args ...any) {
	f.Leaves = append(f.Leaves, printable(fmt.Sprintf(format, args...)))
}
