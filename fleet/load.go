package fleet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxTemplate bounds a template, which is kept in memory and made anew for each instance.
const maxTemplate = 1 << 20

// load prepares a file for upload to any number of instances. get gives an
// instance's bundle and what frees it; done frees the rest.
func (e *Engine) load(f FileSpec) (get func(InstanceID) (Bundle, func(), error), done func(), err error) {
	if !f.Template {
		b, err := e.opts.Shell.Pack(Source{Path: f.Source, Ignore: f.Ignore})
		if err != nil {
			return nil, nil, err
		}
		return func(InstanceID) (Bundle, func(), error) { return b, func() {}, nil }, func() { _ = b.Close() }, nil
	}
	t, err := readTemplate(f.Source)
	if err != nil {
		return nil, nil, &Error{Op: "fill in the template", Resource: f.Source, Kind: KindInvalid, Err: err}
	}
	return func(id InstanceID) (Bundle, func(), error) {
		in, ok := e.instance(id)
		if !ok {
			return nil, nil, &Error{Op: "fill in the template for", Resource: string(id), Kind: KindGone, Err: errText("no such instance in this fleet")}
		}
		text, err := t.Render(e.card(in))
		if err != nil {
			return nil, nil, &Error{Op: "fill in the template for", Resource: string(id), Kind: KindInvalid, Err: err}
		}
		b, err := e.opts.Shell.Pack(Source{Text: text, Name: filepath.Base(f.Source)})
		if err != nil {
			return nil, nil, err
		}
		return b, func() { _ = b.Close() }, nil
	}, func() {}, nil
}

// readTemplate reads a template from disk.
func readTemplate(path string) (*Template, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxTemplate {
		return nil, fmt.Errorf("it is larger than 1 MiB; only small files can be templates")
	}
	return ParseTemplate(filepath.Base(path), string(b))
}

// card is what a template can say about an instance.
func (e *Engine) card(in Instance) Card {
	c := Card{
		ID: in.ID, Fleet: e.spec.Name, Region: in.Region, Zone: in.Zone, Type: in.Type, Arch: in.Arch,
		PublicIP: in.PublicIP, PrivateIP: in.PrivateIP, IPv6: in.IPv6, User: in.User, Launch: in.Launch, Owner: in.Owner,
	}
	if !in.EndsAt.IsZero() {
		c.EndsAt = in.EndsAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	return c
}
