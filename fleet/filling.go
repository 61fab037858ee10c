package fleet

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/template/parse"
)

// filling fills in a template. A value is a string, a bool or an int.
type filling struct {
	tree  *parse.Tree
	card  *Card
	inner []any // the values of the withs around; without one, dot is the card
	vars  []variable
	trial bool // every branch is taken, and every mistake is gathered
	wrong []error
	out   bytes.Buffer
}

type variable struct {
	name  string
	value any
}

// fail says what is wrong at a node; a trial goes on after it.
func (f *filling) fail(n parse.Node, format string, args ...any) error {
	at, _ := f.tree.ErrorContext(n)
	return fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...))
}

// note keeps an error, and says whether to go on.
func (f *filling) note(err error) bool {
	if err != nil {
		f.wrong = append(f.wrong, err)
	}
	return err == nil || f.trial
}

func (f *filling) list(l *parse.ListNode) bool {
	if l == nil {
		return true
	}
	for _, n := range l.Nodes {
		if !f.node(n) {
			return false
		}
	}
	return true
}

func (f *filling) node(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.TextNode:
		f.out.Write(n.Text)
	case *parse.CommentNode:
	case *parse.ActionNode:
		v, err := f.pipe(n.Pipe)
		if err == nil && len(n.Pipe.Decl) == 0 {
			fmt.Fprint(&f.out, v)
		}
		return f.note(err)
	case *parse.IfNode:
		return f.branch(&n.BranchNode, false)
	case *parse.WithNode:
		return f.branch(&n.BranchNode, true)
	default:
		return f.note(f.fail(n, "%s is not known here; there are facts, if, else, with and variables", n))
	}
	return true
}

// branch is an if or a with. What it declares ends with it.
func (f *filling) branch(b *parse.BranchNode, with bool) bool {
	vars := len(f.vars)
	defer func() { f.vars = f.vars[:vars] }()
	v, err := f.pipe(b.Pipe)
	if !f.note(err) {
		return false
	}
	if f.trial || truth(v) {
		if with {
			f.inner = append(f.inner, v)
		}
		on := f.scope(b.List)
		if with {
			f.inner = f.inner[:len(f.inner)-1]
		}
		if !on {
			return false
		}
	}
	if f.trial || !truth(v) {
		return f.scope(b.ElseList)
	}
	return true
}

func (f *filling) scope(l *parse.ListNode) bool {
	vars := len(f.vars)
	on := f.list(l)
	f.vars = f.vars[:vars]
	return on
}

// truth is as in text/template: a value that is not empty.
func truth(v any) bool { return v != nil && v != "" && v != false && v != 0 }

// pipe gives a pipeline's value, and sets the variable that it names.
func (f *filling) pipe(p *parse.PipeNode) (any, error) {
	var v any
	for n, c := range p.Cmds {
		var last []any
		if n > 0 {
			last = []any{v}
		}
		var err error
		if v, err = f.command(c, last); err != nil {
			return nil, err
		}
	}
	for _, d := range p.Decl {
		if d.Ident[0] == "$" {
			return nil, f.fail(d, "$ is the instance itself, and can't be set")
		}
		if !p.IsAssign {
			f.vars = append(f.vars, variable{d.Ident[0], v})
		} else if n := f.variable(d.Ident[0]); n >= 0 {
			f.vars[n].value = v
		} else {
			return nil, f.fail(d, "there is no variable %s here; := makes one", d.Ident[0])
		}
	}
	return v, nil
}

// variable is the place of the innermost variable of a name, or -1.
func (f *filling) variable(name string) int {
	for n, v := range slices.Backward(f.vars) {
		if v.name == name {
			return n
		}
	}
	return -1
}

// command is one part of a pipeline; last is what the part before it gave.
func (f *filling) command(c *parse.CommandNode, last []any) (any, error) {
	if id, ok := c.Args[0].(*parse.IdentifierNode); ok {
		args := make([]any, 0, len(c.Args))
		for _, a := range c.Args[1:] {
			v, err := f.value(a)
			if err != nil {
				return nil, err
			}
			args = append(args, v)
		}
		v, err := templateFunctions[id.Ident](append(args, last...))
		if err != nil {
			return nil, f.fail(c, "%s %v", id.Ident, err)
		}
		return v, nil
	}
	if len(c.Args) > 1 || len(last) > 0 {
		return nil, f.fail(c, "%s is no function, and takes no values", c.Args[0])
	}
	return f.value(c.Args[0])
}

func (f *filling) value(n parse.Node) (any, error) {
	switch n := n.(type) {
	case *parse.FieldNode:
		if len(f.inner) > 0 {
			return nil, f.fail(n, "inside with, the instance's facts are written $%s", n)
		}
		return f.fact(n, n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return f.fact(n, n.Ident[1:])
		}
		if i := f.variable(n.Ident[0]); i >= 0 && len(n.Ident) == 1 {
			return f.vars[i].value, nil
		}
		return nil, f.fail(n, "%s has no parts", n.Ident[0])
	case *parse.DotNode:
		if len(f.inner) > 0 {
			return f.inner[len(f.inner)-1], nil
		}
		return f.fact(n, nil)
	case *parse.StringNode:
		return n.Text, nil
	case *parse.BoolNode:
		return n.True, nil
	case *parse.NumberNode:
		if n.IsInt && !isFraction(n.Text) {
			return int(n.Int64), nil
		}
	case *parse.PipeNode:
		return f.pipe(n)
	case *parse.IdentifierNode:
		v, err := templateFunctions[n.Ident](nil)
		if err != nil {
			return nil, f.fail(n, "%s %v", n.Ident, err)
		}
		return v, nil
	}
	return nil, f.fail(n, "%s is no value here", n)
}

// isFraction says whether a number is written as text/template takes for a fraction,
// such as 2.0 or 1e3, whatever its value: those are not known here.
func isFraction(number string) bool {
	hex := strings.HasPrefix(strings.ToLower(number), "0x")
	return number[0] != '\'' && (strings.ContainsAny(number, ".pP") || !hex && strings.ContainsAny(number, "eE"))
}

func (f *filling) fact(n parse.Node, path []string) (any, error) {
	if len(path) == 0 {
		return nil, f.fail(n, "name one of the instance's facts, as {{.ID}}")
	}
	v, ok := f.card.fact(path[0])
	switch {
	case !ok:
		return nil, f.fail(n, "an instance has no fact called %s; the facts are ID, Fleet, Region, Zone, Type, Arch, PublicIP, PrivateIP, IPv6, User, Launch, Owner and EndsAt", path[0])
	case len(path) > 1:
		return nil, f.fail(n, "%s has no parts", path[0])
	}
	return v, nil
}
