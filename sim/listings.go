package sim

import (
	"slices"

	"spot-tui/sim/wire"
)

// listings are the describe calls, one entry each. Page bounds are EC2's own
// (aws-facts §3.2).
func listings() map[string]listing {
	return map[string]listing{
		"DescribeRegions":            {out: "Regions", names: "RegionNames", nameFrom: "RegionName", noName: "InvalidParameterValue", untagged: true, filters: regionFilters(), rows: regionRows},
		"DescribeAvailabilityZones":  {out: "AvailabilityZones", names: "ZoneNames", nameFrom: "ZoneName", noName: "InvalidParameterValue", untagged: true, filters: zoneFilters(), rows: zoneRows},
		"DescribeVpcs":               {out: "Vpcs", kind: kindVPC, ids: "VpcIds", filters: vpcFilters(), low: 5, high: 1000},
		"DescribeSubnets":            {out: "Subnets", kind: kindSubnet, ids: "SubnetIds", filters: subnetFilters(), low: 5, high: 1000},
		"DescribeRouteTables":        {out: "RouteTables", kind: kindRoutes, ids: "RouteTableIds", filters: routeFilters(), low: 5, high: 100},
		"DescribeInternetGateways":   {out: "InternetGateways", kind: kindGateway, ids: "InternetGatewayIds", filters: gatewayFilters(), low: 5, high: 1000},
		"DescribeSecurityGroups":     {out: "SecurityGroups", kind: kindGroup, ids: "GroupIds", names: "GroupNames", nameFrom: "GroupName", noName: "InvalidGroup.NotFound", filters: groupFilters(), low: 5, high: 1000},
		"DescribeSecurityGroupRules": {out: "SecurityGroupRules", kind: kindRule, ids: "SecurityGroupRuleIds", filters: ruleFilters(), low: 5, high: 1000, rows: ruleRows},
		"DescribeImages":             {out: "Images", kind: kindImage, ids: "ImageIds", filters: imageFilters(), low: 1, high: 1000, rows: imageRows},
		"DescribeInstanceTypes":      {out: "InstanceTypes", names: "InstanceTypes", nameFrom: "InstanceType", noName: "InvalidInstanceType", untagged: true, filters: typeFilters(), low: 5, high: 100, rows: typeRows},
		"DescribeInstanceTypeOfferings": {
			out: "InstanceTypeOfferings", untagged: true, low: 5, high: 1000, rows: offeringRows,
			filters: filters{"instance-type": "InstanceType", "location": "Location"},
		},
		"DescribeSpotPriceHistory": {out: "SpotPriceHistory", untagged: true, low: 1, high: 1000, rows: priceRows, filters: priceFilters()},
		"DescribeLaunchTemplates": {
			out: "LaunchTemplates", kind: kindTemplate, ids: "LaunchTemplateIds", names: "LaunchTemplateNames", nameFrom: "LaunchTemplateName",
			noName: "InvalidLaunchTemplateName.NotFoundException", low: 1, high: 200,
			filters: filters{"launch-template-name": "LaunchTemplateName", "create-time": "CreateTime"},
		},
		"DescribeTags": {
			out: "Tags", untagged: true, low: 5, high: 1000, rows: tagRows,
			filters: filters{"key": "Key", "value": "Value", "resource-id": "ResourceId", "resource-type": "ResourceType"},
		},
		"DescribeFleets":               {out: "Fleets", kind: kindFleet, ids: "FleetIds", filters: fleetFilters(), low: 1, high: 1000, rows: fleetRows},
		"DescribeInstanceStatus":       {out: "InstanceStatuses", kind: kindInstance, ids: "InstanceIds", untagged: true, filters: statusFilters(), low: 5, high: 1000, rows: statusRows},
		"DescribeSpotInstanceRequests": {out: "SpotInstanceRequests", kind: kindSpot, ids: "SpotInstanceRequestIds", filters: spotFilters(), low: 5, high: 1000},
		"DescribeVolumes":              {out: "Volumes", kind: kindVolume, ids: "VolumeIds", filters: volumeFilters(), low: 5, high: 1000},
		"DescribeNetworkInterfaces":    {out: "NetworkInterfaces", kind: kindInterface, ids: "NetworkInterfaceIds", filters: interfaceFilters(), low: 5, high: 1000},
		"DescribeAddresses":            {out: "Addresses", kind: kindAddress, ids: "AllocationIds", filters: addressFilters()},
		"DescribeSnapshots":            {out: "Snapshots", kind: kindSnapshot, ids: "SnapshotIds", filters: snapshotFilters(), low: 5, high: 1000},
		"DescribeKeyPairs":             {out: "KeyPairs", kind: kindKey, ids: "KeyPairIds", names: "KeyNames", nameFrom: "KeyName", noName: "InvalidKeyPair.NotFound", filters: filters{"key-name": "KeyName", "key-pair-id": "KeyPairId", "fingerprint": "KeyFingerprint"}},
	}
}

func regionRows(c *call) ([]row, error) {
	var rows []row
	for i, r := range c.w.regions {
		status := "opt-in-not-required"
		if r.info.optIn {
			status = "not-opted-in"
			if r.info.optedIn {
				status = "opted-in"
			}
		}
		if !r.info.optedIn && !wire.Bool(c.in, false, "AllRegions") && !slices.Contains(c.list("RegionNames"), r.info.name) {
			continue
		}
		rows = append(rows, row{seq: i, tree: wire.Map{
			"RegionName": r.info.name, "Endpoint": "ec2." + r.info.name + ".amazonaws.com", "OptInStatus": status,
		}})
	}
	return rows, nil
}

