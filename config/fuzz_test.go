package config

import (
	"errors"
	"strings"
	"testing"
)

// Whatever stands in a file, reading it ends with a file or with its mistakes,
// and each mistake has a line where the text has one for it.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(text(Defaults{Name: "f", PrivateKey: "~/k"})))
	f.Add([]byte(commented.ReplaceAllString(text(Defaults{Name: "f", PrivateKey: "$HOME/k"}), "$1")))
	f.Add([]byte("[[region]]\nname=1"))
	f.Add([]byte("region = 3\nfleet = []\ntags = [1]"))
	f.Add([]byte("[provision]\nfiles = [1, {source=2}]\n[[a.b]]\n[a.b.c]\n[[a.b]]\n\"\" = '''x'''"))
	f.Add([]byte("\xef\xbb\xbfimage = {\n name = \"x\", # c\n}\r\n[ssh]\nprivate_key = \"~/$HOME/${X\""))
	f.Add([]byte("[[region]]\nname=\"us-west-2\\n\"\nzones=[\"a\",\"us-east-1b\",\"\\u001b\"]\nimage=\"ami-00000000\"\n[network]\ncidr=\"fe80::%x/1\"\nmode=\"default\""))
	f.Add([]byte("region=[{instance_types=[\".\",\"x1.metal-1xl\",\"t3large\"]}]\n[aws]\npoll=\"-1s\"\npoll_idle=\"1s\"\ninstance_profile=\"arn:aws:iam::1:role/x\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse("c", text, "/nowhere")
		var es Errors
		if (file == nil) != errors.As(err, &es) || file != nil && err != nil {
			t.Fatalf("a file or its errors: %v %v", file, err)
		}
		if file != nil {
			es = append(append(es, file.LaunchProblems()...), file.Warnings()...)
		}
		d := parse("c", text)
		for _, p := range es {
			if strings.ContainsAny(p.Error(), "\n\r\x1b") {
				t.Errorf("not one line: %q", p.Error())
			}
			if p.Line == 0 && (d.place(p.Key).line > 0 || stands(d, p.Key)) {
				t.Errorf("the text has a line for it: %q", p.Error())
			}
		}
		if len(d.errs) == 0 {
			for k := range d.root {
				if d.place(join("", k)).line == 0 {
					t.Errorf("no line for %q", k)
				}
			}
		}
	})
}

// stands says whether a key, or the table it belongs to, is in the file.
func stands(d *document, path string) bool {
	for k := range d.root {
		p := join("", k)
		if rest, ok := strings.CutPrefix(path, p); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}
