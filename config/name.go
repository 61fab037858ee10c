package config

import (
	"fmt"
	"io"
	"strings"

	"spot-tui/fleet"
)

var nameRule = ruleOf(`^[a-z][a-z0-9-]{0,39}$`)

// CheckName checks a fleet's name against the rule of fleet.Name.
func CheckName(s string) (fleet.Name, error) {
	if nameRule.MatchString(s) {
		return fleet.Name(s), nil
	}
	hint := "use a–z, 0–9 and -, at most 40 characters, a letter first"
	if n := plain(s, 40); n != "" {
		hint += fmt.Sprintf(", such as %q", n)
	}
	return "", fmt.Errorf("%s is no fleet name; %s", quote(s), hint)
}

// plain turns a text into a fleet name of at most limit characters; it is empty
// if no letter is in it.
func plain(s string, limit int) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		letter := r >= 'a' && r <= 'z'
		switch {
		case letter, b.Len() > 0 && r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-") && strings.ContainsRune("-_. ", r):
			b.WriteByte('-')
		}
		if b.Len() == limit {
			break
		}
	}
	return strings.TrimRight(b.String(), "-")
}

// NewName gives a fleet name that is unique to a person: the user's name and a
// few random letters from rand. A name such as DOMAIN\user loses its domain.
// Should rand fail, the name is the user's alone: unique enough to be told by
// AWS if it is not.
func NewName(user string, rand io.Reader) string {
	name := orElse(plain(user[strings.LastIndexByte(user, '\\')+1:], 20), "fleet")
	raw := make([]byte, 5)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return name
	}
	for i, c := range raw {
		raw[i] = 'a' + c%26
	}
	return name + "-" + string(raw)
}
