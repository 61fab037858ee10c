package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestUploadWithOwnerModeAndIgnoreAndFetchBack(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	p.plant(map[string]string{"app/run.sh": "echo run\n", "app/debug.log": "x", "app/sub/data": "data\n", "secret": "s"})
	r := p.must(0, "upload", "--mode", "0640", "--owner", "root:root", "--ignore", "*.log", "app", "/opt/app")
	if !strings.Contains(r.stderr, "ok on 3 of 3") {
		t.Errorf("upload: %+v", r)
	}
	out := p.must(0, "exec", "--group", "--", "sudo stat -c '%a %U %n' /opt/app/run.sh /opt/app/sub/data; sudo ls /opt/app").stdout
	if !strings.Contains(out, "--- 3 instances, exit 0") || !strings.Contains(out, "640 root /opt/app/run.sh\n640 root /opt/app/sub/data\nrun.sh\nsub\n") {
		t.Errorf("what came there:\n%s", out)
	}
	j := p.must(0, "upload", "--json", "app", "plain").result(t)
	if len(j.Hosts) != 3 || j.Hosts[0].Bytes == nil || *j.Hosts[0].Bytes == 0 {
		t.Errorf("--json: %+v", j.Hosts)
	}
	if r := p.must(0, "upload", "app", "plain"); strings.Count(r.stdout, "  unchanged: 3 files") != 3 {
		t.Errorf("the same again: %+v", r)
	}
	if r := p.must(exitFailed, "upload", "--secret", "secret", "secret"); !strings.Contains(r.stderr, "not verified") {
		t.Errorf("a secret to a pinned host: %q", r.stderr)
	}
	for _, args := range [][]string{{"--mode", "rwx", "app", "x"}, {"--mode", "1777", "app", "x"}, {"none", "x"}} {
		p.must(exitUsage, append([]string{"upload"}, args...)...)
	}
	p.must(0, "fetch", "plain", "got")
	for _, id := range ids {
		if b, err := os.ReadFile(filepath.Join(p.dir, "got", id, "plain", "sub", "data")); err != nil || string(b) != "data\n" {
			t.Errorf("fetch of %s: %q %v", id, b, err)
		}
	}
	p.must(0, "exec", "--on", ids[0], "--", "rm -r plain")
	if r := p.must(exitPartial, "fetch", "plain", "got"); !strings.Contains(r.stderr, ids[0]+": ") {
		t.Errorf("one of three has none: %q", r.stderr)
	}
}

// started runs a verb that goes on until it is ended.
func (p *program) started(args ...string) (c *exec.Cmd, out *bufio.Reader, errs *bytes.Buffer) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	p.t.Cleanup(cancel)
	c = p.command(ctx, args...)
	errs = &bytes.Buffer{}
	c.Stderr = errs
	pipe, err := c.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	return c, bufio.NewReader(pipe), errs
}

// stopped ends it as Ctrl+C does, and gives what it still said and its exit code.
func stopped(t *testing.T, c *exec.Cmd, out *bufio.Reader) (string, int) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // the exit code says it
	return string(rest), c.ProcessState.ExitCode()
}

