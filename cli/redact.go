package cli

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// redacted stands where a secret was.
const redacted = "[redacted]"

// redacting is a slog handler that takes secrets out of whatever is logged
// before the next handler sees it. What it can't tell apart it takes out: a log
// line that says too little is better than one that says too much.
type redacting struct {
	next   slog.Handler
	secret bool // inside a group that is named like a secret
}

var _ slog.Handler = redacting{}

// Enabled implements slog.Handler.
func (r redacting) Enabled(ctx context.Context, l slog.Level) bool { return r.next.Enabled(ctx, l) }

// Handle implements slog.Handler.
func (r redacting) Handle(ctx context.Context, rec slog.Record) error {
	clean := slog.NewRecord(rec.Time, rec.Level, redact(rec.Message), rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(r.attr(a))
		return true
	})
	return r.next.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (r redacting) WithAttrs(as []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(as))
	for n, a := range as {
		clean[n] = r.attr(a)
	}
	return redacting{next: r.next.WithAttrs(clean), secret: r.secret}
}

// WithGroup implements slog.Handler.
func (r redacting) WithGroup(name string) slog.Handler {
	return redacting{next: r.next.WithGroup(name), secret: r.secret || secretName(name)}
}

func (r redacting) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	in := redacting{secret: r.secret || secretName(a.Key)}
	switch v.Kind() {
	case slog.KindGroup:
		group := v.Group()
		clean := make([]slog.Attr, len(group))
		for n, g := range group {
			clean[n] = in.attr(g)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case slog.KindString:
		return in.text(a.Key, v.String())
	case slog.KindAny:
		if b, ok := v.Any().([]byte); ok {
			return in.text(a.Key, string(b))
		}
		return in.text(a.Key, fmt.Sprintf("%+v", v.Any()))
	default: // numbers, times and yes or no
		if in.secret {
			return slog.String(a.Key, redacted)
		}
		return slog.Attr{Key: a.Key, Value: v}
	}
}

func (r redacting) text(key, s string) slog.Attr {
	if r.secret && s != "" {
		return slog.String(key, redacted)
	}
	return slog.String(key, redact(s))
}

// secretName says whether a value of this name is a secret.
func secretName(name string) bool {
	plain := strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
	for _, word := range []string{"secret", "password", "passwd", "passphrase", "token", "credential", "privatekey", "accesskey", "apikey", "authorization"} {
		if strings.Contains(plain, word) {
			return true
		}
	}
	return false
}

// secrets are patterns that find secrets in free text, compiled when the first
// line is logged.
var secrets = sync.OnceValue(func() (s struct {
	named []*regexp.Regexp // what the first group takes is kept
	bare  *regexp.Regexp
},
) {
	for _, p := range []string{
		// A block that was cut off before its end is as secret as a whole one.
		`()(?s:-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$))`,
		`(?i)(authorization\\?"?[\s:=\["]+)[^\r\n]+`,
		`(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}`,
		// name=value, name: value, "name":"value" and {name:value}, as programs and Go print them.
		`(?i)([a-z0-9_.-]*(?:secret|passw(?:or)?d|passphrase|(?:session|security|auth|access|refresh)[_-]?token|(?:private|access|api)[_-]?key|x-amz-signature|x-amz-credential)[a-z0-9_.-]*\\?"?\s*[:=]\s*)(?:\\?"[^"]*"|'[^']*'|[^\s,;&}\]"']+)`,
		// A password in an address: scheme://user:password@host.
		`(://[^/\s:@]*:)[^/\s@]+@`,
		// Ids of long-lived and of temporary access keys.
		`()\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b`,
		// Session tokens are hundreds of characters of base64; a digest in hex has at most 128.
		`()[A-Za-z0-9+/_-]{160,}={0,2}`,
	} {
		s.named = append(s.named, regexp.MustCompile(p))
	}
	// What may be a secret access key without its name.
	s.bare = regexp.MustCompile(`[A-Za-z0-9+/]{40,}`)
	return s
})

// redact takes out of a text what looks like a secret.
func redact(text string) string {
	s := secrets()
	for _, p := range s.named {
		text = p.ReplaceAllString(text, "${1}"+redacted)
	}
	return s.bare.ReplaceAllStringFunc(text, func(m string) string {
		if looksLikeKey(m) {
			return redacted
		}
		return m
	})
}

// looksLikeKey says whether a run of base64 is a secret access key: 40
// characters of every sort. A digest in hex has no upper case.
func looksLikeKey(s string) bool {
	return len(s) == 40 && strings.ContainsFunc(s, unicode.IsUpper) && strings.ContainsFunc(s, unicode.IsLower) && strings.ContainsFunc(s, unicode.IsDigit)
}
