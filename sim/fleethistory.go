package sim

import (
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// A fleet's events can be described after at most 30 s, and for 48 h (SDK
// DescribeFleetHistory).
const (
	eventDelay = 30 * time.Second
	eventFor   = 48 * time.Hour
)

// fleetEvent is one entry of a fleet's history.
type fleetEvent struct {
	seq  int
	at   time.Time
	kind string // "instance-change", "fleet-change" or "service-error"
	tree wire.Map
}

// note writes an event into the history, and drops what is too old.
func (m *maintained) note(at time.Time, kind, sub, instance, text string) {
	m.r.seq++
	info := wire.Map{"EventSubType": sub}
	if instance != "" {
		info["InstanceId"] = instance
	}
	if text != "" {
		info["EventDescription"] = text
	}
	m.events = slices.DeleteFunc(m.events, func(e fleetEvent) bool { return at.Sub(e.at) > eventFor })
	m.events = append(m.events, fleetEvent{m.r.seq, at, kind, wire.Map{"EventType": kind, "Timestamp": at, "EventInformation": info}})
}

func describeFleetHistory(c *call) (wire.Map, error) {
	id, err := c.need("FleetId")
	if err != nil {
		return nil, err
	}
	since, ok := c.in["StartTime"].(time.Time)
	if !ok {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter StartTime")
	}
	t, err := c.r.find(kindFleet, id)
	if err != nil {
		return nil, err
	}
	m := c.r.maintained[id]
	if m == nil {
		return nil, wire.Errorf("UnsupportedOperation", "A fleet of type %s has no history.", wire.Str(t.tree, "Type"))
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	now := time.Now()
	last := now.Add(-c.w.scaled(eventDelay))
	var rows []row
	for _, e := range m.events {
		if k := c.str("EventType"); k != "" && k != e.kind {
			continue
		}
		if !e.at.Before(since) && !e.at.After(last) && now.Sub(e.at) <= eventFor {
			rows = append(rows, row{seq: e.seq, tree: e.tree})
		}
	}
	page, next, err := listing{low: 1, high: 1000}.cut(c, rows)
	if err != nil {
		return nil, err
	}
	list := make(wire.List, len(page))
	for i, r := range page {
		list[i] = r.tree
	}
	out := wire.Map{"FleetId": id, "StartTime": since, "HistoryRecords": list}
	if next != "" {
		out["NextToken"] = next
	} else {
		out["LastEvaluatedTime"] = last
	}
	return out, nil
}

// describeFleetInstances lists the members that run (SDK DescribeFleetInstances:
// not for instant fleets).
func describeFleetInstances(c *call) (wire.Map, error) {
	id, err := c.need("FleetId")
	if err != nil {
		return nil, err
	}
	t, err := c.r.find(kindFleet, id)
	if err != nil {
		return nil, err
	}
	m := c.r.maintained[id]
	if m == nil {
		return nil, wire.Errorf("UnsupportedOperation", "DescribeFleetInstances does not serve fleets of type %s.", wire.Str(t.tree, "Type"))
	}
	l := listing{untagged: true, low: 1, high: 1000, filters: filters{"instance-type": "InstanceType"}, rows: func(c *call) ([]row, error) {
		var rows []row
		for _, id := range m.members {
			if i := c.r.instances[id]; m.alive(id) {
				tree := wire.Map{"InstanceId": id, "InstanceType": i.spec.typ.name, "InstanceHealth": "healthy"}
				if i.request != nil {
					tree["SpotInstanceRequestId"] = i.request.id
				}
				rows = append(rows, row{seq: i.seq, id: id, tree: tree})
			}
		}
		return rows, nil
	}}
	rows, next, err := l.page(c)
	if err != nil {
		return nil, err
	}
	list := make(wire.List, len(rows))
	for i, r := range rows {
		list[i] = r.tree
	}
	out := wire.Map{"FleetId": id, "ActiveInstances": list}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
