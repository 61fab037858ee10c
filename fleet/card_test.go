package fleet

import (
	"bytes"
	"strings"
	"testing"
	"text/template"
)

// What a template gives is what text/template gives for it.
func TestATemplateIsFilledAsTheStandardOneWouldBe(t *testing.T) {
	t.Parallel()
	cards := []Card{
		{},
		{ID: "i-1", Fleet: "sensors", Region: "us-west-2", Zone: "us-west-2a", Type: "t3.medium", Arch: "arm64", PublicIP: "198.51.100.7", User: "ubuntu"},
	}
	for _, text := range []string{
		"",
		"no facts\n",
		"id={{.ID}} zone={{ .Zone }}{{if .PublicIP}} ip={{.PublicIP}}{{end}}\n",
		"{{if eq .Arch `arm64`}}arm{{else if eq .Region \"eu-west-1\" \"eu-west-2\"}}eu{{else}}x86{{end}}",
		"{{with .PublicIP}}ip={{.}} of {{$.ID}}{{else}}none of {{.ID}}{{end}}",
		"a  {{- /* a note */ -}}  b {{- .ID -}} c",
		"{{$x := .ID}}{{if $x}}{{$x = printf \"%s-%d\" $x (len .Zone)}}{{$y := true}}{{$y}}{{end}}{{$x}}",
		"{{.Zone | printf \"%q %s\" .ID | print}}{{println .ID 1}}",
		"{{if and .ID (not .IPv6) (or .PublicIP .PrivateIP)}}yes{{end}}{{ne .ID \"i-1\"}}{{and .ID 0}}{{or 0 .ID}}",
		"{{with $v := .ID}}{{$v}}{{with .}}{{.}}{{end}}{{else with .Zone}}{{.}}{{end}}",
		"{{\"quoted\"}}{{true}}{{1}}{{'a'}}{{'e'}}{{0xfe}}{{-3}}{{1_000}}",
	} {
		ours, err := ParseTemplate("node.conf", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		std := template.Must(template.New("node.conf").Parse(text))
		for _, c := range cards {
			var want bytes.Buffer
			if err := std.Execute(&want, c); err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if got, err := ours.Render(c); err != nil || string(got) != want.String() {
				t.Errorf("%q on %v is %q %v, not %q", text, c, got, err, want.String())
			}
		}
	}
}

func TestATemplateKnowsOnlyTheFacts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\nb {{.Whereabouts}}":                    "node.conf:2:4: an instance has no fact called Whereabouts; the facts are ID, Fleet,",
		"{{if .IPv6}}{{.A}}{{else}}{{$.B}}{{end}}": "node.conf:1:14: an instance has no fact called A; ",
		"{{.ID":                        "node.conf:1: unclosed action",
		"{{call .ID}}":                 "node.conf:1:",
		"{{template `x`}}":             "node.conf:1:11: ",
		"{{define `x`}}{{end}}":        "node.conf: define and block",
		"{{range .ID}}{{end}}":         "node.conf:1:8: ",
		"{{.}}":                        "node.conf:1:2: name one of",
		"{{$}}":                        "node.conf:1:2: name one of",
		"{{.ID.Name}}":                 "node.conf:1:5: ID has no parts",
		"{{with .ID}}{{.Zone}}{{end}}": "node.conf:1:14: inside with, the instance's facts are written $.Zone",
		"{{eq .ID 1}}":                 "node.conf:1:2: eq can't compare",
		"{{print len}}":                "node.conf:1:8: len has too few",
		"{{not}}":                      "node.conf:1:2: not has too few",
		"{{.ID 1}}":                    "node.conf:1:2: .ID is no function",
		"{{.ID | .Zone}}":              "node.conf:1:8: .Zone is no function",
		"{{$x := .ID}}{{$x.Name}}":     "node.conf:1:17: $x has no parts",
		"{{$x = .ID}}":                 "node.conf:1:2: there is no variable $x here",
		"{{print 2.0}}":                "node.conf:1:8: 2.0 is no value",
		"{{1e3}}":                      "node.conf:1:2: 1e3 is no value",
		"{{$ := .ID}}":                 "node.conf:1:2: $ is the instance itself",
		"{{1.5}}":                      "node.conf:1:2: 1.5 is no value",
		"{{len 1}}":                    "node.conf:1:2: len takes a text",
		"{{printf 1}}":                 "node.conf:1:2: printf takes a format",
	} {
		if _, err := ParseTemplate("node.conf", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := ParseTemplate("n", "{{.A}}\n{{if .ID}}{{.B}}{{else}}{{.C}}{{end}}"); err == nil || strings.Count(err.Error(), "has no fact") != 3 {
		t.Errorf("not every mistake is named: %v", err)
	}
}
