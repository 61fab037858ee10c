package ssh

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentKeys are the keys that a person's ssh agent holds. Each question opens a
// connection of its own: an agent that was started anew under the same name
// serves on, and one that hangs holds up nobody for longer than patience.
type agentKeys struct {
	socket   string // empty: there is none
	patience time.Duration

	mu    sync.Mutex
	asked map[string]agentAnswer // by the key's wire form
}

// agentAnswer is whether an agent held a key, and until when that counts.
type agentAnswer struct {
	held  bool
	until time.Time
}

const (
	// agentMemory is how long an answer counts: hundreds of logins begin in the
	// same second, and a key may be added while we run.
	agentMemory = 5 * time.Second
	// agentListing bounds the wait for the list of keys, for which an agent asks
	// nobody. One that hangs is left alone for agentSulk, so that logins with a
	// key of our own don't wait for it each time.
	agentListing = 2 * time.Second
	agentSulk    = time.Minute
)

func newAgentKeys(socket string, patience time.Duration) *agentKeys {
	return &agentKeys{socket: socket, patience: patience, asked: map[string]agentAnswer{}}
}

// signer gives a signer for a key that the agent holds, or nil. instead signs
// where the agent holds the key and then doesn't; it may be nil.
func (a *agentKeys) signer(key xssh.PublicKey, instead xssh.Signer) xssh.Signer {
	if a.socket == "" || !a.holds(key) {
		return nil
	}
	s, err := modern(&agentSigner{agent: a, key: key, instead: instead})
	if err != nil {
		return nil
	}
	return s
}

func (a *agentKeys) holds(key xssh.PublicKey) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	wire := key.Marshal()
	if old, ok := a.asked[string(wire)]; ok && time.Now().Before(old.until) {
		return old.held
	}
	held, began, counts := false, time.Now(), agentMemory
	_ = a.ask(min(a.patience, agentListing), func(g agent.ExtendedAgent) error { // an agent that doesn't answer holds nothing
		keys, err := g.List()
		for _, k := range keys {
			held = held || bytes.Equal(k.Blob, wire)
		}
		return err
	})
	if time.Since(began) >= min(a.patience, agentListing) {
		counts = agentSulk
	}
	a.asked[string(wire)] = agentAnswer{held: held, until: time.Now().Add(counts)}
	return held
}

// ask runs f on a connection to the agent, for no longer than limit.
func (a *agentKeys) ask(limit time.Duration, f func(agent.ExtendedAgent) error) error {
	c, err := net.DialTimeout("unix", a.socket, limit)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	return f(agent.NewClient(c))
}

// agentSigner is a key whose private half an agent holds.
type agentSigner struct {
	agent   *agentKeys
	key     xssh.PublicKey
	instead xssh.Signer
}

func (s *agentSigner) PublicKey() xssh.PublicKey { return s.key }

func (s *agentSigner) Sign(r io.Reader, data []byte) (*xssh.Signature, error) {
	return s.SignWithAlgorithm(r, data, s.key.Type())
}

// SignWithAlgorithm asks the agent for a signature; RSA keys sign with SHA-2 only.
func (s *agentSigner) SignWithAlgorithm(_ io.Reader, data []byte, algorithm string) (*xssh.Signature, error) {
	var flags agent.SignatureFlags
	switch algorithm {
	case xssh.KeyAlgoRSASHA512:
		flags = agent.SignatureFlagRsaSha512
	case xssh.KeyAlgoRSASHA256:
		flags = agent.SignatureFlagRsaSha256
	case xssh.KeyAlgoRSA:
		return nil, errors.New("SHA-1 is not used")
	}
	var sig *xssh.Signature
	err := s.agent.ask(s.agent.patience, func(g agent.ExtendedAgent) (err error) {
		sig, err = g.SignWithFlags(s.key, data, flags)
		return err
	})
	if err == nil {
		return sig, nil
	}
	if own, ok := s.instead.(xssh.AlgorithmSigner); ok {
		return own.SignWithAlgorithm(rand.Reader, data, algorithm)
	}
	return nil, &agentError{err}
}

// agentError says that an agent that holds the key did not sign.
type agentError struct{ err error }

func (e *agentError) Error() string {
	return fmt.Sprintf("the ssh agent holds the key, but did not sign: %v", e.err)
}
func (e *agentError) Unwrap() error { return e.err }
