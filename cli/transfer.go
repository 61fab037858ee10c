package cli

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

func (a *app) uploadCmd() *cobra.Command {
	var h hostFlags
	var file fleet.FileSpec
	var mode string
	c := &cobra.Command{
		Use:   "upload SOURCE TARGET",
		Short: "Copy a file or folder to the ready instances, and verify it there",
		Long: `Copy a file or folder to the ready instances, and verify it there. It is read
from disk once for all of them, and compressed where that pays; an instance that
has exactly the same already gets nothing.

A folder's content goes into TARGET; a file goes to TARGET, or into it if it is a
folder there or ends with "/". Relative paths start at the login's home.`,
		Example: `  spot-tui upload app app
  spot-tui upload --mode 0644 --owner root:root nginx.conf /etc/nginx/nginx.conf`,
		Args: cobra.ExactArgs(2),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			var err error
			if file.Source, err = filepath.Abs(args[0]); err != nil {
				return usage("%v", err)
			}
			if _, err := os.Stat(file.Source); err != nil {
				return usage("%v", err)
			}
			if file.Mode, err = parseMode(mode); err != nil {
				return err
			}
			file.Target = args[1]
			return a.onHosts(c, h, func(s *session, m *model, ids []fleet.InstanceID) error {
				run, err := s.engine.Upload(fleet.UploadRequest{Instances: ids, File: file, Limits: h.limits(), Parallel: h.parallel})
				return a.copied(c.Context(), s, m, run, err)
			})
		}),
	}
	h.add(c, time.Hour)
	f := c.Flags()
	f.StringVar(&mode, "mode", "", "mode of the files, in octal (default: as they are here)")
	f.StringVar(&file.Owner, "owner", "", `whose they are there, "user" or "user:group", by sudo (default: the login's)`)
	f.StringSliceVar(&file.Ignore, "ignore", nil, "what of a folder is left out, as in .gitignore")
	f.BoolVar(&file.Template, "template", false, "the file is a template that is filled in for each instance")
	f.BoolVar(&file.Secret, "secret", false, "only to instances whose host key is verified")
	return c
}

func parseMode(s string) (fs.FileMode, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 8, 32)
	if err != nil || n == 0 || n > 0o777 {
		return 0, usage("--mode: %q is no mode of a file; write it in octal, like 0644", s)
	}
	return fs.FileMode(n), nil
}

func (a *app) fetchCmd() *cobra.Command {
	var h hostFlags
	c := &cobra.Command{
		Use:   "fetch SOURCE FOLDER",
		Short: "Copy a file or folder from the ready instances, and verify it here",
		Long: `Copy a file or folder from the ready instances, and verify it here. Each
instance's lies in FOLDER/<instance id>/ under its own name, in place of what was
fetched there before.`,
		Example: `  spot-tui fetch /var/log/cloud-init-output.log logs
  spot-tui fetch --filter "stage:failed" --all ~/results results`,
		Args: cobra.ExactArgs(2),
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			to, err := filepath.Abs(args[1])
			if err != nil {
				return usage("%v", err)
			}
			return a.onHosts(c, h, func(s *session, m *model, ids []fleet.InstanceID) error {
				run, err := s.engine.Fetch(fleet.FetchRequest{Instances: ids, Source: args[0], Target: to, Limits: h.limits(), Parallel: h.parallel})
				return a.copied(c.Context(), s, m, run, err)
			})
		}),
	}
	h.add(c, time.Hour)
	return c
}

// copied waits for a copy, drawing how far it is where a person looks on.
func (a *app) copied(ctx context.Context, s *session, m *model, run *fleet.Run, err error) error {
	if err != nil {
		return err
	}
	if l := a.newLive(); l != nil {
		a.drawCopy(ctx, l, run)
	}
	snap, stopped := a.settle(ctx, run)
	if !a.flags.json {
		for _, h := range snap.Hosts {
			if h.Done && h.Err == nil {
				fmt.Fprintf(a.env.Stdout, "%s  %s", h.Instance, h.Output)
			}
		}
	}
	return told(a.ranOn(s, m, snap), stopped)
}

// drawCopy draws a line per instance that is at it, and one for all, until the
// run has ended.
func (a *app) drawCopy(ctx context.Context, l *live, run *fleet.Run) {
	for rev := uint64(0); ; {
		snap, err := run.Next(ctx, rev)
		if err != nil {
			return
		}
		rev = snap.Rev
		width, height := l.size()
		l.draw(copyLines(snap, max(1, width-1), max(1, height-2)), width)
		if snap.Done == len(snap.Hosts) {
			return
		}
		t := time.NewTimer(drawAtMost)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

// copyLines shows a copy: what moves, with its rate and the time that is left.
func copyLines(snap fleet.RunSnapshot, width, height int) []string {
	var lines []string
	var moved, size int64
	var rate float64
	for _, h := range snap.Hosts {
		moved, size = moved+h.Moved, size+max(0, h.Size)
		if h.Done || h.Phase != fleet.PhaseWorking {
			continue
		}
		rate += h.Rate()
		if len(lines) < height-1 {
			lines = append(lines, ansi.Truncate(string(h.Instance)+"  "+copyState(h), width, "…"))
		}
	}
	all := fmt.Sprintf("%d of %d done  %s", snap.Done, len(snap.Hosts), format.Bytes(moved))
	if size > 0 {
		all += " of " + format.Bytes(size)
	}
	if rate > 0 {
		all += "  " + format.Bytes(int64(rate)) + "/s"
	}
	return append(lines, ansi.Truncate(all, width, "…"))
}

func copyState(h fleet.HostResult) string {
	s := format.Bytes(h.Moved)
	if h.Size > 0 {
		s = fmt.Sprintf("%3d %%  %s of %s", 100*h.Moved/h.Size, s, format.Bytes(h.Size))
	}
	if rate := h.Rate(); rate > 0 {
		s += "  " + format.Bytes(int64(rate)) + "/s"
	}
	if left, ok := h.Left(); ok {
		s += "  " + format.Long(left) + " left"
	}
	return s
}
