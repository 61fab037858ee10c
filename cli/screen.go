package cli

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"spot-tui/config"
	"spot-tui/tui"
)

// How much garbage the collector lets come together, in percent of what lives. Go's
// own is 100.
const (
	// A screen stays open for hours beside other programs and makes little garbage,
	// so that a small program costs hardly any time.
	screenGC = 25
	// Until its first frames are drawn it makes much, and is small: up to 20 MB, and
	// no collection on the way. That is a third of the time to the first frame.
	startGC   = 400
	startTime = 300 * time.Millisecond
)

// runTUI starts the full-screen program.
func (a *app) runTUI(c *cobra.Command, _ []string) error {
	typed := isTerminal(a.env.Stdout) && isTerminal(a.env.Stdin)
	plain := a.flags.plain
	if !plain && typed && a.env.Getenv("TERM") == "dumb" {
		plain = true
		fmt.Fprintln(a.env.Stdout, "This terminal (TERM=dumb) can't show the full screen: spot-tui goes line by line, as with --plain.")
	}
	if a.flags.json || !plain && !typed {
		return usage("the full screen needs a terminal; --plain goes line by line without one, and `spot-tui help` lists the verbs for scripts")
	}
	if _, err := a.themeName(""); err != nil {
		return err
	}
	if a.env.Getenv("GOGC") == "" {
		debug.SetGCPercent(startGC)
		defer time.AfterFunc(startTime, func() { debug.SetGCPercent(screenGC) }).Stop()
	}
	go ansi.StringWidthWc("─") // makes its table of widths, which the first frame needs, beside what follows
	s, err := a.open(need{provision: true, empty: true, screen: true})
	if err != nil {
		return err
	}
	defer s.shut()
	s.engine.Start()
	ui := s.file.UI()
	look, err := a.themeName(ui.Theme)
	if err != nil {
		return err
	}
	run := tui.RunPlain
	var stop tui.Stops
	if !plain { // the terminal of lines is never another than the shell's
		var end func()
		run = tui.Run
		stop, end = newStops(a.env.Stdin)
		defer end()
	}
	x, err := run(c.Context(), tui.Options{
		Face: s.face(), Name: s.spec.Name, Version: buildVersion().Version, Demo: s.demo != nil, ReadOnly: a.flags.readOnly,
		NoColor: a.env.Getenv("NO_COLOR") != "", Theme: look, Keys: s.file.Keys(), Mouse: ui.Mouse, ASCII: ui.ASCII || a.flags.ascii || narrowLocale(a.env.Getenv),
		Program: a.steering(), Calls: s.calls.Calls,
		Config: s.configFile(), Offer: s.offer(), Notify: notifier(ui.Notify, a.env.Getenv), Pager: pager(a.env.Getenv),
		View: s.view(), SaveView: s.saveView,
		Panes: func(ctx context.Context, titles, lines []string) ([]string, error) {
			return panes(ctx, a.env.Getenv("TMUX") != "", titles, lines)
		},
		Input: a.env.Stdin, Output: a.env.Stdout, Typed: typed, Stops: stop,
	})
	if err != nil {
		return err
	}
	for _, l := range x.Summary {
		fmt.Fprintln(a.env.Stdout, l)
	}
	return nil
}

// offer is what a plan can choose from: what the config names, and every image.
func (s *session) offer() tui.Offer {
	o := tui.Offer{Regions: s.spec.Regions, Types: slices.Clone(s.spec.Types), Images: config.Images()}
	for _, r := range s.spec.Regions {
		for _, t := range r.Types {
			if !slices.Contains(o.Types, t) {
				o.Types = append(o.Types, t)
			}
		}
	}
	return o
}

// notifier is what the config says, or what the terminal is known to have.
func notifier(word string, getenv func(string) string) tui.Notifier {
	switch word {
	case "bell":
		return tui.NotifyBell
	case "off":
		return tui.NotifyOff
	}
	return tui.NotifierFor(getenv)
}
