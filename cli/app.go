package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
	"spot-tui/tui/theme"
)

// flags are those that every verb has.
type flags struct {
	config   string
	fleet    string
	profile  string
	regions  string
	json     bool
	yes      bool
	readOnly bool
	plain    bool
	anyOwner bool
	logLevel string
	demo     string
	theme    string
	ascii    bool
}

// steering are the flags that say which fleet is meant, as they were given: what
// makes another command line about the same fleet.
func (a *app) steering() []string {
	f := a.flags
	words := []string{"spot-tui"}
	for _, g := range [][2]string{{"--config", f.config}, {"--fleet", f.fleet}, {"--profile", f.profile}, {"--regions", f.regions}, {"--demo", f.demo}} {
		if g[1] != "" {
			words = append(words, g[0]+"="+g[1])
		}
	}
	if f.anyOwner {
		words = append(words, "--any-owner")
	}
	return words
}

// app is one run of the program.
type app struct {
	env       Env
	sig       *signals
	flags     flags
	fleetName fleet.Name // for the final JSON object
	ran       bool       // a verb has started: its errors are not about usage
	verbPath  string     // "spot-tui list"
}

// root builds the command tree.
func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "spot-tui",
		Short: "Run fleets of AWS spot instances from one screen",
		Long: `Run fleets of AWS spot instances from one screen.

Without a verb the full-screen program starts. Every action is also a verb, for
scripts. --demo uses a simulated cloud inside the program: no account, no cost.`,
		Example: `  spot-tui --demo              # the whole thing, on a simulated cloud
  spot-tui setup --defaults    # write ./config.toml
  spot-tui create --yes        # launch and provision the fleet
  spot-tui exec -- uptime      # run a command on every ready instance
  spot-tui destroy --yes       # end everything, with a receipt`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          a.verb(a.runTUI),
	}
	f := c.PersistentFlags()
	f.StringVar(&a.flags.config, "config", "", "config file (default: $SPOT_TUI_CONFIG, ./config.toml, the XDG config folder)")
	f.StringVar(&a.flags.fleet, "fleet", "", "fleet name, instead of the config's")
	f.StringVar(&a.flags.profile, "profile", "", "the AWS profile, instead of the config's or $AWS_PROFILE")
	f.StringVar(&a.flags.regions, "regions", "", "regions, comma-separated, instead of the config's")
	f.BoolVar(&a.flags.json, "json", false, "print JSON: one object per event, and a last one with the result")
	f.BoolVarP(&a.flags.yes, "yes", "y", false, "do it without asking")
	f.BoolVar(&a.flags.readOnly, "read-only", false, "refuse everything that changes AWS or an instance")
	f.BoolVar(&a.flags.plain, "plain", false, "plain lines: no colour, no full screen")
	f.StringVar(&a.flags.theme, "theme", "", "the screen's theme, instead of the config's: auto, dark, light, high-contrast or mono")
	f.BoolVar(&a.flags.ascii, "ascii", false, "draw the screen with ASCII only")
	f.BoolVar(&a.flags.anyOwner, "any-owner", false, "also steer a fleet of another owner")
	f.StringVar(&a.flags.logLevel, "log-level", "", "level of the log file: debug, info, warn or error (default info; SPOT_DEBUG=1: debug)")
	f.StringVar(&a.flags.demo, "demo", "", "use a simulated cloud inside the program: empty, running, or a scenario file")
	f.Lookup("demo").NoOptDefVal = "default"
	c.AddCommand(
		a.setupCmd(), a.validateCmd(), a.planCmd(), a.pricesCmd(), a.createCmd(), a.listCmd(), a.destroyCmd(), a.nukeCmd(),
		a.scaleCmd(), a.lockCmd(), a.unlockCmd(), a.capacityCmd(), a.replaceCmd(), a.moveCmd(),
		a.execCmd(), a.uploadCmd(), a.fetchCmd(), a.provisionCmd(), a.logsCmd(), a.forwardCmd(), a.explainCmd(), a.detailsCmd(), a.sshCmd(), a.shellsCmd(), a.sshConfigCmd(), a.waitCmd(), a.randomIPCmd(), a.eventsCmd(), a.costCmd(), a.simulateCmd(),
		a.iamPolicyCmd(), a.doctorCmd(), a.generateCmd(), a.readmeCmd(), a.keysCmd(), a.completionCmd(), a.manCmd(), a.versionCmd(),
	)
	c.AddCommand(a.cleanupCmd())
	if a.named() {
		nameKeys(c)
	}
	completeWords(c, "log-level", "debug", "info", "warn", "error")
	completeWords(c, "theme", theme.Names()...)
	completeWords(c, "demo", "empty", "running")
	c.CompletionOptions.DisableDefaultCmd = true
	return c
}

// named says whether a verb may be on the command line. The screen alone starts
// without asking what its keys are for the verbs' help.
func (a *app) named() bool {
	return slices.ContainsFunc(a.env.Args, func(w string) bool { return !strings.HasPrefix(w, "-") })
}

// completeWords lets a shell complete a flag's value from a list of words.
func completeWords(c *cobra.Command, flag string, words ...string) {
	// It fails only for a flag that does not exist, which the completion's test would show.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// verb wraps what a command does, so that errors after this point are not
// taken for mistakes on the command line.
func (a *app) verb(f func(c *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		a.ran, a.verbPath = true, c.CommandPath()
		if l := a.flags.logLevel; l != "" {
			if _, err := parseLevel(l); err != nil {
				return usage("--log-level: %s is not one of debug, info, warn, error", l)
			}
		}
		switch a.flags.demo {
		case "", "default", "empty", "running":
		default:
			if _, err := os.Stat(a.flags.demo); err != nil {
				return usage("--demo=%s: there is no such scenario; use empty, running or a scenario file", a.flags.demo)
			}
		}
		return f(c, args)
	}
}

// confirmed says whether a change may go on: --yes, or a person who agrees.
func (a *app) confirmed(question, want string) error {
	if a.flags.yes {
		return nil
	}
	if !isTerminal(a.env.Stdin) || a.flags.json {
		return usage("this changes AWS and no terminal is there to ask; say --yes")
	}
	if err := a.ask(question, want); err != nil {
		return err
	}
	return nil
}

// regionList splits --regions.
func regionList(s string) []fleet.Region {
	var rs []fleet.Region
	for _, r := range strings.Split(s, ",") {
		if r = strings.TrimSpace(r); r != "" {
			rs = append(rs, fleet.Region(r))
		}
	}
	return rs
}
