package aws

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// readProbes are dry runs of what only reads. What reads about one thing, such as
// a console, is not among them: there may be none.
func readProbes() map[string]question {
	return map[string]question{
		"ec2:DescribeAddresses":             dry("DescribeAddresses", &ec2.DescribeAddressesInput{}, ec2API.DescribeAddresses),
		"ec2:DescribeAvailabilityZones":     dry("DescribeAvailabilityZones", &ec2.DescribeAvailabilityZonesInput{}, ec2API.DescribeAvailabilityZones),
		"ec2:DescribeFleets":                dry("DescribeFleets", &ec2.DescribeFleetsInput{}, ec2API.DescribeFleets),
		"ec2:DescribeImages":                dry("DescribeImages", &ec2.DescribeImagesInput{}, ec2API.DescribeImages),
		"ec2:DescribeInstanceStatus":        dry("DescribeInstanceStatus", &ec2.DescribeInstanceStatusInput{}, ec2API.DescribeInstanceStatus),
		"ec2:DescribeInstanceTypeOfferings": dry("DescribeInstanceTypeOfferings", &ec2.DescribeInstanceTypeOfferingsInput{}, ec2API.DescribeInstanceTypeOfferings),
		"ec2:DescribeInstanceTypes":         dry("DescribeInstanceTypes", &ec2.DescribeInstanceTypesInput{}, ec2API.DescribeInstanceTypes),
		"ec2:DescribeInstances":             dry("DescribeInstances", &ec2.DescribeInstancesInput{}, ec2API.DescribeInstances),
		"ec2:DescribeInternetGateways":      dry("DescribeInternetGateways", &ec2.DescribeInternetGatewaysInput{}, ec2API.DescribeInternetGateways),
		"ec2:DescribeKeyPairs":              dry("DescribeKeyPairs", &ec2.DescribeKeyPairsInput{}, ec2API.DescribeKeyPairs),
		"ec2:DescribeLaunchTemplates":       dry("DescribeLaunchTemplates", &ec2.DescribeLaunchTemplatesInput{}, ec2API.DescribeLaunchTemplates),
		"ec2:DescribeNetworkInterfaces":     dry("DescribeNetworkInterfaces", &ec2.DescribeNetworkInterfacesInput{}, ec2API.DescribeNetworkInterfaces),
		"ec2:DescribeRegions":               dry("DescribeRegions", &ec2.DescribeRegionsInput{}, ec2API.DescribeRegions),
		"ec2:DescribeRouteTables":           dry("DescribeRouteTables", &ec2.DescribeRouteTablesInput{}, ec2API.DescribeRouteTables),
		"ec2:DescribeSecurityGroups":        dry("DescribeSecurityGroups", &ec2.DescribeSecurityGroupsInput{}, ec2API.DescribeSecurityGroups),
		"ec2:DescribeSnapshots":             dry("DescribeSnapshots", &ec2.DescribeSnapshotsInput{}, ec2API.DescribeSnapshots),
		"ec2:DescribeSpotInstanceRequests":  dry("DescribeSpotInstanceRequests", &ec2.DescribeSpotInstanceRequestsInput{}, ec2API.DescribeSpotInstanceRequests),
		"ec2:DescribeSpotPriceHistory":      dry("DescribeSpotPriceHistory", &ec2.DescribeSpotPriceHistoryInput{}, ec2API.DescribeSpotPriceHistory),
		"ec2:DescribeSubnets":               dry("DescribeSubnets", &ec2.DescribeSubnetsInput{}, ec2API.DescribeSubnets),
		"ec2:DescribeTags":                  dry("DescribeTags", &ec2.DescribeTagsInput{}, ec2API.DescribeTags),
		"ec2:DescribeVolumes":               dry("DescribeVolumes", &ec2.DescribeVolumesInput{}, ec2API.DescribeVolumes),
		"ec2:DescribeVpcs":                  dry("DescribeVpcs", &ec2.DescribeVpcsInput{}, ec2API.DescribeVpcs),
		"ec2:GetSpotPlacementScores": dry("GetSpotPlacementScores", &ec2.GetSpotPlacementScoresInput{
			TargetCapacity: awssdk.Int32(1), InstanceTypes: []string{"t3.medium", "m6i.large", "c6i.large"}, MaxResults: awssdk.Int32(10),
		}, ec2API.GetSpotPlacementScores),
	}
}
