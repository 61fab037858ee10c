"""Calls every operation of the simulated cloud through botocore, which must
parse each answer. Prints one line per operation; the last one is the count."""

import sys
import time

import botocore.session
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
session = botocore.session.get_session()


def client(service, region="us-west-2"):
    return session.create_client(
        service, region_name=region, endpoint_url=endpoint,
        aws_access_key_id="AKIASIMULATED", aws_secret_access_key="simulated")


ec2, sts, ssm = client("ec2"), client("sts"), client("ssm")
called = set()


def call(op, expect=None, **params):
    """Calls an EC2 operation; expect is the error code that must come."""
    called.add(op)
    method = getattr(ec2, "".join("_" + c.lower() if c.isupper() else c for c in op).lstrip("_"))
    try:
        answer = method(**params)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code == expect, f"{op}: {error}"
        assert error.response["ResponseMetadata"].get("RequestId"), f"{op}: no request id in {error.response}"
        return None
    assert expect is None, f"{op}: {expect} was expected"
    return answer


assert sts.get_caller_identity()["Account"] == "123456789012"
name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
found = ssm.get_parameters(Names=[name, "/nothing"])
image = found["Parameters"][0]["Value"]
assert found["InvalidParameters"] == ["/nothing"]
assert ssm.get_parameter(Name=name)["Parameter"]["LastModifiedDate"].year > 2020