func TestLogsAreMergedAndEndWithCtrlC(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	p.must(0, "exec", "--", "printf 'old\\n' > app.log")
	c, out, errs := p.started("logs", "--file", "app.log", "--json", ids[0], ids[1])
	seen := map[string]string{}
	for len(seen) < 2 {
		line, err := out.ReadBytes('\n')
		if err != nil {
			t.Fatalf("%v: %s", err, errs.String())
		}
		var l struct{ Event, Instance, Text string }
		if err := json.Unmarshal(line, &l); err != nil || l.Event != "line" {
			t.Fatalf("%v: %s", err, line)
		}
		seen[l.Instance] += l.Text
	}
	if seen[ids[0]] != "old" || seen[ids[1]] != "old" {
		t.Errorf("the past: %v", seen)
	}
	p.must(0, "exec", "--on", ids[1], "--", `printf 'n\033[31mew\n' >> app.log`)
	if line, err := out.ReadString('\n'); err != nil || !strings.Contains(line, ids[1]) || !strings.Contains(line, `"text":"new"`) {
		t.Errorf("what was added: %s %v", line, err)
	}
	rest, code := stopped(t, c, out)
	if code != 130 || !strings.Contains(rest, `{"result":`) {
		t.Errorf("exit %d, %s", code, rest)
	}
	if out := p.must(0, "logs", "--file", "app.log", "--no-follow", "--lines", "1").stdout; strings.Count(out, "\n") != 3 || !strings.Contains(out, ids[1]+"  new\n") || !strings.Contains(out, ids[0]+"  old\n") {
		t.Errorf("--no-follow: %q", out)
	}
	if r := p.must(exitFailed, "logs", "--file", "none", "--no-follow"); !strings.Contains(r.stderr, "ok on 0 of 3") {
		t.Errorf("a log that is not there: %+v", r)
	}
	p.must(exitUsage, "logs", "--file", "a", "--unit", "b")
}

func TestForwardBringsAPortHere(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	c, out, errs := p.started("forward", ids[0], "80", "--json")
	line, err := out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var l struct{ Event, Local, Remote, Instance string }
	if err := json.Unmarshal(line, &l); err != nil || l.Event != "listening" || l.Instance != ids[0] || l.Remote != "localhost:80" {
		t.Fatalf("%v: %s", err, line)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Local+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if page, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(page), ids[0]) {
		t.Errorf("what answers: %s %v", page, err)
	}
	if rest, code := stopped(t, c, out); code != 130 || !strings.Contains(rest, `{"result":`) {
		t.Errorf("exit %d, %s", code, rest)
	}
	for _, bad := range []string{"a:b:c:d", "none", "0", "70000"} {
		if r := p.run("forward", ids[0], bad); r.code == 0 || r.stderr == "" {
			t.Errorf("%s: %+v", bad, r)
		}
	}
}

func TestExplainTellsWhyAnInstanceCantBeReached(t *testing.T) {
	t.Parallel()
	p, cl, ids := threeReady(t)
	if out := p.must(0, "explain", ids[0]).stdout; !strings.Contains(out, "\nnothing is wrong") || !strings.Contains(out, "ok    security group") {
		t.Errorf("all is well: %s", out)
	}
	details := p.must(0, "details", ids[0]).stdout
	for _, want := range []string{"\n  status              fulfilled\n", "the request is fulfilled: nothing says", "Status checks\n", "\n  key pair            none (the key went", "spot-tui:fleet"} {
		if !strings.Contains(details, want) {
			t.Errorf("its details have no %q: %s", want, details)
		}
	}
	if d := p.must(0, "details", "--json", ids[0]).result(t).Details; d == nil || string(d.ID) != ids[0] || len(d.Groups) != 6 {
		t.Errorf("its details as JSON: %+v", d)
	}
	p.must(exitUsage, "details", "i-00000000000000000")
	cl.ask("POST", "faults", map[string]any{"fault": "ssh-refuse", "instance": ids[0]}, nil)
	out := p.must(exitFailed, "explain", ids[0]).stdout
	if !strings.Contains(out, "fail  TCP") || !strings.Contains(out, "\n→ ") {
		t.Errorf("sshd is down: %s", out)
	}
	cl.ask("POST", "faults", map[string]any{"fault": "clear"}, nil)
	cl.ask("POST", "faults", map[string]any{"fault": "ssh-new-key", "instance": ids[1]}, nil)
	j := p.must(exitFailed, "explain", "--json", ids[1]).result(t)
	if j.Explained == nil || string(j.Explained.ID) != ids[1] || !strings.Contains(j.Explained.Answer, "host key") || j.Explained.Hint == "" || len(j.Explained.Checks) < 5 {
		t.Errorf("another host key: %+v", j.Explained)
	}
	p.must(exitUsage, "explain", "i-00000000000000000")
	key := filepath.Join(p.home, "spot", "state", "id_ed25519")
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if out := p.must(exitFailed, "explain", ids[2]).stdout; !strings.Contains(out, "\nkey: others can read") || !strings.Contains(out, "run: chmod 600 "+key) {
		t.Errorf("a key that others can read: %s", out)
	}
}

