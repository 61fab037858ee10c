package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"spot-tui/config"
	"spot-tui/ssh"
)

func (a *app) setupCmd() *cobra.Command {
	var defaults bool
	c := &cobra.Command{
		Use:   "setup --defaults",
		Short: "Write a config file with sane defaults, and an SSH key where there is none",
		Args:  cobra.NoArgs,
		RunE: a.verb(func(*cobra.Command, []string) error {
			if !defaults {
				return usage("say setup --defaults; it writes ./config.toml (or --config), which explains every key")
			}
			return a.setup()
		}),
	}
	c.Flags().BoolVar(&defaults, "defaults", false, "take the defaults, ask nothing")
	return c
}

func (a *app) setup() error {
	path := a.flags.config
	if path == "" {
		path = "config.toml"
	}
	if _, err := os.Stat(path); err == nil {
		return &exit{code: exitFailed, err: fmt.Errorf("%s exists already and is never overwritten; name another with --config", path)}
	}
	d, made, err := a.defaults()
	if err != nil {
		return err
	}
	if err := config.WriteDefaults(path, d); err != nil {
		return err
	}
	if a.flags.json {
		a.printResult(result{Path: path})
		return nil
	}
	a.printf("wrote %s: fleet %s\n", path, d.Name)
	a.tellKey(d.PrivateKey, made)
	a.printf("next: spot-tui plan, then spot-tui create\n")
	return nil
}

// defaults are those of a new config: a name and a key of the person's own, and
// what the flags say. It makes a key where there is none.
func (a *app) defaults() (d config.Defaults, made bool, err error) {
	d.Name = config.NewName(userName(), rand.Reader)
	if a.flags.fleet != "" {
		n, err := config.CheckName(a.flags.fleet)
		if err != nil {
			return d, false, usage("--fleet: %v", err)
		}
		d.Name = string(n)
	}
	for _, r := range regionList(a.flags.regions) {
		d.Regions = append(d.Regions, string(r))
	}
	d.PrivateKey, made, err = a.findKey()
	return d, made, err
}

func (a *app) tellKey(path string, made bool) {
	if made {
		a.printf("made the SSH key %s (ed25519, readable only by you)\n", path)
		return
	}
	a.printf("uses the SSH key %s\n", path)
}

// findKey gives the person's own SSH key, or makes one in the state folder.
func (a *app) findKey() (path string, made bool, err error) {
	if home, err := os.UserHomeDir(); err == nil {
		for _, n := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
			p := filepath.Join(home, ".ssh", n)
			if _, err := ssh.PublicKey(p); err == nil {
				return p, false, nil
			}
		}
	}
	p, err := makePaths(a.env.Getenv("SPOT_TUI_HOME"))
	if err != nil {
		return "", false, err
	}
	path = filepath.Join(p.state, "id_ed25519")
	if _, err := os.Stat(path); err == nil {
		return path, false, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", false, err
	}
	_, err = ssh.GenerateKey(path)
	return path, true, err
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "fleet"
}

func (a *app) validateCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "validate",
		Short: "Check the config file: every error at once, each with its line",
		Args:  cobra.NoArgs,
		RunE: a.verb(func(*cobra.Command, []string) error {
			path, err := config.Find(a.flags.config, a.env.Getenv)
			if err != nil {
				return &exit{code: exitUsage, err: err}
			}
			f, err := config.LoadFor(path, keyedActions())
			var ps config.Errors
			switch {
			case errors.As(err, &ps):
				return a.invalid(ps)
			case err != nil:
				return &exit{code: exitUsage, err: err}
			}
			for _, w := range f.Warnings() {
				fmt.Fprintln(a.env.Stderr, "spot-tui: warning: "+w.Error())
			}
			a.tellDeploy(f.Deploy())
			if ps = f.LaunchProblems(); len(ps) > 0 {
				return a.invalid(ps)
			}
			s := f.Spec()
			if _, err := ssh.PublicKey(s.SSH.PrivateKey); err != nil {
				return &exit{code: exitUsage, err: err}
			}
			if a.flags.json {
				a.printResult(result{Fleet: s.Name, Path: path, Deploy: deployed(f.Deploy())})
				return nil
			}
			a.printf("%s is valid: fleet %s, %d instances in %d regions\n", path, s.Name, s.Target, len(s.Regions))
			return nil
		}),
	}
}

func (a *app) invalid(ps config.Errors) error {
	if a.flags.json {
		r := result{}
		for _, p := range ps {
			r.Errors = append(r.Errors, jsonError{Kind: "invalid", Message: p.Error()})
		}
		a.printResult(r)
		return &exit{code: exitUsage, told: true}
	}
	for _, p := range ps {
		fmt.Fprintln(a.env.Stderr, p.Error())
	}
	return &exit{code: exitUsage, told: true}
}

// versionInfo is what version prints.
type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// version is set by the linker (see the Makefile); go install leaves it empty.
var version string

func buildVersion() versionInfo {
	v := versionInfo{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if bi, ok := debug.ReadBuildInfo(); ok {
		if v.Version == "" {
			v.Version = bi.Main.Version
		}
		for _, s := range bi.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	return v
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: a.verb(func(*cobra.Command, []string) error {
			v := buildVersion()
			if a.flags.json {
				a.printResult(result{Version: &v})
				return nil
			}
			a.printf("spot-tui %s %s %s/%s\n", v.Version, v.Go, v.OS, v.Arch)
			return nil
		}),
	}
}