assert len(call("DescribeRegions")["Regions"]) == 9
assert len(call("DescribeRegions", AllRegions=True)["Regions"]) == 10
assert len(call("DescribeAvailabilityZones")["AvailabilityZones"]) == 4
vpc = call("DescribeVpcs", Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
subnets = call("DescribeSubnets", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
assert len(subnets) == 4 and subnets[0]["MapPublicIpOnLaunch"] is True
assert call("DescribeRouteTables")["RouteTables"][0]["Associations"][0]["Main"] is True
assert call("DescribeInternetGateways")["InternetGateways"][0]["Attachments"][0]["VpcId"] == vpc
assert call("DescribeImages", Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-*"]}])["Images"]
assert call("DescribeInstanceTypes", InstanceTypes=["t3.medium"])["InstanceTypes"][0]["MemoryInfo"]["SizeInMiB"] == 4096
assert call("DescribeInstanceTypeOfferings", LocationType="availability-zone")["InstanceTypeOfferings"]
prices = call("DescribeSpotPriceHistory", InstanceTypes=["t3.medium"], ProductDescriptions=["Linux/UNIX"])["SpotPriceHistory"]
assert prices and 0.01 < float(prices[0]["SpotPrice"]) < 0.02, prices
assert call("DescribeAddresses")["Addresses"] == []

group = call("CreateSecurityGroup", GroupName="interop", Description="interop", VpcId=vpc,
             TagSpecifications=[{"ResourceType": "security-group", "Tags": [{"Key": "k", "Value": "v"}]}])["GroupId"]
permission = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "127.0.0.1/32"}]}]
assert call("AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=permission)["SecurityGroupRules"][0]["CidrIpv4"]
call("AuthorizeSecurityGroupIngress", "InvalidPermission.Duplicate", GroupId=group, IpPermissions=permission)
assert call("DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"][0]["IpPermissions"][0]["FromPort"] == 22
assert call("DescribeSecurityGroupRules", Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ interop"
assert call("ImportKeyPair", KeyName="interop", PublicKeyMaterial=key)["KeyPairId"].startswith("key-")
assert call("DescribeKeyPairs", KeyNames=["interop"])["KeyPairs"][0]["KeyType"] == "ed25519"
call("CreateLaunchTemplate", LaunchTemplateName="interop", LaunchTemplateData={
    "ImageId": image, "InstanceType": "t3.medium", "KeyName": "interop", "SecurityGroupIds": [group],
    "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 12, "DeleteOnTermination": False}}]})
assert call("DescribeLaunchTemplates")["LaunchTemplates"][0]["LatestVersionNumber"] == 1
versions = call("DescribeLaunchTemplateVersions", LaunchTemplateName="interop")["LaunchTemplateVersions"]
assert versions[0]["LaunchTemplateData"]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 12

fleet = call("CreateFleet", Type="instant", TargetCapacitySpecification={"TotalTargetCapacity": 2, "DefaultTargetCapacityType": "spot"},
             LaunchTemplateConfigs=[{"LaunchTemplateSpecification": {"LaunchTemplateName": "interop", "Version": "$Latest"}}])
assert len(fleet["Instances"][0]["InstanceIds"]) == 2, fleet
assert call("DescribeFleets", FleetIds=[fleet["FleetId"]])["Fleets"][0]["Type"] == "instant"
run = dict(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateName": "interop"})
call("RunInstances", "DryRunOperation", DryRun=True, **run)
single = call("RunInstances", **run)["Instances"][0]["InstanceId"]
ids = fleet["Instances"][0]["InstanceIds"] + [single]
call("CreateTags", Resources=ids, Tags=[{"Key": "interop", "Value": "yes"}])
assert len(call("DescribeTags", Filters=[{"Name": "key", "Values": ["interop"]}])["Tags"]) == 3
call("DeleteTags", Resources=[single], Tags=[{"Key": "interop"}])
pages = ec2.get_paginator("describe_instances").paginate(
    Filters=[{"Name": "tag:interop", "Values": ["yes"]}], PaginationConfig={"PageSize": 5})
found = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
assert sorted(i["InstanceId"] for i in found) == sorted(ids[:2])
assert all(i["InstanceLifecycle"] == "spot" and i["LaunchTime"] and i["Placement"]["AvailabilityZone"] for i in found)
called.add("DescribeInstances")
assert len(call("DescribeInstanceStatus", IncludeAllInstances=True)["InstanceStatuses"]) == 3
requests = call("DescribeSpotInstanceRequests")["SpotInstanceRequests"]
assert requests[0]["Status"]["Code"] == "fulfilled"
assert call("CancelSpotInstanceRequests", SpotInstanceRequestIds=[requests[0]["SpotInstanceRequestId"]])
assert call("GetConsoleOutput", InstanceId=single)["InstanceId"] == single
volumes = call("DescribeVolumes")["Volumes"]
assert len(volumes) == 3 and volumes[0]["Attachments"][0]["InstanceId"] in ids
interfaces = call("DescribeNetworkInterfaces")["NetworkInterfaces"]
assert interfaces[0]["Groups"][0]["GroupId"] == group
call("DeleteNetworkInterface", "InvalidNetworkInterface.InUse", NetworkInterfaceId=interfaces[0]["NetworkInterfaceId"])
call("DeleteVolume", "VolumeInUse", VolumeId=volumes[0]["VolumeId"])

call("TerminateInstances", "InvalidInstanceID.NotFound", InstanceIds=[single, "i-00000000000000000"])
assert call("TerminateInstances", InstanceIds=[single])["TerminatingInstances"][0]["PreviousState"]["Name"]
assert call("DeleteFleets", FleetIds=[fleet["FleetId"]], TerminateInstances=True)["SuccessfulFleetDeletions"]
deadline = time.monotonic() + 30
while any(i["State"]["Name"] != "terminated" for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]):
    assert time.monotonic() < deadline, "the instances do not end"
for volume in volumes:  # the template said that they stay
    call("DeleteVolume", VolumeId=volume["VolumeId"])
call("RevokeSecurityGroupIngress", GroupId=group, IpPermissions=permission)
call("DeleteSecurityGroup", GroupId=group)
call("DeleteLaunchTemplate", LaunchTemplateName="interop")
call("DeleteKeyPair", KeyName="interop")

try:
    client("ec2", "af-south-1").describe_instances()
    raise AssertionError("a region that is not opted in answered")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AuthFailure", error

for op in sorted(called):
    print(op)
print(len(called))
