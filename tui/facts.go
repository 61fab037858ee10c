package tui

import (
	tea "charm.land/bubbletea/v2"

	"spot-tui/fleet"
)

// onBatch takes facts in, whatever lies over the screen. While it is frozen no
// further question is asked: the engine keeps the facts, merged.
func (m *model) onBatch(msg batchMsg) tea.Cmd {
	m.waiting = false
	if msg.err != nil {
		return nil // the engine is closing
	}
	ring := m.bell(msg.b.Events, m.cursor.Rev == 0)
	m.cursor = msg.b.Cursor
	if m.freeze {
		m.held = &msg.b
		return ring
	}
	return tea.Batch(m.take(msg.b), ring, m.waitFeed(frameTime), m.tick())
}

func (m *model) toggleFreeze() tea.Cmd {
	m.freeze = !m.freeze
	if m.freeze {
		return nil
	}
	var cmds []tea.Cmd
	if m.held != nil {
		cmds = append(cmds, m.take(*m.held))
		m.held = nil
	}
	if !m.waiting {
		cmds = append(cmds, m.waitFeed(0))
	}
	return tea.Batch(append(cmds, m.tick())...)
}

func (m *model) take(b fleet.Batch) tea.Cmd {
	m.now, m.summary, m.regions, m.benches, m.dirty = b.At, b.Summary, b.Regions, b.Benches, true
	m.rows.now = b.At
	m.oldNews()
	m.cool()
	glows := m.glows()
	for _, i := range b.Instances {
		before := m.rows.put(i)
		if glows {
			m.warm(before, i)
		}
	}
	for _, id := range b.Forgotten {
		m.rows.remove(id)
	}
	m.rows.settle()
	m.followRegions()
	m.logs.add(b.Logs, b.LogsLost)
	for _, o := range b.Ops {
		m.takeOp(o)
	}
	return tea.Batch(m.showReceipt(), m.rescan())
}

func (m *model) takeOp(o fleet.Operation) {
	for i := range m.ops {
		if m.ops[i].ID == o.ID {
			m.ops[i] = o
			m.tookOp(o)
			return
		}
	}
	m.ops = append(m.ops, o)
	m.tookOp(o)
}

func (m *model) tookOp(o fleet.Operation) {
	if o.Kind == fleet.OpCleanup && !o.Running() {
		m.cleaned()
	}
	if o.Receipt != nil && m.receipt != o.Receipt {
		m.receipt = o.Receipt
		m.unseen = append(m.unseen, &receiptView{r: *o.Receipt, errs: o.Errors})
	}
}

// showReceipt opens the receipts that came in, as soon as no confirmation and
// no input is in front: it must be seen, but not swallow what is being typed.
func (m *model) showReceipt() tea.Cmd {
	if len(m.unseen) == 0 || m.prompt != nil || m.over != nil && m.over.dangerous() {
		return nil
	}
	v := m.unseen[0]
	m.unseen = m.unseen[1:]
	return m.open(v)
}

// running gives the operation that is shown above the log.
func (m *model) running() (fleet.Operation, bool) {
	for i := len(m.ops) - 1; i >= 0; i-- {
		if o := m.ops[i]; o.Running() && o.Kind != fleet.OpRun && o.Kind != fleet.OpForward {
			return o, true
		}
	}
	return fleet.Operation{}, false
}
