package fleet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"text/template/parse"
)

// Card is what a template can say about the instance that it is made for:
// {{.ID}}, {{.Region}} and so on.
type Card struct {
	ID        InstanceID
	Fleet     Name
	Region    Region
	Zone      Zone
	Type      InstanceType
	Arch      string // x86_64 or arm64
	PublicIP  string // may be empty
	PrivateIP string
	IPv6      string // may be empty
	User      string // the login
	Launch    LaunchID
	Owner     string
	EndsAt    string // RFC 3339 in UTC; empty where the fleet has no end
}

// fact gives one of them by its name in a template.
func (c *Card) fact(name string) (string, bool) {
	switch name {
	case "ID":
		return string(c.ID), true
	case "Fleet":
		return string(c.Fleet), true
	case "Region":
		return string(c.Region), true
	case "Zone":
		return string(c.Zone), true
	case "Type":
		return string(c.Type), true
	case "Arch":
		return c.Arch, true
	case "PublicIP":
		return c.PublicIP, true
	case "PrivateIP":
		return c.PrivateIP, true
	case "IPv6":
		return c.IPv6, true
	case "User":
		return c.User, true
	case "Launch":
		return string(c.Launch), true
	case "Owner":
		return c.Owner, true
	case "EndsAt":
		return c.EndsAt, true
	}
	return "", false
}

// Template is a text with places for an instance's facts.
type Template struct{ tree *parse.Tree }

// ParseTemplate reads a template and tries it on a card, along every branch: a
// fact that does not exist is found here, with its line, and not on the instance.
// The error names all mistakes of that kind.
//
// The language is that of text/template without what lists and nested templates
// need: facts, if, else, with, variables, pipelines, and its functions and, or,
// not, eq, ne, len, print, printf and println. Its package can't be used itself:
// it may call any method of any type by name, so the linker keeps every method
// of every type, which makes the program twice as large (67 MB beside 33 MB).
func ParseTemplate(name, text string) (*Template, error) {
	trees, err := parse.Parse(name, text, "", "", templateNames())
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "template: "))
	}
	t := &Template{trees[name]}
	if t.tree == nil { // a text of nothing
		t.tree = &parse.Tree{Name: name, Root: &parse.ListNode{NodeType: parse.NodeList}}
	}
	if len(trees) > 1 {
		return nil, fmt.Errorf("%s: define and block are not known here; write the text where it is needed", name)
	}
	f := &filling{tree: t.tree, card: &Card{}, trial: true}
	if f.list(t.tree.Root); len(f.wrong) > 0 {
		return nil, errors.Join(f.wrong...)
	}
	return t, nil
}

// Render fills in one instance's facts.
func (t *Template) Render(c Card) ([]byte, error) {
	f := &filling{tree: t.tree, card: &c}
	f.list(t.tree.Root)
	if len(f.wrong) > 0 {
		return nil, f.wrong[0]
	}
	return bytes.Clone(f.out.Bytes()), nil
}
