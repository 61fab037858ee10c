package host

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// The interpreter would make operating system pipes for pipelines, here-documents
// and input redirections, named pipes for process substitution, and look into
// the real user database for ~user. Before a script runs it is therefore
// rewritten, so that each of these becomes an output redirection to a name under
// simDir, which our open handler understands:
//
//	cmd <in 3>&1      cmd  >simDir/lt/0/in  >simDir/dup/3/1  2>simDir/err/2/
//	a | b             { { a; ok; } >stageout 2>err & ( b ) >stagein 2>err && wait || wait; } >line 2>err
//	a &            { fork; { a; } >bg 2>err & }
//	$( a )            $( { a; } >subst 2>err )
//
// The interpreter scopes and restores output redirections exactly as a shell
// does, and the whole descriptor table travels inside them (see fds).
const simDir = "/dev/.sim/"

// Names of our own commands inside a rewritten script.
const (
	simOK       = "__sim_ok"       // keeps the status of a pipeline's left side
	simWait     = "__sim_wait"     // waits for it
	simFork     = "__sim_fork"     // announces a background job
	simPipefail = "__sim_pipefail" // makes it count
	simWhich    = "__sim_which"    // command -v and type
	simDirname  = "__sim_pwd"
	simUmask    = "__sim_umask"
	simKill     = "__sim_kill"
	simUlimit   = "__sim_ulimit"
)

var (
	errProcSubst = errors.New("process substitution is not offered on a simulated instance; use a file in /tmp")
	errCoproc    = errors.New("coproc is not offered on a simulated instance; use a file in /tmp")
	errNamedFD   = errors.New("named descriptors are not offered on a simulated instance; use a number from 3 to 9")
)

// parse reads a script in bash's language and rewrites it. name is what $0 says.
func (sh *shell) parse(src, name string) (*syntax.File, error) {
	file, err := syntax.NewParser().Parse(strings.NewReader(src), name)
	if err != nil {
		return nil, err
	}
	return file, sh.rewrite(file)
}

func (sh *shell) rewrite(file *syntax.File) error {
	found := findings{docs: map[*syntax.Word]bool{}}
	syntax.Walk(file, func(n syntax.Node) bool {
		found.look(n)
		sh.adjust(n, found.docs)
		return true
	})
	if found.refused != nil {
		return found.refused
	}
	for _, s := range found.stmts {
		rewriteStmt(s)
	}
	for _, c := range found.substs {
		if len(c.Stmts) > 0 {
			c.Stmts = []*syntax.Stmt{withRedirs(&syntax.Block{Stmts: readsFile(c.Stmts)}, special("subst", "1"))}
		}
	}
	return nil
}

// findings are what is rewritten after the walk, which would otherwise come to
// its own results.
type findings struct {
	stmts   []*syntax.Stmt
	substs  []*syntax.CmdSubst
	docs    map[*syntax.Word]bool // bodies of here-documents
	refused error
}

func (f *findings) look(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Stmt:
		f.stmts = append(f.stmts, n)
		if n.Coprocess {
			f.refused = errCoproc
		}
	case *syntax.CoprocClause:
		f.refused = errCoproc
	case *syntax.ProcSubst:
		f.refused = errProcSubst
	case *syntax.CmdSubst:
		f.substs = append(f.substs, n)
	case *syntax.Redirect:
		if n.Hdoc != nil {
			f.docs[n.Hdoc] = true
		}
		if n.N != nil && strings.HasPrefix(n.N.Value, "{") {
			f.refused = errNamedFD
		}
	}
}

// adjust changes what the interpreter would answer from the real system.
func (sh *shell) adjust(n syntax.Node, docs map[*syntax.Word]bool) {
	switch n := n.(type) {
	case *syntax.Word:
		if !docs[n] {
			sh.tilde(n)
		}
	case *syntax.ParamExp:
		ours := map[string]string{"0": "BASH_ARGV0", "$": "BASHPID", "PPID": "BASHPPID"}
		if n.Param != nil && ours[n.Param.Value] != "" {
			n.Param.Value = ours[n.Param.Value]
		}
	case *syntax.UnaryTest:
		n.Op = safeTest(n.Op)
	case *syntax.FuncDecl:
		if n.Name != nil {
			sh.declare(n.Name.Value)
		}
	}
}

// readsFile turns the shorthand $(<file) into $(cat <file).
func readsFile(stmts []*syntax.Stmt) []*syntax.Stmt {
	if s := stmts[0]; len(stmts) == 1 && s.Cmd == nil && len(s.Redirs) > 0 && !s.Background {
		s.Cmd = call("cat")
	}
	return stmts
}

