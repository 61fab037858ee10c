package fleet

import (
	"strings"
	"testing"
)

func TestATemplateKnowsOnlyTheFacts(t *testing.T) {
	t.Parallel()
	tmpl, err := ParseTemplate("node.conf", "id={{.ID}} zone={{.Zone}}{{if .PublicIP}} ip={{.PublicIP}}{{end}}\n")
	if err != nil {
		t.Fatal(err)
	}
	got, err := tmpl.Render(Card{ID: "i-1", Zone: "us-west-2a"})
	if err != nil || string(got) != "id=i-1 zone=us-west-2a\n" {
		t.Errorf("%q %v", got, err)
	}
	for text, want := range map[string]string{
		"a\nb {{.Whereabouts}}": "node.conf:2:4: an instance has no fact called Whereabouts; the facts are ID, Fleet,",
		"{{.ID":                 "node.conf:1: unclosed action",
		"{{call .ID}}":          "node.conf:1:",
		"{{template `x`}}":      "node.conf",
	} {
		if _, err := ParseTemplate("node.conf", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
