package ssh

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// Trust says which keys (fingerprints as `ssh-keygen -l` shows them, "SHA256:…")
// an instance may have, known from elsewhere than its own port 22. From then on
// no other is accepted.
//
// Before the first login it is the way to know the host at once. Afterwards it
// is the check of what was pinned: a pinned key that is among them counts as
// verified from now on, for other processes and after this one too. One that is
// not is revoked, what is open to the host is closed, and the error is
// KindConflict. No fingerprint at all, or one of another kind, is KindInvalid.
func (c *Client) Trust(id fleet.InstanceID, fingerprints []string) error {
	const op = "verify the host key of"
	if id == "" || len(fingerprints) == 0 {
		return invalid(op, string(id), errors.New("no fingerprint is known for it"), "")
	}
	for _, f := range fingerprints {
		if digest, ok := strings.CutPrefix(f, "SHA256:"); !ok || digest == "" {
			return invalid(op, string(id), fmt.Errorf("%q is no SHA256 fingerprint", fleet.Clean(f)), "")
		}
	}
	refused, err := c.hosts.trust(c.ctx, string(id), fingerprints)
	if err != nil {
		return &fleet.Error{Op: op, Resource: string(id), Kind: fleet.KindInternal, Err: err}
	}
	if refused == "" {
		return nil
	}
	c.drop(id, errDistrusted)
	return &fleet.Error{
		Op: op, Resource: string(id), Kind: fleet.KindConflict,
		Err:  fmt.Errorf("the host that was logged in to showed %s, but the instance has %s; connections to it were closed: %w", refused, strings.Join(fingerprints, ", "), errKeyChanged),
		Hint: "somebody may be in between: terminate it and launch another; " + unrevokeHint(c.hosts.path, string(id)),
	}
}

// Verified says whether only keys that Trust was told of are accepted from the
// instance, or the one that is pinned was checked so, by whatever process.
func (c *Client) Verified(id fleet.InstanceID) bool {
	ok, err := c.hosts.verified(string(id))
	if err != nil {
		c.log.Warn("it can't be told whether a host key is verified", "instance", id, "error", err)
	}
	return ok
}

// NewHostKey makes an ed25519 key for hosts that are still to be launched. The
// private half is in OpenSSH form, as cloud-init takes it.
func (c *Client) NewHostKey() (fleet.HostKey, error) {
	fail := func(err error) (fleet.HostKey, error) {
		return fleet.HostKey{}, &fleet.Error{Op: "make a host key", Kind: fleet.KindInternal, Err: err}
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fail(err)
	}
	block, err := xssh.MarshalPrivateKey(private, "")
	if err != nil {
		return fail(err)
	}
	key, err := xssh.NewPublicKey(public)
	if err != nil {
		return fail(err)
	}
	return fleet.HostKey{Private: string(pem.EncodeToMemory(block)), Public: keyLine(key), Fingerprint: xssh.FingerprintSHA256(key)}, nil
}

// unrevokeHint says how a person who knows better takes a refusal back.
// `ssh-keygen -R` leaves marked lines alone.
func unrevokeHint(file, name string) string {
	return fmt.Sprintf("if you know why it changed, delete the line that begins with \"@revoked %s\" from %s", name, file)
}

// What a line's comment says of a key that was checked. It tells apart what was
// sent to the host before the check from nothing.
const (
	verifiedPrefix = "verified:"
	verifiedBefore = verifiedPrefix + "before-login"
	verifiedAfter  = verifiedPrefix + "after-login"
)

// trust remembers what a host may show and judges what is pinned. It gives the
// fingerprint of a pinned key that is none of them, which it revokes.
//
// Lines are added, none is changed: two processes may do this at once, and
// hundreds of hosts are judged within seconds. The same key in two lines is one
// key to ssh too.
func (k *knownHosts) trust(ctx context.Context, name string, fingerprints []string) (refused string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.refresh(); err != nil {
		return "", err
	}
	k.trusted[name] = slices.Clone(fingerprints)
	for _, p := range k.pins.of(name) {
		good := slices.Contains(fingerprints, p.fingerprint())
		if good && k.pins.vouched(name, p.blob) {
			continue
		}
		line := name + " " + p.typ + " " + p.blob
		if good {
			line += " " + verifiedAfter
		} else {
			line, refused = "@revoked "+line, p.fingerprint()
		}
		if err := k.add(ctx, name, line); err != nil {
			return refused, err
		}
		if err := k.refresh(); err != nil {
			return refused, err
		}
	}
	return refused, nil
}

// verified says whether a host's key is, or can only be, one that was checked.
func (k *knownHosts) verified(name string) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.refresh(); err != nil {
		return false, err
	}
	for _, p := range k.pins.of(name) {
		if !k.pins.vouched(name, p.blob) {
			return false, nil
		}
	}
	if len(k.pins.of(name)) > 0 {
		return true, nil
	}
	return len(k.trusted[name]) > 0 && len(k.pins.revokedOf(name)) == 0, nil
}

// distrust refuses a key that was revoked, or that is not among those that are
// known for the host. The caller holds mu.
func (k *knownHosts) distrust(name string, key xssh.PublicKey) error {
	now := xssh.FingerprintSHA256(key)
	if trusted := k.trusted[name]; len(trusted) > 0 && !slices.Contains(trusted, now) {
		return &changedKeyError{name: name, now: now, old: strings.Join(trusted, ", "), file: k.path, why: keyNotTrusted}
	}
	for _, p := range k.pins.revokedOf(name) {
		if p.fingerprint() == now {
			return &changedKeyError{name: name, now: now, file: k.path, why: keyRevoked}
		}
	}
	return nil
}
