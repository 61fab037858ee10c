package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"spot-tui/fleet"
	"spot-tui/tui/format"
)

// planView shows what a launch would be. Nothing is made before its
// confirmation is passed.
type planView struct {
	gen    int // of the newest question
	stop   context.CancelFunc
	asking bool
	have   bool
	plan   fleet.Plan
	err    error
	target int
	life   time.Duration
	field  int // 0 instances, 1 lifetime
}

// openPlan opens the plan and asks the engine for it.
func (m *model) openPlan() tea.Cmd {
	v := &planView{}
	m.open(v)
	return v.ask(m)
}

// ask asks for the plan with the changed fields; an older answer is dropped.
func (v *planView) ask(m *model) tea.Cmd {
	if v.stop != nil {
		v.stop()
	}
	ctx, stop := context.WithCancel(m.ctx)
	v.stop, v.asking = stop, true
	v.gen++
	gen, face, q := v.gen, m.o.Face, fleet.PlanRequest{Target: v.target, Lifetime: v.life}
	return func() tea.Msg {
		p, err := face.Plan(ctx, q)
		return planMsg{gen: gen, plan: p, err: err}
	}
}

func (v *planView) take(msg planMsg) {
	v.asking, v.err = false, msg.err
	if msg.err == nil {
		v.have, v.plan, v.target = true, msg.plan, msg.plan.Target
	}
}

func (v *planView) dangerous() bool { return false }

func (v *planView) closed(*model) {
	if v.stop != nil {
		v.stop()
	}
}

func (v *planView) hints(*model) [][2]string {
	if v.asking || !v.have {
		return [][2]string{{"esc", "back"}}
	}
	return [][2]string{{"enter", "review and confirm"}, {"↑↓", "field"}, {"←→", "change"}, {"esc", "back"}}
}

func (v *planView) key(m *model, key, _ string) tea.Cmd {
	switch key {
	case "up", "down", "j", "k":
		v.field = 1 - v.field
	case "left", "right", "-", "+", "h", "l":
		step := 1
		if key == "left" || key == "-" || key == "h" {
			step = -1
		}
		return v.change(m, step)
	case "enter":
		switch {
		case v.asking || !v.have:
		case v.plan.Launch == 0:
			return m.say("nothing is missing: the fleet has its " + fmt.Sprint(v.plan.Target))
		default:
			return m.open(&launchDialog{plan: v.plan})
		}
	case "q":
		v.closed(m)
		m.shut()
	}
	return nil
}

func (v *planView) change(m *model, step int) tea.Cmd {
	if !v.have {
		return nil
	}
	if v.field == 0 {
		v.target = max(1, v.target+step)
	} else {
		life := v.life
		if life == 0 {
			life = v.plan.Lifetime
		}
		v.life = max(time.Hour, life.Round(time.Hour)+time.Duration(step)*time.Hour)
	}
	return v.ask(m)
}

func (v *planView) page(m *model, w, _ int) []string {
	ls := []string{m.rule("New launch", "←→ changes a field · nothing is made before enter, then y", w), ""}
	ls[1] = m.line(w).end()
	put := func(st lipgloss.Style, text string) { ls = append(ls, m.line(w).gap(3).put(st, text).end()) }
	if v.err != nil {
		put(m.th.Bad, v.err.Error())
		put(m.th.Dim, "Esc goes back; n asks again")
		return ls
	}
	if !v.have {
		put(m.th.Dim, "asking "+count(len(m.regions), "region")+" what they offer…")
		return ls
	}
	p := v.plan
	ls = append(ls, v.form(m, w)...)
	ls = append(ls, m.line(w).end(), m.rule("Where", "price-capacity-optimized over "+count(pools(p), "pool"), w))
	ls = append(ls, m.line(w).gap(3).cell(m.th.Dim, "REGION", 16, false).cell(m.th.Dim, "LAUNCH", 8, true).cell(m.th.Dim, "HAVE", 7, true).cell(m.th.Dim, "POOLS", 8, true).gap(3).put(m.th.Dim, "SPOT $/H").end())
	for _, r := range p.Regions {
		l := m.line(w).gap(3).cell(m.th.Text, string(r.Region), 16, false).cell(m.th.Text.Bold(true), fmt.Sprint(r.Launch), 8, true).cell(m.th.Dim, fmt.Sprint(r.Have), 7, true).cell(m.th.Dim, fmt.Sprint(len(r.Pools)), 8, true).gap(3)
		switch {
		case r.Problem != nil:
			l.put(m.th.Bad, r.Problem.Error())
		case r.Low.Known:
			l.put(m.th.Cost, fmt.Sprintf("%.4f%s%.4f", r.Low.USD, m.th.Glyph("–", "-"), r.High.USD))
		default:
			l.put(m.th.Cost, "?").put(m.th.Dim, " "+r.Low.Reason)
		}
		ls = append(ls, l.end())
	}
	ls = append(ls, m.line(w).end(), m.rule("What it costs", "cheapest pools; spot prices move", w))
	ls = append(ls, v.cost(m, w), m.line(w).end(), m.rule("What it makes", "tagged spot-tui:fleet="+string(p.Fleet), w))
	if p.Launch == 0 {
		put(m.th.Text, fmt.Sprintf("Nothing: the fleet has its %d. → asks for more.", p.Target))
	} else {
		for _, l := range strings.Split(ansi.Wordwrap(strings.Join(p.Makes, " · "), w-6, ""), "\n") {
			put(m.th.Text, l)
		}
	}
	return ls
}

