package sim

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	xssh "golang.org/x/crypto/ssh"

	"spot-tui/sim/host"
)

// sshHost is what an instance is from inside.
type sshHost interface {
	Serve(ctx context.Context, c net.Conn)
	Close()
	HostKey() xssh.PublicKey
}

// openSSH is the moment at which sshd answers.
func (i *instance) openSSH(at time.Time) {
	h, err := host.New(i.hostOptions())
	if err != nil { // nobody can log in: no key, say
		i.console = "[ 0.000000] Linux\nsshd: " + err.Error() + "\n"
		return
	}
	i.host = h
	line := strings.TrimSpace(string(xssh.MarshalAuthorizedKey(h.HostKey())))
	i.console = fmt.Sprintf("[    0.000000] Linux version 6.8.0-aws (%s)\r\n", i.spec.typ.arch) +
		"-----BEGIN SSH HOST KEY FINGERPRINTS-----\r\n" +
		"256 " + xssh.FingerprintSHA256(h.HostKey()) + " root@" + i.privateDNS() + " (ED25519)\r\n" +
		"-----END SSH HOST KEY FINGERPRINTS-----\r\n-----BEGIN SSH HOST KEY KEYS-----\r\n" + line +
		"\r\n-----END SSH HOST KEY KEYS-----\r\n" +
		fmt.Sprintf("Cloud-init finished at %s. Datasource DataSourceEc2Local.\r\n", at.UTC().Format(time.RFC1123Z))
}

func (i *instance) hostOptions() host.Options {
	s := i.spec
	o := host.Options{
		InstanceID: i.id, User: i.r.loginOf(s.image), AuthorizedKeys: keysIn(s.userData), Type: s.typ.name, Arch: s.typ.arch,
		VCPU: s.typ.vcpu, MemoryMiB: s.typ.memory, Region: i.r.info.name, Zone: s.zone, PrivateIP: text(i.private), ImageID: s.image.id,
		Booted: i.booted, UserData: s.userData,
		// A shutdown takes the region's lock, which who builds the host may hold.
		OnShutdown: func() { i.r.w.spawn(i.halt) },
		Notice: func() (time.Time, bool) {
			if end := i.notice.Load(); end != nil {
				return *end, true
			}
			return time.Time{}, false
		},
	}
	o.OnCommand = func(line string) *host.Cut { return i.r.w.onCommand(i, line) }
	if i.public.IsValid() {
		o.PublicIP = i.public.String()
	}
	if s.key != "" {
		if pair := i.r.keyNamed(s.key); pair != nil {
			o.AuthorizedKeys = append(o.AuthorizedKeys, i.r.keys[pair.id])
		}
	}
	if exec := i.r.w.opts.Exec; exec != nil {
		id := i.id
		o.Exec = func(ctx context.Context, line string, in io.Reader, out, errOut io.Writer) (int, bool) {
			return exec(ctx, id, line, in, out, errOut)
		}
	}
	return o
}

// closeHost ends the connections of an instance. It only starts that: a host
// may be asking for the region's lock, which the caller holds.
func (i *instance) closeHost() {
	// When the world is closing, its Close takes the host.
	if h := i.host; h != nil && i.r.w.spawn(h.Close) {
		i.host = nil
	}
}

// keysIn gives the SSH keys that a #cloud-config document authorises, for its
// default user. Anything else in user data authorises nobody.
func keysIn(userData []byte) []string {
	if bytes.HasPrefix(userData, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(userData))
		if err != nil {
			return nil
		}
		if userData, err = io.ReadAll(io.LimitReader(z, 1<<20)); err != nil {
			return nil
		}
	}
	if !bytes.HasPrefix(userData, []byte("#cloud-config")) {
		return nil
	}
	var config struct {
		Keys []string `yaml:"ssh_authorized_keys"`
	}
	if yaml.Unmarshal(userData, &config) != nil { // cloud-init ignores what it can't read
		return nil
	}
	return config.Keys
}
