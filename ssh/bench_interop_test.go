//go:build interop && unix

package ssh

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// The programs that are measured beside ours are started as a person would; all
// use the cipher that x/crypto/ssh and OpenSSH agree on.
const (
	benchHosts  = 200 // entries, all of one sshd
	benchFanOut = 64  // as the engine
	benchCipher = "aes128-gcm@openssh.com"
)

// bench is one sshd under 200 names.
type bench struct {
	*sshd
	b      *testing.B
	config string // ssh_config with a HostKeyAlias for each name
	hosts  string // a file with the names
}

func newBench(b *testing.B) *bench {
	b.Helper()
	d := startSSHD(b)
	d.client(b).Close() // sshd is up
	x := &bench{sshd: d, b: b, config: filepath.Join(d.dir, "ssh_config"), hosts: filepath.Join(d.dir, "hosts")}
	var names strings.Builder
	for n := range benchHosts {
		fmt.Fprintf(&names, "h%03d\n", n)
	}
	write(b, x.hosts, names.String(), 0o600)
	write(b, x.config, fmt.Sprintf(`Host h*
  HostName 127.0.0.1
  Port %d
  User %s
  IdentityFile "%s"
  IdentitiesOnly yes
  BatchMode yes
  Ciphers %s
  KexAlgorithms curve25519-sha256
  StrictHostKeyChecking accept-new
  UserKnownHostsFile %s/bench_hosts
  HostKeyAlias %%n
  LogLevel ERROR
`, d.port, d.user, d.key, benchCipher, d.dir), 0o600)
	return x
}

// inMemory has the host write to memory, where there is a file system of it. On a
// disk, thousands of new files cost from half a second to four, by what the disk
// was about to write anyway, and that would be all one sees.
func (x *bench) inMemory() {
	x.b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "bench")
	if err != nil {
		return
	}
	x.home = dir
	x.b.Cleanup(func() { _ = os.RemoveAll(dir) }) // what is left is in memory only
}

func (x *bench) targets() []fleet.Target {
	ts := make([]fleet.Target, benchHosts)
	for n := range ts {
		ts[n] = x.target(fmt.Sprintf("i-%03d", n))
	}
	return ts
}

// fan runs f for each number, so many at a time, as the engine does.
func fan(n int, f func(i int) error) error {
	slots := make(chan struct{}, benchFanOut)
	errs := make(chan error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs <- f(i)
		})
	}
	all.Wait()
	for range n {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

// bare is the least that x/crypto/ssh can do: no pool, no host keys, no limits.
func (x *bench) bare() *xssh.Client {
	signer, err := xssh.ParsePrivateKey([]byte(read(x.b, x.key)))
	if err != nil {
		x.b.Fatal(err)
	}
	c, err := xssh.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", x.port), &xssh.ClientConfig{
		User: x.user, Auth: []xssh.AuthMethod{xssh.PublicKeys(signer)}, HostKeyCallback: xssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		x.b.Fatal(err)
	}
	return c
}

func bareTrue(c *xssh.Client) error {
	s, err := c.NewSession()
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Run("true")
}

func (x *bench) ours() *Client {
	c, err := New(Options{PrivateKeyFile: x.key, KnownHostsFile: filepath.Join(x.dir, "hosts-"+fmt.Sprint(time.Now().UnixNano()))})
	if err != nil {
		x.b.Fatal(err)
	}
	return c
}

func oursTrue(ctx context.Context, c *Client, t fleet.Target) error {
	st, err := c.Run(ctx, t, fleet.Command{Line: "true"})
	if err == nil && !st.OK() {
		err = fmt.Errorf("exit %d", st.Code)
	}
	return err
}

// program runs a foreign program; where it is not installed, that is said.
func (x *bench) program(name string, args ...string) {
	if _, err := exec.LookPath(name); err != nil {
		x.b.Skipf("%s is not installed", name)
	}
	for x.b.Loop() {
		cmd := exec.CommandContext(x.b.Context(), name, args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			x.b.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
}

// BenchmarkTrueCold connects to 200 names and runs `true` on each.
func BenchmarkTrueCold(b *testing.B) {
	x := newBench(b)
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			if err := fan(benchHosts, func(int) error {
				c := x.bare()
				defer c.Close()
				return bareTrue(c)
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ours", func(b *testing.B) {
		ts := x.targets()
		for b.Loop() {
			c := x.ours()
			if err := fan(benchHosts, func(i int) error { return oursTrue(b.Context(), c, ts[i]) }); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			_ = c.Close()
			b.StartTimer()
		}
	})
	at := fmt.Sprint(benchFanOut)
	b.Run("parallel-ssh", func(b *testing.B) {
		x.b = b
		x.program("parallel-ssh", "-h", x.hosts, "-p", at, "-t", "60", "-x", "-F "+x.config, "true")
	})
	b.Run("clush", func(b *testing.B) {
		x.b = b
		x.program("clush", "-f", at, "-o", "-F "+x.config, "-w", "h[000-199]", "true")
	})
}

// BenchmarkTrueOnce is how long one person waits for the first answer of a host:
// connect, log in, run `true`.
func BenchmarkTrueOnce(b *testing.B) {
	x := newBench(b)
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			c := x.bare()
			if err := bareTrue(c); err != nil {
				b.Fatal(err)
			}
			c.Close()
		}
	})
	b.Run("ours", func(b *testing.B) {
		t := x.target("i-000")
		for b.Loop() {
			c := x.ours()
			if err := oursTrue(b.Context(), c, t); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			_ = c.Close()
			b.StartTimer()
		}
	})
	b.Run("ssh", func(b *testing.B) {
		x.b = b
		x.program("ssh", "-F", x.config, "h000", "true")
	})
}

