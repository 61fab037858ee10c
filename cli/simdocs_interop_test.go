//go:build interop

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"spot-tui/sim"
)

// TestInteropSimulationPage runs every command of docs/simulation.md in its
// order, in one shell, against a served cloud; each must succeed, and none may
// be refused by the control endpoint but the one that names no real instance.
func TestInteropSimulationPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/simulation.md")
	if err != nil {
		t.Fatal(err)
	}
	cl := startCloud(t, "0.02")
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	n := 0
	for line := range strings.Lines(string(text)) {
		command, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		if !ok || strings.HasPrefix(command, "spot-tui simulate") || strings.HasPrefix(command, " ") {
			continue // the cloud runs already
		}
		if strings.HasPrefix(command, "export AWS_ENDPOINT_URL") || strings.HasPrefix(command, "E=") {
			continue // its address is another one here
		}
		script.WriteString("echo; echo '+ '" + shellWord(command) + "\n" + command + "\n")
		n++
	}
	if n < 25 {
		t.Fatalf("only %d commands were found", n)
	}
	p := newProgram(t)
	c := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	c.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_CONFIG_FILE=" + filepath.Join(p.home, "none"),
		"E=" + strings.TrimSuffix(cl.control, "/"),
	}, cl.env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for part := range strings.SplitSeq(out.String(), "\n+ ") {
		if strings.Contains(part, `"error":`) && !strings.Contains(part, "i-0123456789abcdef0") && !strings.Contains(part, `"instance": "any"`) {
			t.Errorf("refused: %s", part)
		}
	}
}

func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// TestInteropSimulationPageScenario reads the page's scenario file.
func TestInteropSimulationPageScenario(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/simulation.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```toml\n")
	file, _, ok := strings.Cut(rest, "```")
	if s, err := sim.ReadScenario(file); !ok || err != nil || len(s.Steps) != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}
