package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// choice is a choice of instances for what is asked: frozen when the line opens,
// so that what is said is what is done.
type choice struct {
	words string
	ids   []fleet.InstanceID
}

// choices are those that there are: the marks or the row first, then what
// is shown, then every ready instance.
func (m *model) choices() []choice {
	var ss []choice
	add := func(words string, is []fleet.Instance) {
		if len(is) == 0 {
			return
		}
		for _, s := range ss {
			if slices.Equal(s.ids, ids(is)) { // the same once more
				return
			}
		}
		ss = append(ss, choice{words, ids(is)})
	}
	marked := m.rows.marked()
	add(count(len(marked), "marked instance"), marked)
	if i, ok := m.rows.current(); ok {
		add(string(i.ID), []fleet.Instance{i})
	}
	shown := m.rows.listed(func(i fleet.Instance) bool { return i.Stage != fleet.StageShuttingDown && i.Stage != fleet.StageGone })
	add(count(len(shown), "shown instance"), shown)
	ready := m.rows.every(func(i fleet.Instance) bool { return i.Stage == fleet.StageReady })
	add(count(len(ready), "ready instance"), ready)
	return ss
}

// ask opens a line for a text about instances; Tab goes through the choices.
func (m *model) ask(verb string, done func(m *model, on []fleet.InstanceID, text string) tea.Cmd) *prompt {
	p := &prompt{in: input(""), changed: func(*model) {}, cancel: func(*model) {}, choices: m.choices(), verb: verb, history: m.said[verb]}
	p.name()
	p.done = func(m *model) tea.Cmd {
		text := strings.TrimSpace(p.in.Value())
		if text == "" || len(p.choices) == 0 {
			return m.say("nothing was done")
		}
		m.remember(verb, text)
		return done(m, p.choices[p.choice].ids, text)
	}
	p.facts = func(m *model) string { return m.promptHints(p, "") }
	m.prompt = p
	return p
}

// remembered is how many lines of each kind are offered again.
const remembered = 50

// remember puts a line before the others of its kind.
func (m *model) remember(verb, text string) {
	kept := slices.DeleteFunc(slices.Clone(m.said[verb]), func(s string) bool { return s == text })
	kept = append([]string{text}, kept...)
	m.said[verb] = kept[:min(len(kept), remembered)]
}

// promptHints says what a line wants, and its keys.
func (m *model) promptHints(p *prompt, wants string) string {
	parts := []string{}
	if wants != "" {
		parts = append(parts, wants)
	}
	if p.ghost != "" {
		parts = append(parts, m.th.Glyph("→", "right")+" completes")
	}
	if len(p.choices) > 1 {
		parts = append(parts, "tab others")
	}
	if len(p.history) > 0 {
		parts = append(parts, m.th.Glyph("↑", "up")+" earlier")
	}
	return strings.Join(parts, "  ")
}

// name says what the line is for.
func (p *prompt) name() {
	if len(p.choices) > 0 {
		p.label = p.verb + " " + p.choices[p.choice].words
	}
}

// nextChoice takes the next choice of instances.
func (m *model) nextChoice() tea.Cmd {
	p := m.prompt
	if n := len(p.choices); n > 0 {
		p.choice = (p.choice + 1) % n
		p.name()
	}
	return nil
}

// recall puts an earlier line into the prompt; n is 1 for an older one.
func (m *model) recall(n int) tea.Cmd {
	p := m.prompt
	if len(p.history) == 0 {
		return nil
	}
	if p.line == 0 {
		p.typed = p.in.Value()
	}
	p.line = min(max(0, p.line+n), len(p.history))
	text := p.typed
	if p.line > 0 {
		text = p.history[p.line-1]
	}
	p.in.SetValue(text)
	p.in.CursorEnd()
	p.changed(m)
	return nil
}

// askRun asks for a command.
func (m *model) askRun() tea.Cmd {
	p := m.ask("run on", func(m *model, on []fleet.InstanceID, line string) tea.Cmd { return m.startRun(on, line) })
	ctx, face := m.ctx, m.o.Face
	return func() tea.Msg { return historyMsg{p, face.Commands(ctx)} }
}