// BenchmarkTruePooled runs `true` on 200 connections that are open.
func BenchmarkTruePooled(b *testing.B) {
	x := newBench(b)
	b.Run("bare", func(b *testing.B) {
		cs := make([]*xssh.Client, benchHosts)
		if err := fan(benchHosts, func(i int) error { cs[i] = x.bare(); return nil }); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := fan(benchHosts, func(i int) error { return bareTrue(cs[i]) }); err != nil {
				b.Fatal(err)
			}
		}
		for _, c := range cs {
			c.Close()
		}
	})
	b.Run("ours", func(b *testing.B) {
		c, ts := x.ours(), x.targets()
		defer c.Close()
		if err := fan(benchHosts, func(i int) error { return oursTrue(b.Context(), c, ts[i]) }); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := fan(benchHosts, func(i int) error { return oursTrue(b.Context(), c, ts[i]) }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkUploadSmall copies 5 000 small files, BenchmarkUploadLarge 200 MB that
// don't compress. Ours verifies every file there, the others don't.
func BenchmarkUploadSmall(b *testing.B) {
	x := newBench(b)
	x.inMemory()
	src := b.TempDir()
	for n := range 5000 {
		write(b, filepath.Join(src, fmt.Sprintf("d%02d", n%50), fmt.Sprintf("f%04d", n)), strings.Repeat(fmt.Sprintf("line %d of a small file\n", n), 40), 0o600)
	}
	x.uploads(src, "cd "+fleet.Quote(src)+" && tar -cf - . | ssh -F "+x.config+" h000 'mkdir -p "+x.home+"/up && tar -xf - -C "+x.home+"/up'", "tar-ssh")
}

func BenchmarkUploadLarge(b *testing.B) {
	x := newBench(b)
	src := filepath.Join(b.TempDir(), "blob")
	write(b, src, noise(200_000_000), 0o600)
	x.uploads(src, "cat "+fleet.Quote(src)+" | ssh -F "+x.config+" h000 'cat > "+x.home+"/blob'", "cat-ssh")
}

func (x *bench) uploads(src, pipe, pipeName string) {
	total := size(x.b, src)
	run := func(name string, f func(b *testing.B)) {
		x.b.Run(name, func(b *testing.B) {
			b.SetBytes(total)
			f(b)
		})
	}
	shell := func(line string) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				if out, err := exec.CommandContext(b.Context(), "sh", "-c", line).CombinedOutput(); err != nil {
					b.Fatalf("%s: %v\n%s", line, err, out)
				}
				b.StopTimer()
				x.clear(b)
				b.StartTimer()
			}
		}
	}
	ours := func(connected bool) func(b *testing.B) {
		return func(b *testing.B) {
			t := x.target("i-000")
			for b.Loop() {
				b.StopTimer()
				c := x.ours()
				if connected {
					if err := oursTrue(b.Context(), c, t); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				p, err := c.Pack(fleet.Source{Path: src})
				if err != nil {
					b.Fatal(err)
				}
				r, err := c.Upload(b.Context(), t, fleet.Upload{Bundle: p, Target: filepath.Join(x.home, "ours")})
				if err != nil || r.Same || r.Bytes != total {
					b.Fatalf("%+v %v", r, err)
				}
				b.StopTimer()
				_ = p.Close()
				_ = c.Close()
				x.clear(b)
				b.StartTimer()
			}
		}
	}
	run("ours-pooled", ours(true))
	run("ours-cold", ours(false))
	run(pipeName, shell(pipe))
	run("scp", shell("scp -q -r -F "+x.config+" "+fleet.Quote(src)+" h000:"+x.home+"/scp"))
	if _, err := exec.LookPath("rsync"); err == nil {
		run("rsync", shell("rsync -a -e 'ssh -F "+x.config+"' "+fleet.Quote(src)+" h000:"+x.home+"/rsync"))
	}
}

// clear empties the folder of the host that all write to, so that each time all is
// new: to replace a large file makes ext4 write it to the disk first. A login by
// sshd starts in the user's own home, whatever HOME says, hence the whole paths.
func (x *bench) clear(b *testing.B) {
	b.Helper()
	all, err := os.ReadDir(x.home)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range all {
		if err := os.RemoveAll(filepath.Join(x.home, e.Name())); err != nil {
			b.Fatal(err)
		}
	}
}

// size is how much content there is.
func size(b *testing.B, path string) int64 {
	b.Helper()
	var n int64
	err := filepath.WalkDir(path, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		n += fi.Size()
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkManyLines streams 100 MB of a command's output.
func BenchmarkManyLines(b *testing.B) {
	x := newBench(b)
	c := x.ours()
	defer c.Close()
	const n = 100_000_000
	b.SetBytes(n)
	for b.Loop() {
		var got countingWriter
		st, err := c.Run(b.Context(), x.target("i-000"), fleet.Command{Line: fmt.Sprintf("head -c %d /dev/zero", n), Stdout: &got, Stderr: io.Discard})
		if err != nil || !st.OK() || int(got) != n {
			b.Fatalf("%+v %v %d", st, err, got)
		}
	}
}

type countingWriter int

// Write implements io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	*c += countingWriter(len(p))
	return len(p), nil
}
