package fleet

import (
	"bytes"
	"regexp"
	"testing"
	"text/template"
)

// texts are a card's facts as plain texts, as which ours takes them: text/template
// tells an id from a text.
func texts(c Card) any {
	return struct {
		ID, Fleet, Region, Zone, Type, Arch, PublicIP, PrivateIP, IPv6, User, Launch, Owner, EndsAt string
	}{
		string(c.ID), string(c.Fleet), string(c.Region), string(c.Zone), string(c.Type), c.Arch, c.PublicIP, c.PrivateIP, c.IPv6, c.User, string(c.Launch), c.Owner, c.EndsAt,
	}
}

// FuzzTemplate holds that what a template gives is what text/template gives, and
// that what we refuse we refuse without falling over.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{
		"id={{.ID}}{{if .PublicIP}} ip={{.PublicIP}}{{end}}\n",
		"{{with .PublicIP}}ip={{.}} of {{$.ID}}{{else}}none{{end}}",
		"{{$x := .ID}}{{if $x}}{{$x = printf \"%s-%d\" $x (len .Zone)}}{{end}}{{$x}}",
		"{{with $v := .ID}}{{$v}}{{with .}}{{.}}{{end}}{{else with .Zone}}{{.}}{{end}}",
		"{{.Zone | printf \"%q %s\" .ID | print}}{{println .ID 1}}{{/* a note */}}",
		"{{if and .ID (not .IPv6) (or .PublicIP 0)}}yes{{else if eq 1 1}}{{ne .ID `x`}}{{end}}",
		"{{$x:=.ID}}{{if $y = print $x}}{{end}}",
		"{{$:=.ID}}{{if $.ID}}{{end}}",
		"{{printf .ID}}{{print 2 -3 0xfe 'e' `x`}}",
	} {
		f.Add(text)
	}
	wide := regexp.MustCompile(`printf|[0-9]{5}`) // a width of a billion is filled in, by both
	cards := []Card{{}, {ID: "i-1", Zone: "us-west-2a", Type: "t3.medium", Arch: "arm64", PublicIP: "198.51.100.7"}}
	f.Fuzz(func(t *testing.T, text string) {
		if len(wide.FindAllString(text, -1)) > 1 {
			return // it may take more memory than there is
		}
		ours, err := ParseTemplate("fuzzed", text)
		if err != nil {
			return
		}
		std, err := template.New("fuzzed").Parse(text)
		if err != nil {
			t.Fatalf("text/template does not read %q: %v", text, err)
		}
		for _, c := range cards {
			got, err := ours.Render(c)
			if err != nil {
				continue
			}
			var want bytes.Buffer
			if err := std.Execute(&want, texts(c)); err != nil {
				t.Fatalf("text/template refuses %q: %v", text, err)
			}
			if string(got) != want.String() {
				t.Errorf("%q on %v is %q, not %q", text, c, got, want.String())
			}
		}
	})
}
