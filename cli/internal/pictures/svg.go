package main

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// A cell's size in the picture's units, and where a letter stands in it.
const (
	cellW, cellH = 8.4, 18.0
	baseline     = 13.6
	margin       = 12.0
)

// paper is what the terminal's own colours are.
type paper struct{ text, back color.Color }

func dark() paper {
	return paper{color.RGBA{0xd8, 0xda, 0xde, 0xff}, color.RGBA{0x16, 0x18, 0x1c, 0xff}}
}

func light() paper {
	return paper{color.RGBA{0x1b, 0x1d, 0x21, 0xff}, color.RGBA{0xfb, 0xfb, 0xf8, 0xff}}
}

// grid is what a picture is drawn of.
type grid interface {
	Width() int
	Height() int
	CellAt(x, y int) *uv.Cell
}

// look is what cells that are drawn together have in common.
type look struct {
	fg, bg           string
	bold, faint, und bool
}

// draw gives the picture of a screen.
func draw(g grid, p paper, title string) string {
	w, h := g.Width(), g.Height()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" font-family="'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,'Liberation Mono',monospace" font-size="13.6" shape-rendering="crispEdges" xml:space="preserve">`,
		float64(w)*cellW+2*margin, float64(h)*cellH+2*margin)
	fmt.Fprintf(&b, "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"%s\"/>\n", escape(title), hex(p.back))
	fmt.Fprintf(&b, "<g transform=\"translate(%.1f %.1f)\">\n", margin, margin)
	for y := range h {
		row(&b, g, p, y)
	}
	b.WriteString("</g></svg>\n")
	return b.String()
}

// row draws one line: runs of cells of the same look, and lines of boxes as
// shapes, so that they join in every font.
func row(b *strings.Builder, g grid, p paper, y int) {
	w := g.Width()
	for x := 0; x < w; {
		c := g.CellAt(x, y)
		l := lookOf(c, p)
		from, text := x, ""
		for x < w {
			c = g.CellAt(x, y)
			if lookOf(c, p) != l {
				break
			}
			if c == nil || c.Content == "" {
				text += " "
				x++
				continue
			}
			text += c.Content
			x += max(1, c.Width)
		}
		if l.bg != hex(p.back) {
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, float64(from)*cellW, float64(y)*cellH, float64(x-from)*cellW, cellH, l.bg)
		}
		letters(b, l, from, y, text)
	}
	b.WriteByte('\n')
}

// letters draws a run's text, word by word: a blank in between costs nothing, and
// no font's width can push what follows to the side.
func letters(b *strings.Builder, l look, x, y int, text string) {
	word, at := "", x
	flush := func() {
		if word == "" {
			return
		}
		n := len([]rune(word))
		attrs := ""
		if l.bold {
			attrs += ` font-weight="bold"`
		}
		if l.faint {
			attrs += ` opacity="0.6"`
		}
		if l.und {
			attrs += ` text-decoration="underline"`
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`, float64(at)*cellW, float64(y)*cellH+baseline, float64(n)*cellW, l.fg, attrs, escape(word))
		word = ""
	}
	col := x
	for _, r := range text {
		switch path := shape(r, float64(col)*cellW, float64(y)*cellH); {
		case path != "":
			flush()
			fmt.Fprintf(b, `<path d="%s" fill="%s"/>`, path, l.fg)
		case r == ' ':
			flush()
		default:
			if word == "" {
				at = col
			}
			word += string(r)
		}
		col++
	}
	flush()
}

// shape gives the outline of a line or a block; empty: it is a letter.
func shape(r rune, x, y float64) string {
	rect := func(x0, y0, x1, y1 float64) string {
		return fmt.Sprintf("M%.1f %.1fH%.1fV%.1fH%.1fZ", x+x0, y+y0, x+x1, y+y1, x+x0)
	}
	const midX, midY = cellW / 2, cellH / 2
	if r >= '▁' && r <= '█' {
		return rect(0, cellH*(1-float64(r-'▁'+1)/8), cellW, cellH)
	}
	if r >= '▉' && r <= '▏' {
		return rect(0, 0, cellW*float64('▐'-r)/8, cellH)
	}
	switch r {
	case '─':
		return rect(0, midY-0.6, cellW, midY+0.6)
	case '│':
		return rect(midX-0.6, 0, midX+0.6, cellH)
	case '━':
		return rect(0, midY-1.2, cellW, midY+1.2)
	case '┃':
		return rect(midX-1.2, 0, midX+1.2, cellH)
	case '┏':
		return rect(midX-1.2, midY-1.2, cellW, midY+1.2) + rect(midX-1.2, midY-1.2, midX+1.2, cellH)
	case '┓':
		return rect(0, midY-1.2, midX+1.2, midY+1.2) + rect(midX-1.2, midY-1.2, midX+1.2, cellH)
	case '┗':
		return rect(midX-1.2, midY-1.2, cellW, midY+1.2) + rect(midX-1.2, 0, midX+1.2, midY+1.2)
	case '┛':
		return rect(0, midY-1.2, midX+1.2, midY+1.2) + rect(midX-1.2, 0, midX+1.2, midY+1.2)
	}
	return ""
}

// lookOf reads a cell's look; an empty one is paper.
func lookOf(c *uv.Cell, p paper) look {
	l := look{fg: hex(p.text), bg: hex(p.back)}
	if c == nil {
		return l
	}
	if c.Style.Fg != nil {
		l.fg = hex(c.Style.Fg)
	}
	if c.Style.Bg != nil {
		l.bg = hex(c.Style.Bg)
	}
	l.bold = c.Style.Attrs&uv.AttrBold != 0
	l.faint = c.Style.Attrs&uv.AttrFaint != 0
	l.und = c.Style.Underline != 0
	if c.Style.Attrs&uv.AttrReverse != 0 {
		l.fg, l.bg = l.bg, l.fg
	}
	return l
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}
