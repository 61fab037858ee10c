package aws

import (
	"context"
	"slices"
	"strconv"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// products are the names under which Linux spot prices stand; accounts from
// before VPCs have both (aws-facts §5.2).
func products() []string { return []string{"Linux/UNIX", "Linux/UNIX (Amazon VPC)"} }

// PriceHistory implements fleet.Market. EC2 gives the change before the start too,
// with its own time, which may be days earlier: it is what was in effect then.
func (r *region) PriceHistory(ctx context.Context, ts []fleet.InstanceType, since time.Time) ([]fleet.PoolPrice, error) {
	if len(ts) == 0 {
		return nil, nil
	}
	in := &ec2.DescribeSpotPriceHistoryInput{ProductDescriptions: products(), StartTime: awssdk.Time(since), MaxResults: awssdk.Int32(pageSize)}
	for _, t := range ts {
		in.InstanceTypes = append(in.InstanceTypes, types.InstanceType(t))
	}
	ps, err := r.spotPrices(ctx, in, "read spot prices")
	slices.SortStableFunc(ps, func(a, b fleet.PoolPrice) int { return a.AsOf.Compare(b.AsOf) })
	return slices.CompactFunc(ps, func(a, b fleet.PoolPrice) bool { return a == b }), err // both products say the same
}

// spotPrices reads all pages of spot prices. A price that can't be read as a number
// is left out: it is not known then, and that is what is said.
func (r *region) spotPrices(ctx context.Context, in *ec2.DescribeSpotPriceHistoryInput, words string) ([]fleet.PoolPrice, error) {
	var ps []fleet.PoolPrice
	err := pages(r.op(words), func(token *string) (*string, error) {
		in.NextToken = token
		out, err := do(ctx, r, read("DescribeSpotPriceHistory", words), in, r.ec2().DescribeSpotPriceHistory)
		if err != nil {
			return nil, err
		}
		for _, row := range out.SpotPriceHistory {
			usd, err := strconv.ParseFloat(awssdk.ToString(row.SpotPrice), 64)
			if err != nil {
				continue
			}
			ps = append(ps, fleet.PoolPrice{Type: fleet.InstanceType(row.InstanceType), Zone: fleet.Zone(awssdk.ToString(row.AvailabilityZone)), USD: usd, AsOf: awssdk.ToTime(row.Timestamp)})
		}
		return out.NextToken, nil
	})
	return ps, err
}
