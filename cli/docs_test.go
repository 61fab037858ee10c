package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/fleet"
)

func cliPage(t *testing.T) string {
	t.Helper()
	return docsPage(t, "cli.md")
}

func docsPage(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks gives the example lines of a page, by block.
func blocks(page string) [][]string {
	var all [][]string
	for _, part := range strings.Split(page, "\n```sh\n")[1:] {
		text, _, _ := strings.Cut(part, "\n```")
		all = append(all, strings.Split(text, "\n"))
	}
	return all
}

// Every example line of docs/cli.md is run, in its order, in one folder and on
// one cloud, and ends well.
func TestEveryExampleOfThePageRuns(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.02")
	p := newProgram(t)
	p.env = cl.env
	if n := p.examples(cliPage(t)); n < 50 {
		t.Errorf("the page has %d example lines; where are the others?", n)
	}
	if left := cl.instances(); left != 0 {
		t.Errorf("the examples leave %d instances behind", left)
	}
}

// The same for docs/troubleshooting.md, on a fleet that is there.
func TestEveryLineOfTheTroubleshootingRuns(t *testing.T) {
	t.Parallel()
	p, cl, _ := threeReady(t)
	if n := p.examples(docsPage(t, "troubleshooting.md")); n < 15 {
		t.Errorf("the page has %d lines; where are the others?", n)
	}
	if left := cl.instances(); left != 0 {
		t.Errorf("the lines leave %d instances behind", left)
	}
}

// What the page says that explain says, explain does say.
func TestTheTroubleshootingNamesWhatExplainNames(t *testing.T) {
	t.Parallel()
	page := docsPage(t, "troubleshooting.md")
	p, _, ids := threeReady(t)
	checks := p.must(0, "explain", "--json", ids[0]).result(t).Explained.Checks
	for _, c := range checks {
		if c.What != "set up" && !strings.Contains(page, "`"+c.What+"`") {
			t.Errorf("the page does not say what to do about %q", c.What)
		}
	}
	if len(checks) < 10 {
		t.Errorf("explain looks at %d things", len(checks))
	}
}

// examples runs the example lines of a page, and counts them.
func (p *program) examples(page string) int {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	bin := p.t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "spot-tui")); err != nil {
		p.t.Fatal(err)
	}
	n := 0
	for _, lines := range blocks(page) {
		for _, line := range lines {
			n++
			if dir, ok := strings.CutPrefix(line, "cd "); ok {
				p.dir = filepath.Join(p.dir, dir)
				continue
			}
			if strings.Contains(line, "i-0123456789abcdef0") { // the page can't know our ids
				is := p.must(0, "list", "--json", "--filter", "ready").result(p.t).Instances
				line = strings.ReplaceAll(line, "i-0123456789abcdef0", string(is[0].ID))
			}
			p.shell(p.t, bin, line)
		}
	}
	return n
}

// shell runs a line as a person would, with us on the PATH.
func (p *program) shell(t testing.TB, bin, line string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := p.command(ctx)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	c.Path, c.Args = sh, []string{"sh", "-c", line}
	c.Env = append(c.Env, "PATH="+bin+":"+os.Getenv("PATH"))
	if r := p.exec(c); r.code != 0 {
		t.Fatalf("%s: exit %d\nstdout: %s\nstderr: %s", line, r.code, r.stdout, r.stderr)
	}
}

// verbs lists the commands that a person sees.
func verbs() []*cobra.Command {
	return slices.DeleteFunc((&app{}).root().Commands(), func(c *cobra.Command) bool { return c.Hidden || c.Name() == "help" })
}

func TestThePageHasEveryVerbFlagFieldAndName(t *testing.T) {
	t.Parallel()
	page := cliPage(t)
	var want []string
	for _, c := range verbs() {
		want = append(want, c.Name())
	}
	var have []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)[^`]*` \\|").FindAllStringSubmatch(page[:strings.Index(page, "Everywhere:")], -1) {
		have = append(have, m[1])
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("the page has the verbs\n%v, the program\n%v", have, want)
	}
	everywhere := regexp.MustCompile("`--([a-z-]+)").FindAllString(page, -1)
	for _, f := range []string{"config", "fleet", "profile", "regions", "json", "yes", "read-only", "plain", "any-owner", "log-level", "demo"} {
		if (&app{}).root().PersistentFlags().Lookup(f) == nil || !slices.Contains(everywhere, "`--"+f) {
			t.Errorf("--%s is missing on the page or in the program", f)
		}
	}
	names := reflect.TypeFor[result]()
	for i := range names.NumField() {
		name, _, _ := strings.Cut(names.Field(i).Tag.Get("json"), ",")
		if !strings.Contains(page, "| `result."+name+"`") && !strings.Contains(page, "| `result."+name+"[]`") {
			t.Errorf("the page does not explain result.%s", name)
		}
	}
	for _, f := range fleet.FilterFields() {
		if !strings.Contains(page, "`"+f+"`") {
			t.Errorf("the page does not name the filter's field %s", f)
		}
	}
	for _, k := range eventKinds() {
		if !strings.Contains(page, string(k)) {
			t.Errorf("the page does not name the events %q", k)
		}
	}
	for code, words := range exitWords() {
		if row := fmt.Sprintf("\n| %d | %s |", code, words); !strings.Contains(strings.ReplaceAll(page, "`--yes`", "--yes"), row) {
			t.Errorf("the page has no row %q", row)
		}
	}
}

// The examples in the help must at least be understood.
func TestTheExamplesOfTheHelpAreUnderstood(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, c := range append(verbs(), (&app{}).root()) {
		for line := range strings.Lines(c.Example) {
			at := strings.Index(line, "spot-tui")
			if at < 0 {
				t.Errorf("%s: an example without us: %q", c.Name(), line)
				continue
			}
			words := exampleWords(line[at+len("spot-tui"):])
			root := (&app{}).root() // flags are set once only
			found, rest, err := root.Find(words)
			if err == nil {
				err = found.ParseFlags(rest)
			}
			if err == nil {
				err = found.ValidateArgs(found.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: the example %q is read as %s %q: %v", c.Name(), line, found.Name(), rest, err)
			}
			seen++
		}
	}
	if seen < 15 {
		t.Errorf("only %d examples were seen", seen)
	}
}

// exampleWords splits like a shell, up to what is no longer ours.
func exampleWords(s string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(s, -1) {
		closed, _, end := strings.Cut(m, ")")
		if m == ">" || strings.HasPrefix(m, "#") {
			break
		}
		if strings.HasPrefix(m, `"`) {
			words = append(words, strings.Trim(m, `"`))
			continue
		}
		words = append(words, closed)
		if end { // of $(spot-tui …)
			break
		}
	}
	return words
}
