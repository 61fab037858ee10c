package aws

import (
	"context"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// Fleets implements fleet.Remover: one paginated call tells the tags of every
// kind of resource (aws-facts §9).
func (r *region) Fleets(ctx context.Context) ([]fleet.Name, error) {
	var names []fleet.Name
	err := pages(r.op("list tags"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeTags", "list tags"), &ec2.DescribeTagsInput{
			Filters: []types.Filter{filter("key", fleet.TagFleet)}, MaxResults: awssdk.Int32(pageSize), NextToken: token,
		}, r.ec2().DescribeTags)
		if err != nil {
			return nil, err
		}
		for _, t := range out.Tags {
			names = append(names, fleet.Name(awssdk.ToString(t.Value)))
		}
		return out.NextToken, nil
	})
	slices.Sort(names)
	return slices.Compact(names), err
}
