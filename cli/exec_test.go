package cli

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"spot-tui/fleet"
)

// threeReady gives a program whose fleet of three is ready, and their ids in
// the order of list.
func threeReady(t *testing.T, replace ...string) (*program, *cloud, []string) {
	t.Helper()
	cl := startCloud(t, "0.01")
	p := newProgram(t)
	p.env = cl.env
	p.setup("hosts", replace...)
	p.must(0, "create", "--yes")
	var ids []string
	for _, i := range p.must(0, "list", "--json").result(t).Instances {
		ids = append(ids, string(i.ID))
	}
	if len(ids) != 3 {
		t.Fatalf("%v", ids)
	}
	return p, cl, ids
}

func TestExecGroupsLimitsAndExitCodes(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	odd := ids[1]
	p.must(0, "exec", "--on", odd, "--", "touch odd")
	out := p.must(0, "exec", "--group", "--", "ls odd 2>/dev/null; echo same").stdout
	if want := "--- 2 instances, exit 0: " + ids[0] + " " + ids[2] + "\nsame\n\n--- 1 instance, exit 0: " + odd + "\nodd\nsame\n"; out != want {
		t.Errorf("groups:\n%s\nwant:\n%s", out, want)
	}
	r := p.must(exitPartial, "exec", "--", "test ! -e odd")
	if !strings.Contains(r.stderr, odd+": exit 1") || !strings.Contains(r.stderr, "ok on 2 of 3 (2 same, 1 failed)") {
		t.Errorf("one of three failed: %q", r.stderr)
	}
	p.must(exitFailed, "exec", "--", "false")
	if r := p.must(exitFailed, "exec", "--group", "--timeout", "1s", "--", "sleep 60"); !strings.Contains(r.stderr, "timed out: 3") || !strings.Contains(r.stdout, "--- 3 instances, timed out: ") {
		t.Errorf("a limit: %+v", r)
	}
	if r := p.must(exitFailed, "exec", "--idle-timeout", "1s", "--", "echo early; sleep 60"); strings.Count(r.stdout, "  early\n") != 3 {
		t.Errorf("what came before the limit is told: %q", r.stdout)
	}
	hs := p.must(exitPartial, "exec", "--json", "--", "ls odd && exit 7; echo x").result(t).Hosts
	if len(hs) != 3 || *hs[1].Exit != 7 || hs[0].Sum == "" || hs[0].Sum != hs[2].Sum || hs[0].Sum == hs[1].Sum || hs[0].Phase != "ended" || hs[1].Output != "odd\n" {
		t.Errorf("%+v", hs)
	}
	got := make([]string, len(hs))
	for i, h := range hs {
		got[i] = string(h.ID)
	}
	if !slices.Equal(got, ids) {
		t.Errorf("the order is not that of list: %v, want %v", got, ids)
	}
	for _, args := range [][]string{{"--parallel", "-1"}, {"--timeout", "0s"}, {"--on", odd, "--all"}, {"--stdin", "missing"}, {"--idle-timeout", "-1s"}} {
		p.must(exitUsage, append(append([]string{"exec"}, args...), "--", "true")...)
	}
}

