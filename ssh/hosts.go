package ssh

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // OpenSSH hashes host names with HMAC-SHA1; it only has to find a name again
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	xssh "golang.org/x/crypto/ssh"
)

// pin is one line of a known_hosts file: a key that a host showed before.
type pin struct {
	names []string // exact names, or one "|1|salt|hash" as `ssh` writes with HashKnownHosts
	typ   string
	blob  string // the key in base64: equal text, equal key

	comment string
	revoked bool // the key must never be accepted from this host
}

// parsePin reads one line. ok is false, without an error, for a line that says
// nothing (empty, comment). Patterns and markers but @revoked are errors: we
// write none, and a line that is not understood must not vouch for a host.
func parsePin(line string) (p pin, ok bool, err error) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return pin{}, false, nil
	}
	f := strings.Fields(line)
	if f[0] == "@revoked" {
		p.revoked = true
		f = f[1:]
	}
	switch {
	case line[0] == '@' && !p.revoked:
		return pin{}, false, fmt.Errorf("the marker %s is not supported", f[0])
	case len(f) < 3:
		return pin{}, false, fmt.Errorf("it has %d fields, not 3: name, type, key", len(f))
	case strings.ContainsAny(f[0], "*?!"):
		return pin{}, false, fmt.Errorf("the pattern %q is not supported", f[0])
	}
	raw, err := base64.StdEncoding.DecodeString(f[2])
	if err != nil {
		return pin{}, false, fmt.Errorf("the key is not base64: %w", err)
	}
	key, err := xssh.ParsePublicKey(raw)
	if err != nil {
		return pin{}, false, fmt.Errorf("the key is damaged: %w", err)
	}
	if key.Type() != f[1] {
		return pin{}, false, fmt.Errorf("the line says %s and holds a %s key", f[1], key.Type())
	}
	for _, n := range strings.Split(f[0], ",") {
		switch {
		case n == "":
			continue
		case n[0] == '#' || n[0] == '@': // written first on a line, it would be a comment or a marker
			return pin{}, false, fmt.Errorf("%q is no name of a host", n)
		}
		p.names = append(p.names, n)
	}
	if len(p.names) == 0 {
		return pin{}, false, fmt.Errorf("it names no host")
	}
	p.typ, p.blob, p.comment = f[1], base64.StdEncoding.EncodeToString(raw), strings.Join(f[3:], " ")
	return p, true, nil
}

// String is the line, without its end.
func (p pin) String() string {
	line := strings.Join(p.names, ",") + " " + p.typ + " " + p.blob
	if p.revoked {
		line = "@revoked " + line
	}
	if p.comment != "" {
		line += " " + p.comment
	}
	return line
}

// without is the line, with its end, for the other hosts that it names; empty
// where there are none.
func (p pin) without(name string) string {
	var others []string
	for _, n := range p.names {
		if n != name && !hashedName(n, name) {
			others = append(others, n)
		}
	}
	if len(others) == 0 {
		return ""
	}
	p.names = others
	return p.String() + "\n"
}

// of says whether the line is about the host called name.
func (p pin) of(name string) bool {
	for _, n := range p.names {
		if n == name || hashedName(n, name) {
			return true
		}
	}
	return false
}

// hashedName says whether n is "|1|salt|hash" of name, which is how `ssh` adds a
// line itself on systems whose default is HashKnownHosts (Debian, Ubuntu).
func hashedName(n, name string) bool {
	rest, ok := strings.CutPrefix(n, "|1|")
	if !ok {
		return false
	}
	salt64, hash64, _ := strings.Cut(rest, "|")
	salt, err1 := base64.StdEncoding.DecodeString(salt64)
	hash, err2 := base64.StdEncoding.DecodeString(hash64)
	if err1 != nil || err2 != nil {
		return false
	}
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	return subtle.ConstantTimeCompare(mac.Sum(nil), hash) == 1
}

// fingerprint is the key's as `ssh-keygen -l` shows it.
func (p pin) fingerprint() string {
	raw, err := base64.StdEncoding.DecodeString(p.blob)
	if err != nil {
		return "unknown"
	}
	key, err := xssh.ParsePublicKey(raw)
	if err != nil {
		return "unknown"
	}
	return xssh.FingerprintSHA256(key)
}

// pins are the lines of a file, found by name.
type pins struct {
	exact  map[string][]pin
	hashed []pin // must be tried one by one
}

// read takes whole lines. What can't be read is logged and left out.
func (s *pins) read(data []byte, log *slog.Logger) {
	if s.exact == nil {
		s.exact = map[string][]pin{}
	}
	for line := range bytes.Lines(data) {
		p, ok, err := parsePin(string(line))
		if err != nil {
			log.Warn("a line of known_hosts is ignored", "why", err)
		}
		if !ok {
			continue
		}
		if strings.HasPrefix(p.names[0], "|") {
			s.hashed = append(s.hashed, p)
			continue
		}
		for _, n := range p.names {
			s.exact[n] = append(s.exact[n], p)
		}
	}
}

// of gives the keys that a host may show, the oldest first where they are exact:
// the lines about it without those whose key was revoked since.
func (s *pins) of(name string) []pin {
	all := s.lines(name)
	return slices.DeleteFunc(slices.Clone(all), func(p pin) bool {
		return p.revoked || slices.ContainsFunc(all, func(q pin) bool { return q.revoked && q.blob == p.blob })
	})
}

// revokedOf gives the keys that were found not to be a host's.
func (s *pins) revokedOf(name string) []pin {
	return slices.DeleteFunc(s.lines(name), func(p pin) bool { return !p.revoked })
}

// vouched says whether a line about the host says that this key was verified.
func (s *pins) vouched(name, blob string) bool {
	return slices.ContainsFunc(s.lines(name), func(p pin) bool {
		return !p.revoked && p.blob == blob && strings.HasPrefix(p.comment, verifiedPrefix)
	})
}

// lines gives all lines about a host, the oldest first where they are exact.
func (s *pins) lines(name string) []pin {
	found := slices.Clone(s.exact[name])
	for _, p := range s.hashed {
		if p.of(name) {
			found = append(found, p)
		}
	}
	return found
}

// match says whether key is the one that is pinned. The first line of a key's
// type decides, so that of two processes that pin at the same moment one wins.
func match(found []pin, key xssh.PublicKey) bool {
	blob := base64.StdEncoding.EncodeToString(key.Marshal())
	for _, p := range found {
		if p.typ == key.Type() {
			return p.blob == blob
		}
	}
	return false
}
