package ssh

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

func invalid(op, resource string, err error, hint string) *fleet.Error {
	return &fleet.Error{Op: op, Resource: resource, Kind: fleet.KindInvalid, Err: err, Hint: hint}
}

// loadSigner gives nil where the options name no key.
func loadSigner(o Options) (xssh.Signer, error) {
	switch {
	case len(o.PrivateKey) > 0:
		return parseKey("given in memory", o.PrivateKey)
	case o.PrivateKeyFile != "":
		return readKey(o.PrivateKeyFile)
	}
	return nil, nil
}

func readKey(path string) (xssh.Signer, error) {
	const op = "read the private key"
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, invalid(op, path, errors.New("there is no such file"), "make one with `spot-tui setup` or `ssh-keygen -t ed25519`")
		}
		return nil, invalid(op, path, bare(err), "")
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, invalid(op, path, bare(err), "")
	}
	if !fi.Mode().IsRegular() {
		return nil, invalid(op, path, errors.New("it is not a file"), "name the file that holds the key")
	}
	// Windows has no such mode bits: os makes them up there.
	if mode := fi.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, invalid(op, path, fmt.Errorf("others can read it (mode %04o)", mode), "run: chmod 600 "+quote(path))
	}
	const most = 1 << 20 // no key is that long; somebody named a wrong file
	if fi.Size() > most {
		return nil, invalid(op, path, errors.New("it is too long to be a key"), "name the file that holds the key")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, invalid(op, path, bare(err), "")
	}
	return parseKey(path, data)
}

func parseKey(name string, data []byte) (xssh.Signer, error) {
	s, err := xssh.ParsePrivateKey(data)
	var locked *xssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, invalid("read the private key", name, errors.New("it is encrypted with a passphrase"), "name a key without a passphrase, for example one made by `spot-tui setup`")
	case err != nil && strings.HasPrefix(string(data), "ssh-"):
		return nil, invalid("read the private key", name, errors.New("this is the public half"), "name the file without .pub")
	case err != nil:
		return nil, invalid("read the private key", name, errors.New("it is not a private key in OpenSSH or PEM form"), "name a key made by ssh-keygen, EC2 or `spot-tui setup`")
	}
	return s, nil
}

// bare drops the path from an error of package os: our sentences name it already.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// GenerateKey makes an ed25519 key without a passphrase in a new file in OpenSSH
// form (mode 0600, missing folders 0700) and gives its authorized_keys line. It
// never overwrites a file.
func GenerateKey(path string) (publicLine string, err error) {
	const op = "make the private key"
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", &fleet.Error{Op: op, Resource: path, Kind: fleet.KindInternal, Err: err}
	}
	block, err := xssh.MarshalPrivateKey(private, "spot-tui")
	if err != nil {
		return "", &fleet.Error{Op: op, Resource: path, Kind: fleet.KindInternal, Err: err}
	}
	key, err := xssh.NewPublicKey(public)
	if err != nil {
		return "", &fleet.Error{Op: op, Resource: path, Kind: fleet.KindInternal, Err: err}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", invalid(op, path, bare(err), "name a folder that you may write to")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", &fleet.Error{Op: op, Resource: path, Kind: fleet.KindConflict, Err: errors.New("the file exists already"), Hint: "name another file; a key is never overwritten"}
	}
	if err != nil {
		return "", invalid(op, path, bare(err), "name a folder that you may write to")
	}
	_, err = f.Write(pem.EncodeToMemory(block))
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(path) // half a key helps nobody; the first error is what counts
		return "", &fleet.Error{Op: op, Resource: path, Kind: fleet.KindInternal, Err: err}
	}
	return keyLine(key), nil
}

// PublicKey derives the authorized_keys line (without a comment and newline)
// from a private key file, which must hold what New accepts.
func PublicKey(path string) (line string, err error) {
	if path == "" {
		return "", invalid("read the private key", "", errors.New("none is named"), "set one in the config, or run `spot-tui setup`")
	}
	s, err := readKey(path)
	if err != nil {
		return "", err
	}
	return keyLine(s.PublicKey()), nil
}

// keyLine is a key as authorized_keys and known_hosts write it: type and base64.
func keyLine(k xssh.PublicKey) string {
	return strings.TrimSpace(string(xssh.MarshalAuthorizedKey(k)))
}
