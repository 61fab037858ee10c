package host

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/sim/memnet"
)

// testKey is the client's key in every test; it is made from a fixed seed.
func testKey(t testing.TB) xssh.Signer {
	t.Helper()
	s, err := xssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testOptions(t testing.TB) Options {
	t.Helper()
	return Options{
		InstanceID: "i-0123456789abcdef0", User: "ubuntu", AuthorizedKeys: []string{string(xssh.MarshalAuthorizedKey(testKey(t).PublicKey()))},
		Type: "t3.medium", Arch: "x86_64", VCPU: 2, MemoryMiB: 4096, Region: "us-west-2", Zone: "us-west-2b",
		PublicIP: "203.0.113.9", PrivateIP: "172.31.5.6", ImageID: "ami-0fedcba9876543210", Booted: time.Now(),
	}
}

func newHost(t testing.TB, change ...func(*Options)) *Host {
	t.Helper()
	o := testOptions(t)
	for _, c := range change {
		c(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func clientConfig(t testing.TB, h *Host) *xssh.ClientConfig {
	return &xssh.ClientConfig{
		User: h.opts.User, Auth: []xssh.AuthMethod{xssh.PublicKeys(testKey(t))}, HostKeyCallback: xssh.FixedHostKey(h.HostKey()),
	}
}

// dial connects to a host over memory; everything ends with the test.
func dial(t testing.TB, h *Host) *xssh.Client {
	t.Helper()
	c, err := connect(h, clientConfig(t, h))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func connect(h *Host, config *xssh.ClientConfig) (*xssh.Client, error) {
	near, far := memnet.Pipe(&net.TCPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 50022}, &net.TCPAddr{IP: net.IPv4(203, 0, 113, 9), Port: 22})
	go h.Serve(context.Background(), far)
	conn, channels, requests, err := xssh.NewClientConn(near, "203.0.113.9:22", config)
	if err != nil {
		near.Close()
		return nil, err
	}
	return xssh.NewClient(conn, channels, requests), nil
}

// result is what a command gave.
type result struct {
	out, err string
	status   int
}

// run runs a line on a new session.
func run(t testing.TB, c *xssh.Client, line, stdin string) result {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var out, errs bytes.Buffer
	s.Stdout, s.Stderr = &out, &errs
	in, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(line); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.WriteString(in, stdin) // fails where the command doesn't read
		in.Close()
	}()
	r := result{status: exitStatus(t, s.Wait())}
	r.out, r.err = out.String(), errs.String()
	return r
}

func exitStatus(t testing.TB, err error) int {
	t.Helper()
	var exit *xssh.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitStatus()
	}
	t.Fatal(err)
	return 0
}

func TestExecTellsItsStatus(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	for line, want := range map[string]result{
		"true":                          {},
		"false":                         {status: 1},
		"exit 42":                       {status: 42},
		"echo hello; echo oops >&2":     {out: "hello\n", err: "oops\n"},
		"nonsense --flag":               {err: "bash: nonsense: command not found\n", status: 127},
		"/nonsense":                     {err: "bash: /nonsense: No such file or directory\n", status: 127},
		"/etc/hostname":                 {err: "bash: /etc/hostname: Permission denied\n", status: 126},
		"docker ps":                     {err: "bash: docker: command not found\n", status: 127},
		"cat /etc/hostname":             {out: "ip-172-31-5-6\n"},
		"whoami; pwd":                   {out: "ubuntu\n/home/ubuntu\n"},
		"sudo whoami":                   {out: "root\n"},
		"touch /etc/x":                  {err: "touch: cannot touch '/etc/x': Permission denied\n", status: 1},
		"sudo touch /etc/y; ls /etc/y":  {out: "/etc/y\n"},
		"( exit 3 )":                    {status: 3},
		"cat nothing":                   {err: "cat: nothing: No such file or directory\n", status: 1},
		"set -e; false; echo no":        {status: 1},
		"set -euo pipefail; echo yes":   {out: "yes\n"},
		"trap 'echo bye' EXIT; echo hi": {out: "hi\nbye\n"},
	} {
		if got := run(t, c, line, ""); got != want {
			t.Errorf("%s\n got %+v\nwant %+v", line, got, want)
		}
	}
}

func TestPublicKeyOnly(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	stranger, err := xssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*xssh.ClientConfig){
		"another key":  func(c *xssh.ClientConfig) { c.Auth = []xssh.AuthMethod{xssh.PublicKeys(stranger)} },
		"another user": func(c *xssh.ClientConfig) { c.User = "admin" },
		"a password":   func(c *xssh.ClientConfig) { c.Auth = []xssh.AuthMethod{xssh.Password("x")} },
		"nothing":      func(c *xssh.ClientConfig) { c.Auth = nil },
	} {
		config := clientConfig(t, h)
		change(config)
		if c, err := connect(h, config); err == nil {
			c.Close()
			t.Errorf("%s was let in", name)
		}
	}
}

func TestRootIsToldWhomToLogInAs(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	config := clientConfig(t, h)
	config.User = "root"
	c, err := connect(h, config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := run(t, c, "id", "")
	if got.status != 142 || !strings.Contains(got.out, `Please login as the user "ubuntu"`) {
		t.Errorf("%+v", got)
	}
}

func TestManySessionsAtOnce(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			s, err := c.NewSession()
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			name := string(rune('a' + i))
			s.Stdin = strings.NewReader(name)
			out, err := s.Output("mkdir -p d/" + name + " && cat > d/" + name + "/f && cat d/" + name + "/f | tr a-z A-Z")
			if string(out) != strings.ToUpper(name) || err != nil {
				t.Errorf("session %d: %q, %v", i, out, err)
			}
		})
	}
	all.Wait()
}

