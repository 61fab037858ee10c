package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// shell is a login shell: with line editing on a terminal, otherwise reading
// commands from standard input.
func (s *session) shell(ctx context.Context) int {
	if s.pty == nil {
		if s.login == "root" {
			return s.refuseRoot(s.ch)
		}
		sh := s.h.newShell(s.environment(), userUID, stdio{in: newInput(s.ch), out: s.ch, err: s.ch.Stderr()})
		done := make(chan int, 1)
		go func() { done <- sh.fromInput(ctx, sh.std.in) }()
		select {
		case status := <-done:
			return status
		case <-ctx.Done():
			return 129
		}
	}
	s.pty.pump()
	std := s.pty.stdio()
	if s.login == "root" {
		return s.refuseRoot(std.out)
	}
	fmt.Fprint(std.out, s.h.motd())
	return s.prompt(ctx, s.h.newShell(s.environment(), userUID, std))
}

func (h *Host) motd() string {
	system := "Ubuntu 24.04.3 LTS"
	if h.amazon() {
		system = "Amazon Linux 2023"
	}
	return fmt.Sprintf("Welcome to %s (GNU/Linux %s %s)\n\n * This is a simulated instance: %s (%s) in %s. Nothing here costs anything.\n\n",
		system, h.kernel(), h.opts.Arch, h.opts.InstanceID, h.opts.Type, h.opts.Zone)
}

// prompt reads and runs lines until exit, Ctrl+D or the end of the connection.
func (s *session) prompt(ctx context.Context, sh *shell) int {
	defer context.AfterFunc(ctx, func() { s.ch.Close() })()
	src, status := "", 0
	for {
		if src == "" {
			s.pty.editor.SetPrompt(sh.ps1())
		} else {
			s.pty.editor.SetPrompt("> ")
		}
		line, err := s.pty.editor.ReadLine()
		switch {
		case err != nil:
			if errors.Is(err, io.EOF) {
				_, _ = io.WriteString(s.ch, "logout\r\n")
			}
			return status
		case line == "^C" && s.pty.takeAborted():
			src, status = "", 130
			_ = sh.guard(ctx, &syntax.Subshell{Stmts: []*syntax.Stmt{exitStmt(130)}}) // for $?
			continue
		}
		src += line + "\n"
		file, err := sh.parse(src, "bash")
		if syntax.IsIncomplete(err) {
			continue
		}
		src = ""
		if err != nil {
			fmt.Fprintln(sh.std.err, syntaxMessage("bash", err))
			status = 2
			continue
		}
		var left bool
		if status, left = s.runTyped(ctx, sh, file); left {
			return status
		}
	}
}

// runTyped runs what was typed at one prompt; left means that the shell exits.
func (s *session) runTyped(ctx context.Context, sh *shell, file *syntax.File) (status int, left bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.pty.onInterrupt(cancel)
	defer s.pty.onInterrupt(nil)
	for _, stmt := range file.Stmts {
		err := sh.guard(ctx, stmt)
		if ctx.Err() != nil {
			_, _ = io.WriteString(s.ch, "^C\r\n")
			_ = sh.guard(context.WithoutCancel(ctx), &syntax.Subshell{Stmts: []*syntax.Stmt{exitStmt(130)}}) // for $?
			return 130, false
		}
		status = sh.status(err)
		if sh.run.Exited() {
			return status, true
		}
	}
	return status, false
}

// ps1 is the prompt of a cloud image.
func (sh *shell) ps1() string {
	dir := sh.run.Dir
	home := sh.h.home(sh.w.uid)
	if dir == home {
		dir = "~"
	} else if rest, ok := strings.CutPrefix(dir, home+"/"); ok {
		dir = "~/" + rest
	}
	mark := "$"
	if sh.w.uid == rootUID {
		mark = "#"
	}
	return fmt.Sprintf("%s@%s:%s%s ", sh.h.userName(sh.w.uid), sh.h.opts.Hostname, dir, mark)
}

// fromInput runs commands as they come in, as "bash -s" does: a command may read
// what follows it.
func (sh *shell) fromInput(ctx context.Context, in *input) int {
	var src strings.Builder
	status, skip := 0, 0
	defer sh.forks.settle(ctx)
	for {
		line, err := in.line('\n')
		src.Write(line)
		if err == nil && skip > 0 {
			skip--
			continue
		}
		file, perr := sh.parse(src.String(), "bash")
		if perr != nil && syntax.IsIncomplete(perr) && err == nil {
			// Parsing a long construct again for each of its lines would take a
			// time that grows with its square.
			skip = strings.Count(src.String(), "\n") / 8
			continue
		}
		src.Reset()
		if perr != nil {
			fmt.Fprintln(sh.std.err, syntaxMessage("bash", perr))
			return 2
		}
		for _, stmt := range file.Stmts {
			e := sh.guard(ctx, stmt)
			status = sh.status(e)
			if ctx.Err() != nil || sh.run.Exited() {
				return status
			}
		}
		if err != nil {
			return sh.atExit(ctx, status)
		}
	}
}

// atExit lets an EXIT trap run.
func (sh *shell) atExit(ctx context.Context, status int) int {
	err := sh.guard(ctx, &syntax.File{Name: "bash", Stmts: []*syntax.Stmt{exitStmt(status)}})
	var code interp.ExitStatus
	if err == nil || errors.As(err, &code) {
		return int(code)
	}
	return status
}

func exitStmt(status int) *syntax.Stmt {
	return plain(&syntax.CallExpr{Args: []*syntax.Word{word(&syntax.Lit{Value: "exit"}), word(&syntax.Lit{Value: fmt.Sprint(status)})}})
}
