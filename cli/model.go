package cli

import (
	"context"
	"slices"
	"strings"

	"spot-tui/fleet"
)

// model is a verb's read model of the feed.
type model struct {
	cursor    fleet.Cursor
	summary   fleet.Summary
	regions   []fleet.RegionStatus
	instances map[fleet.InstanceID]fleet.Instance
	ops       map[fleet.OpID]fleet.Operation
}

func newModel() *model {
	return &model{instances: map[fleet.InstanceID]fleet.Instance{}, ops: map[fleet.OpID]fleet.Operation{}}
}

func (m *model) take(b fleet.Batch) {
	m.cursor, m.summary, m.regions = b.Cursor, b.Summary, b.Regions
	for _, i := range b.Instances {
		m.instances[i.ID] = *i
	}
	for _, id := range b.Forgotten {
		delete(m.instances, id)
	}
	for _, o := range b.Ops {
		m.ops[o.ID] = o
	}
}

// list gives the instances that are not gone, by region, zone and id.
func (m *model) list(gone bool) []fleet.Instance {
	var is []fleet.Instance
	for _, i := range m.instances {
		if gone || i.Stage != fleet.StageGone {
			is = append(is, i)
		}
	}
	slices.SortFunc(is, func(a, b fleet.Instance) int {
		return strings.Compare(string(a.Region)+string(a.Zone)+string(a.ID), string(b.Region)+string(b.Zone)+string(b.ID))
	})
	return is
}

// down lists the regions that did not answer, as errors.
func (m *model) down() []jsonError {
	var errs []jsonError
	for _, r := range m.regions {
		if r.Health == fleet.HealthDown || r.Health == fleet.HealthThrottled {
			errs = append(errs, jsonError{Kind: fleet.KindNetwork, Region: r.Region, Message: r.Problem})
		}
	}
	return errs
}

// follow reads the feed until the operation has ended, telling progress.
func (s *session) follow(ctx context.Context, m *model, op fleet.OpID) (fleet.Operation, error) {
	for {
		if o, ok := m.ops[op]; ok && !o.Running() {
			return o, nil
		}
		b, err := s.engine.Next(ctx, m.cursor)
		if err != nil {
			return fleet.Operation{}, canceled(err)
		}
		m.take(b)
		s.a.progress(b)
	}
}