func zoneRows(c *call) ([]row, error) {
	var rows []row
	for i, z := range c.r.zones() {
		rows = append(rows, row{seq: i, tree: wire.Map{
			"ZoneName": z, "ZoneId": c.r.zoneID(i), "State": "available", "RegionName": c.r.info.name, "GroupName": c.r.info.name + "-zg-1",
			"NetworkBorderGroup": c.r.info.name, "OptInStatus": "opt-in-not-required", "ZoneType": "availability-zone", "Messages": wire.List{},
		}})
	}
	return rows, nil
}

func imageRows(c *call) ([]row, error) {
	owners := c.list("Owners")
	var rows []row
	for _, t := range c.r.shelves[kindImage].order {
		owner, alias := wire.Str(t.tree, "OwnerId"), wire.Str(t.tree, "ImageOwnerAlias")
		if len(owners) > 0 && !slices.Contains(owners, owner) && (alias == "" || !slices.Contains(owners, alias)) {
			continue
		}
		rows = append(rows, row{seq: t.seq, id: t.id, tree: t.tree})
	}
	return rows, nil
}

func tagRows(c *call) ([]row, error) {
	var rows []row
	for k := range c.r.shelves {
		for _, t := range c.r.shown(k) {
			for i, g := range t.tags {
				// A resource has at most 50 tags of its own and a few of EC2's.
				rows = append(rows, row{seq: t.seq*100 + i, tree: wire.Map{
					"Key": g.key, "Value": g.value, "ResourceId": t.id, "ResourceType": string(t.kind),
				}})
			}
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return a.seq - b.seq })
	return rows, nil
}

func fleetRows(c *call) ([]row, error) {
	var rows []row
	for _, t := range c.r.shown(kindFleet) {
		// An instant fleet is shown only to who names it (aws-facts §1.4).
		if c.r.maintained[t.id] != nil || slices.Contains(c.list("FleetIds"), t.id) {
			rows = append(rows, row{seq: t.seq, id: t.id, tree: t.tree})
		}
	}
	return rows, nil
}

func typeRows(c *call) ([]row, error) {
	var rows []row
	for i, t := range c.w.types {
		rows = append(rows, row{seq: i, tree: t.tree()})
	}
	return rows, nil
}

// tree shows a type as DescribeInstanceTypes does.
func (t typeInfo) tree() wire.Map {
	cores := t.vcpu / t.threads
	sold := wire.List{"on-demand", "spot"}
	if t.is(noSpot) {
		sold = wire.List{"on-demand"}
	}
	tree := wire.Map{
		"InstanceType": t.name, "CurrentGeneration": !t.is(older), "FreeTierEligible": t.is(freeTier),
		"SupportedUsageClasses": sold, "SupportedRootDeviceTypes": wire.List{"ebs"},
		"SupportedVirtualizationTypes": wire.List{"hvm"}, "BareMetal": t.is(metal),
		"ProcessorInfo": wire.Map{"SupportedArchitectures": wire.List{t.arch}, "SustainedClockSpeedInGhz": 2.5},
		"VCpuInfo":      wire.Map{"DefaultVCpus": t.vcpu, "DefaultCores": cores, "DefaultThreadsPerCore": t.threads},
		"MemoryInfo":    wire.Map{"SizeInMiB": t.memory}, "InstanceStorageSupported": false,
		"EbsInfo": wire.Map{"EbsOptimizedSupport": "default", "EncryptionSupport": "supported", "NvmeSupport": "required"},
		"NetworkInfo": wire.Map{
			"NetworkPerformance": t.network, "MaximumNetworkInterfaces": 3, "Ipv4AddressesPerInterface": 10, "Ipv6Supported": true, "EnaSupport": "required",
		},
		"HibernationSupported": false, "BurstablePerformanceSupported": t.is(burstable), "DedicatedHostsSupported": !t.is(burstable), "AutoRecoverySupported": !t.is(metal),
	}
	switch {
	case t.is(xen):
		tree["Hypervisor"] = "xen"
	case !t.is(metal):
		tree["Hypervisor"] = "nitro"
	}
	t.showCards(tree)
	return tree
}

func offeringRows(c *call) ([]row, error) {
	where := c.str("LocationType")
	var rows []row
	add := func(t typeInfo, location, kind string) {
		rows = append(rows, row{seq: len(rows), tree: wire.Map{"InstanceType": t.name, "Location": location, "LocationType": kind}})
	}
	for _, t := range c.w.types {
		if where == "" || where == "region" {
			if slices.ContainsFunc(c.r.zones(), func(z string) bool { return c.r.offered(t, z) }) {
				add(t, c.r.info.name, "region")
			}
			continue
		}
		for i, z := range c.r.zones() {
			if !c.r.offered(t, z) {
				continue
			}
			switch where {
			case "availability-zone":
				add(t, z, where)
			case "availability-zone-id":
				add(t, c.r.zoneID(i), where)
			}
		}
	}
	return rows, nil
}
