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
	var from string
	c := &cobra.Command{
		Use:   "generate [DIR]",
		Short: "Write a sample deploy folder that works as it is",
		Long: `Write a sample deploy folder (./deploy if none is named): a config, files to
upload, a setup script and a README. Nothing is ever written over.

--from takes a folder that was made for the predecessor (deployment/ or .spot/)
and writes a config and a setup script that do the same: from then on everything
stands in the config, and nothing depends on the names of files. What that folder
holds stays where it is, and is uploaded from there.`,
		Example: `  spot-tui generate deploy
  spot-tui --demo --config deploy/config.toml create --yes
  spot-tui generate --from deployment new`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.verb(func(_ *cobra.Command, args []string) error {
			dir := "deploy"
			if len(args) > 0 {
				dir = args[0]
			}
			return a.generate(dir, from)
		}),
	}
	c.Flags().StringVar(&from, "from", "", "a folder that was made for the predecessor")
	return c
}

func (a *app) generate(dir, from string) error {
	files, d, err := generated(dir, from)
	if err != nil {
		return err
	}
	if there := existing(dir, files); len(there) > 0 {
		return &exit{code: exitFailed, err: fmt.Errorf("%s would be written over, so nothing was written; name another folder", strings.Join(there, ", "))}
	}
	defaults, made, err := a.defaults()
	if err != nil {
		return err
	}
	if files["config.toml"], err = generatedConfig(dir, defaults, d); err != nil {
		return err
	}
	if err := writeAll(dir, files); err != nil {
		return err
	}
	path := filepath.Join(dir, "config.toml")
	if a.flags.json {
		a.printResult(result{Path: path, Deploy: deployed(d)})
		return nil
	}
	a.tellDeploy(d)
	a.printf("wrote %s: fleet %s, and what its instances get\n", dir, defaults.Name)
	a.tellKey(defaults.PrivateKey, made)
	next := "and read " + filepath.Join(dir, "README.md")
	if from != "" {
		next = "then edit the regions and the target in it"
	}
	a.printf("next: spot-tui --demo --config %s create --yes, %s\n", path, next)
	return nil
}

// generated gives the files to write, with the config still empty: the sample's,
// or those that take the place of the predecessor's folder.
func generated(dir, from string) (map[string]string, config.Deploy, error) {
	if from == "" {
		files, err := sampleFiles()
		return files, config.Deploy{}, err
	}
	d, err := config.ReadDeploy(from)
	if err != nil {
		return nil, d, &exit{code: exitUsage, err: err}
	}
	files := map[string]string{"config.toml": ""}
	if d.Setup != "" {
		files["setup.sh"] = d.Setup
	}
	return files, d, nil
}

// generatedConfig is the config that setup writes, with what the instances get.
func generatedConfig(dir string, defaults config.Defaults, d config.Deploy) (string, error) {
	if d.Folder == "" {
		return sampleConfig(defaults)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the folder %s: %w", dir, err)
	}
	values := map[string]string{"packages": d.PackagesValue(), "files": d.FilesValue(abs)}
	if d.Setup != "" {
		values["setup"] = `"setup.sh"`
	}
	for _, f := range d.Files {
		if f.Secret { // which a key that is only pinned does not let go up
			values["host_keys"] = `"console"`
		}
	}
	return newConfig(defaults, values)
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
	return newConfig(d, map[string]string{
		"files": `[{ source = "app", target = "app" }]`, "setup": `"setup.sh"`, "ready_check": `"systemctl is-active --quiet work.service"`,
	})
}

// newConfig is the config that setup writes, with other values for some keys
// that are only shown in it.
func newConfig(d config.Defaults, values map[string]string) (string, error) {
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
	lines := strings.Split(string(b), "\n")
	for _, key := range sortedKeys(values) {
		shown := 0
		for i, line := range lines {
			if strings.HasPrefix(line, "# "+key+" = ") {
				lines[i] = key + " = " + values[key]
				shown++
			}
		}
		if shown != 1 {
			return "", fmt.Errorf("write the config: the text of a new config shows %s %d times; please report this fault", key, shown)
		}
	}
	return strings.Join(lines, "\n"), nil
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
