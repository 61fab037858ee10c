package host

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// special is a redirection for our open handler: what to do, to which
// descriptor, with what.
func special(op, fd string, arg ...syntax.WordPart) *syntax.Redirect {
	r := &syntax.Redirect{Op: syntax.RdrOut}
	if op == "err" {
		r.N = &syntax.Lit{Value: "2"}
	}
	r.Word = word(append([]syntax.WordPart{&syntax.Lit{Value: simDir + op + "/" + fd + "/"}}, arg...)...)
	return r
}

func specialRedir(r *syntax.Redirect) *syntax.Redirect {
	fd := "1"
	switch r.Op {
	case syntax.RdrIn, syntax.RdrInOut, syntax.DplIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		fd = "0"
	default:
	}
	if r.N != nil {
		fd = r.N.Value
	}
	switch r.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		return special("doc", fd, document(r)...)
	case syntax.WordHdoc:
		return special("docline", fd, target(r.Word)...)
	case syntax.RdrIn:
		return special("lt", fd, target(r.Word)...)
	case syntax.RdrInOut:
		return special("ltgt", fd, target(r.Word)...)
	case syntax.DplIn, syntax.DplOut:
		return special("dup", fd, target(r.Word)...)
	case syntax.AppOut:
		return special("app", fd, target(r.Word)...)
	case syntax.RdrAll:
		return special("all", fd, target(r.Word)...)
	case syntax.AppAll:
		return special("appall", fd, target(r.Word)...)
	default: // > and >|
		return special("gt", fd, target(r.Word)...)
	}
}

// target is a redirection's word, whose leading ~ is no longer at its start.
func target(w *syntax.Word) []syntax.WordPart {
	lit, ok := w.Parts[0].(*syntax.Lit)
	if !ok || lit.Value != "~" && !strings.HasPrefix(lit.Value, "~/") {
		return w.Parts
	}
	home := &syntax.DblQuoted{Parts: []syntax.WordPart{&syntax.ParamExp{Short: true, Param: &syntax.Lit{Value: "HOME"}}}}
	rest := &syntax.Lit{Value: lit.Value[1:]}
	return append([]syntax.WordPart{home, rest}, w.Parts[1:]...)
}

// document is the body of a here-document as one double-quoted part.
func document(r *syntax.Redirect) []syntax.WordPart {
	if r.Hdoc == nil {
		return nil
	}
	quoted := false
	for _, p := range r.Word.Parts {
		lit, ok := p.(*syntax.Lit)
		quoted = quoted || !ok || strings.Contains(lit.Value, `\`)
	}
	literal := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`")
	inner := strings.NewReplacer(`\"`, `\\\"`, `"`, `\"`)
	body := &syntax.DblQuoted{}
	for i, p := range r.Hdoc.Parts {
		lit, ok := p.(*syntax.Lit)
		if !ok {
			body.Parts = append(body.Parts, p)
			continue
		}
		text := lit.Value
		if r.Op == syntax.DashHdoc {
			text = stripTabs(text, i == 0)
		}
		if quoted {
			text = literal.Replace(text)
		} else {
			text = inner.Replace(text)
		}
		body.Parts = append(body.Parts, &syntax.Lit{Value: text})
	}
	return []syntax.WordPart{body}
}

// stripTabs takes leading tabs off each line, as <<- asks for.
func stripTabs(text string, start bool) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		if i > 0 || start {
			lines[i] = strings.TrimLeft(lines[i], "\t")
		}
	}
	return strings.Join(lines, "\n")
}
