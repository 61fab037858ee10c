package sim

// EC2's filter names per call, as far as the trees have what they ask for.

func regionFilters() filters {
	return filters{"region-name": "RegionName", "endpoint": "Endpoint", "opt-in-status": "OptInStatus"}
}

func zoneFilters() filters {
	return filters{
		"zone-name": "ZoneName", "zone-id": "ZoneId", "state": "State", "region-name": "RegionName", "group-name": "GroupName",
		"opt-in-status": "OptInStatus", "zone-type": "ZoneType",
	}
}

func vpcFilters() filters {
	return filters{"vpc-id": "VpcId", "isDefault": "IsDefault", "is-default": "IsDefault", "state": "State", "cidr": "CidrBlock", "owner-id": "OwnerId"}
}

func subnetFilters() filters {
	return filters{
		"subnet-id": "SubnetId", "vpc-id": "VpcId", "availability-zone": "AvailabilityZone", "availabilityZone": "AvailabilityZone",
		"availability-zone-id": "AvailabilityZoneId", "default-for-az": "DefaultForAz", "defaultForAz": "DefaultForAz", "state": "State",
		"cidr-block": "CidrBlock", "map-public-ip-on-launch": "MapPublicIpOnLaunch", "owner-id": "OwnerId",
	}
}

func routeFilters() filters {
	return filters{
		"route-table-id": "RouteTableId", "vpc-id": "VpcId", "association.main": "Associations.Main", "association.subnet-id": "Associations.SubnetId",
		"route.destination-cidr-block": "Routes.DestinationCidrBlock", "route.gateway-id": "Routes.GatewayId", "owner-id": "OwnerId",
	}
}

func gatewayFilters() filters {
	return filters{"internet-gateway-id": "InternetGatewayId", "attachment.vpc-id": "Attachments.VpcId", "attachment.state": "Attachments.State", "owner-id": "OwnerId"}
}

func groupFilters() filters {
	return filters{
		"group-id": "GroupId", "group-name": "GroupName", "vpc-id": "VpcId", "description": "Description", "owner-id": "OwnerId",
		"ip-permission.cidr": "IpPermissions.IpRanges.CidrIp", "ip-permission.from-port": "IpPermissions.FromPort",
		"ip-permission.to-port": "IpPermissions.ToPort", "ip-permission.protocol": "IpPermissions.IpProtocol",
		"ip-permission.group-id": "IpPermissions.UserIdGroupPairs.GroupId",
	}
}

func ruleFilters() filters {
	return filters{"group-id": "GroupId", "security-group-rule-id": "SecurityGroupRuleId"}
}

func imageFilters() filters {
	return filters{
		"image-id": "ImageId", "name": "Name", "state": "State", "architecture": "Architecture", "virtualization-type": "VirtualizationType",
		"root-device-type": "RootDeviceType", "owner-id": "OwnerId", "owner-alias": "ImageOwnerAlias", "is-public": "Public",
		"image-type": "ImageType", "description": "Description", "hypervisor": "Hypervisor", "ena-support": "EnaSupport", "root-device-name": "RootDeviceName",
	}
}

func typeFilters() filters {
	return filters{
		"instance-type": "InstanceType", "processor-info.supported-architecture": "ProcessorInfo.SupportedArchitectures",
		"vcpu-info.default-vcpus": "VCpuInfo.DefaultVCpus", "memory-info.size-in-mib": "MemoryInfo.SizeInMiB", "bare-metal": "BareMetal",
		"supported-usage-class": "SupportedUsageClasses", "current-generation": "CurrentGeneration", "burstable-performance-supported": "BurstablePerformanceSupported",
		"supported-virtualization-type": "SupportedVirtualizationTypes", "hypervisor": "Hypervisor",
	}
}

func priceFilters() filters {
	return filters{
		"availability-zone": "AvailabilityZone", "availability-zone-id": "AvailabilityZoneId", "instance-type": "InstanceType",
		"product-description": "ProductDescription", "spot-price": "SpotPrice", "timestamp": "Timestamp",
	}
}

