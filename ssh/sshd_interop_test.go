//go:build interop && unix

package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"spot-tui/fleet"
)

// sshd is Debian's OpenSSH server as a child of the test, with keys, config and
// home of its own.
type sshd struct {
	dir, home, key string
	port           int
	user           string
	cmd            *exec.Cmd
}

const sshdBin = "/usr/sbin/sshd" // it insists on an absolute path

// startSSHD starts one; more are lines of its config.
func startSSHD(t testing.TB, more ...string) *sshd {
	t.Helper()
	const bin = sshdBin
	if _, err := os.Stat(bin); err != nil {
		t.Fatalf("this test needs OpenSSH's server, and it is missing: %v; on Debian: apt-get install openssh-server", err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where it locks its unprivileged half in
			t.Fatal(err)
		}
	}
	d := &sshd{dir: t.TempDir(), home: t.TempDir(), user: me.Username}
	d.key = filepath.Join(d.dir, "client key")
	public, err := GenerateKey(d.key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := GenerateKey(filepath.Join(d.dir, "host_key")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d.dir, "authorized_keys"), public+"\n", 0o600)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	config := filepath.Join(d.dir, "sshd_config")
	write(t, config, fmt.Sprintf(`Port %d
ListenAddress 127.0.0.1
HostKey %s/host_key
AuthorizedKeysFile %s/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
PidFile none
MaxStartups 1000
Subsystem sftp internal-sftp
SetEnv HOME=%s
%s
`, d.port, d.dir, d.dir, d.home, strings.Join(more, "\n")), 0o600)
	d.begin(t)
	t.Cleanup(func() {
		d.end()
		if t.Failed() {
			t.Logf("sshd said:\n%s", read(t, filepath.Join(d.dir, "log")))
		}
	})
	return d
}

