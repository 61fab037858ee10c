package fleet

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"time"
)

// MaxUserData is EC2's limit for user data in bytes, before base64 (aws-facts §1.7).
const MaxUserData = 16384

// cloudConfig is the part of cloud-init's config that we use. JSON is YAML, and
// its encoding is the same each time.
type cloudConfig struct {
	Keys  []string   `json:"ssh_authorized_keys,omitempty"` // for the image's default user
	Files []BootFile `json:"write_files,omitempty"`
	Run   [][]string `json:"runcmd,omitempty"`
	// HostKeys is a key of sshd that we made (aws-facts §8).
	HostKeys map[string]string `json:"ssh_keys,omitempty"`
}

// BootFile is a file that an instance writes at its first boot.
type BootFile struct {
	Path    string `json:"path"`
	Mode    string `json:"permissions"`
	Content string `json:"content"`
}

// The end of an instance (R14): a timer at the fleet's absolute end. The same
// unit runs a minute after every boot and looks at the clock, for an instance
// that was off when the end came: a calendar time that has passed before the
// timer was first started would never fire.
const (
	endScript = `#!/bin/sh
# Armed by spot-tui: this instance ends with its fleet, whoever watches.
[ "$(date +%%s)" -lt %d ] || exec systemctl poweroff
`
	endService = `[Unit]
Description=End of this spot-tui fleet
[Service]
Type=oneshot
ExecStart=/bin/sh /etc/spot-tui/end.sh
`
	endTimer = `[Unit]
Description=End of this spot-tui fleet
[Timer]
OnCalendar=%s
OnBootSec=1min
AccuracySec=1s
Persistent=true
[Install]
WantedBy=timers.target
`
)

// UserData composes what cloud-init does at an instance's first boot. Every
// process of the instance can read it (aws-facts §8), so it holds no secret but
// the host key, where that was asked for. What is larger than EC2 takes is
// compressed, which cloud-init undoes; what still is, is an error.
func UserData(q TemplateRequest) ([]byte, error) {
	var c cloudConfig
	if q.HostKey.Private != "" {
		c.HostKeys = map[string]string{"ed25519_private": q.HostKey.Private, "ed25519_public": q.HostKey.Public}
	}
	if q.PublicKey != "" {
		c.Keys = []string{q.PublicKey}
	}
	if !q.EndsAt.IsZero() {
		end := q.EndsAt.UTC().Truncate(time.Second)
		c.Files = []BootFile{
			{"/etc/spot-tui/end.sh", "0755", fmt.Sprintf(endScript, end.Unix())},
			{"/etc/systemd/system/spot-tui-end.service", "0644", endService},
			{"/etc/systemd/system/spot-tui-end.timer", "0644", fmt.Sprintf(endTimer, end.Format("2006-01-02 15:04:05 UTC"))},
		}
		c.Run = [][]string{{"systemctl", "daemon-reload"}, {"systemctl", "enable", "--now", "spot-tui-end.timer"}}
	}
	c.Files = append(c.Files, q.FirstBoot.Files...)
	c.Run = append(c.Run, q.FirstBoot.Run...)
	var b bytes.Buffer
	b.WriteString("#cloud-config\n")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		return nil, err
	}
	if b.Len() <= MaxUserData {
		return b.Bytes(), nil
	}
	small, err := squeezed(b.Bytes())
	if err != nil {
		return nil, err
	}
	if len(small) > MaxUserData {
		return nil, fmt.Errorf("what is to be done at the first boot has %d bytes, compressed; EC2 takes %d", len(small), MaxUserData)
	}
	return small, nil
}

// squeezed compresses; the same text gives the same bytes.
func squeezed(text []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
