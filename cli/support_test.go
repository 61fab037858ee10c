package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spot-tui/fleet"
)

// beMain makes this test binary behave as spot-tui, so that tests run the real
// program in processes of its own without building it again.
const beMain = "SPOT_TUI_TEST_BE_MAIN"

// beShell makes it a shell with one job (jobshell_test.go).
const beShell = "SPOT_TUI_TEST_BE_SHELL"

func TestMain(m *testing.M) {
	if os.Getenv(beShell) != "" {
		os.Exit(shellMain())
	}
	if os.Getenv(beMain) != "" {
		os.Exit(Main(System("")))
	}
	os.Exit(m.Run())
}

// program is spot-tui with a home of its own and, if set, a cloud.
type program struct {
	t    testing.TB
	home string
	dir  string // working directory
	env  []string
	self string // the binary; empty: this one
}

func newProgram(t testing.TB) *program {
	t.Helper()
	return &program{t: t, home: t.TempDir(), dir: t.TempDir()}
}

// command prepares one run with a clean environment.
func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	p.t.Helper()
	self := p.self
	if self == "" {
		var err error
		if self, err = os.Executable(); err != nil {
			p.t.Fatal(err)
		}
	}
	c := exec.CommandContext(ctx, self, args...)
	c.Dir = p.dir
	c.Env = append([]string{
		beMain + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + p.home, "TMPDIR=" + os.TempDir(), "TERM=xterm-256color",
		"SPOT_TUI_HOME=" + filepath.Join(p.home, "spot"), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"),
	}, p.env...)
	return c
}

// ran is how one run ended.
type ran struct {
	code           int
	stdout, stderr string
}

func (p *program) run(args ...string) ran {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 3*time.Minute)
	defer cancel()
	return p.exec(p.command(ctx, args...))
}

func (p *program) exec(c *exec.Cmd) ran {
	p.t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var x *exec.ExitError
	if err != nil && !errors.As(err, &x) {
		p.t.Fatalf("%v: %v", c.Args[1:], err)
	}
	return ran{code: c.ProcessState.ExitCode(), stdout: out.String(), stderr: errs.String()}
}

// must runs and wants an exit code.
func (p *program) must(code int, args ...string) ran {
	p.t.Helper()
	r := p.run(args...)
	if r.code != code {
		p.t.Fatalf("spot-tui %s: exit %d, want %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), r.code, code, r.stdout, r.stderr)
	}
	return r
}

// result decodes the last line of --json output.
func (r ran) result(t testing.TB) result {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	var last struct {
		Result *result `json:"result"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Result == nil {
		t.Fatalf("the last line is no result (%v): %s\nstderr: %s", err, r.stdout, r.stderr)
	}
	return *last.Result
}

// setup writes a config with a fleet name, target and whatever else is to be
// replaced in it (old, new, old, new…).
func (p *program) setup(name string, replace ...string) {
	p.t.Helper()
	p.must(0, "setup", "--defaults", "--fleet", name)
	path := filepath.Join(p.dir, "config.toml")
	b, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	text := string(b)
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			p.t.Fatalf("the config has no %q:\n%s", replace[i], text)
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// cloud is a simulated cloud in a process of its own.
type cloud struct {
	t       *testing.T
	control string
	env     []string
}

// startCloud serves a simulated cloud until the test ends.
func startCloud(t *testing.T, scale string) *cloud {
	t.Helper()
	p := newProgram(t)
	ctx, cancel := context.WithCancel(context.Background())
	c := p.command(ctx, "simulate", "--listen", "127.0.0.1:0", "--json", "--scale", scale)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 5 * time.Second
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := c.Wait(); err != nil && c.ProcessState.ExitCode() != 130 {
			t.Errorf("simulate ended badly: %v\n%s", err, errs.String())
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("simulate said nothing: %v\n%s", err, errs.String())
	}
	var s served
	if err := json.Unmarshal(line, &s); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	cl := &cloud{t: t, control: s.Control}
	for k, v := range s.Env {
		cl.env = append(cl.env, k+"="+v)
	}
	return cl
}

// ask calls the control endpoint and decodes the answer into to, if not nil.
func (c *cloud) ask(method, path string, body, to any) {
	c.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(c.t.Context(), method, c.control+path, in)
	if err != nil {
		c.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		c.t.Fatalf("%s %s: %s %v %s", method, path, res.Status, err, b)
	}
	if to != nil {
		if err := json.Unmarshal(b, to); err != nil {
			c.t.Fatalf("%s %s: %v: %s", method, path, err, b)
		}
	}
}

// patience is how long a test waits for what another process does before it says that it
// never comes. It is no promise of speed: a machine may be busy, and a program
// under the race detector is ten times slower.
const patience = 2 * time.Minute

// eventually asks until it is true, or fails the test.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

func count[T any](list []T, is func(T) bool) int {
	n := 0
	for _, v := range list {
		if is(v) {
			n++
		}
	}
	return n
}

func isReady(i jsonInstance) bool { return i.Stage == fleet.StageReady }

func describe(rs []jsonError) string {
	var b strings.Builder
	for _, e := range rs {
		fmt.Fprintf(&b, "%s %s: %s\n", e.Kind, e.Region, e.Message)
	}
	return b.String()
}

// resource is a thing that exists in the world.
type resource struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Region string `json:"region"`
}

func (c *cloud) resources() []resource {
	c.t.Helper()
	var inv struct {
		Resources []resource `json:"resources"`
	}
	c.ask("GET", "inventory", nil, &inv)
	return inv.Resources
}

// inventory is everything that exists in the world, whatever tags it has.
func (c *cloud) inventory() string {
	c.t.Helper()
	return fmt.Sprint(c.resources())
}

// instances counts the instances that exist in the world.
func (c *cloud) instances() int {
	c.t.Helper()
	return count(c.resources(), func(r resource) bool { return r.Kind == "instance" })
}

// held counts the answers that are kept back.
func (c *cloud) held() int {
	c.t.Helper()
	var h struct {
		Held []struct{} `json:"held"`
	}
	c.ask("GET", "held", nil, &h)
	return len(h.Held)
}

// mutatingCalls counts the calls so far that changed something.
func (c *cloud) mutatingCalls() int {
	c.t.Helper()
	var log struct {
		Calls []struct {
			Mutating bool   `json:"mutating"`
			DryRun   bool   `json:"dry_run"`
			Code     string `json:"code"`
		} `json:"calls"`
	}
	c.ask("GET", "calls", nil, &log)
	n := 0
	for _, call := range log.Calls {
		if call.Mutating && !call.DryRun && call.Code == "" {
			n++
		}
	}
	return n
}
