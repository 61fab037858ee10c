package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func (a *app) sshConfigCmd() *cobra.Command {
	var h hostFlags
	var write string
	c := &cobra.Command{
		Use:   "ssh-config",
		Short: "Print an ssh config, so that plain `ssh i-0abc…` works",
		Long: `Print an ssh config with an entry for each running instance, so that plain ssh,
scp, rsync and ansible reach them by id, with the fleet's key and the pinned host
keys. --write puts it into a file of its own, for an Include line in your ssh
config, which is never changed.`,
		Example: `  spot-tui ssh-config
  spot-tui ssh-config --write fleet.ssh_config`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			if err := h.filter.read(c); err != nil {
				return err
			}
			s, err := a.open(need{})
			if err != nil {
				return err
			}
			defer s.shut()
			m, err := s.scan(c.Context())
			if err != nil {
				return err
			}
			h.all = true
			ids, err := h.pick(m)
			if err != nil {
				return err
			}
			return a.sshConfig(s, s.engine.ConfigText(ids), write, ids)
		}),
	}
	h.filter.add(c, "only the instances that match")
	c.Flags().StringVar(&write, "write", "", "write it to this file instead; it is replaced if we made it")
	return c
}

// configMark is the first line of a file of ours.
const configMark = "# Made by spot-tui ssh-config; it is written over.\n"

func (a *app) sshConfig(s *session, text, path string, ids []fleet.InstanceID) error {
	if path == "" {
		if a.flags.json {
			a.printResult(result{Fleet: s.spec.Name, Errors: []jsonError{}, Text: text})
			return nil
		}
		_, err := fmt.Fprint(a.env.Stdout, text)
		return err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return usage("%v", err)
	}
	old, err := os.ReadFile(path)
	switch {
	case err == nil && !hasPrefix(old, configMark):
		return usage("%s was not made by spot-tui, so it is not written over; name another file", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return usage("%v", err)
	}
	if err := os.WriteFile(path, []byte(configMark+text), 0o600); err != nil {
		return usage("%v", err)
	}
	if a.flags.json {
		a.printResult(result{Fleet: s.spec.Name, Errors: []jsonError{}, Path: path})
		return nil
	}
	fmt.Fprintf(a.env.Stderr, "%s written for %s; put this line at the top of your ssh config: Include %s\n", path, counted(len(ids), "instance"), path)
	return nil
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }
