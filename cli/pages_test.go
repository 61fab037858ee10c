package cli

import (
	"slices"
	"strings"
	"testing"

	"spot-tui/tui"
)

func TestKeysAreThoseOfTheScreen(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	keys := p.must(0, "keys", "--json").result(t).Keys
	if rows := strings.Count(tui.KeysPage(), "\n| `"); len(keys) != rows {
		t.Fatalf("%d keys, the screen's page has %d rows", len(keys), rows)
	}
	at := slices.IndexFunc(keys, func(k jsonKey) bool { return k.Place == "Fleet screen" && slices.Contains(k.Keys, "D") })
	if at < 0 || keys[at].Risk != "destroys" || !strings.HasPrefix(keys[at].What, "destroy the row") {
		t.Errorf("D on the fleet screen: %+v", keys)
	}
	for _, k := range keys {
		if k.Place == "" || k.What == "" || k.Risk == "" || slices.Contains(k.Keys, "") || strings.Contains(k.What+k.Risk, " |") {
			t.Errorf("a row was read badly: %+v", k)
		}
	}
	text := p.must(0, "keys").stdout
	if !strings.Contains(text, "Fleet screen\n  Enter d") || strings.ContainsAny(text, "`|\x1b") {
		t.Errorf("keys: %s", text)
	}
}

func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	for shell, mark := range map[string]string{"bash": "complete -o default", "zsh": "#compdef spot-tui", "fish": "complete -c spot-tui", "powershell": "Register-ArgumentCompleter"} {
		if out := p.must(0, "completion", shell).stdout; !strings.Contains(out, mark) {
			t.Errorf("completion %s has no %q", shell, mark)
		}
	}
	p.must(exitUsage, "completion", "tcsh")
	p.must(exitUsage, "completion")
	// What the scripts ask when a person presses Tab.
	if out := p.must(0, "__complete", "de").stdout; !strings.Contains(out, "destroy\t") {
		t.Errorf("de + Tab: %q", out)
	}
	if out := p.must(0, "__complete", "completion", "").stdout; !strings.Contains(out, "powershell") {
		t.Errorf("completion + Tab: %q", out)
	}
	if out := p.must(0, "__complete", "list", "--log-level", "").stdout; !strings.Contains(out, "debug") {
		t.Errorf("--log-level + Tab: %q", out)
	}
	if j := p.must(0, "completion", "bash", "--json").result(t); !strings.Contains(j.Text, "complete -o default") {
		t.Errorf("completion --json: %q", j.Text)
	}
}

func TestManualPage(t *testing.T) {
	t.Parallel()
	out := newProgram(t).must(0, "man").stdout
	for _, want := range []string{".TH SPOT", ".SH NAME", "destroy", "--demo", `\fB-y --yes`, "EXIT STATUS", "5: refused by a guard", "Every action is also a verb, for scripts"} {
		if !strings.Contains(strings.NewReplacer(`\-`, "-", `\&`, "").Replace(out), want) {
			t.Errorf("the manual page has no %q", want)
		}
	}
}

// The help of a verb that the full screen has too says by which key.
func TestVerbsNameTheirKeys(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	names := tui.ActionNames()
	for verb, action := range onScreen() {
		if !slices.Contains(names, action) {
			t.Errorf("%s: the screen has no action %s", verb, action)
		}
		if out := p.must(0, verb, "--help").stdout; !strings.Contains(out, "On the full screen: ") {
			t.Errorf("%s --help names no key:\n%s", verb, out)
		}
	}
	if out := p.must(0, "exec", "--help").stdout; !strings.Contains(out, "On the full screen: x\n") {
		t.Errorf("%s", out)
	}
}

// A person's own keys are listed in their place, and validate refuses what can't
// be one, with its line.
func TestOwnKeys(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.setup("keyed", "# details = [\"Enter\", \"d\", \"F3\"]", "details = \"F3\"")
	if out := p.must(0, "keys").stdout; !strings.Contains(out, "  F3 ") || strings.Contains(out, "Enter d") {
		t.Errorf("the own key is not listed:\n%s", out)
	}
	p = newProgram(t)
	p.setup("keyed", "# details = [\"Enter\", \"d\", \"F3\"]", "destroy = \"d\"")
	r := p.must(exitUsage, "validate")
	if !strings.Contains(r.stderr, "keys.destroy: what destroys is on an upper-case letter or a sign only") {
		t.Errorf("validate says %q", r.stderr)
	}
	r = p.must(0, "keys")
	if !strings.Contains(r.stderr, "these are the keys without it") || !strings.Contains(r.stdout, "Enter d") {
		t.Errorf("with a config that can't be used: %q, %q", r.stderr, r.stdout)
	}
}
