package ssh

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
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

// readKeyFile gives a private key file's content, or the sentence that says why
// it can't be used: missing, too long to be one, or open to others.
func readKeyFile(path string) ([]byte, error) {
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
	// Windows has no such mode bits: os makes them up there. A public half may
	// be read by all.
	if mode := fi.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" && !strings.HasSuffix(path, publicEnd) {
		return nil, invalid(op, path, fmt.Errorf("others can read it (mode %04o)", mode), "run: chmod 600 "+fleet.Quote(path))
	}
	const most = 1 << 20 // no key is that long; somebody named a wrong file
	if fi.Size() > most {
		return nil, invalid(op, path, errors.New("it is too long to be a key"), "name the file that holds the key")
	}
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, invalid(op, path, bare(err), "")
	}
	return data, nil
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

// PublicKey gives the authorized_keys line (without a comment and newline) of a
// private key file, or of a file that holds a public half. It asks for no
// passphrase: an encrypted key in OpenSSH form says its public half in clear,
// and for one in PEM form the file beside it with .pub is read.
func PublicKey(path string) (line string, err error) {
	if path == "" {
		return "", invalid("read the private key", "", errors.New("none is named"), "set one in the config, or run `spot-tui setup`")
	}
	id, err := readIdentity(path)
	if err != nil {
		return "", err
	}
	if id.public == nil {
		return "", invalid("read the private key", path, errors.New("it is encrypted, and there is no public half beside it"),
			"write it with: ssh-keygen -y -f "+fleet.Quote(path)+" > "+fleet.Quote(path+publicEnd))
	}
	return keyLine(id.public), nil
}

// keyLine is a key as authorized_keys and known_hosts write it: type and base64.
func keyLine(k xssh.PublicKey) string {
	return strings.TrimSpace(string(xssh.MarshalAuthorizedKey(k)))
}
