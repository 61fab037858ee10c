package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"spot-tui/fleet"
)

// UI is how the screen should look.
type UI struct {
	Theme string // auto, dark, light, high-contrast or mono
	ASCII bool
	Mouse bool
	// Notify is auto, bell or off.
	Notify string
}

// AWS is how the account is reached.
type AWS struct {
	Profile           string   // empty: as the AWS CLI would choose
	ProtectedAccounts []string // 12 digits each
}

// File is a config file that was read and is valid, except perhaps for what
// LaunchProblems lists. It does not change.
type File struct {
	spec   fleet.Spec
	ui     UI
	aws    AWS
	keys   map[string][]string
	deploy Deploy
	launch Errors
	warns  Errors
}

// Spec gives what the fleet should be. SSH.PublicKey is not set: reading keys
// is not this package's work.
func (f *File) Spec() fleet.Spec { return f.spec }

// UI gives how the screen should look.
func (f *File) UI() UI { return f.ui }

// Keys gives a person's own keys for the screen's actions, by their names.
func (f *File) Keys() map[string][]string { return f.keys }

// AWS gives how the account is reached.
func (f *File) AWS() AWS { return f.aws }

// Deploy tells what becomes of the folder that provision.deploy names; its
// packages, files and script are part of the Spec already.
func (f *File) Deploy() Deploy { return f.deploy }

// LaunchProblems lists what must be mended before anything is launched or set
// up, in the order of the file: a source, a script or a key that is not there.
// Watching and destroying do without. It is empty where nothing is wrong.
func (f *File) LaunchProblems() Errors { return f.launch }

// Warnings lists what is allowed but probably not meant, in the order of the file.
func (f *File) Warnings() []Problem { return f.warns }

// Load reads a config file. The error is Errors where the file's content is wrong.
func Load(path string) (*File, error) { return LoadFor(path, Actions{}) }

// LoadFor is Load for a program whose actions' keys can be chosen.
func LoadFor(path string, actions Actions) (*File, error) {
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no config file %s; `spot-tui setup --defaults` writes one", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the config file: %w; make it readable or name another with --config", err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the folder of the config file %s: %w; name it with its whole path", path, err)
	}
	f, err := parseFor(path, text, filepath.Dir(abs), actions)
	if err != nil {
		return nil, err
	}
	f.spec.ConfigPath = abs
	return f, nil
}

// read reads no more than Parse would accept, so that --config /dev/zero ends.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// Parse reads a config from text. The name stands in messages; relative paths
// in the text are relative to dir. The error is always Errors; it lists what
// LaunchProblems would as well, so that all mistakes are told at once.
func Parse(name string, text []byte, dir string) (*File, error) {
	return parseFor(name, text, dir, Actions{})
}

func parseFor(name string, text []byte, dir string, actions Actions) (*File, error) {
	d := parse(name, text)
	f := &File{}
	if len(d.errs) == 0 {
		d.unknown()
		r := reader{d: d, dir: dir, actions: actions}
		r.read(f)
	}
	if len(d.errs) > 0 {
		all := append(d.errs, d.launch...) //nolint:gocritic // d ends here
		all.sort()
		return nil, all
	}
	d.launch.sort()
	d.warns.sort()
	f.launch, f.warns = d.launch, d.warns
	f.spec.ConfigHash = hash(f.spec, dir)
	return f, nil
}
