package host

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	xssh "golang.org/x/crypto/ssh"
)

// ExecFunc answers a command line by itself. It is asked before the shell, for
// exec requests only, and says by handled whether it did; what it has read and
// written is lost to the shell otherwise.
type ExecFunc func(ctx context.Context, line string, stdin io.Reader, stdout, stderr io.Writer) (status int, handled bool)

// Options describe one instance. InstanceID, User and at least one key (here or
// in UserData) are needed; the rest has sensible values of its own.
type Options struct {
	InstanceID string
	Hostname   string // default: ip-… from PrivateIP, as EC2 names instances
	User       string // the image's login; "ec2-user" makes it an Amazon Linux

	AuthorizedKeys []string // lines as in authorized_keys

	Type, Arch         string // "c7g.large"; "arm64" or "x86_64"
	VCPU, MemoryMiB    int
	Region, Zone       string
	PublicIP           string
	PrivateIP, ImageID string

	Booted   time.Time // default: now
	UserData []byte    // cloud-config or a script, gzipped or not

	Exec       ExecFunc                 // may be nil
	OnShutdown func()                   // the instance turns itself off; may be nil
	OnCommand  func(line string) *Cut   // asked when an exec request is taken; nil from it: nothing goes wrong. May be nil
	Notice     func() (time.Time, bool) // the spot interruption's end, if announced; may be nil

	// CloudInit is how long after Booted cloud-init says "running". Default: 0.
	CloudInit time.Duration
	// MemoryLimit bounds the bytes of memory that the host's files may take.
	// Default: 256 MiB. The disk's nominal size (see df) is 8 GiB.
	MemoryLimit int64
}

// Host is one simulated instance. Its methods may be called concurrently.
type Host struct {
	firstDone chan struct{} // closed when the first boot has done what the user data asks for
	firstBad  atomic.Bool   // its last command failed: cloud-init says error

	opts  Options
	keys  map[string]bool // authorized, in wire form
	sign  func() xssh.Signer
	disk  func() *disk
	job   *manager
	lines lines

	calls atomic.Uint64 // commands that shells have run

	ctx  context.Context // ends with Close
	stop context.CancelFunc
}

const (
	defaultMemory = 256 << 20
	// loginGrace is sshd's: a connection that has not logged in by then ends.
	loginGrace = 2 * time.Minute
)

// New makes a host. It fails where a key can't be read or the login is missing.
// Where there is user data, its first boot starts at once.
func New(o Options) (*Host, error) {
	if o.InstanceID == "" || o.User == "" {
		return nil, errors.New("a simulated host needs an instance id and a login user")
	}
	o.fill()
	boot, err := readUserData(o.UserData)
	if err != nil {
		return nil, fmt.Errorf("user data of %s: %w", o.InstanceID, err)
	}
	h := &Host{opts: o, keys: map[string]bool{}}
	for _, line := range append(o.AuthorizedKeys, boot.Keys...) {
		key, _, _, _, err := xssh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			return nil, fmt.Errorf("authorized key of %s: %w", o.InstanceID, err)
		}
		h.keys[string(key.Marshal())] = true
	}
	h.sign = sync.OnceValue(func() xssh.Signer {
		if boot.hostKey != nil {
			return boot.hostKey
		}
		return hostKey(o.InstanceID)
	})
	h.disk = sync.OnceValue(h.seed)
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.job = newManager(h)
	h.firstDone = make(chan struct{})
	if boot.does() {
		go func() {
			defer close(h.firstDone)
			h.firstBoot(boot)
		}()
	} else {
		close(h.firstDone)
	}
	return h, nil
}

func (o *Options) fill() {
	if o.PrivateIP == "" {
		o.PrivateIP = "172.31.0.10"
	}
	if o.Hostname == "" {
		o.Hostname = "ip-" + strings.ReplaceAll(o.PrivateIP, ".", "-")
	}
	if o.Arch == "" {
		o.Arch = "x86_64"
	}
	if o.VCPU <= 0 {
		o.VCPU = 2
	}
	if o.MemoryMiB <= 0 {
		o.MemoryMiB = 4096
	}
	if o.Booted.IsZero() {
		o.Booted = time.Now()
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = defaultMemory
	}
}

// hostKey is always the same for an instance, so that a simulated world can be
// stopped and started without a key change.
func hostKey(id string) xssh.Signer {
	seed := sha256.Sum256([]byte("simulated instance " + id))
	s, err := xssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(err) // an ed25519 key always makes a signer
	}
	return s
}

// HostKey is what the host proves itself with.
func (h *Host) HostKey() xssh.PublicKey { return h.sign().PublicKey() }

// Close ends all connections and everything that runs on the host. It does not
// wait for them.
func (h *Host) Close() {
	h.stop()
	h.job.stop()
}

// home is a user's home directory.
func (h *Host) home(uid int) string {
	if uid == rootUID {
		return "/root"
	}
	return path.Join("/home", h.opts.User)
}

func (h *Host) userName(uid int) string {
	switch uid {
	case rootUID:
		return "root"
	case userUID:
		return h.opts.User
	}
	return fmt.Sprint(uid)
}

// Serve serves one SSH connection and returns when it has ended and nothing of
// it runs any more. It closes c.
func (h *Host) Serve(ctx context.Context, c net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	defer c.Close()
	defer h.lines.add(c)()

	grace := time.AfterFunc(loginGrace, func() { c.Close() })
	conn, channels, requests, err := xssh.NewServerConn(c, h.sshConfig())
	grace.Stop()
	if err != nil {
		return // the client went away or was refused: its side has the reason
	}
	defer conn.Close()
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() { answerGlobal(requests) })
	for nc := range channels {
		if nc.ChannelType() != "session" {
			all.Go(func() { h.forwarded(ctx, nc) })
			continue
		}
		ch, reqs, err := nc.Accept()
		if err != nil {
			break
		}
		s := &session{h: h, ch: ch, login: conn.User(), from: c.RemoteAddr(), hangUp: func() { c.Close() }}
		all.Go(func() { s.serve(ctx, reqs) })
	}
}

func (h *Host) sshConfig() *xssh.ServerConfig {
	config := &xssh.ServerConfig{
		ServerVersion: "SSH-2.0-SimulatedInstance",
		PublicKeyCallback: func(c xssh.ConnMetadata, key xssh.PublicKey) (*xssh.Permissions, error) {
			if c.User() != h.opts.User && c.User() != "root" {
				return nil, fmt.Errorf("no user %q on this host", c.User())
			}
			if !h.keys[string(key.Marshal())] {
				return nil, errors.New("the key is not in authorized_keys")
			}
			return nil, nil
		},
	}
	config.AddHostKey(h.signer())
	return config
}

// answerGlobal answers keepalives, and everything else with no.
func answerGlobal(requests <-chan *xssh.Request) {
	for r := range requests {
		if r.WantReply {
			_ = r.Reply(r.Type == "keepalive@openssh.com", nil)
		}
	}
}

// forwardTarget is the payload of a direct-tcpip channel (RFC 4254 §7.2).
type forwardTarget struct {
	Host     string
	Port     uint32
	FromHost string
	FromPort uint32
}