func fleetFilters() filters {
	return filters{"fleet-state": "FleetState", "activity-status": "ActivityStatus", "type": "Type", "excess-capacity-termination-policy": "ExcessCapacityTerminationPolicy", "replace-unhealthy-instances": "ReplaceUnhealthyInstances"}
}

func statusFilters() filters {
	return filters{
		"availability-zone": "AvailabilityZone", "instance-state-name": "InstanceState.Name", "instance-state-code": "InstanceState.Code",
		"instance-status.status": "InstanceStatus.Status", "system-status.status": "SystemStatus.Status", "event.code": "Events.Code",
	}
}

func instanceFilters() filters {
	return filters{
		"instance-id": "InstanceId", "instance-state-name": "State.Name", "instance-state-code": "State.Code", "instance-type": "InstanceType",
		"instance-lifecycle": "InstanceLifecycle", "availability-zone": "Placement.AvailabilityZone", "vpc-id": "VpcId", "subnet-id": "SubnetId",
		"image-id": "ImageId", "key-name": "KeyName", "client-token": "ClientToken", "spot-instance-request-id": "SpotInstanceRequestId",
		"private-ip-address": "PrivateIpAddress", "ip-address": "PublicIpAddress", "private-dns-name": "PrivateDnsName", "dns-name": "PublicDnsName",
		"instance.group-id": "SecurityGroups.GroupId", "instance.group-name": "SecurityGroups.GroupName", "group-id": "SecurityGroups.GroupId",
		"state-reason-code": "StateReason.Code", "reason": "StateTransitionReason", "architecture": "Architecture", "launch-time": "LaunchTime",
		"network-interface.network-interface-id": "NetworkInterfaces.NetworkInterfaceId", "block-device-mapping.volume-id": "BlockDeviceMappings.Ebs.VolumeId",
		"root-device-name": "RootDeviceName", "tenancy": "Placement.Tenancy", "virtualization-type": "VirtualizationType",
	}
}

func spotFilters() filters {
	return filters{
		"spot-instance-request-id": "SpotInstanceRequestId", "instance-id": "InstanceId", "state": "State", "status-code": "Status.Code",
		"type": "Type", "launched-availability-zone": "LaunchedAvailabilityZone", "create-time": "CreateTime", "spot-price": "SpotPrice",
		"launch.instance-type": "LaunchSpecification.InstanceType", "launch.image-id": "LaunchSpecification.ImageId",
		"product-description": "ProductDescription",
	}
}

func volumeFilters() filters {
	return filters{
		"volume-id": "VolumeId", "status": "State", "availability-zone": "AvailabilityZone", "volume-type": "VolumeType", "size": "Size",
		"attachment.instance-id": "Attachments.InstanceId", "attachment.status": "Attachments.State", "snapshot-id": "SnapshotId",
		"attachment.delete-on-termination": "Attachments.DeleteOnTermination", "encrypted": "Encrypted",
	}
}

func interfaceFilters() filters {
	return filters{
		"network-interface-id": "NetworkInterfaceId", "status": "Status", "subnet-id": "SubnetId", "vpc-id": "VpcId", "group-id": "Groups.GroupId",
		"group-name": "Groups.GroupName", "attachment.instance-id": "Attachment.InstanceId", "attachment.status": "Attachment.Status",
		"availability-zone": "AvailabilityZone", "private-ip-address": "PrivateIpAddress", "description": "Description", "interface-type": "InterfaceType",
	}
}

func addressFilters() filters {
	return filters{
		"allocation-id": "AllocationId", "association-id": "AssociationId", "public-ip": "PublicIp", "instance-id": "InstanceId", "domain": "Domain",
		"network-interface-id": "NetworkInterfaceId",
	}
}

func snapshotFilters() filters {
	return filters{
		"snapshot-id": "SnapshotId", "volume-id": "VolumeId", "status": "State", "owner-id": "OwnerId", "volume-size": "VolumeSize", "description": "Description",
	}
}
