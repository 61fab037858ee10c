package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// scoreAge is how long scores are good. They decay quickly, but an account may
// ask only so many different questions in 24 hours (aws-facts §5.4).
const scoreAge = 15 * time.Minute

// scoresKept are the answers to the questions of the last quarter of an hour.
type scoresKept struct {
	mu    sync.Mutex
	of    map[string]scoresAt
	zones map[string]fleet.Zone // names by id, of the region; they never change for an account
}

type scoresAt struct {
	scores []fleet.Score
	at     time.Time
}

// Scores implements fleet.Catalog. Any region's endpoint answers for all regions
// (aws-facts §5.4).
func (r *region) Scores(ctx context.Context, q fleet.ScoreRequest) ([]fleet.Score, error) {
	ts := slices.Compact(slices.Sorted(slices.Values(q.Types)))
	if len(ts) < fleet.MinScoreTypes {
		op := r.op("ask for placement scores")
		op.Kind, op.Err = fleet.KindInvalid, fmt.Errorf("a score needs at least %d different types, or it is always low", fleet.MinScoreTypes)
		return nil, &op
	}
	if q.ByZone && len(q.Regions) > 0 && !slices.Equal(q.Regions, []fleet.Region{r.name}) {
		op := r.op("ask for placement scores")
		op.Kind, op.Err = fleet.KindInternal, errors.New("scores by zone are asked for in their own region")
		return nil, &op
	}
	regions := q.Regions
	if len(regions) == 0 {
		regions = []fleet.Region{r.name}
	}
	regions = slices.Sorted(slices.Values(regions))
	key := fmt.Sprint(ts, q.Count, regions, q.ByZone)
	r.scores.mu.Lock()
	kept, ok := r.scores.of[key]
	r.scores.mu.Unlock()
	if ok && time.Since(kept.at) < scoreAge {
		return slices.Clone(kept.scores), nil
	}
	in := &ec2.GetSpotPlacementScoresInput{
		TargetCapacity: awssdk.Int32(int32(max(1, q.Count))), TargetCapacityUnitType: types.TargetCapacityUnitTypeUnits,
		SingleAvailabilityZone: awssdk.Bool(q.ByZone), MaxResults: awssdk.Int32(10), // the least that the call takes, and the most that it ever gives
	}
	for _, t := range ts {
		in.InstanceTypes = append(in.InstanceTypes, string(t))
	}
	for _, one := range regions {
		in.RegionNames = append(in.RegionNames, string(one))
	}
	scores, err := r.askScores(ctx, in)
	if err != nil {
		return nil, err
	}
	r.scores.mu.Lock()
	if r.scores.of == nil {
		r.scores.of = map[string]scoresAt{}
	}
	r.scores.of[key] = scoresAt{scores, time.Now()}
	r.scores.mu.Unlock()
	return slices.Clone(scores), nil
}

func (r *region) askScores(ctx context.Context, in *ec2.GetSpotPlacementScoresInput) ([]fleet.Score, error) {
	var scores []fleet.Score
	byID := map[string]fleet.Zone{}
	err := pages(r.op("ask for placement scores"), func(token *string) (*string, error) {
		in.NextToken = token
		out, err := do(ctx, r, read("GetSpotPlacementScores", "ask for placement scores"), in, r.ec2().GetSpotPlacementScores)
		if err != nil {
			return nil, err
		}
		for _, s := range out.SpotPlacementScores {
			one := fleet.Score{Region: fleet.Region(awssdk.ToString(s.Region)), Score: int(awssdk.ToInt32(s.Score))}
			if id := awssdk.ToString(s.AvailabilityZoneId); id != "" {
				if len(byID) == 0 {
					if byID, err = r.zoneNames(ctx); err != nil {
						return nil, err
					}
				}
				if one.Zone = byID[id]; one.Zone == "" {
					continue // a zone that this account can't use
				}
			}
			scores = append(scores, one)
		}
		return out.NextToken, nil
	})
	slices.SortStableFunc(scores, func(a, b fleet.Score) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Zone, b.Zone))
	})
	return scores, err
}

// zoneNames gives the account's zone names by zone id: "usw2-az1" is another
// letter in each account.
func (r *region) zoneNames(ctx context.Context) (map[string]fleet.Zone, error) {
	r.scores.mu.Lock()
	names := r.scores.zones
	r.scores.mu.Unlock()
	if names != nil {
		return names, nil
	}
	out, err := do(ctx, r, read("DescribeAvailabilityZones", "list zones"), &ec2.DescribeAvailabilityZonesInput{}, r.ec2().DescribeAvailabilityZones)
	if err != nil {
		return nil, err
	}
	names = map[string]fleet.Zone{}
	for _, z := range out.AvailabilityZones {
		names[awssdk.ToString(z.ZoneId)] = fleet.Zone(awssdk.ToString(z.ZoneName))
	}
	r.scores.mu.Lock()
	r.scores.zones = names
	r.scores.mu.Unlock()
	return names, nil
}
