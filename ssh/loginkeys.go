package ssh

import (
	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// signers are the keys to log in to a peer with: those that the ssh config names
// for it, as far as they can be used without a question, and ours.
func (c *Client) signers(p peer) ([]xssh.Signer, error) {
	var all []xssh.Signer
	for _, path := range p.keys {
		id, err := readIdentity(path)
		if err == nil {
			var s xssh.Signer
			if s, err = id.signer(c.agent); err == nil {
				all = append(all, s)
			}
		}
		if err != nil {
			c.log.Info("a key for a jump host is left out", "jump", p.addr, "key", path, "why", err)
		}
	}
	if c.identity == nil {
		if len(all) == 0 {
			return nil, errNoKey
		}
		return all, nil
	}
	s, err := c.identity.signer(c.agent)
	if err == nil {
		return append(all, s), nil
	}
	if len(all) == 0 {
		return nil, err
	}
	return all, nil
}

// keyless says that there was no key to log in with. Trying again can't help
// before a person has done something.
func (c *Client) keyless(err error) error {
	hint := "set one in the config, or run `spot-tui setup`"
	if c.identity != nil {
		hint = addHint(c.identity.path)
	}
	return &reachError{kind: fleet.KindInvalid, words: err.Error(), hint: hint, final: true, err: err}
}
