package tui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// ConfigFile is the fleet's file, for a person to edit.
type ConfigFile struct {
	Path   string
	Editor []string // the command that edits it
	// Check reads the file again: whether it is otherwise than at the start, and
	// every mistake in it, a line each (I/O).
	Check func(ctx context.Context) (changed bool, mistakes []string)
}

type editedMsg struct {
	err      error
	changed  bool
	mistakes []string
}

// noEditor says why the config can't be edited from here.
func noEditor(m *model) string {
	switch {
	case m.o.Config.Path == "":
		return "this fleet has no config file"
	case len(m.o.Config.Editor) == 0:
		return "no editor is set; set $VISUAL or $EDITOR"
	}
	return ""
}

// editConfig hands the terminal to the editor, and checks what it left.
func (m *model) editConfig() tea.Cmd {
	ctx, file := m.ctx, m.o.Config
	return m.exec(&attachCommand{ctx: ctx, what: "edit the config", args: file.Editor}, func(err error) tea.Msg {
		if err != nil {
			return editedMsg{err: err}
		}
		changed, mistakes := file.Check(ctx)
		return editedMsg{changed: changed, mistakes: mistakes}
	})
}

// edited says what became of the config.
func (m *model) edited(msg editedMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		return m.say(msg.err.Error())
	case len(msg.mistakes) > 0:
		v := newText("The config has mistakes", strings.Join([]string{m.keyFor("edit"), "edits it again"}, " "), []string{"Nothing of it is used before they are mended; the fleet goes on as it was."}, msg.mistakes)
		v.read.wrap = true
		return m.open(v)
	case !msg.changed:
		return m.say("the config is what it was")
	}
	return m.say("the config is valid; it is used when spot-tui is started again")
}
