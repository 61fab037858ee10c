package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bindings are a person's own keys for actions, by the actions' names. An action
// with an empty list has no key; the palette still has it.
type Bindings map[string][]string

// ActionNames lists the names of all actions, in the order of docs/keys.md.
func ActionNames() []string {
	var names []string
	for _, r := range KeyTable(nil) {
		names = append(names, r.Name)
	}
	return names
}

// CheckBindings says what is wrong with each binding: a sentence with what to do,
// by the action's name; names that no action has are not looked at. It is empty
// where all can be used.
func CheckBindings(b Bindings) map[string]string {
	bad := map[string]string{}
	as := bound(actions(), b)
	for n, a := range actions() {
		words, own := b[a.id]
		if !own {
			continue
		}
		if a.fixed() {
			bad[a.id] = "its key is fixed, for it answers a question or is the way out; take the line out"
			continue
		}
		for _, word := range words {
			if why := cannotBind(a, word); why != "" {
				bad[a.id] = why
			} else if other := clash(as, as[n], a.keys, readKey(word)); other != "" {
				bad[a.id] = fmt.Sprintf("%s is the key of %s there; choose another, or give that one another", word, other)
			}
		}
	}
	return bad
}

// fixed says that an action keeps its key: an answer is what every person's hand
// must find (R3), and so is the way out.
func (a action) fixed() bool {
	return a.id == "back" || a.id == "interrupt" || a.place == atLaunch || a.place == atDestroy || a.place == atProvision || a.place == atCleanup || a.place == atShrink || a.place == atReplace || a.place == atUnlock
}

// typed says whether a printable key is text in a place.
func (p place) typed() bool { return p == atInput || p == atPalette || p == atMenu }

// neverBound are keys that terminals, multiplexers and shells own, or that some
// of them send for another one.
func neverBound() []string {
	return []string{"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+\\", "ctrl+space", "ctrl+@", "ctrl+h", "ctrl+j", "ctrl+k", "ctrl+w", "ctrl+t", "ctrl+n", "ctrl+i", "ctrl+m", "ctrl+[", "ctrl+c", "ctrl+z", "esc", "f1", "f10", "f11"}
}

// cannotBind says why an action can't have a key.
func cannotBind(a action, word string) string {
	key := readKey(word)
	single := utf8.RuneCountInString(key) == 1
	switch {
	case key == "":
		return fmt.Sprintf("%q is no key; write one as docs/keys.md does, such as \"x\", \"X\", \"Ctrl+X\", \"Enter\" or \"F5\"", word)
	case slices.Contains(neverBound(), key) || strings.HasPrefix(key, "alt+"):
		return word + " is never bound, for terminals or shells own it; choose another key"
	case a.place.typed() && single:
		return word + " would be text there; choose a chord such as \"Ctrl+X\" or a key with a name"
	case a.risk == destroys && (!single || strings.ContainsFunc(key, func(r rune) bool { return unicode.IsLower(r) || unicode.IsDigit(r) })):
		return "what destroys is on an upper-case letter or a sign only, so that no slip of a finger opens it; choose one instead of " + word
	}
	return ""
}

// clash names the action that has an action's key where both can be in front. A
// key that the action has from the start is where it belongs.
func clash(as []action, a action, from []string, key string) string {
	if slices.Contains(from, key) {
		return ""
	}
	for _, b := range as {
		if b.id != a.id && slices.Contains(b.keys, key) && meet(a.place, b.place) {
			return b.id
		}
	}
	return ""
}

// meet says whether one key press may be for both places.
func meet(p, q place) bool {
	wide := func(p place) bool { return p == everywhere || p == moving }
	return p == q || wide(p) || wide(q)
}

// bound gives actions the keys that a person has chosen; what CheckBindings
// complains about is left as it is.
func bound(as []action, b Bindings) []action {
	out := slices.Clone(as)
	for n := range out {
		words, own := b[out[n].id]
		if !own || out[n].fixed() {
			continue
		}
		keys := []string{}
		for _, w := range words {
			if cannotBind(out[n], w) == "" {
				keys = append(keys, readKey(w))
			}
		}
		out[n].keys = keys
	}
	return out
}

// readKey reads a key as docs/keys.md writes it, or as the terminal layer names
// it; it is empty where there is no such key.
func readKey(word string) string {
	if utf8.RuneCountInString(word) == 1 {
		r, _ := utf8.DecodeRuneInString(word)
		if name, ok := arrows()[word]; ok {
			return name
		}
		if r == ' ' {
			return "space"
		}
		if !unicode.IsPrint(r) {
			return ""
		}
		return word
	}
	k := strings.ToLower(word)
	for _, mod := range []string{"ctrl+", "alt+"} {
		if rest, ok := strings.CutPrefix(k, mod); ok {
			if utf8.RuneCountInString(rest) == 1 || slices.Contains(namedKeys(), rest) {
				return k
			}
			return ""
		}
	}
	if k == "pgdn" {
		k = "pgdown"
	}
	if slices.Contains(namedKeys(), k) {
		return k
	}
	return ""
}

func arrows() map[string]string {
	return map[string]string{"←": "left", "→": "right", "↑": "up", "↓": "down"}
}

func namedKeys() []string {
	names := []string{"enter", "esc", "tab", "shift+tab", "space", "home", "end", "pgup", "pgdown", "insert", "delete", "backspace", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12"}
	return slices.AppendSeq(names, maps.Values(arrows()))
}

// KeyRow is one action of the table of keys.
type KeyRow struct {
	Place string // the screen or dialog in which the keys work
	Name  string // what the config calls it
	Keys  []string
	What  string
	Risk  string // "safe", "costs money" or "destroys"
}

// KeyTable lists every action with its keys, with a person's own ones in their
// place.
func KeyTable(b Bindings) []KeyRow {
	var rows []KeyRow
	as := bound(actions(), b)
	for _, p := range places() {
		for _, a := range as {
			if a.place != p {
				continue
			}
			words := make([]string, len(a.keys))
			for i, k := range a.keys {
				words[i] = keyWord(k)
			}
			rows = append(rows, KeyRow{Place: string(p), Name: a.id, Keys: words, What: a.help, Risk: a.risk.String()})
		}
	}
	return rows
}

// KeysPage gives docs/keys.md, made from the registry.
func KeysPage() string {
	var b strings.Builder
	b.WriteString("# Keys\n\nThis page is made from the program's own table of actions; `?` shows the same on the screen. The names are for `[keys]` in the config,\nwhich gives actions other keys ([configuration.md](configuration.md)).\n")
	at := ""
	for _, r := range KeyTable(nil) {
		if r.Place != at {
			at = r.Place
			fmt.Fprintf(&b, "\n## %s\n\n| key | name | what | risk |\n|---|---|---|---|\n", at)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", strings.Join(r.Keys, "` `"), r.Name, r.What, r.Risk)
	}
	return b.String()
}
