package aws

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// KeeperHistory implements fleet.Keeper.
func (r *region) KeeperHistory(ctx context.Context, id fleet.KeeperID, since time.Time) ([]fleet.KeeperEvent, error) {
	var es []fleet.KeeperEvent
	a := read("DescribeFleetHistory", "read the EC2 fleet's history")
	a.about = string(id)
	err := pages(r.op(a.words), func(token *string) (*string, error) {
		out, err := do(ctx, r, a, &ec2.DescribeFleetHistoryInput{
			FleetId: awssdk.String(string(id)), StartTime: awssdk.Time(since.UTC()), MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeFleetHistory)
		if err != nil {
			return nil, err
		}
		for i := range out.HistoryRecords {
			if e, ok := keeperEvent(&out.HistoryRecords[i]); ok {
				es = append(es, e)
			}
		}
		return out.NextToken, nil
	})
	return es, err
}

// launchedAs reads what the description of a launch says: a JSON object, of which
// nothing is promised.
func launchedAs(text string) (fleet.InstanceType, fleet.Zone) {
	var d struct {
		Type fleet.InstanceType `json:"instanceType"`
		Zone fleet.Zone         `json:"availabilityZone"`
	}
	if json.Unmarshal([]byte(text), &d) != nil {
		return "", ""
	}
	return d.Type, d.Zone
}

// keeperEvent reads an entry. The API reference spells the types "instance-change"
// and so on; answers are also seen with "instanceChange".
func keeperEvent(h *types.HistoryRecordEntry) (fleet.KeeperEvent, bool) {
	if h.EventInformation == nil {
		return fleet.KeeperEvent{}, false
	}
	info := h.EventInformation
	sub, text := awssdk.ToString(info.EventSubType), awssdk.ToString(info.EventDescription)
	e := fleet.KeeperEvent{At: awssdk.ToTime(h.Timestamp), Instance: fleet.InstanceID(awssdk.ToString(info.InstanceId)), Text: text}
	switch strings.ToLower(strings.ReplaceAll(string(h.EventType), "-", "")) {
	case "instancechange":
		switch sub {
		case "launched":
			e.Kind = fleet.KeeperLaunched
			e.Type, e.Zone = launchedAs(text)
		case "terminated":
			e.Kind = fleet.KeeperTerminated
		default: // termination_notified: its end follows as an event of its own
			return e, false
		}
		return e, e.Instance != ""
	case "serviceerror", "error":
		e.Kind, e.Text = fleet.KeeperShort, strings.TrimSpace(sub+": "+text)
		return e, true
	case "fleetchange", "fleetrequestchange":
		e.Kind, e.Text = fleet.KeeperChanged, strings.TrimSuffix(sub+": "+text, ": ")
		return e, true
	}
	return e, false
}
