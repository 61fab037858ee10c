package tui

import (
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"
)

// View is how a person looks at a fleet: what is worth keeping from one time to
// the next. The zero View is how the screen begins.
type View struct {
	Sort     string `json:"sort,omitempty"` // a column's head
	Reverse  bool   `json:"reverse,omitempty"`
	Column   string `json:"column,omitempty"` // under the column cursor
	Filter   string `json:"filter,omitempty"`
	Problems bool   `json:"problems,omitempty"`
	Columns  string `json:"columns,omitempty"` // heads in their order, with commas; empty: all
	Wide     bool   `json:"wide,omitempty"`
	LogLines int    `json:"log_lines,omitempty"` // that the log has more than its share
	Log      string `json:"log,omitempty"`       // large or closed; empty: normal
}

func logWords() []string { return []string{"", "large", "closed"} }

// view is what is on the screen.
func (m *model) view() View {
	r := &m.rows
	v := View{Reverse: r.sortBy.reverse, Filter: r.filter.text, Problems: r.problems, Log: logWords()[m.logSize], Columns: strings.Join(r.chosenHeads, ","), Wide: r.wide, LogLines: m.logMore}
	if r.sortBy.head != stageHead {
		v.Sort = r.sortBy.head
	}
	if r.column != stageHead {
		v.Column = r.column
	}
	return v
}

// restore shows v. What this version does not know is left as it begins: the
// view may have been kept by a newer one.
func (m *model) restore(v View) {
	r := &m.rows
	for _, c := range columns() {
		if c.head == v.Sort {
			r.sortBy = sorting{head: c.head, order: c.order}
		}
		if c.head == v.Column {
			r.column = c.head
		}
	}
	r.sortBy.reverse = v.Reverse && (v.Sort == "" || v.Sort == r.sortBy.head)
	if f := (filter{}).write(v.Filter); f.err == nil {
		r.filter = f
	}
	r.problems, r.wide, m.logMore = v.Problems, v.Wide, min(max(-200, v.LogLines), 200)
	if v.Columns != "" {
		r.choose(strings.Split(v.Columns, ","))
	}
	for n, word := range logWords() {
		if word == v.Log {
			m.logSize = logSize(n)
		}
	}
	m.kept = m.view()
}

// keeper writes views one after the other: an older one never takes the place of
// a newer one.
type keeper struct {
	save func(View) error

	mu   sync.Mutex
	last int
}

func (k *keeper) write(n int, v View) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n < k.last {
		return nil
	}
	k.last = n
	return k.save(v)
}

// keep has the view written if it has changed. What is still being typed is
// not kept.
func (m *model) keep() tea.Cmd {
	v := m.view()
	if m.o.SaveView == nil || m.prompt != nil || v == m.kept {
		return nil
	}
	m.kept = v
	m.keeps++
	k, n := m.keeper, m.keeps
	return func() tea.Msg {
		if err := k.write(n, v); err != nil {
			return startedMsg{what: "keep the view", err: err}
		}
		return nil
	}
}