// askUpload asks for what goes where.
func (m *model) askUpload() tea.Cmd {
	face := m.o.Face
	p := m.ask("upload to", func(m *model, on []fleet.InstanceID, text string) tea.Cmd {
		from, to, ok := pair(text)
		if !ok {
			return m.say("upload: write what is here and where it goes there, such as: app ~/app")
		}
		m.didOn("upload", on, atHome(from), to)
		return m.startCopy(on, "upload "+from+" → "+to, func() (*fleet.Run, error) {
			return face.Upload(fleet.UploadRequest{Instances: on, File: fleet.FileSpec{Source: atHome(from), Target: to}})
		})
	})
	p.facts = func(m *model) string { return m.promptHints(p, "what-is-here path-there") }
	p.local = func(text string) (string, bool) { return text, !strings.Contains(text, " ") }
	return nil
}

// askFetch asks for what comes from where.
func (m *model) askFetch() tea.Cmd {
	face := m.o.Face
	p := m.ask("fetch from", func(m *model, on []fleet.InstanceID, text string) tea.Cmd {
		from, to, ok := pair(text)
		if !ok {
			return m.say("fetch: write what is there and a folder here, such as: /var/log/syslog logs")
		}
		m.didOn("fetch", on, from, atHome(to))
		return m.startCopy(on, "fetch "+from+" → "+to, func() (*fleet.Run, error) {
			return face.Fetch(fleet.FetchRequest{Instances: on, Source: from, Target: atHome(to)})
		})
	})
	p.facts = func(m *model) string { return m.promptHints(p, "path-there folder-here") }
	p.local = func(text string) (string, bool) {
		_, word, ok := strings.Cut(text, " ")
		return word, ok && !strings.Contains(word, " ")
	}
	return nil
}

// pair reads two words; quotes hold blanks together.
func pair(text string) (from, to string, ok bool) {
	var words []string
	var at strings.Builder
	var quote rune
	in := false
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, in = r, true
		case quote == 0 && r == ' ':
			if in {
				words = append(words, at.String())
				at.Reset()
				in = false
			}
		default:
			at.WriteRune(r)
			in = true
		}
	}
	if in {
		words = append(words, at.String())
	}
	if len(words) != 2 || quote != 0 || words[0] == "" || words[1] == "" {
		return "", "", false
	}
	return words[0], words[1], true
}

// askLogs asks for a log: a path, or a unit.
func (m *model) askLogs() tea.Cmd {
	p := m.ask("log of", func(m *model, on []fleet.InstanceID, text string) tea.Cmd {
		q := fleet.FollowRequest{Instances: on, Lines: 100}
		switch {
		case strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~"):
			q.File = text
		case text != "journal":
			q.Unit = text
		}
		words := append([]string{"logs"}, texts(on)...)
		switch {
		case q.File != "":
			words = append(words, "--file", q.File)
		case q.Unit != "":
			words = append(words, "--unit", q.Unit)
		}
		m.did(words...)
		return m.follow(q, text)
	})
	p.facts = func(m *model) string { return m.promptHints(p, "a path, a unit, or journal") }
	return nil
}

// askForward asks for ports of the row's instance.
func (m *model) askForward() tea.Cmd {
	i, ok := m.rows.current()
	if !ok {
		return nil
	}
	p := &prompt{label: "forward from " + string(i.ID), in: input(""), changed: func(*model) {}, cancel: func(*model) {}, history: m.said["forward"]}
	p.facts = func(m *model) string { return m.promptHints(p, "port-here:port-there, such as 8080:80") }
	p.done = func(m *model) tea.Cmd {
		text := strings.TrimSpace(p.in.Value())
		if text == "" {
			return m.say("nothing was done")
		}
		m.remember("forward", text)
		local, remote, ok := strings.Cut(text, ":")
		if !ok {
			local, remote = "0", text
		}
		m.did("forward", string(i.ID), local+":"+remote)
		face, q := m.o.Face, fleet.ForwardRequest{Instance: i.ID, Local: local, Remote: remote}
		return func() tea.Msg {
			f, err := face.Forward(q)
			if err != nil {
				return forwardMsg{err: err}
			}
			s, rev := f.State()
			return forwardMsg{f: f, state: s, rev: rev}
		}
	}
	m.prompt = p
	return nil
}
