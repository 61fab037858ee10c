package fleet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes remote or foreign text safe to show: escape sequences are taken
// out whole, other control characters become nothing, tabs become spaces, and
// only the text of one line is left (line breaks become spaces).
func Clean(s string) string {
	return clean(s, ' ')
}

// CleanLines is Clean for text of several lines.
func CleanLines(s string) string {
	return clean(s, '\n')
}

func clean(s string, newline rune) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == 0x1b:
			i += escapeLen(s[i:])
			continue
		case r == '\n':
			b.WriteRune(newline)
		case r == '\t':
			b.WriteString("    ")
		case r == utf8.RuneError && n == 1:
			b.WriteByte('?')
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			// dropped: C0, C1, and bidirectional overrides, which can make a line read as another
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// plain says whether there is nothing to clean: the usual case, kept cheap.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// escapeLen is how many bytes the escape sequence at the start of s takes
// (ECMA-48: CSI … final byte; OSC, DCS, APC, PM and SOS up to ST or BEL).
func escapeLen(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_':
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	}
	return 2
}
