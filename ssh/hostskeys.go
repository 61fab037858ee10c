package ssh

import (
	"context"
	"fmt"

	xssh "golang.org/x/crypto/ssh"
)

// check accepts the pinned key, pins the first one, and gives a
// *changedKeyError for any other.
func (k *knownHosts) check(ctx context.Context, name string, key xssh.PublicKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.refresh(); err != nil {
		return err
	}
	if err := k.distrust(name, key); err != nil {
		return err
	}
	found := k.pins.of(name)
	if len(found) == 0 {
		line := name + " " + keyLine(key)
		if len(k.trusted[name]) > 0 {
			line += " " + verifiedBefore
		}
		if err := k.add(ctx, name, line); err != nil {
			return err
		}
		// Read again: another process may have been first.
		if err := k.refresh(); err != nil {
			return err
		}
		if found = k.pins.of(name); len(found) == 0 {
			return fmt.Errorf("the key that was written to %s is not there", k.path)
		}
	}
	if match(found, key) {
		return nil
	}
	return &changedKeyError{name: name, old: found[0].fingerprint(), now: xssh.FingerprintSHA256(key), file: k.path}
}

// look judges a key as check does, and pins nothing.
func (k *knownHosts) look(_ context.Context, name string, key xssh.PublicKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.refresh(); err != nil {
		return err
	}
	if err := k.distrust(name, key); err != nil {
		return err
	}
	if found := k.pins.of(name); len(found) > 0 && !match(found, key) {
		return &changedKeyError{name: name, old: found[0].fingerprint(), now: xssh.FingerprintSHA256(key), file: k.path}
	}
	return nil
}

// pinned says whether a key of the host is pinned.
func (k *knownHosts) pinned(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.refresh() == nil && len(k.pins.of(name)) > 0
}

// algorithms are the signature algorithms to ask a host for, those of pinned
// keys first: a host has keys of several types, and another type than the
// pinned one would look like a changed key.
func (k *knownHosts) algorithms(name string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var first []string
	if err := k.refresh(); err == nil { // check tells the error
		for _, p := range k.pins.of(name) {
			first = append(first, signatures(p.typ)...)
		}
	}
	var all []string
	seen := map[string]bool{}
	for _, a := range append(first,
		xssh.KeyAlgoED25519, xssh.KeyAlgoECDSA256, xssh.KeyAlgoECDSA384, xssh.KeyAlgoECDSA521,
		xssh.KeyAlgoRSASHA512, xssh.KeyAlgoRSASHA256,
	) {
		if !seen[a] {
			seen[a] = true
			all = append(all, a)
		}
	}
	return all
}

// signatures are the algorithms that a key of a type signs with; SHA-1 is not
// among them.
func signatures(typ string) []string {
	if typ == xssh.KeyAlgoRSA {
		return []string{xssh.KeyAlgoRSASHA512, xssh.KeyAlgoRSASHA256}
	}
	return []string{typ}
}
