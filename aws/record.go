package aws

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// tagBatch is how many resources one CreateTags takes (EC2 API reference,
// CreateTags: up to 1000 resource ids).
const tagBatch = 1000

// recordTags are the tags that hold the record.
func recordTags(rec fleet.Record) map[string]string {
	return map[string]string{
		fleet.TagFleet: string(rec.Fleet), fleet.TagOwner: rec.Owner, fleet.TagTarget: strconv.Itoa(rec.Target),
		fleet.TagEnd: timeTag(rec.EndsAt), fleet.TagPhase: string(rec.Phase), fleet.TagConfig: rec.ConfigHash,
	}
}

// CreateRecord implements fleet.Recorder. The template's name is unique in the
// region: of two machines that claim a fleet at once only one succeeds.
func (r *region) CreateRecord(ctx context.Context, rec fleet.Record, user map[string]string) error {
	tags := map[string]string{}
	maps.Copy(tags, user)
	maps.Copy(tags, recordTags(rec))
	name := fleet.RecordName(rec.Fleet)
	_, err := do(ctx, r, create("CreateLaunchTemplate", "claim the fleet", string(rec.Fleet)), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: awssdk.String(name),
		// EC2 wants some content; nothing is ever launched from it.
		LaunchTemplateData: &types.RequestLaunchTemplateData{InstanceInitiatedShutdownBehavior: types.ShutdownBehaviorTerminate},
		TagSpecifications:  specs(tagsOf(tags), types.ResourceTypeLaunchTemplate),
	}, r.ec2().CreateLaunchTemplate)
	return err
}

// ReadRecord implements fleet.Recorder.
func (r *region) ReadRecord(ctx context.Context, f fleet.Name) (fleet.Record, error) {
	t, err := r.record(ctx, f, "read the fleet record")
	if err != nil {
		return fleet.Record{}, err
	}
	target, err := strconv.Atoi(tag(t.Tags, fleet.TagTarget))
	if err != nil {
		target = 0 // a record of another version: the fleet is known, its target is not
	}
	return fleet.Record{
		Fleet: f, Home: r.name, Owner: tag(t.Tags, fleet.TagOwner), Target: target, EndsAt: tagTime(t.Tags, fleet.TagEnd),
		Phase: fleet.Phase(tag(t.Tags, fleet.TagPhase)), ConfigHash: tag(t.Tags, fleet.TagConfig), CreatedAt: awssdk.ToTime(t.CreateTime),
	}, nil
}

// record finds the fleet's record; KindGone if there is none, KindGuard if its
// name is taken by something that is not ours.
func (r *region) record(ctx context.Context, f fleet.Name, op string) (*types.LaunchTemplate, error) {
	name := fleet.RecordName(f)
	t, err := r.template(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case t == nil:
		return nil, &fleet.Error{Op: op, Region: r.name, Resource: name, Kind: fleet.KindGone, Err: errors.New("there is none here")}
	case !ours(t.Tags, f):
		return nil, guard(op, r.name, "launch template "+name, f)
	}
	return t, nil
}

// UpdateRecord implements fleet.Recorder.
func (r *region) UpdateRecord(ctx context.Context, rec fleet.Record) error {
	t, err := r.record(ctx, rec.Fleet, "update the fleet record")
	if err != nil {
		return err
	}
	tags := recordTags(rec)
	if rec.Owner == "" { // a record that was never read whole must not take the owner away
		delete(tags, fleet.TagOwner)
	}
	_, err = do(ctx, r, create("CreateTags", "update the fleet record", string(rec.Fleet)), &ec2.CreateTagsInput{
		Resources: []string{awssdk.ToString(t.LaunchTemplateId)}, Tags: tagsOf(tags),
	}, r.ec2().CreateTags)
	return err
}

// Mark implements fleet.Recorder.
func (r *region) Mark(ctx context.Context, f fleet.Name, ids []fleet.InstanceID, tags map[string]string) error {
	if _, ok := tags[fleet.TagFleet]; ok {
		return guard("mark instances", r.name, "the tag that says whose they are", f)
	}
	shown, err := r.shown(ctx, f)
	if err != nil {
		return err
	}
	var mine []string
	for _, id := range ids {
		if s, ok := shown[id]; ok && s != fleet.StateTerminated {
			mine = append(mine, string(id))
		}
	}
	for part := range slices.Chunk(mine, tagBatch) {
		if err := r.markSome(ctx, part, tagsOf(tags)); err != nil {
			return err
		}
	}
	return nil
}

// markSome halves a batch in which EC2 does not know an id (any more), so that
// the others get their tags.
func (r *region) markSome(ctx context.Context, ids []string, tags []types.Tag) error {
	_, err := do(ctx, r, create("CreateTags", "mark instances", ""), &ec2.CreateTagsInput{Resources: ids, Tags: tags}, r.ec2().CreateTags)
	if fleet.KindOf(err) != fleet.KindGone {
		return err
	}
	if len(ids) == 1 {
		return nil // it ended meanwhile: nothing to mark
	}
	half := len(ids) / 2
	first := r.markSome(ctx, ids[:half], tags)
	if err := r.markSome(ctx, ids[half:], tags); first == nil {
		return err
	}
	return first
}

// shown gives the fleet's instances with their states, by a fresh describe.
func (r *region) shown(ctx context.Context, f fleet.Name) (map[fleet.InstanceID]fleet.State, error) {
	states := map[fleet.InstanceID]fleet.State{}
	err := r.instances(ctx, []types.Filter{fleetFilter(f)}, func(i *types.Instance) {
		if ours(i.Tags, f) && i.State != nil {
			states[fleet.InstanceID(awssdk.ToString(i.InstanceId))] = fleet.State(i.State.Name)
		}
	})
	return states, err
}
