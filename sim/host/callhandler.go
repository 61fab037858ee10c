package host

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"

	"mvdan.cc/sh/v3/interp"
)

// maxFrames bounds recursion in a script: Go's stack would end the whole
// program, where bash only ends itself.
const maxFrames = 20_000

// checkEvery is how many commands of a host pass between two looks at the stack,
// which cost as much as the stack is deep. A stack can grow by that many levels
// in between: far from what Go allows.
const checkEvery = 64

var errRecursion = errors.New("bash: maximum function nesting level exceeded")

// callHandler sees every simple command before functions and builtins, and
// replaces those builtins that would reach the real system or read the
// interpreter's own standard input, which we leave empty.
func (sh *shell) callHandler(ctx context.Context, args []string) ([]string, error) {
	if sh.h.calls.Add(1)%checkEvery == 0 {
		var deep [1]uintptr
		if runtime.Callers(maxFrames, deep[:]) > 0 {
			return nil, errRecursion
		}
	}
	name := args[0]
	if sh.declared(name) {
		return args, nil
	}
	inner, direct := args, true
	for len(inner) > 1 && (inner[0] == "command" || inner[0] == "builtin") {
		if strings.HasPrefix(inner[1], "-v") || strings.HasPrefix(inner[1], "-V") {
			return append([]string{simWhich, inner[1]}, inner[2:]...), nil
		}
		inner, direct = inner[1:], false
		if len(inner) > 1 && (inner[0] == "-p" || inner[0] == "--") {
			inner = inner[1:]
		}
	}
	replaced, err := sh.replace(ctx, inner)
	if replaced != nil || err != nil || direct {
		if replaced == nil {
			replaced = args
		}
		return replaced, err
	}
	if !interp.IsBuiltin(inner[0]) {
		return append([]string{"command"}, inner...), nil
	}
	return args, nil
}

// replace gives nil where the interpreter's own behaviour is fine.
func (sh *shell) replace(ctx context.Context, args []string) ([]string, error) {
	hc := interp.HandlerCtx(ctx)
	rest := args[1:]
	switch args[0] {
	case "echo", "printf":
		if p, ok := table(hc.Stdout, hc.Stderr).open[1].out.(*pipe); ok && p.broken() {
			return nil, interp.ExitStatus(141) // SIGPIPE ends the whole subshell
		}
	case "exit":
		sh.leaving(hc, rest)
	case "eval":
		text, err := sh.rewriteText(strings.Join(rest, " "))
		if err != nil {
			return complain(hc, syntaxMessage("bash: eval", err), 2), nil
		}
		return []string{"eval", text}, nil
	case "source", ".":
		return sh.source(hc, rest), nil
	case "trap":
		return sh.trap(hc, rest), nil
	case "read":
		return readInto(hc, rest), nil
	case "mapfile", "readarray":
		return readArray(hc, rest), nil
	case "set":
		return setOptions(rest), nil
	case "test", "[":
		return safeTestArgs(args), nil
	case "alias":
		return aliases(hc, rest), nil
	}
	return ours(args), nil
}

// ours gives the commands that take the place of a builtin.
func ours(args []string) []string {
	var first []string
	switch args[0] {
	case "type":
		first = []string{simWhich, "type"}
	case "pwd":
		first = []string{simDirname}
	case "umask":
		first = []string{simUmask}
	case "kill":
		first = []string{simKill}
	case "ulimit":
		first = []string{simUlimit}
	case "logout":
		first = []string{"exit"}
	case "jobs", "bg", "fg", "history", "compgen", "complete", "compopt", "bind", "enable", "suspend", "newgrp", "fc", "caller":
		return []string{":"}
	default:
		return nil
	}
	return append(first, args[1:]...)
}

// aliases refuses what the interpreter would run without rewriting.
func aliases(hc interp.HandlerContext, args []string) []string {
	for _, a := range args {
		for _, subst := range []string{"$(", "`", "<(", ">("} {
			if strings.Contains(a, subst) {
				return complain(hc, "bash: alias: substitutions are not offered on a simulated instance; use a function", 1)
			}
		}
	}
	return nil
}