// safeTest replaces tests for which the interpreter would ask the real system.
func safeTest(op syntax.UnTestOperator) syntax.UnTestOperator {
	if op == syntax.TsUsrOwn || op == syntax.TsGrpOwn || op == syntax.TsModif {
		return syntax.TsExists
	}
	return op
}

// tilde resolves ~user by our own users and quotes what it doesn't know.
func (sh *shell) tilde(w *syntax.Word) {
	for i, part := range w.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok || !strings.Contains(lit.Value, "~") {
			continue
		}
		var b strings.Builder
		for at := 0; at < len(lit.Value); at++ {
			c := lit.Value[at]
			starts := at == 0 && i == 0 || at > 0 && strings.IndexByte("{,:=", lit.Value[at-1]) >= 0
			if c != '~' || !starts {
				b.WriteByte(c)
				continue
			}
			name := lit.Value[at+1:]
			if end := strings.IndexAny(name, "/:,}"); end >= 0 {
				name = name[:end]
			}
			switch name {
			case "":
				b.WriteByte(c)
			case "root", sh.h.opts.User:
				b.WriteString(sh.h.home(sh.h.uid(name)))
				at += len(name)
			default:
				b.WriteString(`\~`)
			}
		}
		lit.Value = b.String()
	}
}

func rewriteStmt(s *syntax.Stmt) {
	var redirs []*syntax.Redirect
	if s.Background || s.Disown {
		redirs = append(redirs, special("bg", "0"))
	}
	if b, ok := s.Cmd.(*syntax.BinaryCmd); ok && (b.Op == syntax.Pipe || b.Op == syntax.PipeAll) {
		s.Cmd = pipelineBlock(b)
		redirs = append(redirs, special("line", "1"))
	}
	for _, r := range s.Redirs {
		redirs = append(redirs, specialRedir(r))
	}
	if len(redirs) > 0 {
		s.Redirs = append(redirs, special("err", "2"))
	}
	if s.Background || s.Disown {
		job := *s
		job.Comments = nil
		*s = syntax.Stmt{Position: s.Position, Comments: s.Comments, Cmd: &syntax.Block{Stmts: []*syntax.Stmt{plain(call(simFork)), &job}}}
	}
}

// pipelineBlock runs the left side in the background and the right side in a
// subshell, each with its end of the innermost pipeline.
func pipelineBlock(b *syntax.BinaryCmd) *syntax.Block {
	out := "stageout"
	if b.Op == syntax.PipeAll {
		out = "stageall"
	}
	left := withRedirs(&syntax.Block{Stmts: []*syntax.Stmt{b.X, plain(call(simOK))}}, special(out, "1"))
	left.Background = true
	right := withRedirs(&syntax.Subshell{Stmts: []*syntax.Stmt{b.Y}}, special("stagein", "0"))
	ended := &syntax.BinaryCmd{Op: syntax.AndStmt, X: right, Y: plain(call(simWait))}
	return &syntax.Block{Stmts: []*syntax.Stmt{
		plain(&syntax.BinaryCmd{
			Op: syntax.AndStmt,
			X:  plain(&syntax.TestClause{X: &syntax.UnaryTest{Op: syntax.TsOptSet, X: word(&syntax.Lit{Value: "pipefail"})}}),
			Y:  plain(call(simPipefail)),
		}),
		left,
		plain(&syntax.BinaryCmd{Op: syntax.OrStmt, X: plain(ended), Y: plain(call(simWait))}),
	}}
}

func plain(c syntax.Command) *syntax.Stmt { return &syntax.Stmt{Cmd: c} }

func withRedirs(c syntax.Command, r *syntax.Redirect) *syntax.Stmt {
	return &syntax.Stmt{Cmd: c, Redirs: []*syntax.Redirect{r, special("err", "2")}}
}

func call(name string) *syntax.CallExpr {
	return &syntax.CallExpr{Args: []*syntax.Word{word(&syntax.Lit{Value: name})}}
}

func word(parts ...syntax.WordPart) *syntax.Word { return &syntax.Word{Parts: parts} }

// rewriteText is rewrite for scripts that the interpreter itself parses later,
// as eval and trap do: the text that does the same.
func (sh *shell) rewriteText(src string) (string, error) {
	file, err := sh.parse(src, "")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := syntax.NewPrinter().Print(&b, file); err != nil {
		return "", fmt.Errorf("print a rewritten script: %w", err)
	}
	return b.String(), nil
}