func TestForwardingIsRefused(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	for addr, want := range map[string]string{"127.0.0.1:8080": "Connection refused", "example.com:443": "reaches nothing beyond itself"} {
		_, err := c.Dial("tcp", addr)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if ok, _, err := c.SendRequest("keepalive@openssh.com", true, nil); !ok || err != nil {
		t.Errorf("keepalive: %v, %v", ok, err)
	}
}

func TestExecFuncIsAskedFirst(t *testing.T) {
	t.Parallel()
	h := newHost(t, func(o *Options) {
		o.Exec = func(_ context.Context, line string, stdin io.Reader, stdout, _ io.Writer) (int, bool) {
			if line != "scripted" {
				return 0, false
			}
			_, _ = io.Copy(stdout, stdin)
			return 7, true
		}
	})
	c := dial(t, h)
	if got := run(t, c, "scripted", "said"); got != (result{out: "said", status: 7}) {
		t.Errorf("%+v", got)
	}
	if got := run(t, c, "echo real", ""); got != (result{out: "real\n"}) {
		t.Errorf("%+v", got)
	}
}

func TestSignalAndCloseEndACommand(t *testing.T) {
	t.Parallel()
	c := dial(t, newHost(t))
	for _, line := range []string{"sleep 1000", "cat", "while true; do :; done", "yes > /dev/null", "sleep 1000 | cat", "read x"} {
		s, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		in, _ := s.StdinPipe()
		if err := s.Start(line); err != nil {
			t.Fatal(err)
		}
		if err := s.Signal(xssh.SIGTERM); err != nil {
			t.Fatal(err)
		}
		var exit *xssh.ExitError
		if err := s.Wait(); !errors.As(err, &exit) || exit.Signal() != "TERM" {
			t.Errorf("%s ended with %v", line, err)
		}
		in.Close()
		s.Close()
	}
}

func TestJump(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- ServeJump(ctx, l, func(_ context.Context, network, addr string) (net.Conn, error) {
			if addr != "203.0.113.9:22" {
				return nil, errors.New("no instance has the address " + addr)
			}
			near, far := memnet.Pipe(nil, nil)
			go h.Serve(ctx, far)
			return near, nil
		})
	}()
	config := clientConfig(t, h)
	config.User = "anybody"
	config.HostKeyCallback = xssh.InsecureIgnoreHostKey()
	jump, err := xssh.Dial("tcp", l.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer jump.Close()
	if _, err := jump.Dial("tcp", "192.0.2.1:22"); err == nil || !strings.Contains(err.Error(), "no instance has") {
		t.Errorf("an unknown target: %v", err)
	}
	through, err := jump.Dial("tcp", "203.0.113.9:22")
	if err != nil {
		t.Fatal(err)
	}
	conn, channels, requests, err := xssh.NewClientConn(through, "203.0.113.9:22", clientConfig(t, h))
	if err != nil {
		t.Fatal(err)
	}
	c := xssh.NewClient(conn, channels, requests)
	if got := run(t, c, "hostname", ""); got.out != "ip-172-31-5-6\n" {
		t.Errorf("%+v", got)
	}
	if _, err := jump.NewSession(); err == nil {
		t.Error("the jump host opened a session")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ServeJump ended with %v", err)
	}
}
