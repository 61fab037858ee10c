package aws

// Feature is a part of spot-tui that needs permissions of its own.
type Feature string

// The features. FeatureCore is in every policy.
const (
	FeatureCore     Feature = "core"
	FeatureNetwork  Feature = "own network"       // a VPC of the fleet's own
	FeatureProfile  Feature = "instance profile"  // instances get a role
	FeatureKeep     Feature = "keep"              // EC2 keeps the fleet's capacity itself (keep = "aws")
	FeatureCleanup  Feature = "cleanup"           // what a fleet's instances may have left behind besides
	FeatureOptional Feature = "prices and quotas" // works without it, with "?" and the reason (R25, R26)
)

// bound says what a permission is bound to, beside its resources.
type bound uint8

const (
	free    bound = iota // by nothing: reads, and things that nobody owns
	created              // to what is being made with the fleet's tag
	owned                // to what carries the fleet's tag (R7)
	special              // to a condition of its own
)

// permission is one line of the policy: an action on a kind of resource.
type permission struct {
	action  string // "ec2:CreateFleet"
	feature Feature
	bound   bound
	on      []string // kinds of EC2 resources, or whole ARNs; none: "*"
	// key and values are a condition of its own, of StringEquals.
	key    string
	values []string
	// instead is why no call of ours has the action's name; empty: one has.
	instead string
}

// makers are the calls that tag what they make, by which CreateTags is bound
// (aws-facts §10).
func makers() []string {
	return []string{
		"RunInstances", "CreateFleet", "CreateLaunchTemplate", "CreateSecurityGroup",
		"CreateVpc", "CreateSubnet", "CreateInternetGateway", "CreateRouteTable",
	}
}

// permissions is the one table of what spot-tui needs of IAM: for every call in
// api.go a line, and a line with its reason for what AWS asks for besides
// (aws-facts §10). A test holds the table and the calls together.
func permissions() []permission {
	all := readPermissions()
	all = append(all, launchPermissions()...)
	all = append(all, changePermissions()...)
	return append(all, otherPermissions()...)
}

// readPermissions are bound to nothing: describe calls know no resources. Nor to
// a region, since a receipt looks into every region of the account.
func readPermissions() []permission {
	var out []permission
	read := func(f Feature, actions ...string) {
		for _, a := range actions {
			out = append(out, permission{action: "ec2:" + a, feature: f})
		}
	}
	read(FeatureCore,
		"DescribeAddresses", "DescribeAvailabilityZones", "DescribeFleets", "DescribeImages", "DescribeInstanceStatus", "DescribeInstanceTypeOfferings",
		"DescribeInstanceTypes", "DescribeInstances", "DescribeInternetGateways", "DescribeKeyPairs", "DescribeLaunchTemplates",
		"DescribeNetworkInterfaces", "DescribeRegions", "DescribeRouteTables", "DescribeSecurityGroups", "DescribeSnapshots",
		"DescribeSpotInstanceRequests", "DescribeSpotPriceHistory", "DescribeSubnets", "DescribeTags", "DescribeVolumes", "DescribeVpcs", "GetConsoleOutput")
	read(FeatureKeep, "DescribeFleetHistory")
	read(FeatureOptional, "GetSpotPlacementScores")
	return append(out,
		permission{action: "ssm:GetParameters", on: []string{"arn:aws:ssm:*::parameter/aws/service/*"}, feature: FeatureCore},
		permission{action: "pricing:GetProducts", feature: FeatureOptional},
		permission{action: "servicequotas:ListServiceQuotas", feature: FeatureOptional},
		permission{action: "servicequotas:GetAWSDefaultServiceQuota", feature: FeatureOptional},
	)
}

