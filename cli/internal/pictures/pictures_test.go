package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"
)

// Every picture that a page shows is there, each is made by the list of scenes,
// and none is left that no scene makes.
func TestEveryPictureIsMade(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..")
	var made []string
	for _, s := range scenes() {
		made = append(made, s.name+".svg")
	}
	have, err := filepath.Glob(filepath.Join(root, "docs", "pictures", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range have {
		if !slices.Contains(made, filepath.Base(path)) {
			t.Errorf("%s is made by no scene", path)
		}
		b, err := os.ReadFile(path)
		if err != nil || len(b) > 150_000 {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
		}
		wellFormed(t, path, string(b))
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`pictures/([a-z0-9-]+\.[a-z]+)`).FindAllStringSubmatch(string(b), -1) {
			shown++
			if !slices.Contains(made, m[1]) {
				t.Errorf("%s shows %s, which no scene makes", page, m[1])
			}
			if _, err := os.Stat(filepath.Join(root, "docs", "pictures", m[1])); err != nil {
				t.Errorf("%s shows %s: %v", page, m[1], err)
			}
		}
	}
	if shown < len(made) {
		t.Errorf("the pages show %d of %d pictures", shown, len(made))
	}
}

// A screen's text, colours and lines come out as they stand there.
func TestAScreenIsDrawn(t *testing.T) {
	t.Parallel()
	e := vt.NewEmulator(20, 3)
	if _, err := e.WriteString("plain \x1b[1;38;2;255;0;0mred <&>\x1b[0m\r\n\x1b[48;2;0;0;255m  \x1b[0m\u2501\u2588"); err != nil {
		t.Fatal(err)
	}
	got := draw(e, dark(), "a & b")
	wellFormed(t, "the picture", got)
	for _, want := range []string{
		"<title>a &amp; b</title>", ">plain</text>", `fill="#ff0000" font-weight="bold">red</text>`, "&lt;&amp;&gt;", `width="16.8" height="18.0" fill="#0000ff"/>`, `<path d="M16.8 25.8H25.2V28.2H16.8Z"`, `<path d="M25.2 18.0H33.6V36.0H25.2Z"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("it has no %s:\n%s", want, got)
		}
	}
}

func wellFormed(t *testing.T, what, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
	}
}
