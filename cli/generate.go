package cli

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"spot-tui/config"
)

// sample is a deploy folder without its config, which is written for the person.
//
//go:embed sample
var sample embed.FS

func (a *app) readmeCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "readme",
		Short: "Explain what files a deploy folder may hold, and what becomes of them",
		Args:  cobra.NoArgs,
		RunE: a.verb(func(*cobra.Command, []string) error {
			b, err := sample.ReadFile("sample/README.md")
			if err != nil {
				return err
			}
			return a.page(string(b))
		}),
	}
}

func (a *app) generateCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "generate [DIR]",
		Short: "Write a sample deploy folder that works as it is",
		Long: `Write a sample deploy folder (./deploy if none is named): a config, files to
upload, a setup script and a README. Nothing is ever written over.`,
		Example: `  spot-tui generate deploy
  spot-tui --demo --config deploy/config.toml create --yes`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.verb(func(_ *cobra.Command, args []string) error {
			dir := "deploy"
			if len(args) > 0 {
				dir = args[0]
			}
			return a.generate(dir)
		}),
	}
}

func (a *app) generate(dir string) error {
	files, err := sampleFiles()
	if err != nil {
		return err
	}
	if there := existing(dir, files); len(there) > 0 {
		return &exit{code: exitFailed, err: fmt.Errorf("%s would be written over, so nothing was written; name another folder", strings.Join(there, ", "))}
	}
	d, made, err := a.defaults()
	if err != nil {
		return err
	}
	if files["config.toml"], err = sampleConfig(d); err != nil {
		return err
	}
	if err := writeAll(dir, files); err != nil {
		return err
	}
	path := filepath.Join(dir, "config.toml")
	if a.flags.json {
		a.printResult(result{Path: path})
		return nil
	}
	a.printf("wrote %s: fleet %s, and what its instances get\n", dir, d.Name)
	a.tellKey(d.PrivateKey, made)
	a.printf("next: spot-tui --demo --config %s create --yes, and read %s\n", path, filepath.Join(dir, "README.md"))
	return nil
}

// sampleFiles gives the sample's files by their path in the folder, with the
// config still empty.
func sampleFiles() (map[string]string, error) {
	files := map[string]string{"config.toml": ""}
	err := fs.WalkDir(sample, "sample", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := sample.ReadFile(path)
		files[strings.TrimPrefix(path, "sample/")] = string(b)
		return err
	})
	return files, err
}

func existing(dir string, files map[string]string) []string {
	var there []string
	for _, name := range sortedKeys(files) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(path); err == nil {
			there = append(there, path)
		}
	}
	return there
}

// sampleConfig is the config that setup writes, with the sample's files in it.
func sampleConfig(d config.Defaults) (string, error) {
	tmp, err := os.MkdirTemp("", "spot-tui-generate-")
	if err != nil {
		return "", fmt.Errorf("write the config: %w", err)
	}
	defer os.RemoveAll(tmp)
	path := filepath.Join(tmp, "config.toml")
	if err := config.WriteDefaults(path, d); err != nil {
		return "", err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("write the config: %w", err)
	}
	text := string(b)
	for _, line := range [][2]string{
		{`# files = [{ source = "app", target = "app" }]`, `files = [{ source = "app", target = "app" }]`},
		{`# setup = "setup.sh"`, `setup = "setup.sh"`},
		{`ready_check = "cloud-init status --wait >/dev/null"`, `ready_check = "systemctl is-active --quiet work.service"`},
	} {
		if strings.Count(text, "\n"+line[0]+"\n") != 1 {
			return "", fmt.Errorf("write the config: the text of a new config has no line %q; please report this fault", line[0])
		}
		text = strings.Replace(text, "\n"+line[0]+"\n", "\n"+line[1]+"\n", 1)
	}
	return text, nil
}

// writeAll writes new files only, and takes back those that it wrote if one
// can't be written.
func writeAll(dir string, files map[string]string) (err error) {
	var written []string
	defer func() {
		if err != nil {
			for _, path := range written {
				_ = os.Remove(path) // ours since a moment ago
			}
			err = fmt.Errorf("write the sample: %w; name a folder that can be written", err)
		}
	}()
	for _, name := range sortedKeys(files) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a deploy folder is no secret; it is often shared
			return err
		}
		mode := fs.FileMode(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
		if err != nil {
			return err
		}
		written = append(written, path)
		_, err = f.WriteString(files[name])
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}
