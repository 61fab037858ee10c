package aws

import (
	"time"

	"spot-tui/fleet"
)

// userData is a template's user data, of the parts that every launch has.
func userData(publicKey string, host fleet.HostKey, end time.Time) ([]byte, error) {
	return fleet.UserData(fleet.TemplateRequest{PublicKey: publicKey, HostKey: host, EndsAt: end})
}
