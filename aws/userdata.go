package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"spot-tui/fleet"
)

// maxUserData is EC2's limit for user data before base64 (aws-facts §1.7).
const maxUserData = 16384

// cloudConfig is the part of cloud-init's config that we use. JSON is YAML, and
// its encoding is the same each time.
type cloudConfig struct {
	Keys  []string    `json:"ssh_authorized_keys,omitempty"` // for the image's default user
	Files []cloudFile `json:"write_files,omitempty"`
	Run   [][]string  `json:"runcmd,omitempty"`
	// HostKeys is a key of sshd that we made (aws-facts §8).
	HostKeys map[string]string `json:"ssh_keys,omitempty"`
}

type cloudFile struct {
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

// userData composes what cloud-init does at first boot. Every process of the
// instance can read it (aws-facts §8), so it holds no secret but the host key,
// where that was asked for.
func userData(publicKey string, host fleet.HostKey, end time.Time) ([]byte, error) {
	var c cloudConfig
	if host.Private != "" {
		c.HostKeys = map[string]string{"ed25519_private": host.Private, "ed25519_public": host.Public}
	}
	if publicKey != "" {
		c.Keys = []string{publicKey}
	}
	if !end.IsZero() {
		end = end.UTC().Truncate(time.Second)
		c.Files = []cloudFile{
			{"/etc/spot-tui/end.sh", "0755", fmt.Sprintf(endScript, end.Unix())},
			{"/etc/systemd/system/spot-tui-end.service", "0644", endService},
			{"/etc/systemd/system/spot-tui-end.timer", "0644", fmt.Sprintf(endTimer, end.Format("2006-01-02 15:04:05 UTC"))},
		}
		c.Run = [][]string{{"systemctl", "daemon-reload"}, {"systemctl", "enable", "--now", "spot-tui-end.timer"}}
	}
	var b bytes.Buffer
	b.WriteString("#cloud-config\n")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		return nil, err
	}
	if b.Len() > maxUserData {
		return nil, fmt.Errorf("the first-boot script has %d bytes, EC2 takes %d", b.Len(), maxUserData)
	}
	return b.Bytes(), nil
}
