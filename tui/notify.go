package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// Notifier is how a person who looks elsewhere is told of something.
type Notifier string

// The notifiers. All but NotifyOff ring the bell too.
const (
	NotifyBell   Notifier = ""        // the bell only
	NotifyOff    Notifier = "off"     // not even the bell
	NotifyOSC9   Notifier = "osc 9"   // iTerm2, WezTerm, Ghostty
	NotifyOSC777 Notifier = "osc 777" // rxvt-unicode, foot
	NotifyOSC99  Notifier = "osc 99"  // kitty
)

// NotifierFor chooses what a terminal is known to understand, by its environment;
// the bell where that is not sure. Inside tmux and screen only the bell comes
// through.
func NotifierFor(getenv func(string) string) Notifier {
	term, program := getenv("TERM"), getenv("TERM_PROGRAM")
	switch {
	case getenv("TMUX") != "" || getenv("STY") != "" || strings.HasPrefix(term, "screen") || strings.HasPrefix(term, "tmux") || term == "dumb":
		return NotifyBell
	case term == "xterm-kitty" || getenv("KITTY_WINDOW_ID") != "":
		return NotifyOSC99
	case program == "iTerm.app" || program == "WezTerm" || program == "ghostty" || term == "xterm-ghostty" || term == "wezterm":
		return NotifyOSC9
	case strings.HasPrefix(term, "rxvt-unicode") || term == "foot" || strings.HasPrefix(term, "foot-"):
		return NotifyOSC777
	}
	return NotifyBell
}

// longestNotice is how much of a text a notification shows.
const longestNotice = 200

// notice is what makes the terminal tell a text; the text can steer nothing.
func (n Notifier) notice(title, text string) string {
	text = fleet.Clean(text)
	if r := []rune(text); len(r) > longestNotice {
		text = string(r[:longestNotice])
	}
	text = strings.ReplaceAll(text, ";", ",") // parts are told apart by it
	title = strings.ReplaceAll(fleet.Clean(title), ";", ",")
	switch n {
	case NotifyOff:
		return ""
	case NotifyOSC9:
		return "\a\x1b]9;" + title + ": " + text + "\a"
	case NotifyOSC777:
		return "\a\x1b]777;notify;" + title + ";" + text + "\a"
	case NotifyOSC99:
		return "\a\x1b]99;;" + title + ": " + text + "\x1b\\"
	default:
		return "\a"
	}
}

// bell rings for an interruption (R20), and for a failure or the end of an
// operation while the person looks elsewhere, with a notification where the
// terminal has them. What was there before this program was is no news.
func (m *model) bell(events []fleet.Event, first bool) tea.Cmd {
	if first || m.o.Notify == NotifyOff {
		return nil
	}
	for _, e := range events {
		switch e.Kind {
		case fleet.EventInterrupted:
			return tea.Raw(m.o.Notify.notice("spot-tui "+string(m.o.Name), strings.TrimSpace(string(e.Instance)+" "+e.Text)))
		case fleet.EventFailed, fleet.EventOpDone, fleet.EventError, fleet.EventBudget:
			if m.away {
				return tea.Raw(m.o.Notify.notice("spot-tui "+string(m.o.Name), strings.TrimSpace(string(e.Instance)+" "+e.Text)))
			}
		default:
		}
	}
	return nil
}

// status is what a terminal that shows such a thing says of the program: working,
// waiting for a person, or idle.
func (m *model) status() *tea.ProgramStatus {
	s := tea.ProgramStatus{State: tea.ProgramStateIdle}
	o, busy := m.running()
	switch {
	case m.left == nil: // the terminal would go on showing it
		s.State = tea.ProgramStateClear
	case m.summary.Problem != "":
		s.State, s.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindAuth
	case m.over != nil && m.over.dangerous():
		s.State, s.Kind = tea.ProgramStateBlocked, tea.ProgramStatusKindQuestion
	case busy && len(o.Errors) > 0:
		s.State = tea.ProgramStateError
	case busy:
		s.State = tea.ProgramStateWorking
	}
	return &s
}
