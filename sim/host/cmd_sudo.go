package host

import (
	"strconv"
	"strings"
)

// sudoLine is a command line of sudo.
type sudoLine struct {
	user        string
	login, keep bool
	done        bool // an option that runs nothing
	vars        []string
	args        []string
}

func parseSudo(args []string) sudoLine {
	l := sudoLine{user: "root"}
	for len(args) > 0 {
		a := args[0]
		if name, _, ok := strings.Cut(a, "="); ok && name != "" && a[0] != '-' {
			l.vars = append(l.vars, a)
			args = args[1:]
			continue
		}
		if len(a) < 2 || a[0] != '-' {
			break
		}
		args = args[1:]
		if a == "--" {
			break
		}
		switch a {
		case "-u", "-g", "-p", "-C":
			if len(args) > 0 {
				if a == "-u" {
					l.user = args[0]
				}
				args = args[1:]
			}
		case "-i", "-s", "--login", "--shell":
			l.login = true
		case "-v", "-l", "-k", "-K":
			l.done = true
		default:
			l.keep = l.keep || a == "-E" || strings.HasPrefix(a, "--preserve-env")
		}
	}
	l.args = args
	return l
}

// sudoCommand runs the rest as root, or as another user by -u.
func sudoCommand(p *proc) int {
	l := parseSudo(p.args[1:])
	switch {
	case l.user != "root" && l.user != p.h.opts.User:
		return p.fail("unknown user %s", l.user)
	case l.done:
		return 0
	case len(l.args) == 0 && !l.login:
		return p.failf(1, "usage: sudo -h | -K | -k | -V\nusage: sudo [-EHiknPs] [-u user] [VAR=value] [command [arg ...]]")
	}
	uid := p.h.uid(l.user)
	env := append(p.h.environment(uid), "SUDO_USER="+p.h.userName(p.w.uid), "SUDO_UID="+strconv.Itoa(p.w.uid))
	if l.keep {
		env = exported(p.env)
	} else if t := p.env.Get("TERM"); t.IsSet() {
		env = append(env, "TERM="+t.String())
	}
	for _, v := range l.vars {
		env = setVar(env, v)
	}
	q := p.with(env)
	q.w = p.h.who(uid)
	if l.login {
		q.dir = p.h.home(uid)
		if len(l.args) == 0 {
			return q.exec([]string{"/bin/bash"})
		}
		return q.exec([]string{"/bin/bash", "-c", quoteAll(l.args)})
	}
	if q.which(l.args[0]) == "" && !strings.Contains(l.args[0], "/") {
		return p.fail("%s: command not found", l.args[0])
	}
	return q.exec(l.args)
}

// quoteAll makes a shell line of arguments.
func quoteAll(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = quote(a)
	}
	return strings.Join(quoted, " ")
}