// complain prints and gives a command with that status.
func complain(hc interp.HandlerContext, message string, status int) []string {
	fmt.Fprintln(hc.Stderr, message)
	return []string{"eval", fmt.Sprintf("(exit %d)", status)}
}

// leaving keeps the status of a pipeline's left side that ends by "exit".
func (sh *shell) leaving(hc interp.HandlerContext, args []string) {
	t := table(hc.Stdout, hc.Stderr)
	if t.line == nil || t.stage != 1 {
		return
	}
	status := hc.LastExitStatus
	if len(args) > 0 {
		if _, err := fmt.Sscan(args[0], &status); err != nil {
			status = 2
		}
	}
	t.line.ended(status & 0xff)
}

func (sh *shell) source(hc interp.HandlerContext, args []string) []string {
	if len(args) == 0 {
		return complain(hc, "bash: source: filename argument required", 2)
	}
	name := args[0]
	where := absolute(hc.Dir, name)
	if !strings.Contains(name, "/") {
		for _, dir := range strings.Split(hc.Env.Get("PATH").String(), ":") {
			if st, err := sh.w.stat(path.Join(dir, name), true); err == nil && st.Mode().IsRegular() {
				where = path.Join(dir, name)
				break
			}
		}
	}
	src, err := sh.w.readFile(where)
	if err != nil {
		return complain(hc, "bash: "+name+": "+sentence(err), 1)
	}
	text, err := sh.rewriteText(string(src))
	if err != nil {
		return complain(hc, syntaxMessage(name, err), 2)
	}
	return append([]string{"source", sh.keep(text)}, args[1:]...)
}

// trap keeps EXIT and ERR; signals never reach a script here, they end it.
func (sh *shell) trap(hc interp.HandlerContext, args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) < 2 {
		return nil
	}
	action := args[0]
	if action != "-" && action != "" {
		text, err := sh.rewriteText(action)
		if err != nil {
			return complain(hc, syntaxMessage("bash: trap", err), 2)
		}
		action = text
	}
	out := []string{"trap", "--", action}
	for _, sig := range args[1:] {
		switch strings.TrimPrefix(strings.ToUpper(sig), "SIG") {
		case "EXIT", "0":
			out = append(out, "EXIT")
		case "ERR":
			out = append(out, "ERR")
		}
	}
	if len(out) == 3 {
		return []string{":"}
	}
	return out
}

// setOptions drops the flags that the interpreter doesn't have and that change
// nothing here.
func setOptions(args []string) []string {
	out := []string{"set"}
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" || a == "-" || a == "" || a[0] != '-' && a[0] != '+' {
			return append(out, args[i:]...)
		}
		flags := strings.Map(func(r rune) rune {
			if strings.ContainsRune("EThmbvkBHCPo", r) {
				return -1
			}
			return r
		}, a[1:])
		if flags != "" {
			out = append(out, a[:1]+flags)
		}
		if strings.HasSuffix(a, "o") && i+1 < len(args) {
			i++
			switch args[i] {
			case "allexport", "errexit", "noexec", "noglob", "nounset", "xtrace", "pipefail":
				out = append(out, a[:1]+"o", args[i])
			}
		}
	}
	if len(out) == 1 && len(args) > 0 {
		return []string{":"}
	}
	return out
}

// safeTestArgs is safeTest for the test builtin.
func safeTestArgs(args []string) []string {
	out := append([]string(nil), args...)
	for i := 1; i+1 < len(out); i++ {
		operator := i == 1
		if !operator {
			switch out[i-1] {
			case "!", "-a", "-o", "(":
				operator = true
			}
		}
		if operator {
			switch out[i] {
			case "-O", "-G", "-N":
				out[i] = "-e"
			}
		}
	}
	return out
}

// quote makes text one shell word, for eval.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