func TestExecTakesInputAndKeepsAHistory(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	p.plant(map[string]string{"in.sh": "echo from a file\n"})
	if out := p.must(0, "exec", "--stdin", "in.sh", "--", "sh", "-s").stdout; strings.Count(out, "  from a file\n") != 3 {
		t.Errorf("--stdin FILE: %q", out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := p.command(ctx, "exec", "--group", "--stdin", "-", "--", "cat")
	c.Stdin = strings.NewReader("from us\n")
	if r := p.exec(c); r.code != 0 || !strings.Contains(r.stdout, "--- 3 instances, exit 0") || !strings.Contains(r.stdout, "\nfrom us\n") {
		t.Errorf("--stdin -: %+v", r)
	}
	r := p.must(0, "exec", "--dry-run", "--filter", ids[0], "--", "touch never")
	if !strings.HasPrefix(r.stdout, ids[0]+"  ") || strings.Contains(r.stdout, ids[1]) || !strings.Contains(r.stderr, "touch never would run on 1 instance; nothing was done") {
		t.Errorf("--dry-run: %+v", r)
	}
	if j := p.must(0, "exec", "--dry-run", "--json", "--", "touch never").result(t); len(j.Hosts) != 3 || j.Hosts[0].Phase != "queued" {
		t.Errorf("--dry-run --json: %+v", j.Hosts)
	}
	p.must(0, "exec", "--", "test ! -e never")
	lines := strings.Split(p.must(0, "exec", "--history").stdout, "\n")
	if lines[0] != "test ! -e never" || !slices.Contains(lines, "cat") || !slices.Contains(lines, "sh -s") || slices.Contains(lines, "touch never") {
		t.Errorf("the history: %q", lines)
	}
	if j := p.must(0, "exec", "--history", "--json").result(t); !slices.Contains(j.Commands, "cat") {
		t.Errorf("--history --json: %+v", j.Commands)
	}
}

// What a host writes is bounded in memory, whole in a file, and never reaches a
// terminal as it came.
func TestExecOutputIsCleanAndWholeInAFile(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	for _, args := range [][]string{{}, {"--group"}, {"--json"}} {
		r := p.must(0, append(append([]string{"exec"}, args...), "--", `printf 'a\033]0;evil\007\033[2Jb\n'; printf '\033[31mred\n' >&2`)...)
		if strings.ContainsAny(r.stdout+r.stderr, "\x1b\x07") || strings.Contains(r.stdout, `\u001b`) || !strings.Contains(r.stdout, "ab") {
			t.Errorf("%v: %q %q", args, r.stdout, r.stderr)
		}
	}
	h := p.must(0, "exec", "--json", "--on", ids[0], "--", "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end").result(t).Hosts[0]
	if h.Cut == 0 || len(h.Output) > 1<<20 || !strings.HasSuffix(h.Output, "end\n") || int64(len(h.Output))+h.Cut < 3_000_000 {
		t.Errorf("%d kept, %d cut", len(h.Output), h.Cut)
	}
	b, err := os.ReadFile(h.File)
	if err != nil || len(b) != 3_000_005 || !bytes.HasSuffix(b, []byte("x\nend\n")) {
		t.Errorf("the file has %d bytes: %v", len(b), err)
	}
}

// The first Ctrl+C cancels what has not ended; what came until then is told.
func TestCtrlCEndsARunAndTellsWhatCame(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	for _, args := range [][]string{{"--json"}, {"--group"}} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := p.command(ctx, append(append([]string{"exec"}, args...), "--", `if [ -e first ]; then echo done; else touch first; echo early; sleep 500; fi`)...)
		p.must(0, "exec", "--on", ids[0], "--", "touch first")
		var out, errs bytes.Buffer
		c.Stdout, c.Stderr = &out, &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "both others have begun", func() bool {
			return p.run("exec", "--", "test -e first").code == 0
		})
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		if code := c.ProcessState.ExitCode(); code != 130 {
			t.Errorf("%v: exit %d: %s", args, code, errs.String())
		}
		if text := out.String(); !strings.Contains(text, "done") || !strings.Contains(text, "early") {
			t.Errorf("%v: what came is not told: %s\n%s", args, text, errs.String())
		}
		if args[0] == "--json" {
			j := ran{stdout: out.String(), stderr: errs.String()}.result(t)
			if n := count(j.Hosts, func(h jsonHost) bool { return h.Exit == nil && h.Error != "" }); n != 2 {
				t.Errorf("%d of 3 are told to be canceled: %+v", n, j.Hosts)
			}
		}
		p.must(0, "exec", "--", "rm -f first")
	}
}

func TestWhatChangesAnInstanceIsRefusedInReadOnlyMode(t *testing.T) {
	t.Parallel()
	p, _, ids := threeReady(t)
	p.plant(map[string]string{"f": "x"})
	for _, args := range [][]string{{"exec", "--", "true"}, {"upload", "f", "f"}, {"provision", "--from-start", ids[0]}, {"shells"}} {
		if r := p.must(exitGuard, append([]string{"--read-only"}, args...)...); !strings.Contains(r.stderr, "read-only") {
			t.Errorf("%v: %q", args, r.stderr)
		}
	}
	for _, args := range [][]string{{"explain", ids[0]}, {"ssh-config"}, {"exec", "--history"}, {"fetch", "/etc/hostname", "got"}} {
		p.must(0, append([]string{"--read-only"}, args...)...)
	}
	if r := newProgram(t).must(0, "--demo", "--read-only", "list", "--json").result(t); count(r.Instances, isReady) != 3 {
		t.Errorf("a demo to look at: %+v", r)
	}
}

func TestHostsAreNamedShortly(t *testing.T) {
	t.Parallel()
	var hosts []fleet.HostResult
	for n := range 20 {
		r := fleet.Region("us-west-2")
		if n%2 == 1 {
			r = "eu-west-1"
		}
		hosts = append(hosts, fleet.HostResult{Instance: fleet.InstanceID("i-" + string(rune('a'+n))), Region: r})
	}
	if got := idsOf(hosts[:2]); got != "i-a i-b" {
		t.Error(got)
	}
	if got := idsOf(hosts); got != "us-west-2 10, eu-west-1 10" {
		t.Error(got)
	}
}
