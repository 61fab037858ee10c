package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"spot-tui/fleet"
)

// Deploy is a folder that was made for the predecessor, in our terms: what of it
// is installed, uploaded and run, and what is left out.
type Deploy struct {
	Folder   string // absolute; empty: none is named
	Packages []string
	Files    []fleet.FileSpec
	Setup    string   // shell script text; empty: none
	Does     []string // what becomes of the folder's parts, one sentence each
	Leaves   []string // what is not done, one sentence each
}

// deployRoot is where such a folder lies on an instance: its scripts and service
// files name this place.
const deployRoot = "/opt/deployment"

// deployFolder is a folder of the predecessor while it is read.
type deployFolder struct {
	Deploy
	scripts  []string // as the host sees them, in the order in which they run
	services []deployService
	wrong    []string // why it can't be used
}

// deployService is a systemd unit to install.
type deployService struct {
	file   string // as the host sees it
	name   string // with .service
	enable bool
	start  bool
}

// deploy reads provision.deploy and puts what the folder asks for before what
// the config itself does.
func (r *reader) deploy(t table, p *fleet.ProvisionSpec, keys fleet.HostKeyMode) Deploy {
	path := t.text("deploy", "")
	if path == "" {
		return Deploy{}
	}
	key := t.key("deploy")
	dir, ok := r.file(key, path)
	if !ok {
		return Deploy{}
	}
	if info, err := os.Stat(dir); err != nil {
		r.d.badLaunch(key, "the folder %s can't be read: %s; mend the path", quote(path), cause(err))
		return Deploy{}
	} else if !info.IsDir() {
		r.d.badLaunch(key, "%s is no folder; name the one that holds setup.sh or deployment.yaml", quote(path))
		return Deploy{}
	}
	f := readDeploy(dir)
	for _, w := range f.wrong {
		r.d.badLaunch(key, "%s", printable(w))
	}
	if keys == fleet.HostKeysPin {
		for _, file := range f.Files {
			if file.Secret {
				r.d.badLaunch(key, `%s is secret and goes only to a host whose key is verified; set ssh.host_keys to "console" or "inject", or take it out`, quote(file.Source))
			}
		}
	}
	if f.Setup != "" && t.text("setup", "") != "" {
		r.d.bad(t.key("setup"), "the folder of provision.deploy brings scripts of its own; call this one from there, or take one of them out")
	}
	f.merge(p)
	return f.Deploy
}

// merge puts it into the spec. What the config says by itself comes after it.
func (f *deployFolder) merge(p *fleet.ProvisionSpec) {
	for _, name := range f.Packages {
		if !slices.Contains(p.Packages, name) {
			p.Packages = append(p.Packages, name)
		}
	}
	p.Files = append(slices.Clone(f.Files), p.Files...)
	if f.Setup != "" {
		p.Setup = f.Setup
	}
}

// readDeploy understands a folder in either of the predecessor's forms: with a
// manifest (.spot/deployment.yaml), or by the names of its files (deployment/).
func readDeploy(dir string) *deployFolder {
	f := &deployFolder{Deploy: Deploy{Folder: dir}}
	switch {
	case isFile(filepath.Join(dir, "deployment.yaml")):
		f.manifest(dir)
	case isFile(filepath.Join(dir, ".spot", "deployment.yaml")):
		f.manifest(filepath.Join(dir, ".spot"))
	default:
		f.convention(dir)
	}
	for _, name := range f.Packages {
		if !packageRule.MatchString(name) {
			f.wrong = append(f.wrong, quote(name)+" is no name of a package; mend the folder's list of packages")
		}
	}
	if len(f.wrong) == 0 && len(f.Packages)+len(f.scripts)+len(f.services)+len(f.Files) == 0 {
		f.wrong = append(f.wrong, "the folder has nothing to install, upload or run; put a setup.sh into it, or name another")
	}
	f.Setup = f.script()
	return f
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// upload adds a file or folder. What goes into a home is its person's, all else
// that is not the login's home needs root.
func (f *deployFolder) upload(s fleet.FileSpec) {
	if home, ok := strings.CutPrefix(s.Target, "/home/"); ok {
		s.Owner, _, _ = strings.Cut(home, "/")
	} else if strings.HasPrefix(s.Target, "/") {
		s.Owner = "root"
	}
	f.Files = append(f.Files, s)
}

// named lists the files of a folder whose name ends so, in order; hidden ones
// and an editor's copies are left out.
func named(dir, end string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // a folder that is not there has none
	}
	var names []string
	for _, e := range entries {
		if e.Type()&fs.ModeDir == 0 && strings.HasSuffix(e.Name(), end) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}
