package tui

import (
	"fmt"

	"spot-tui/fleet"
)

// confirmPlan gives the dialog that a plan needs: one that ends running instances,
// because AWS takes over for them, is confirmed as a destroy is (R3). ok is false
// while the table does not show these instances yet.
func (m *model) confirmPlan(d *launchDialog) (o overlay, ok bool) {
	if d.plan.Takes() == 0 {
		return d, true
	}
	kept := map[fleet.KeeperID]bool{}
	for _, r := range d.plan.Regions {
		if r.Keep != nil && r.Keep.Keeper != "" {
			kept[r.Keep.Keeper] = true
		}
	}
	var is []fleet.Instance
	for i := range m.rows.each() {
		if !kept[i.Keeper] && !i.Stage.Leaving() {
			is = append(is, *i)
		}
	}
	if len(is) == 0 {
		return nil, false
	}
	return &destroyDialog{confirm: confirm{word: string(m.summary.Fleet)}, scopes: []scope{{title: "Hand " + count(len(is), "instance") + " over to AWS", is: is}}, over: d}, true
}

func handOverText(p fleet.Plan) string {
	text := fmt.Sprintf("Each ends when a replacement that AWS launches is ready; up to %d more run meanwhile.", p.Surplus)
	if p.Launch > 0 {
		text += " " + count(p.Launch, "instance") + " more are launched."
	}
	return text
}

// keptLine says who keeps the fleet, for the header; empty where spot-tui does.
func keptLine(s fleet.Summary) string {
	if s.Keep == fleet.KeepAWS {
		return "kept by AWS"
	}
	return ""
}
