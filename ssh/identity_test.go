package ssh

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/fleet"
)

const secret = "correct horse"

// keyFile writes a key of a type, encrypted with secret where that is asked for,
// and gives its path and public half.
func keyFile(t *testing.T, typ string, encrypted bool) (path string, public xssh.PublicKey) {
	t.Helper()
	var key crypto.Signer
	switch typ {
	case "ed25519":
		_, k, err := ed25519.GenerateKey(rand.Reader)
		key = must(k, err)
	case "ecdsa":
		key = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	case "rsa":
		key = must(rsa.GenerateKey(rand.Reader, 2048))
	}
	block, err := xssh.MarshalPrivateKey(key, "a comment")
	if encrypted {
		block, err = xssh.MarshalPrivateKeyWithPassphrase(key, "a comment", []byte(secret))
	}
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "a key")
	write(t, path, string(pem.EncodeToMemory(block)), 0o600)
	return path, must(xssh.NewPublicKey(key.Public()))
}

// oldKeyFile writes an RSA key in the PEM form of old, encrypted with secret.
func oldKeyFile(t *testing.T) (path string, public xssh.PublicKey) {
	t.Helper()
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	//nolint:staticcheck // the form is weak, and EC2 users have such keys
	block := must(x509.EncryptPEMBlock(rand.Reader, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), []byte(secret), x509.PEMCipherAES128))
	path = filepath.Join(t.TempDir(), "old.pem")
	write(t, path, string(pem.EncodeToMemory(block)), 0o600)
	return path, must(xssh.NewPublicKey(&key.PublicKey))
}

// person answers questions for a passphrase with what stands in answers.
type person struct {
	answers []string
	asked   []bool // with "wrong" or not
	paths   []string
}

func (p *person) ask(_ context.Context, path string, wrong bool) (string, error) {
	p.asked, p.paths = append(p.asked, wrong), append(p.paths, path)
	if len(p.answers) == 0 {
		return "", errors.New("nobody is there")
	}
	a := p.answers[0]
	p.answers = p.answers[1:]
	return a, nil
}

func TestEveryKindOfKeyLogsIn(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"ed25519", "ecdsa", "rsa"} {
		for _, encrypted := range []bool{false, true} {
			path, public := keyFile(t, typ, encrypted)
			v := newServer(nil, echoLine)
			v.login = public
			p := &person{answers: []string{secret}}
			bubble(t, v, Options{PrivateKeyFile: path, Passphrase: p.ask}, func(t *testing.T, c *Client) {
				for range 2 {
					if err := c.Unlock(t.Context()); err != nil {
						t.Fatal(typ, err)
					}
				}
				if kind, text := runOn(t, c); kind != "" {
					t.Error(typ, encrypted, text)
				}
			})
			if want := map[bool]int{true: 1}[encrypted]; len(p.asked) != want {
				t.Errorf("%s: asked %d times, want %d", typ, len(p.asked), want)
			}
			if line, err := PublicKey(path); err != nil || line != keyLine(public) {
				t.Errorf("%s, encrypted %v: %q %v", typ, encrypted, line, err)
			}
		}
	}
}

func TestPassphrases(t *testing.T) {
	t.Parallel()
	locked, _ := keyFile(t, "ed25519", true)
	old, _ := oldKeyFile(t)
	for name, tc := range map[string]struct {
		path    string
		answers []string
		asked   int
		want    string
	}{
		"right":            {locked, []string{secret}, 1, ""},
		"at the third":     {locked, []string{"x", "", secret}, 3, ""},
		"old form":         {old, []string{"x", secret}, 2, ""},
		"never":            {locked, []string{"x", "y", "z", secret}, 3, "wrong 3 times; add it to an agent with: ssh-add '"},
		"nobody to ask":    {locked, nil, 1, "nobody is there; add it to an agent"},
		"no way of asking": {locked, nil, 0, "encrypted with a passphrase; add it to an agent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &person{answers: tc.answers}
			o := Options{PrivateKeyFile: tc.path, KnownHostsFile: filepath.Join(t.TempDir(), "k"), Passphrase: p.ask}
			if tc.asked == 0 {
				o.Passphrase = nil
			}
			c := must(New(o))
			defer c.Close()
			err := c.Unlock(t.Context())
			if (err == nil) != (tc.want == "") || err != nil && (!strings.Contains(err.Error(), tc.want) || fleet.KindOf(err) != fleet.KindInvalid) {
				t.Errorf("%v", err)
			}
			if len(p.asked) != tc.asked {
				t.Errorf("asked %v", p.asked)
			}
			for i, wrong := range p.asked {
				if wrong != (i > 0) || p.paths[i] != tc.path {
					t.Errorf("question %d: wrong %v, %s", i, wrong, p.paths[i])
				}
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Error("a passphrase got into an error")
			}
		})
	}
}

func TestALockedKeyAsksNobodyWhileConnecting(t *testing.T) {
	t.Parallel()
	path, public := keyFile(t, "ed25519", true)
	v := newServer(nil, echoLine)
	v.login = public
	p := &person{}
	bubble(t, v, Options{PrivateKeyFile: path, Passphrase: p.ask}, func(t *testing.T, c *Client) {
		err := c.Wait(t.Context(), target, nil)
		if fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "ssh-add") || len(p.asked) != 0 {
			t.Errorf("asked %v, %v", p.asked, err)
		}
	})
}

func TestPublicHalves(t *testing.T) {
	t.Parallel()
	path, public := oldKeyFile(t)
	if _, err := PublicKey(path); fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "ssh-keygen -y -f ") {
		t.Error(err)
	}
	write(t, path+".pub", keyLine(public)+" me@home\n", 0o644)
	for _, p := range []string{path, path + ".pub"} {
		if line, err := PublicKey(p); err != nil || line != keyLine(public) {
			t.Errorf("%s: %q %v", p, line, err)
		}
	}
	write(t, path+".pub", "no key\n", 0o644)
	if _, err := PublicKey(path + ".pub"); fleet.KindOf(err) != fleet.KindInvalid {
		t.Error(err)
	}
	c := must(New(Options{PrivateKeyFile: pubOf(t), KnownHostsFile: path + ".k"}))
	defer c.Close()
	if err := c.Unlock(t.Context()); fleet.KindOf(err) != fleet.KindInvalid || !strings.Contains(err.Error(), "no agent holds") {
		t.Error(err)
	}
}

// pubOf gives a file that holds a public half.
func pubOf(t *testing.T) string {
	t.Helper()
	path, public := keyFile(t, "ed25519", false)
	write(t, path+".pub", keyLine(public)+"\n", 0o644)
	return path + ".pub"
}
