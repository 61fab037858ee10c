package ssh

import (
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"
)

// userConfig is a person's ssh config, which is read and never written. Of what
// it says only the way to a host is taken; nothing in it is run.
type userConfig struct {
	lines []directive
	home  string
	login string // the person's own name, ssh's default
}

// hostConfig is what the ssh config says about one host.
type hostConfig struct {
	hostName  string
	user      string
	port      string
	proxyJump string // "none" where it says so
	identity  []string
	unrun     []string // sentences about what would apply and is not run
}

// said tells whether it says anything about the way to the host.
func (h hostConfig) said() bool {
	return h.hostName != "" || h.user != "" || h.port != "" || h.proxyJump != "" || len(h.identity) > 0
}

func newUserConfig(path string) (*userConfig, []string) {
	u := &userConfig{}
	if me, err := user.Current(); err == nil {
		u.login = me.Username
	}
	if home, err := os.UserHomeDir(); err == nil {
		u.home = home
	}
	var odd []string
	if path != "" {
		u.lines, odd = readUserConfig(path)
	}
	return u, odd
}

// lookup gives what applies to a host by the name that a person would type.
// login is as whom, where that is known already.
func (u *userConfig) lookup(name, login string) hostConfig {
	q := &lookup{u: u, name: name, login: login}
	q.block(u.lines, true)
	q.out.hostName = strings.NewReplacer("%%", "%", "%h", name).Replace(q.out.hostName)
	for i, path := range q.out.identity {
		q.out.identity[i] = q.expand(path)
	}
	return q.out
}

// lookup is one reading of the config for one host: of each option the first
// value counts, and of IdentityFile all.
type lookup struct {
	u           *userConfig
	name, login string
	out         hostConfig
	command     bool // a ProxyCommand came before any ProxyJump
}

// block reads one file; on says whether it applies until its first Host or Match.
// What an Include brings in applies only where the line that includes it does,
// and its Host lines end with its end.
func (q *lookup) block(lines []directive, on bool) {
	outer := on
	for _, d := range lines {
		switch d.keyword {
		case "host":
			on = outer && matchHosts(d.args, q.name)
		case "match":
			on = outer && len(d.args) > 0 && q.match(d.args)
		case "include":
			for _, f := range d.files {
				q.block(f, on)
			}
		default:
			if on && len(d.args) > 0 {
				q.option(d.keyword, d.args)
			}
		}
	}
}

func (q *lookup) option(keyword string, args []string) {
	first := func(to *string) {
		if *to == "" {
			*to = args[0]
		}
	}
	switch keyword {
	case "hostname":
		first(&q.out.hostName)
	case "user":
		first(&q.out.user)
	case "port":
		first(&q.out.port)
	case "proxyjump":
		if !q.command {
			first(&q.out.proxyJump)
		}
	case "proxycommand":
		// Of ProxyJump and ProxyCommand ssh takes the one that comes first.
		if q.out.proxyJump != "" || q.command {
			return
		}
		if strings.EqualFold(args[0], "none") {
			q.out.proxyJump = "none"
			return
		}
		q.command = true
		q.unrun("the ProxyCommand that your ssh config has for %s is not run; use ProxyJump there, or set ssh.jump", q.name)
	case "identityfile":
		if !strings.EqualFold(args[0], "none") && !slices.Contains(q.out.identity, args[0]) {
			q.out.identity = append(q.out.identity, args[0])
		}
	}
}

func (q *lookup) unrun(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(q.out.unrun, s) {
		q.out.unrun = append(q.out.unrun, s)
	}
}

// match says whether the criteria of a Match line all hold. One that can't be
// told without running something, or that is not known, doesn't.
func (q *lookup) match(args []string) bool {
	for len(args) > 0 {
		word, value, joined := strings.Cut(args[0], "=")
		args = args[1:]
		word, not := strings.CutPrefix(strings.ToLower(word), "!")
		holds := false
		switch word {
		case "all":
			holds = true
		case "canonical", "final": // ssh reads its config a second time for these; we don't
		default:
			if !joined {
				if len(args) == 0 {
					return false
				}
				value, args = args[0], args[1:]
			}
			var known bool
			if holds, known = q.criterion(word, value); !known {
				return false
			}
		}
		if holds == not {
			return false
		}
	}
	return true
}

// criterion says whether one criterion with a value holds, and whether that can
// be told.
func (q *lookup) criterion(word, value string) (holds, known bool) {
	host, login := q.name, q.login
	if q.out.hostName != "" {
		host = strings.ReplaceAll(q.out.hostName, "%h", q.name)
	}
	if login == "" {
		if login = q.out.user; login == "" {
			login = q.u.login
		}
	}
	switch word {
	case "host":
		return matchHosts(strings.Split(value, ","), host), true
	case "originalhost":
		return matchHosts(strings.Split(value, ","), q.name), true
	case "user":
		return matchHosts(strings.Split(value, ","), login), true
	case "localuser":
		return matchHosts(strings.Split(value, ","), q.u.login), true
	case "exec":
		q.unrun("a \"Match exec\" of your ssh config, which may apply to %s, is not run", q.name)
	}
	return false, false
}

// expand puts in what stands for % tokens and "~" in an IdentityFile.
func (q *lookup) expand(path string) string {
	host, login := q.out.hostName, q.login
	if host == "" {
		host = q.name
	}
	if login == "" {
		login = q.out.user
	}
	path = tilde(path, q.u.home)
	return strings.NewReplacer("%%", "%", "%d", q.u.home, "%h", host, "%n", q.name, "%r", login, "%u", q.u.login).Replace(path)
}

// matchHosts says whether a list of patterns takes a name in: one matches, and
// none that is negated does.
func matchHosts(patterns []string, name string) bool {
	found := false
	for _, p := range patterns {
		p, not := strings.CutPrefix(p, "!")
		if p == "" || !matchPattern(p, name) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}

// matchPattern matches * (any text) and ? (one byte). A * is taken back to at
// most once for each place, so that no pattern takes long.
func matchPattern(pattern, s string) bool {
	p, i, star, back := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			back++
			p, i = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
