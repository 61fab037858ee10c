package tui

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// risk is what an action can do to AWS.
type risk uint8

const (
	safe     risk = iota
	costs         // may spend money, after a confirmation
	destroys      // may end instances, after a confirmation
)

func (r risk) String() string { return [...]string{"safe", "costs money", "destroys"}[r] }

// sign is the risk in one character, for the help.
func (r risk) sign() string { return [...]string{"", "$", "!"}[r] }

// place is where an action's keys are taken. A key goes through the places of
// the front layer in the order of chain.
type place string

const (
	atFleet     place = "Fleet screen"
	atDetails   place = "Details"
	atPlan      place = "Plan"
	atLaunch    place = "Launch confirmation"
	atDestroy   place = "Destroy confirmation"
	atRun       place = "Run"
	atCopy      place = "Copy menu"
	atQuit      place = "Quit panel"
	atHelp      place = "Help"
	atInput     place = "Input line"
	atReceipt   place = "Receipt"
	atProvision place = "Provision confirmation"
	atExplain   place = "Explain"
	atFollow    place = "Log of instances"
	atForwards  place = "Forwarded ports"
	atText      place = "Text"
	atColumns   place = "Columns"
	atLog       place = "Log panel"
	atPalette   place = "Commands"
	atMenu      place = "Action menu"
	moving      place = "Moving" // wherever something scrolls
	everywhere  place = "Everywhere"
)

// action is one thing that a key does. The table of actions drives dispatch,
// footer, help and docs/keys.md; no other file names a key.
type action struct {
	id      string
	place   place
	keys    []string
	title   string // one or two words, for the footer
	help    string
	risk    risk
	footer  int  // place in the footer; 0: not there
	changes bool // refused in read-only mode
	run     func(*model) tea.Cmd
	// off says why the action can't be done now; empty: it can.
	off func(*model) string
}

// enabled says whether the action can be done now.
func (a action) enabled(m *model) bool { return a.off == nil || a.off(m) == "" }

// key is an action's first key as help shows it; empty: it has none.
func (a action) key() string {
	if len(a.keys) == 0 {
		return ""
	}
	return keyWord(a.keys[0])
}

// keyFor is an action's key as the footer writes it, for texts that name the
// next step.
func (m *model) keyFor(id string) string {
	for _, a := range m.acts {
		if a.id == id && len(a.keys) > 0 {
			return hintKey(a.keys)
		}
	}
	return ": " + id // the palette has every action
}

// chain lists the places whose keys the front layer takes, nearest first.
func (m *model) chain() []place {
	if m.prompt != nil {
		return []place{atInput}
	}
	if m.over == nil {
		return []place{atFleet, moving, everywhere}
	}
	ps := []place{m.over.place()}
	if _, ok := m.over.(scroller); ok {
		ps = append(ps, moving)
	}
	return append(ps, everywhere)
}

// scroller is an overlay that the moving keys scroll.
type scroller interface{ scroll(n int) }

// typist is an overlay that takes the keys that no action has.
type typist interface {
	other(m *model, key, text string) tea.Cmd
}

// dispatch runs a key's action, or says why it can't be done.
func (m *model) dispatch(key, text string) tea.Cmd {
	take, types := m.typing()
	for _, p := range m.chain() {
		if types && p == everywhere && wordPart(text) {
			continue
		}
		for _, a := range m.acts {
			if a.place != p || !slices.Contains(a.keys, key) || types && !a.enabled(m) {
				continue
			}
			return m.do(a)
		}
	}
	if types {
		return take(key, text)
	}
	return nil
}

// typing gives what takes the keys that no action has, where something does.
func (m *model) typing() (take func(key, text string) tea.Cmd, types bool) {
	switch o := m.over.(type) {
	case confirmation:
		return func(key, text string) tea.Cmd { return m.answer(o, key, text) }, true
	case typist:
		return func(key, text string) tea.Cmd { return o.other(m, key, text) }, true
	}
	return nil, false
}

// wordPart says whether a text is a letter or a digit: where one types, that is
// what was typed, whatever it does elsewhere.
func wordPart(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// find gives a key's action in one place.
func (m *model) find(p place, key string) (action, bool) {
	i := slices.IndexFunc(m.acts, func(a action) bool { return a.place == p && slices.Contains(a.keys, key) })
	if i < 0 {
		return action{}, false
	}
	return m.acts[i], true
}

// do runs an action unless read-only mode or the moment forbids it.
func (m *model) do(a action) tea.Cmd {
	if a.changes && m.o.ReadOnly {
		return m.say(a.title + " is refused in read-only mode; start without --read-only")
	}
	if a.off != nil {
		if why := a.off(m); why != "" {
			return m.say(a.title + ": " + why)
		}
	}
	return a.run(m)
}

// hints are the front layer's keys and words, most used first.
func (m *model) hints() [][2]string {
	here := m.chain()[0]
	bare := here == atFleet && len(m.rows.all) == 0
	var as []action
	for _, a := range m.acts {
		if bare && !slices.Contains([]string{"new", "refresh", "quit"}, a.id) { // where there is nothing, the one next key must be seen
			continue
		}
		if a.place == here && a.footer > 0 && len(a.keys) > 0 && a.enabled(m) && (!a.changes || !m.o.ReadOnly) {
			as = append(as, a)
		}
	}
	slices.SortStableFunc(as, func(a, b action) int { return a.footer - b.footer })
	var hs [][2]string
	for _, a := range as {
		if m.over == nil || a.title != m.over.escape() { // esc does it, and is named last
			hs = append(hs, [2]string{hintKey(a.keys), a.title})
		}
	}
	if m.over != nil {
		hs = append(hs, [2]string{"esc", m.over.escape()})
	}
	return hs
}

// hintKey writes an action's first key as the footer shows it; the arrows of
// one action stand together.
func hintKey(keys []string) string {
	switch keys[0] {
	case "left":
		return "←→"
	case "up":
		return "↑↓"
	}
	return keys[0]
}

// keyWord writes a key as help shows it.
func keyWord(k string) string {
	switch k {
	case "enter", "esc", "tab", "space", "home", "end", "insert", "delete", "backspace":
		return strings.ToUpper(k[:1]) + k[1:]
	case "pgup", "pgdown":
		return map[string]string{"pgup": "PgUp", "pgdown": "PgDn"}[k]
	}
	if arrow, ok := map[string]string{"left": "←", "right": "→", "up": "↑", "down": "↓"}[k]; ok {
		return arrow
	}
	if c, ok := strings.CutPrefix(k, "ctrl+"); ok {
		return "Ctrl+" + strings.ToUpper(c)
	}
	if len(k) > 1 && k[0] == 'f' {
		return "F" + k[1:]
	}
	return k
}

func keyWords(keys []string) string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = keyWord(k)
	}
	return strings.Join(words, " ")
}
