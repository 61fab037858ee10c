package ssh

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

// publicEnd is the end of the names of files that hold public halves.
const publicEnd = ".pub"

// identity is a key to log in with. Its private half may be locked by a
// passphrase, or known to an agent only.
type identity struct {
	path   string
	public xssh.PublicKey // nil: not known before the private half is unlocked

	asking sync.Mutex // held while a person is asked
	mu     sync.Mutex
	locked []byte      // the file's content, until it is unlocked
	own    xssh.Signer // nil: locked, or only its public half is here
}

// loadIdentity gives nil where the options name no key.
func loadIdentity(o Options) (*identity, error) {
	switch {
	case len(o.PrivateKey) > 0:
		id, err := parseIdentity("given in memory", o.PrivateKey)
		if err != nil {
			return nil, err
		}
		if id.own == nil {
			return nil, invalid("read the private key", id.path, errors.New("it is encrypted, or only a public half"), usableKeys)
		}
		return id, nil
	case o.PrivateKeyFile != "":
		return readIdentity(o.PrivateKeyFile)
	}
	return nil, nil
}

// readIdentity reads a file that holds a private key, encrypted or not, or a
// public half.
func readIdentity(path string) (*identity, error) {
	data, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	id, err := parseIdentity(path, data)
	if err == nil && id.public == nil {
		id.public = publicBeside(path)
	}
	return id, err
}

func parseIdentity(path string, data []byte) (*identity, error) {
	const op = "read the private key"
	id := &identity{path: path}
	s, err := xssh.ParsePrivateKey(data)
	var locked *xssh.PassphraseMissingError
	switch {
	case err == nil:
		if id.own, err = modern(s); err != nil {
			return nil, invalid(op, path, err, usableKeys)
		}
		id.public = s.PublicKey()
	case errors.As(err, &locked):
		id.locked, id.public = data, locked.PublicKey
	case strings.HasSuffix(path, publicEnd):
		if id.public, _, _, _, err = xssh.ParseAuthorizedKey(data); err != nil {
			return nil, invalid(op, path, errors.New("it is no public key as ssh-keygen writes it"), "name a key made by ssh-keygen, EC2 or `spot-tui setup`")
		}
	case strings.HasPrefix(string(data), "ssh-") || strings.HasPrefix(string(data), "ecdsa-"):
		return nil, invalid(op, path, errors.New("this is the public half"), "name the file without .pub")
	case bytes.Contains(data, []byte("BEGIN ENCRYPTED PRIVATE KEY")):
		return nil, invalid(op, path, errors.New("it is encrypted in a form that is not supported (PKCS #8)"), "rewrite it with: ssh-keygen -p -f "+fleet.Quote(path))
	default:
		return nil, invalid(op, path, errors.New("it is not a private key in OpenSSH or PEM form"), "name a key made by ssh-keygen, EC2 or `spot-tui setup`")
	}
	return id, nil
}

// publicBeside reads the public half that ssh-keygen leaves beside a key. It
// gives nil where there is none.
func publicBeside(path string) xssh.PublicKey {
	data, err := os.ReadFile(path + publicEnd)
	if err != nil {
		return nil
	}
	key, _, _, _, err := xssh.ParseAuthorizedKey(data) //nolint:dogsled // only the key is of use
	if err != nil {
		return nil
	}
	return key
}

const usableKeys = "name an ed25519, ECDSA or RSA key, for example one made by `spot-tui setup`"

// modern keeps an RSA key from signing with SHA-1, and a DSA key from all:
// current servers refuse both, and a refusal would read as a wrong key.
func modern(s xssh.Signer) (xssh.Signer, error) {
	switch typ := s.PublicKey().Type(); typ {
	case xssh.KeyAlgoRSA:
		a, ok := s.(xssh.AlgorithmSigner)
		if !ok {
			return nil, errors.New("it can't sign with SHA-2")
		}
		return xssh.NewSignerWithAlgorithms(a, signatures(typ))
	case "ssh-dss":
		return nil, errors.New("DSA keys are refused by current servers")
	}
	return s, nil
}

// errLocked says that nobody has given the passphrase of a key.
var errLocked = errors.New("the private key is encrypted, and its passphrase was not given")

// errOnlyAgent says that an agent would have to sign, and doesn't.
var errOnlyAgent = errors.New("only the public half of the key is here, and no agent holds the private one")

// signer gives what signs for the key: an agent that holds it, or the key itself.
func (id *identity) signer(a *agentKeys) (xssh.Signer, error) {
	id.mu.Lock()
	own, locked := id.own, id.locked
	id.mu.Unlock()
	if id.public != nil {
		if s := a.signer(id.public, own); s != nil {
			return s, nil
		}
	}
	switch {
	case own != nil:
		return own, nil
	case locked != nil:
		return nil, errLocked
	}
	return nil, errOnlyAgent
}

// passphraseTries bounds how often a person is asked for one passphrase.
const passphraseTries = 3

// unlock asks for the passphrase until it is right, at most three times. Several
// callers wait for one answer.
func (id *identity) unlock(ctx context.Context, ask func(ctx context.Context, path string, wrong bool) (string, error)) error {
	const op = "unlock the private key"
	id.asking.Lock()
	defer id.asking.Unlock()
	if id.own != nil || id.locked == nil {
		return nil
	}
	if ask == nil {
		return invalid(op, id.path, errors.New("it is encrypted with a passphrase"), addHint(id.path))
	}
	for try := range passphraseTries {
		secret, err := ask(ctx, id.path, try > 0)
		if err != nil {
			return invalid(op, id.path, err, addHint(id.path))
		}
		if secret == "" { // no key is encrypted with none
			continue
		}
		s, err := xssh.ParsePrivateKeyWithPassphrase(id.locked, []byte(secret))
		if err != nil && id.wrong(err) {
			continue
		}
		if err == nil {
			s, err = modern(s)
		}
		if err != nil {
			return invalid(op, id.path, fmt.Errorf("it can't be read: %w", err), usableKeys)
		}
		id.mu.Lock()
		id.own, id.locked = s, nil
		id.mu.Unlock()
		return nil
	}
	return invalid(op, id.path, fmt.Errorf("the passphrase was wrong %d times", passphraseTries), addHint(id.path))
}

// wrong says whether an error means another passphrase. The old PEM form has no
// checksum: what a wrong one makes of it is not a key, in any way.
func (id *identity) wrong(err error) bool {
	if errors.Is(err, x509.IncorrectPasswordError) {
		return true
	}
	block, _ := pem.Decode(id.locked)
	return block != nil && block.Type != "OPENSSH PRIVATE KEY"
}

// addHint says how to do without being asked.
func addHint(path string) string {
	return "add it to an agent with: ssh-add " + fleet.Quote(strings.TrimSuffix(path, publicEnd))
}

// Unlock makes sure that the private key can be used: an agent holds it, it has
// no passphrase, or Options.Passphrase is asked for it now. Nothing else asks,
// so that no question comes up while something else owns the terminal. It does
// nothing where no key is configured or where it was done. The error is
// KindInvalid; everything that needs no login works all the same.
func (c *Client) Unlock(ctx context.Context) error {
	if c.identity == nil {
		return nil
	}
	_, err := c.identity.signer(c.agent)
	switch {
	case errors.Is(err, errLocked):
		return c.identity.unlock(ctx, c.opts.Passphrase)
	case err != nil:
		return invalid("use the private key", c.identity.path, err, addHint(c.identity.path))
	}
	return nil
}
