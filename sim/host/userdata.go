package host

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	xssh "golang.org/x/crypto/ssh"
)

// maxUserData is more than EC2 takes, unpacked.
const maxUserData = 1 << 20

// bootPlan is the part of cloud-init's config that a simulated boot honours.
type bootPlan struct {
	Keys  []string `yaml:"ssh_authorized_keys"`
	Files []struct {
		Path, Permissions, Content, Encoding, Owner string
		Append                                      bool
	} `yaml:"write_files"`
	Boot     []any             `yaml:"bootcmd"`
	Run      []any             `yaml:"runcmd"`
	HostKeys map[string]string `yaml:"ssh_keys"`

	script  string
	hostKey xssh.Signer
}

// readUserData understands cloud-config and scripts, also gzipped. What else
// cloud-init knows (MIME parts, includes) has no effect here.
func readUserData(data []byte) (*bootPlan, error) {
	plan := &bootPlan{}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(io.LimitReader(z, maxUserData)); err != nil {
			return nil, err
		}
	}
	switch {
	case bytes.HasPrefix(data, []byte("#!")):
		plan.script = string(data)
	case bytes.HasPrefix(data, []byte("#cloud-config")):
		if err := yaml.Unmarshal(data, plan); err != nil {
			return nil, err
		}
	}
	if private := plan.HostKeys["ed25519_private"]; private != "" {
		key, err := xssh.ParsePrivateKey([]byte(private))
		if err != nil {
			return nil, fmt.Errorf("ssh_keys.ed25519_private: %w", err)
		}
		plan.hostKey = key
	}
	return plan, nil
}

// does says whether there is anything to do at boot.
func (b *bootPlan) does() bool {
	return len(b.Files)+len(b.Boot)+len(b.Run) > 0 || b.script != ""
}

// firstBoot does what the user data asks for, as root, into cloud-init's log.
func (h *Host) firstBoot(b *bootPlan) {
	log := func(format string, args ...any) {
		f, err := h.who(rootUID).open("/var/log/cloud-init-output.log", appendFlags, 0o644)
		if err == nil {
			fmt.Fprintf(f, format, args...)
		}
	}
	for _, f := range b.Files {
		if err := h.bootFile(f.Path, f.Content, f.Encoding, f.Permissions, f.Owner, f.Append); err != nil {
			log("write_files: %v\n", err)
		}
	}
	status := 0 // runcmd is one script: its last command decides
	for _, c := range append(b.Boot, b.Run...) {
		status = h.bootCommand(h.ctx, bootLine(c))
	}
	h.firstBad.Store(status != 0)
	if b.script != "" {
		name := "/var/lib/cloud/instance/scripts/part-001"
		root := h.who(rootUID)
		_ = root.mkdirAll(path.Dir(name), 0o755)
		if err := root.writeFile(name, []byte(b.script), 0o700); err != nil {
			log("scripts: %v\n", err)
			return
		}
		h.firstBad.Store(h.bootCommand(h.ctx, name) != 0)
	}
}

func (h *Host) bootFile(name, content, encoding, mode, owner string, more bool) error {
	data := []byte(content)
	for _, e := range strings.Split(encoding, "+") {
		var err error
		switch e {
		case "b64", "base64":
			data, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(data)))
		case "gz", "gzip":
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(data)); err == nil {
				data, err = io.ReadAll(io.LimitReader(z, h.opts.MemoryLimit))
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	perm := uint64(0o644)
	if mode != "" {
		n, err := strconv.ParseUint(mode, 8, 32)
		if err != nil {
			return fmt.Errorf("%s: permissions %q: %w", name, mode, err)
		}
		perm = n
	}
	root := h.who(rootUID)
	name = path.Clean("/" + name)
	if err := root.mkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	flags := truncFlags
	if more {
		flags = appendFlags
	}
	f, err := root.open(name, flags, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if user, _, _ := strings.Cut(owner, ":"); user == h.opts.User {
		if err := root.chown(name, userUID); err != nil {
			return err
		}
	}
	return root.chmod(name, fs.FileMode(perm))
}

// bootLine is a runcmd entry as a shell line: a string, or a list of words.
func bootLine(entry any) string {
	words, ok := entry.([]any)
	if !ok {
		return fmt.Sprint(entry)
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(fmt.Sprint(w))
	}
	return strings.Join(quoted, " ")
}

// bootCommand runs a line as root with its output in cloud-init's log.
func (h *Host) bootCommand(ctx context.Context, line string) int {
	return h.background(ctx, line, "/var/log/cloud-init-output.log")
}

// background runs a line as root, outside of any session.
func (h *Host) background(ctx context.Context, line, log string) int {
	f, err := h.who(rootUID).open(log, appendFlags, 0o644)
	if err != nil {
		f, err = h.who(rootUID).open("/dev/null", appendFlags, 0)
		if err != nil {
			return 1
		}
	}
	sh := h.newShellIn("/", h.environment(rootUID), rootUID, stdio{in: noInput(), out: f, err: f})
	return sh.runLine(ctx, line)
}

// initLeft is how long cloud-init still has to do at least; 0: it is done.
func (h *Host) initLeft() time.Duration {
	left := time.Until(h.initDone())
	select {
	case <-h.firstDone:
		return max(0, left)
	default:
		return max(time.Second, left)
	}
}

// initDone is when cloud-init is done at the earliest.
func (h *Host) initDone() time.Time { return h.opts.Booted.Add(h.opts.CloudInit) }

func (h *Host) publicKeyLine() string {
	return strings.TrimSpace(string(xssh.MarshalAuthorizedKey(h.HostKey()))) + " root@" + h.opts.Hostname + "\n"
}