// begin starts the process, also again after end.
func (d *sshd) begin(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(d.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // a file: its children may outlive it
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	d.cmd = exec.Command(sshdBin, "-D", "-e", "-f", filepath.Join(d.dir, "sshd_config"))
	d.cmd.Stderr = log
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// end kills it.
func (d *sshd) end() {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

func (d *sshd) target(id string) fleet.Target {
	return fleet.Target{Instance: fleet.InstanceID(id), Host: "127.0.0.1", Port: d.port, User: d.user}
}

func (d *sshd) client(t testing.TB) *Client {
	t.Helper()
	c, err := New(Options{PrivateKeyFile: d.key, KnownHostsFile: filepath.Join(d.dir, "our known_hosts")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := c.Wait(ctx, d.target("i-0real"), nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// up waits until sshd listens.
func (d *sshd) up(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		nc, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.port))
		if err == nil {
			nc.Close()
			return
		}
		if pause(ctx, 20*time.Millisecond) != nil {
			t.Fatal(err)
		}
	}
}

func TestInteropRun(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	for _, tc := range []struct {
		line, stdin, out, errs string
		want                   fleet.ExitStatus
	}{
		{line: "echo hello; echo oops >&2", out: "hello\n", errs: "oops\n"},
		{line: "exit 7", want: fleet.ExitStatus{Code: 7}},
		{line: "kill -KILL $$", want: fleet.ExitStatus{Code: 137, Signal: "KILL"}},
		{line: "cat", stdin: "through", out: "through"},
		{line: "true", stdin: strings.Repeat("nobody reads this\n", 1<<17)},
		{line: "head -c 3000000 /dev/zero | wc -c", out: "3000000\n"},
	} {
		var out, errs bytes.Buffer
		got, err := c.Run(t.Context(), d.target("i-0real"), fleet.Command{Line: tc.line, Stdin: strings.NewReader(tc.stdin), Stdout: &out, Stderr: &errs})
		if err != nil || got != tc.want || out.String() != tc.out || errs.String() != tc.errs {
			t.Errorf("%s: %+v %v, %q %q", tc.line, got, err, out.String(), errs.String())
		}
	}
}

func TestInteropCancelEndsTheProgram(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	mark := filepath.Join(d.home, "termed")
	_, err := c.Run(ctx, d.target("i-0real"), fleet.Command{
		// PIPE: OpenSSH delivers signals to no program of root's.
		Line:   fmt.Sprintf(`trap 'touch %s; exit' TERM PIPE; while echo up; do sleep 0.1; done; touch %s`, mark, mark),
		Stdout: writerFunc(func([]byte) (int, error) { cancel(); return 0, nil }),
	})
	if fleet.KindOf(err) != fleet.KindCanceled {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, err := os.Stat(mark); err == nil {
			return
		}
		if pause(ctx, 20*time.Millisecond) != nil {
			t.Fatal("the program runs on")
		}
	}
}

func TestInteropTwentySessions(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			var out bytes.Buffer
			st, err := c.Run(t.Context(), d.target("i-0real"), fleet.Command{Line: fmt.Sprintf("sleep 0.2; echo %d; exit %d", i, i), Stdout: &out})
			if err != nil || st.Code != i || out.String() != fmt.Sprintln(i) {
				t.Errorf("%d: %+v %v %q", i, st, err, out.String())
			}
		})
	}
	all.Wait()
}

func TestInteropUploadTree(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	src, want := bigTree(t, 2000)
	var last, total int64
	r, err := c.Upload(t.Context(), d.target("i-0real"), fleet.Upload{Bundle: pack(t, c, src), Target: "~/deep er/site", Progress: func(done, of int64) { last, total = done, of }})
	if err != nil {
		t.Fatal(err)
	}
	if r.Files != 2000+len(trickyNames()) || r.Bytes != total || last != total || len(r.SHA256) != 64 {
		t.Errorf("%+v, progress %d of %d", r, last, total)
	}
	sameTree(t, filepath.Join(d.home, "deep er/site"), want)
	again, err := c.Upload(t.Context(), d.target("i-0real"), fleet.Upload{Bundle: pack(t, c, src), Target: filepath.Join(d.home, "deep er", "site") + "/"})
	if err != nil || again.SHA256 != r.SHA256 {
		t.Errorf("a second time: %+v %v", again, err)
	}
}

func TestInteropUploadFile(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	src := filepath.Join(t.TempDir(), "-a 'file'")
	write(t, src, "content", 0o750)
	if err := os.Mkdir(filepath.Join(d.home, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	for target, at := range map[string]string{
		"~/new/name.sh": "new/name.sh",
		"~/into/":       "into/-a 'file'",
		"~/folder":      "folder/-a 'file'",
		"~":             "-a 'file'",
	} {
		r, err := c.Upload(t.Context(), d.target("i-0real"), fleet.Upload{Bundle: pack(t, c, src), Target: target})
		if err != nil || r.Files != 1 || r.Bytes != 7 {
			t.Errorf("%s: %+v %v", target, r, err)
			continue
		}
		fi, err := os.Stat(filepath.Join(d.home, at))
		if err != nil || fi.Mode() != 0o750 || read(t, filepath.Join(d.home, at)) != "content" {
			t.Errorf("%s: %v %v", target, fi, err)
		}
	}
	left, _ := filepath.Glob(filepath.Join(d.home, "*/.spot-tui-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	_, err := c.Upload(t.Context(), d.target("i-0real"), fleet.Upload{Bundle: pack(t, c, src), Target: "/proc/nothing/here"})
	if err == nil || !strings.Contains(err.Error(), "/proc/nothing") {
		t.Errorf("a target that can't be made: %v", err)
	}
}

func TestInteropChangedHostKey(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	other := startSSHD(t)
	write(t, filepath.Join(other.dir, "authorized_keys"), must(PublicKey(d.key)), 0o600)
	other.up(t)
	at := other.target("i-0real") // the same instance, elsewhere, with another key
	_, err := c.Run(t.Context(), at, fleet.Command{Line: "true"})
	if fleet.KindOf(err) != fleet.KindConflict || !strings.Contains(err.Error(), "i-0real") || strings.Count(err.Error(), "SHA256:") != 2 {
		t.Errorf("a changed key must be refused: %v", err)
	}
	c.Forget("i-0real")
	if st, err := c.Run(t.Context(), at, fleet.Command{Line: "true"}); err != nil || !st.OK() {
		t.Errorf("after Forget: %+v %v", st, err)
	}
}

func TestInteropLoginLine(t *testing.T) {
	d := startSSHD(t)
	jump := startSSHD(t)
	write(t, filepath.Join(jump.dir, "authorized_keys"), must(PublicKey(d.key)), 0o600)
	d.client(t)
	jump.up(t)
	for name, through := range map[string]string{"direct": "", "through a jump host": fmt.Sprintf("%s@127.0.0.1:%d", jump.user, jump.port)} {
		c, err := New(Options{PrivateKeyFile: d.key, KnownHostsFile: filepath.Join(d.dir, "our known_hosts"), Jump: through})
		if err != nil {
			t.Fatal(err)
		}
		if st, err := c.Run(t.Context(), d.target("i-0real"), fleet.Command{Line: "true"}); err != nil || !st.OK() {
			t.Errorf("%s: our own: %+v %v", name, st, err)
		}
		line := c.LoginLine(d.target("i-0real"))
		c.Close()
		// Real ssh, without the person's config; strict: only our pin may vouch.
		line = strings.ReplaceAll(line, "ssh -i", "ssh -F none -o BatchMode=yes -i")
		line = strings.Replace(line, " -p ", " -o StrictHostKeyChecking=yes -p ", 1)
		if through != "" { // the first -p is the jump host's, which isn't pinned
			line = strings.Replace(line, " -o StrictHostKeyChecking=yes -p ", " -p ", 1)
		}
		out, err := exec.Command("sh", "-c", line+" 'echo it works; exit 3'").CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 3 || string(out) != "it works\n" {
			t.Errorf("%s: %s\n%v %q", name, line, err, out)
		}
		// And with a pin that does not match it refuses.
		wrong := strings.ReplaceAll(line, "HostKeyAlias=i-0real", "HostKeyAlias=i-0other")
		if out, err := exec.Command("sh", "-c", strings.Replace(wrong, "-F none", "-F none -o StrictHostKeyChecking=yes", 1)+" true").CombinedOutput(); err == nil {
			t.Errorf("%s: an instance that isn't pinned was accepted: %s", name, out)
		}
	}
}

func TestInteropInteractive(t *testing.T) {
	d := startSSHD(t)
	c := d.client(t)
	var out bytes.Buffer
	st, err := c.Interactive(t.Context(), d.target("i-0real"), fleet.TTY{
		In: strings.NewReader("tty && stty size; exit 5\n"), Out: &out, Err: &out, Term: "vt100",
	})
	if err != nil || st.Code != 5 || !strings.Contains(out.String(), "24 80") || !strings.Contains(out.String(), "/dev/pts/") {
		t.Errorf("%+v %v %q", st, err, out.String())
	}
}

func TestInteropKeyMode(t *testing.T) {
	d := startSSHD(t)
	if err := os.Chmod(d.key, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := New(Options{PrivateKeyFile: d.key, KnownHostsFile: filepath.Join(d.dir, "k")})
	if err == nil || !strings.Contains(err.Error(), "chmod 600 '"+d.key+"'") {
		t.Fatalf("a key that others can read: %v", err)
	}
	cmd := err.Error()[strings.Index(err.Error(), "chmod"):]
	if out, err := exec.Command("sh", "-c", cmd).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", cmd, err, out)
	}
	d.client(t)
}

func TestInteropWrongUserAndKey(t *testing.T) {
	d := startSSHD(t)
	d.client(t)
	other := filepath.Join(t.TempDir(), "key")
	must(GenerateKey(other))
	c, err := New(Options{PrivateKeyFile: other, KnownHostsFile: filepath.Join(d.dir, "k")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Run(t.Context(), d.target("i-0real"), fleet.Command{Line: "true"})
	if fleet.KindOf(err) != fleet.KindDenied || !strings.Contains(err.Error(), "key refused for user "+d.user) {
		t.Error(err)
	}
}
