package theme

// Names lists what a person may choose.
func Names() []string { return []string{"auto", "dark", "light", "high-contrast", "mono"} }

// DarkContrast is the palette of the high-contrast theme for dark terminals:
// what carries meaning has a contrast of 7 or more.
func DarkContrast() Tokens {
	return Tokens{
		Background: "#16181c", Text: "#ffffff", Dim: "#d0d4dc", Line: "#8b93a1", Accent: "#6ff0e2", Cost: "#ffd479",
		OK: "#a8e86b", Run: "#9fd4ff", Warn: "#ffb257", Bad: "#ffa0a0", Gone: "#c4c9d2", Selection: "#222a38",
	}
}

// LightContrast is the same for light terminals.
func LightContrast() Tokens {
	return Tokens{
		Background: "#fbfbf8", Text: "#000000", Dim: "#3a3f47", Line: "#767d88", Accent: "#004f49", Cost: "#563700",
		OK: "#174d0c", Run: "#0c3f80", Warn: "#663000", Bad: "#8a1510", Gone: "#404650", Selection: "#dfe8f0",
	}
}

// In256 gives the palette for terminals of 256 colours, in numbers of xterm's
// own: where the nearest colour to a token would be another one (a grey with a
// hint of blue becomes teal, the selection a loud blue) it has been picked by hand.
func (t Tokens) In256() Tokens {
	switch t {
	case Dark():
		return Tokens{
			Background: "234", Text: "253", Dim: "248", Line: "238", Accent: "79", Cost: "179",
			OK: "107", Run: "74", Warn: "215", Bad: "210", Gone: "247", Selection: "236",
		}
	case DarkContrast():
		return Tokens{
			Background: "234", Text: "231", Dim: "252", Line: "245", Accent: "123", Cost: "222",
			OK: "155", Run: "153", Warn: "215", Bad: "217", Gone: "251", Selection: "236",
		}
	case LightContrast(): // the cube's darkest colours pass 7 on no grey selection, so it is a pale yellow
		return Tokens{
			Background: "231", Text: "16", Dim: "237", Line: "243", Accent: "23", Cost: "53",
			OK: "22", Run: "18", Warn: "52", Bad: "124", Gone: "238", Selection: "230",
		}
	}
	return Tokens{
		Background: "231", Text: "234", Dim: "240", Line: "250", Accent: "23", Cost: "58",
		OK: "22", Run: "25", Warn: "94", Bad: "124", Gone: "241", Selection: "254",
	}
}

// In16 gives the palette for terminals of 16 colours, whose looks the terminal's
// owner has chosen: text and what is dim keep the terminal's own colour, which
// can be read for certain, and the selected row is told by its bar.
func (t Tokens) In16() Tokens {
	if t == Light() || t == LightContrast() {
		return Tokens{Line: "8", Accent: "6", Cost: "5", OK: "2", Run: "4", Warn: "3", Bad: "1"}
	}
	return Tokens{Line: "8", Accent: "14", Cost: "13", OK: "10", Run: "12", Warn: "11", Bad: "9"}
}
