package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// world is a simulated cloud in a process of its own, and a fleet's folder.
type world struct {
	program string
	dir     string
	env     []string
	cloud   *exec.Cmd
	url     string
}

// scale shortens the cloud's times: a launch takes some seconds, and an
// interrupted instance lives long enough for its picture.
const scale = "0.25"

func newWorld(ctx context.Context, dir, program string) (*world, error) {
	w := &world{program: program, dir: dir}
	w.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(), "SPOT_TUI_HOME=" + filepath.Join(dir, "home"),
		"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "TZ=UTC",
	}
	w.cloud = exec.CommandContext(ctx, program, "simulate", "--listen", "127.0.0.1:0", "--seed", "11", "--scale", scale)
	w.cloud.Env = w.env
	out, err := w.cloud.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.cloud.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for last := false; !last && lines.Scan(); {
		set, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "export ")
		if !ok {
			continue
		}
		w.env = append(w.env, set)
		if url, ok := strings.CutPrefix(set, "AWS_ENDPOINT_URL="); ok {
			w.url = url
		}
		last = strings.HasPrefix(set, "SPOT_TUI_SSH_JUMP=")
	}
	if w.url == "" {
		w.close()
		return nil, fmt.Errorf("the simulated cloud did not start")
	}
	return w, w.setup(ctx)
}

// setup writes the fleet's folder.
func (w *world) setup(ctx context.Context) error {
	c := exec.CommandContext(ctx, w.program, "setup", "--defaults", "--fleet", "sensors") //nolint:gosec // the program that we built
	c.Dir, c.Env = w.dir, w.env
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("setup: %w: %s", err, out)
	}
	path := filepath.Join(w.dir, "config.toml")
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(b)
	for _, change := range [][2]string{
		{"target = 3", "target = 14"},
		{`instance_types = ["t3.medium", "t3a.medium", "m6i.large", "c6i.large"]`, `instance_types = ["t3.medium", "t4g.medium", "m6i.large", "c7g.large"]`},
		{"[[region]]\nname = \"us-east-1\"\n", "[[region]]\nname = \"us-east-1\"\n[[region]]\nname = \"eu-central-1\"\n[[region]]\nname = \"ap-southeast-2\"\n"},
		{"[[region]]\nname = \"eu-west-1\"\n", "[[region]]\nname = \"eu-west-1\"\ninstance_types = [\"m6i.large\"]\n"},
		{"# setup = \"setup.sh\"", "setup = \"setup.sh\""},
		{"# ssh_timeout = \"5m\"", "ssh_timeout = \"20s\""},
	} {
		if !strings.Contains(text, change[0]) {
			return fmt.Errorf("the config has no %q", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	setup := "echo installing the sensor generator\nsleep 2\necho sensor-generator 1.4.2 is active\n"
	return firstError(os.WriteFile(path, []byte(text), 0o600), os.WriteFile(filepath.Join(w.dir, "setup.sh"), []byte(setup), 0o600))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fault makes a bad moment in the cloud.
func (w *world) fault(ctx context.Context, body string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/_control/faults", bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("fault %s: %s", body, a.Status)
	}
	return nil
}

func (w *world) close() {
	_ = w.cloud.Process.Kill() // it holds nothing
	_ = w.cloud.Wait()
}

// take plays a scene and writes its picture.
func (w *world) take(ctx context.Context, s scene, to string) error {
	p, theme := dark(), "dark"
	if s.light {
		p, theme = light(), "light"
	}
	cmd := exec.CommandContext(ctx, w.program, "--theme", theme) //nolint:gosec // the program that we built
	cmd.Dir, cmd.Env = w.dir, w.env
	t, err := open(cmd, s.cols, s.rows, p.back)
	if err != nil {
		return err
	}
	defer t.close()
	for _, step := range s.steps {
		if err := play(ctx, w, t, step); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return os.WriteFile(filepath.Join(to, s.name+".svg"), []byte(draw(t.emu, p, s.title)), 0o644) //nolint:gosec // pictures are for everyone
}

// play does one step.
func play(ctx context.Context, w *world, t *terminal, s step) error {
	if s.fault != "" {
		if err := w.fault(ctx, s.fault); err != nil {
			return err
		}
	}
	if err := t.types(ctx, s.keys...); err != nil {
		return err
	}
	if s.twice {
		if err := t.sees(ctx, s.sees...); err != nil {
			return err
		}
	}
	return t.sees(ctx, s.sees...)
}