func TestSSHConfigIsWrittenToAFileOfOurOwnOnly(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	text := p.must(0, "ssh-config").stdout
	if strings.Count(text, "\nHost i-") != 3 || !strings.Contains(text, "HostKeyAlias "+ids[0]) {
		t.Errorf("ssh-config: %s", text)
	}
	if one := p.must(0, "ssh-config", "--filter", ids[1]).stdout; strings.Count(one, "\nHost i-") != 1 {
		t.Errorf("--filter: %s", one)
	}
	p.plant(map[string]string{"mine": "Host bastion\n"})
	if r := p.must(exitUsage, "ssh-config", "--write", "mine"); !strings.Contains(r.stderr, "was not made by spot-tui") {
		t.Errorf("over a person's own file: %q", r.stderr)
	}
	if b, err := os.ReadFile(filepath.Join(p.dir, "mine")); err != nil || string(b) != "Host bastion\n" {
		t.Errorf("it was changed: %q %v", b, err)
	}
	for range 2 { // ours is written over
		if r := p.must(0, "ssh-config", "--write", "ours"); !strings.Contains(r.stderr, "Include "+filepath.Join(p.dir, "ours")) {
			t.Errorf("--write: %q", r.stderr)
		}
	}
	info, err := os.Stat(filepath.Join(p.dir, "ours"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// A setup that failed goes on where it failed once its cause is gone.
func TestProvisionGoesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.plant(map[string]string{"setup.sh": "#!/bin/sh\necho run >> runs\ntest -e go || { echo 'error: there is no go'; exit 9; }\n"})
	p.setup("again", `# setup = "setup.sh"`, `setup = "setup.sh"`)
	r := p.must(exitFailed, "create", "--yes", "--json").result(t)
	if n := count(r.Instances, func(i jsonInstance) bool { return strings.Contains(i.Reason, "exit 9: error: there is no go") }); n != 3 {
		t.Fatalf("%d of 3 say why: %s", n, describe(r.Errors))
	}
	id := string(r.Instances[0].ID)
	p.must(0, "exec", "--on", id, "--", "touch go")
	if r := p.must(exitPartial, "provision"); !strings.Contains(r.stderr, "1 of 3 ready") {
		t.Errorf("one can go on: %q", r.stderr)
	}
	p.must(0, "exec", "--all", "--filter", "stage:failed", "--", "touch go")
	j := p.must(0, "provision", "--json").result(t)
	if len(j.Instances) != 2 || count(j.Instances, isReady) != 2 {
		t.Errorf("the two that had failed: %s", describe(j.Errors))
	}
	if r := p.must(exitFailed, "provision"); !strings.Contains(r.stderr, "is ready") {
		t.Errorf("nothing to do: %q", r.stderr)
	}
	p.must(0, "provision", "--from-start", id)
	if out := p.must(0, "exec", "--on", id, "--", "wc -l < runs").stdout; !strings.HasSuffix(out, "  3\n") {
		t.Errorf("failed, done, and from the start: %q", out)
	}
}

// Whoever moves to another network runs create: it lets the address of now in,
// also where nothing is missing.
func TestCreateLetsTheAddressOfNowIn(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	path := filepath.Join(p.dir, "config.toml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	from := func(cidr string) {
		t.Helper()
		text := strings.Replace(string(b), `ssh_from = "auto"`, `ssh_from = "`+cidr+`"`, 1)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p.must(0, "create", "--yes")
	}
	from("203.0.113.0/24")
	if out := p.run("explain", ids[0]).stdout; !strings.Contains(out, "security group  no rule of sg-") || !strings.Contains(out, "create` sets the rule anew") {
		t.Errorf("only others are let in: %s", out)
	}
	from("auto")
	if out := p.must(0, "explain", ids[0]).stdout; !strings.Contains(out, "ok    security group") {
		t.Errorf("we are let in again: %s", out)
	}
}
