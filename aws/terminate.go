package aws

import (
	"context"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// terminateBatch is how many ids one TerminateInstances takes (aws-facts §1.7).
const terminateBatch = 1000

// Terminate implements fleet.Remover. nil means that EC2 took the request or
// does not know the id; that an instance is gone only a describe can say (R11).
func (r *region) Terminate(ctx context.Context, f fleet.Name, ids []fleet.InstanceID) map[fleet.InstanceID]error {
	res := make(map[fleet.InstanceID]error, len(ids))
	states, err := r.shown(ctx, f)
	if err != nil {
		for _, id := range ids {
			res[id] = err
		}
		return res
	}
	var mine, others []fleet.InstanceID
	for _, id := range ids {
		if _, seen := res[id]; seen {
			continue
		}
		res[id] = nil
		switch s, ok := states[id]; {
		case !ok:
			others = append(others, id)
		case s != fleet.StateTerminated:
			mine = append(mine, id)
		}
	}
	r.refuse(ctx, f, others, res)
	for part := range slices.Chunk(mine, terminateBatch) {
		r.terminate(ctx, part, res)
	}
	return res
}

// refuse tells ids that EC2 knows but that are not the fleet's from those that
// it does not know: the first are never sent, the second are gone.
func (r *region) refuse(ctx context.Context, f fleet.Name, ids []fleet.InstanceID, res map[fleet.InstanceID]error) {
	for part := range slices.Chunk(ids, filterValues) {
		names := make([]string, 0, len(part))
		for _, id := range part {
			names = append(names, string(id))
		}
		err := r.instances(ctx, []types.Filter{filter("instance-id", names...)}, func(i *types.Instance) {
			id := awssdk.ToString(i.InstanceId)
			res[fleet.InstanceID(id)] = guard("terminate instance", r.name, id, f)
		})
		if err != nil {
			for _, id := range part {
				res[id] = err
			}
		}
	}
}

// terminate sends a batch. EC2 fails a batch as a whole for one id that is
// unknown or protected (aws-facts §2.4), so a batch that fails for such a
// reason is halved until the bad ids stand alone.
func (r *region) terminate(ctx context.Context, ids []fleet.InstanceID, res map[fleet.InstanceID]error) {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		names = append(names, string(id))
	}
	about := ""
	if len(ids) == 1 {
		about = names[0]
	}
	_, err := do(ctx, r, remove("TerminateInstances", "terminate instances", about), &ec2.TerminateInstancesInput{InstanceIds: names}, r.ec2().TerminateInstances)
	switch k := fleet.KindOf(err); {
	case err == nil:
		return
	case len(ids) == 1:
		if k == fleet.KindGone {
			err = nil
		}
		res[ids[0]] = err
	case k == fleet.KindGone || k == fleet.KindInvalid || k == fleet.KindConflict || k == fleet.KindUnknown || code(err) == "OperationNotPermitted":
		half := len(ids) / 2
		r.terminate(ctx, ids[:half], res)
		r.terminate(ctx, ids[half:], res)
	default: // no id is to blame: each would fail the same way
		for _, id := range ids {
			res[id] = err
		}
	}
}