// launchPermissions let a launch use what is there, and make what it makes with
// the fleet's tag only. CreateFleet is checked as RunInstances too.
func launchPermissions() []permission {
	const why = "CreateFleet's caller needs it (aws-facts §10)"
	made := []string{"instance", "volume", "network-interface", "spot-instances-request"}
	ours := []string{"security-group", "launch-template"}
	taken := []string{"arn:aws:ec2:*::image/*", "arn:aws:ec2:*::snapshot/*", "subnet"}
	return []permission{
		{action: "ec2:CreateFleet", on: append([]string{"fleet"}, made...), bound: created},
		{action: "ec2:CreateFleet", on: ours, bound: owned},
		{action: "ec2:CreateFleet", on: taken},
		{action: "ec2:RunInstances", on: made, bound: created, instead: why},
		{action: "ec2:RunInstances", on: ours, bound: owned, instead: why},
		{action: "ec2:RunInstances", on: taken, instead: why},
		{action: "ec2:CreateLaunchTemplate", on: []string{"launch-template"}, bound: created},
		{action: "ec2:CreateSecurityGroup", on: []string{"security-group"}, bound: created},
		{action: "ec2:CreateSecurityGroup", on: []string{"vpc"}},
		{action: "ec2:CreateTags", bound: special, on: []string{"arn:aws:ec2:*:*:*/*"}, key: "ec2:CreateAction", values: makers()},
		{action: "ec2:CreateTags", on: []string{"instance", "launch-template", "vpc"}, bound: owned},
		{action: "ec2:CreateTags", on: []string{"fleet"}, bound: owned, feature: FeatureKeep},
	}
}

// changePermissions are for what carries the fleet's tag, and for the VPC of a
// fleet's own.
func changePermissions() []permission {
	var out []permission
	own := func(f Feature, kind string, actions ...string) {
		for _, a := range actions {
			out = append(out, permission{action: "ec2:" + a, on: []string{kind}, bound: owned, feature: f})
		}
	}
	own("", "security-group", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "DeleteSecurityGroup")
	own("", "instance", "TerminateInstances")
	own("", "launch-template", "DeleteLaunchTemplate")
	own("", "spot-instances-request", "CancelSpotInstanceRequests")
	own("", "volume", "DeleteVolume")
	own("", "network-interface", "DeleteNetworkInterface")
	own(FeatureKeep, "fleet", "ModifyFleet", "DeleteFleets")
	own(FeatureCleanup, "snapshot", "DeleteSnapshot")
	own(FeatureCleanup, "key-pair", "DeleteKeyPair")
	own(FeatureCleanup, "elastic-ip", "DisassociateAddress", "ReleaseAddress")
	made := func(action, kind string, in ...string) {
		out = append(out, permission{action: "ec2:" + action, on: []string{kind}, bound: created, feature: FeatureNetwork})
		if len(in) > 0 {
			out = append(out, permission{action: "ec2:" + action, on: in, bound: owned, feature: FeatureNetwork})
		}
	}
	made("CreateVpc", "vpc")
	made("CreateSubnet", "subnet", "vpc")
	made("CreateInternetGateway", "internet-gateway")
	made("CreateRouteTable", "route-table", "vpc")
	own(FeatureNetwork, "vpc", "ModifyVpcAttribute", "DeleteVpc", "AttachInternetGateway", "DetachInternetGateway")
	own(FeatureNetwork, "subnet", "ModifySubnetAttribute", "DeleteSubnet", "AssociateRouteTable", "DisassociateRouteTable")
	own(FeatureNetwork, "internet-gateway", "AttachInternetGateway", "DetachInternetGateway", "DeleteInternetGateway")
	own(FeatureNetwork, "route-table", "CreateRoute", "AssociateRouteTable", "DisassociateRouteTable", "DeleteRouteTable")
	return out
}

// otherPermissions are of other services than EC2.
func otherPermissions() []permission {
	const role = "AWS makes it at the account's first use, if the caller may (aws-facts §10)"
	linked := func(f Feature, service, name string) permission {
		return permission{
			action: "iam:CreateServiceLinkedRole", feature: f, bound: special, instead: role,
			on: []string{"arn:aws:iam::*:role/aws-service-role/" + service + "/" + name + "*"}, key: "iam:AWSServiceName", values: []string{service},
		}
	}
	return []permission{
		linked(FeatureCore, "spot.amazonaws.com", "AWSServiceRoleForEC2Spot"),
		linked(FeatureKeep, "ec2fleet.amazonaws.com", "AWSServiceRoleForEC2Fleet"),
		{
			action: "iam:PassRole", feature: FeatureProfile, bound: special, on: []string{"arn:aws:iam::*:role/*"}, key: "iam:PassedToService", values: []string{"ec2.amazonaws.com"},
			instead: "a launch with an instance profile hands its role on",
		},
	}
}

// unasked are the calls of api.go that need no permission.
func unasked() []string { return []string{"sts:GetCallerIdentity"} }
