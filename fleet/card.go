package fleet

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
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

// Template is a text with places for an instance's facts.
type Template struct{ t *template.Template }

// ParseTemplate reads a text/template and tries it on a card: a fact that does
// not exist is found here, with its line, and not on the instance.
func ParseTemplate(name, text string) (*Template, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, templateError(err)
	}
	p := &Template{t}
	if _, err := p.Render(Card{}); err != nil {
		return nil, err
	}
	return p, nil
}

// Render fills in one instance's facts.
func (t *Template) Render(c Card) ([]byte, error) {
	var b bytes.Buffer
	if err := t.t.Execute(&b, c); err != nil {
		return nil, templateError(err)
	}
	return b.Bytes(), nil
}

var unknownFact = regexp.MustCompile(`can't evaluate field (\w+) in type`)

// templateError drops what text/template says about itself: "template: app.conf:3:2: …".
func templateError(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: ")
	if m := unknownFact.FindStringSubmatch(text); m != nil {
		at, _, _ := strings.Cut(text, ": executing")
		return fmt.Errorf("%s: an instance has no fact called %s; the facts are ID, Fleet, Region, Zone, Type, Arch, PublicIP, PrivateIP, IPv6, User, Launch, Owner and EndsAt", at, m[1])
	}
	return errors.New(text)
}
