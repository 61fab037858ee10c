//go:build unix

package cli

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	xssh "golang.org/x/crypto/ssh"
)

// lockedProgram is a program whose config names an encrypted key, and whose
// cloud answers nothing.
func lockedProgram(t *testing.T) (p *program, key string) {
	t.Helper()
	p = newProgram(t)
	p.env = []string{"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=x", "AWS_MAX_ATTEMPTS=1"}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := xssh.MarshalPrivateKeyWithPassphrase(private, "", []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	key = filepath.Join(p.home, ".ssh", "id_ed25519")
	if err := os.MkdirAll(filepath.Dir(key), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	p.setup("locked")
	return p, key
}

func TestAnEncryptedKeyWithoutATerminal(t *testing.T) {
	t.Parallel()
	p, key := lockedProgram(t)
	r := p.must(exitUsage, "exec", "--", "true")
	if !strings.Contains(r.stderr, key) || !strings.Contains(r.stderr, "no terminal to ask for it; add it to an agent with: ssh-add ") {
		t.Error(r.stderr)
	}
	// What needs no login asks for none, and fails by the cloud alone.
	if r := p.run("list"); strings.Contains(r.stderr, "passphrase") || r.code == 0 {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
}

func TestAnEncryptedKeyIsAskedForOnce(t *testing.T) {
	t.Parallel()
	p, key := lockedProgram(t)
	s := openScreen(t, p, 200, 20, "exec", "--", "true")
	s.sees("Passphrase for " + key + ":")
	s.typed("wrong\r")
	s.sees("That was not it.")
	s.typed("\r")
	s.sees("no passphrase was given; add it to an agent")
	if strings.Contains(s.text(), "wrong") {
		t.Errorf("what was typed is shown:\n%s", s.text())
	}
	s = openScreen(t, p, 200, 20, "exec", "--", "true")
	s.sees("Passphrase for ")
	s.typed("correct horse\r")
	s.sees("127.0.0.1:1") // the key is open, and the cloud's turn has come
	if n := strings.Count(s.text(), "Passphrase for"); n != 1 || strings.Contains(s.text(), "horse") {
		t.Errorf("asked %d times:\n%s", n, s.text())
	}
}

func TestCtrlCAtThePassphraseEndsTheProgram(t *testing.T) {
	t.Parallel()
	p, _ := lockedProgram(t)
	s := openScreen(t, p, 200, 20)
	s.sees("Passphrase for ")
	s.key("\x03")
	_ = s.cmd.Wait() // its exit code is looked at next
	if code := s.cmd.ProcessState.ExitCode(); code != 130 || s.alternate() {
		t.Errorf("exit %d\n%s", code, s.text())
	}
}
