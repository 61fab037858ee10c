package cli

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
)

// page prints a text that a person pipes somewhere; with --json it is the
// result's text.
func (a *app) page(text string) error {
	if a.flags.json {
		a.printResult(result{Text: text})
		return nil
	}
	a.printf("%s\n", strings.TrimRight(text, "\n"))
	return nil
}

// shells write a completion script for each shell that cobra knows.
func shells() map[string]func(*cobra.Command, io.Writer) error {
	return map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, true) },
		"zsh":        (*cobra.Command).GenZshCompletion,
		"fish":       func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, true) },
		"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
	}
}

func (a *app) completionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script with which a shell completes our command lines",
		Example: `  source <(spot-tui completion bash)
  spot-tui completion zsh > "${fpath[1]}/_spot-tui"
  spot-tui completion fish > ~/.config/fish/completions/spot-tui.fish`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: a.verb(func(c *cobra.Command, args []string) error {
			write, ok := shells()[args[0]]
			if !ok {
				return usage("there is no completion for %q; name bash, zsh, fish or powershell", args[0])
			}
			var b strings.Builder
			if err := write(c.Root(), &b); err != nil {
				return fmt.Errorf("write the completion script: %w", err)
			}
			return a.page(b.String())
		}),
	}
}

func (a *app) manCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page, for man to show",
		Example: `  spot-tui man > ~/.local/share/man/man1/spot-tui.1`,
		Args:    cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			text, err := manual(c.Root())
			if err != nil {
				return err
			}
			return a.page(text)
		}),
	}
}

// manual makes the manual page of the whole program.
func manual(root *cobra.Command) (string, error) {
	root.Long = paragraphs(root.Long)
	p, err := mango.NewManPage(1, root)
	if err != nil {
		return "", fmt.Errorf("write the manual page: %w", err)
	}
	codes := make([]string, 0, len(exitWords()))
	for code, words := range exitWords() {
		codes = append(codes, fmt.Sprintf("%d: %s.", code, words))
	}
	p = p.WithSection("Exit status", strings.Join(codes, "\n")+"\n130, 143 and 129: ended by SIGINT, SIGTERM and SIGHUP.")
	// The builder puts two hyphens before the short form too.
	return regexp.MustCompile(`\\fB--(\w) --`).ReplaceAllString(p.Build(roff.NewDocument()), `\fB-$1 --`), nil
}

// paragraphs joins the lines of each paragraph: a manual page breaks its own.
func paragraphs(text string) string {
	ps := strings.Split(text, "\n\n")
	for i := range ps {
		ps[i] = strings.ReplaceAll(ps[i], "\n", " ")
	}
	return strings.Join(ps, "\n\n")
}

// exitWords explains the exit codes, by code.
func exitWords() []string {
	return []string{
		exitDone:    "done",
		exitFailed:  "failed, or nothing of what was asked was done",
		exitUsage:   "usage, config, or --yes missing without a terminal",
		exitPartial: "partly done: a short launch, some hosts failed, something is left, a wait's time was over",
		exitAuth:    "credentials or permission",
		exitGuard:   "refused by a guard: what the fleet may cost, a lock, protected account, foreign owner, read-only",
	}
}
