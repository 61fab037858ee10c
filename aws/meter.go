package aws

import (
	"context"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// Disks implements fleet.Meter.
func (r *region) Disks(ctx context.Context, f fleet.Name) ([]fleet.Disk, error) {
	var ds []fleet.Disk
	err := r.volumes(ctx, []types.Filter{fleetFilter(f)}, func(v *types.Volume) {
		if !ours(v.Tags, f) {
			return
		}
		for _, a := range v.Attachments {
			ds = append(ds, fleet.Disk{Instance: fleet.InstanceID(awssdk.ToString(a.InstanceId)), GiB: int(awssdk.ToInt32(v.Size))})
		}
	})
	return ds, err
}

// SpotEnds implements fleet.Meter.
func (r *region) SpotEnds(ctx context.Context, f fleet.Name) ([]fleet.SpotEnd, error) {
	var es []fleet.SpotEnd
	over := filter("state", string(types.SpotInstanceStateClosed), string(types.SpotInstanceStateCancelled), string(types.SpotInstanceStateFailed))
	err := r.spotRequests(ctx, []types.Filter{fleetFilter(f), over}, func(s *types.SpotInstanceRequest) {
		if ours(s.Tags, f) && s.Status != nil && spotIsOver(awssdk.ToString(s.Status.Code)) {
			es = append(es, fleet.SpotEnd{
				Request: awssdk.ToString(s.SpotInstanceRequestId), Instance: fleet.InstanceID(awssdk.ToString(s.InstanceId)),
				At: awssdk.ToTime(s.Status.UpdateTime), Taken: spotWasTaken(awssdk.ToString(s.Status.Code)),
			})
		}
	})
	return es, err
}

// spotIsOver says whether a status code means that the request's instance has
// ended. A request can be cancelled while its instance runs on (aws-facts §4.1).
func spotIsOver(code string) bool {
	return strings.HasPrefix(code, "instance-terminated-") || code == "spot-instance-terminated-by-user"
}

// spotWasTaken says whether EC2 ended the instance, not its owner (aws-facts §4.1).
func spotWasTaken(code string) bool {
	switch code {
	case "instance-terminated-no-capacity", "instance-terminated-by-price", "instance-terminated-launch-group-constraint":
		return true
	}
	return false
}