// form is the part whose fields change.
func (v *planView) form(m *model, w int) []string {
	p := v.plan
	life := "no end"
	if d := p.Lifetime; d > 0 {
		life = format.Long(d)
	}
	row := func(n int, name, value, note string) string {
		l := m.line(w)
		l.selected = n == v.field
		if l.selected {
			l.put(m.th.Accent, m.th.Glyph("▌", ">")).gap(2)
		} else {
			l.gap(3)
		}
		if n >= 0 {
			value = m.th.Glyph("‹ ", "< ") + value + m.th.Glyph(" ›", " >")
		}
		l.cell(m.th.Dim, name, 13, false).cell(m.th.Text.Bold(true), value, max(20, w/2-20), false)
		return l.gap(2).put(m.th.Dim, note).end()
	}
	ask := ""
	if v.asking {
		ask = "  asking again…"
	}
	note := "each instance stops itself then"
	if m.summary.Record.Fleet != "" {
		note = "the running fleet keeps its end"
	}
	return []string{
		row(0, "instances", fmt.Sprint(v.target), fmt.Sprintf("target of the fleet; running: %d%s", p.Running, ask)),
		row(1, "ends after", life, note),
		row(-1, "image", p.Image, "newest in each region"),
		row(-1, "key", p.KeyPath, "goes in by cloud-init; no key pair is made"),
		row(-1, "network", "default VPC, ssh from "+p.SSHFrom, "one security group per region"),
	}
}

func (v *planView) cost(m *model, w int) string {
	p := v.plan
	l := m.line(w).gap(3)
	if p.PerHour.Known {
		l.put(m.th.Cost.Bold(true), format.USD(p.PerHour.USD))
	} else {
		l.put(m.th.Cost, "$?")
	}
	l.put(m.th.Dim, "/h instances").gap(4).put(m.th.Cost.Bold(true), format.USD(p.IPv4Hour.USD)).put(m.th.Dim, "/h public IPv4").gap(4).put(m.th.Cost.Bold(true), format.USD(p.DiskHour.USD)).put(m.th.Dim, "/h disks")
	if p.PerHour.Known && p.Lifetime > 0 {
		l.gap(4).put(m.th.Cost.Bold(true), format.USD((p.PerHour.USD+p.IPv4Hour.USD+p.DiskHour.USD)*p.Lifetime.Hours())).put(m.th.Dim, " in "+format.Long(p.Lifetime))
	}
	return l.end()
}

func pools(p fleet.Plan) int {
	n := 0
	for _, r := range p.Regions {
		n += len(r.Pools)
	}
	return n
}

// launchDialog confirms a plan: it costs money, and destroys nothing.
type launchDialog struct{ plan fleet.Plan }

func (d *launchDialog) dangerous() bool { return true }
func (d *launchDialog) closed(*model)   {}
func (d *launchDialog) hints(*model) [][2]string {
	return [][2]string{{"y", "launch"}, {"esc", "cancel"}}
}

func (d *launchDialog) key(m *model, key, _ string) tea.Cmd {
	m.shut()
	if key != "y" {
		return m.say("nothing was launched")
	}
	face, p := m.o.Face, d.plan
	return func() tea.Msg {
		_, err := face.Launch(p)
		return startedMsg{what: "launching " + count(p.Launch, "instance"), err: err}
	}
}

func (d *launchDialog) box(m *model, w int) (string, lipgloss.Style, []*line) {
	p := d.plan
	n := 0
	for _, r := range p.Regions {
		if r.Launch > 0 && r.Problem == nil {
			n++
		}
	}
	money := m.boxLine(w).put(m.th.Cost, "$?").put(m.th.Dim, "/h: "+p.PerHour.Reason)
	if p.PerHour.Known {
		money = m.boxLine(w).put(m.th.Cost.Bold(true), format.USD(p.PerHour.USD+p.IPv4Hour.USD+p.DiskHour.USD)).put(m.th.Dim, "/h with addresses and disks")
	}
	end := "They never end by themselves."
	if !p.EndsAt.IsZero() {
		end = "They end by themselves at " + p.EndsAt.Local().Format("2006-01-02 15:04") + "."
	}
	return "Launch", m.th.Cost, []*line{
		m.boxLine(w).put(m.th.Text.Bold(true), count(p.Launch, "instance")).put(m.th.Text, " in "+count(n, "region")+" of account "+p.Account),
		money, m.boxLine(w).put(m.th.Dim, end), m.boxLine(w),
		m.boxLine(w).put(m.th.Text, "Press ").put(m.th.Cost.Bold(true), "y").put(m.th.Text, " to launch; any other key does nothing."),
		m.boxLine(w), m.boxLine(w).gap(max(0, w-34)).put(m.th.Accent, "[ Cancel ]").gap(5).put(m.th.Dim, "Launch"),
	}
}
