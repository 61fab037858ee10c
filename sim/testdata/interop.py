"""Calls every operation of the simulated cloud through botocore, which must
parse each answer. Prints one line per operation; the last one is the count."""

import fnmatch
import sys
import time

import xml.etree.ElementTree as ElementTree

import botocore.parsers
import botocore.session
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
session = botocore.session.get_session()


def client(service, region="us-west-2"):
    return session.create_client(
        service, region_name=region, endpoint_url=endpoint,
        aws_access_key_id="AKIASIMULATED", aws_secret_access_key="simulated")


# Members of a newer model than this botocore's: the Go SDK's has them.
NEWER = {f"CreateFleet.Instances.{tag}" for tag in ("availabilityZone", "availabilityZoneId", "subnetId")}

strange = []  # what an answer has and must not have

# Values that EC2 gives although its model does not list them.
BEYOND_THE_MODEL = {
    "DescribeInternetGateways.InternetGateways.Attachments.State": "the API reference's own sample has \"available\"",
}


def strict(element, shape, path, seen):
    """Walks an answer's XML beside botocore's model: an element that the model
    does not know is a fault, and every member that is there is noted."""
    if shape.type_name == "structure":
        known = {m.serialization.get("name", name): (name, m) for name, m in shape.members.items()}
        for child in element:
            tag = child.tag.split("}")[-1]
            if tag not in known:
                if f"{path}.{tag}" not in NEWER:
                    strange.append(f"{path}: <{tag}> is not in the model")
                continue
            name, member = known[tag]
            seen.add(f"{path}.{name}")
            strict(child, member, f"{path}.{name}", seen)
    elif shape.type_name == "list":
        item = shape.member.serialization.get("name", "item")
        for child in element:
            tag = child.tag.split("}")[-1]
            assert tag == item, f"{path}: <{tag}> stands where <{item}> should"
            strict(child, shape.member, path, seen)
    else:
        assert len(element) == 0, f"{path}: a {shape.type_name} with elements in it"
        text = element.text or ""
        if shape.type_name == "boolean":
            assert text in ("true", "false"), f"{path}: {text!r} is no boolean"
        if shape.type_name in ("integer", "long"):
            int(text)
        if getattr(shape, "enum", None) and text and path not in BEYOND_THE_MODEL:
            assert text in shape.enum, f"{path}: {text!r} is not one of {shape.enum}"


members = {}  # of each operation's answers
parse = botocore.parsers.EC2QueryParser.parse


def parse_strictly(self, response, shape):
    if response["status_code"] < 300:
        root = ElementTree.fromstring(response["body"])
        op = root.tag.split("}")[-1].removesuffix("Response")
        for child in list(root):
            if child.tag.split("}")[-1] == "requestId":
                root.remove(child)
        seen = members.setdefault(op, set())
        if shape is not None:
            strict(root, shape, op, seen)
        else:
            assert [c.tag.split("}")[-1] for c in root] in ([], ["return"]), f"{op}: an answer where the model has none"
    return parse(self, response, shape)


botocore.parsers.EC2QueryParser.parse = parse_strictly

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

enabled, every = call("DescribeRegions")["Regions"], call("DescribeRegions", AllRegions=True)["Regions"]
assert len(enabled) < len(every) and {r["OptInStatus"] for r in enabled} == {"opt-in-not-required"}
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
# Prices move with the clock: what holds on every day is that they are a share of us-west-2's on-demand price of 0.0416 USD.
assert {price["AvailabilityZone"][:-1] for price in prices} == {"us-west-2"}, prices
assert all(0.0416 * 0.05 < float(price["SpotPrice"]) < 0.0416 * 1.2 for price in prices), prices
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

call("CreateLaunchTemplate", LaunchTemplateName="interop-net", LaunchTemplateData={"UserData": "IyE=", "NetworkInterfaces": [
    {"DeviceIndex": 0, "AssociatePublicIpAddress": True, "DeleteOnTermination": True, "Groups": [group], "SubnetId": subnets[0]["SubnetId"]}]})
assert call("DescribeLaunchTemplateVersions", LaunchTemplateName="interop-net")["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"] == "IyE="
call("DeleteLaunchTemplate", LaunchTemplateName="interop-net")

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
for _ in range(3):
    call("RunInstances", MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateName": "interop"}, InstanceMarketOptions={"MarketType": "spot"})
first = call("DescribeVolumes", MaxResults=5)
assert len(first["Volumes"]) == 5 and len(call("DescribeVolumes", MaxResults=5, NextToken=first["NextToken"])["Volumes"]) == 1
volumes = call("DescribeVolumes")["Volumes"]
ids = [v["Attachments"][0]["InstanceId"] for v in volumes]
assert len(volumes) == 6 and volumes[0]["Attachments"][0]["InstanceId"] in ids
interfaces = call("DescribeNetworkInterfaces")["NetworkInterfaces"]
assert interfaces[0]["Groups"][0]["GroupId"] == group
call("DeleteNetworkInterface", "InvalidNetworkInterface.InUse", NetworkInterfaceId=interfaces[0]["NetworkInterfaceId"])
call("DeleteVolume", "VolumeInUse", VolumeId=volumes[0]["VolumeId"])

call("TerminateInstances", "InvalidInstanceID.NotFound", InstanceIds=[single, "i-00000000000000000"])
call("TerminateInstances", InstanceIds=[i for i in ids if i != single])
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

# What a teardown meets: addresses, free disks, snapshots, free interfaces, protection.
address = call("AllocateAddress", Domain="vpc")
spare = call("CreateNetworkInterface", SubnetId=subnets[0]["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]
tie = call("AssociateAddress", AllocationId=address["AllocationId"], NetworkInterfaceId=spare)["AssociationId"]
call("DisassociateAddress", AssociationId=tie)
call("ReleaseAddress", AllocationId=address["AllocationId"])
call("DeleteNetworkInterface", NetworkInterfaceId=spare)
disk = call("CreateVolume", AvailabilityZone=subnets[0]["AvailabilityZone"], Size=1)["VolumeId"]
shot = call("CreateSnapshot", VolumeId=disk)["SnapshotId"]
assert call("DescribeSnapshots", OwnerIds=["self"])["Snapshots"][0]["SnapshotId"] == shot
call("DeleteSnapshot", SnapshotId=shot)
call("DeleteVolume", VolumeId=disk)
scores = call("GetSpotPlacementScores", TargetCapacity=5, InstanceTypes=["t3.medium", "m5.large", "c5.large"])["SpotPlacementScores"]
assert all(1 <= score["Score"] <= 10 for score in scores) and scores

# A fleet that EC2 keeps at its target.
call("CreateLaunchTemplate", LaunchTemplateName="kept", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.medium"})
kept = call("CreateFleet", Type="maintain", TargetCapacitySpecification={"TotalTargetCapacity": 1, "DefaultTargetCapacityType": "spot"},
            LaunchTemplateConfigs=[{"LaunchTemplateSpecification": {"LaunchTemplateName": "kept", "Version": "$Latest"}}])["FleetId"]
deadline = time.monotonic() + 30
while not (actives := call("DescribeFleetInstances", FleetId=kept)["ActiveInstances"]):
    assert time.monotonic() < deadline, "the fleet launches nothing"
assert call("ModifyFleet", FleetId=kept, ExcessCapacityTerminationPolicy="no-termination",
            TargetCapacitySpecification={"TotalTargetCapacity": 1})["Return"] is True
begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 600))
assert call("DescribeFleetHistory", FleetId=kept, StartTime=begun)["HistoryRecords"]
held = actives[0]["InstanceId"]
protect = dict(InstanceId=held, Attribute="disableApiTermination")
assert call("DescribeInstanceAttribute", **protect)["DisableApiTermination"]["Value"] is False
call("ModifyInstanceAttribute", "UnsupportedOperation", InstanceId=held, DisableApiTermination={"Value": True})
assert call("DeleteFleets", FleetIds=[kept], TerminateInstances=True)["SuccessfulFleetDeletions"]
deadline = time.monotonic() + 30
while any(i["State"]["Name"] != "terminated" for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]):
    assert time.monotonic() < deadline, "the kept instances do not end"
call("DeleteLaunchTemplate", LaunchTemplateName="kept")

mine = call("CreateVpc", CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "k", "Value": "v"}]}])["Vpc"]["VpcId"]
call("ModifyVpcAttribute", VpcId=mine, EnableDnsHostnames={"Value": True})
assert call("DescribeVpcs", VpcIds=[mine])["Vpcs"][0]["Tags"] == [{"Key": "k", "Value": "v"}]
assert call("DescribeVpcAttribute", VpcId=mine, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"] is True
assert call("DescribeVpcAttribute", VpcId=mine, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is True
subnet = call("CreateSubnet", VpcId=mine, CidrBlock="10.9.1.0/24", AvailabilityZone="us-west-2b")["Subnet"]
assert subnet["AvailableIpAddressCount"] == 251
call("ModifySubnetAttribute", SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": True})
gateway = call("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
call("AttachInternetGateway", InternetGatewayId=gateway, VpcId=mine)
table = call("CreateRouteTable", VpcId=mine)["RouteTable"]["RouteTableId"]
assert call("CreateRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)["Return"] is True
tie = call("AssociateRouteTable", RouteTableId=table, SubnetId=subnet["SubnetId"])["AssociationId"]
call("DeleteVpc", "DependencyViolation", VpcId=mine)
call("DeleteRouteTable", "DependencyViolation", RouteTableId=table)
call("DisassociateRouteTable", AssociationId=tie)
call("DeleteRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
call("DeleteRouteTable", RouteTableId=table)
egress = call("CreateEgressOnlyInternetGateway", VpcId=mine)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
call("DeleteEgressOnlyInternetGateway", EgressOnlyInternetGatewayId=egress)
nat = call("CreateNatGateway", SubnetId=subnet["SubnetId"], ConnectivityType="private")["NatGateway"]["NatGatewayId"]
call("DeleteNatGateway", NatGatewayId=nat)
call("DetachInternetGateway", InternetGatewayId=gateway, VpcId=mine)
call("DeleteInternetGateway", InternetGatewayId=gateway)
call("DeleteSubnet", SubnetId=subnet["SubnetId"])
call("DeleteVpc", VpcId=mine)
call("CreateDefaultVpc", "DefaultVpcAlreadyExists")

try:
    client("ec2", "af-south-1").describe_instances()
    raise AssertionError("a region that is not opted in answered")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AuthFailure", error


def sampled(value, path, out):
    """Notes the members of a documented sample answer."""
    if isinstance(value, dict):
        for name, inner in value.items():
            out.add(f"{path}.{name}")
            sampled(inner, f"{path}.{name}", out)
    if isinstance(value, list):
        for inner in value:
            sampled(inner, path, out)
    return out


# Members that a sample answer of EC2's documentation has and ours lack, each
# with its reason. A star stands for everything that begins so.
LACKING = {
    "DescribeAddresses.Addresses.*": "there are no elastic addresses in this world",
    "CreateNatGateway.NatGateway.CreateTime": "NAT gateways stand in routes here and carry nothing",
    "CreateNatGateway.NatGateway.NatGatewayAddresses*": "as above",
    "CreateVolume.Iops": "of the sample's io1 volume; only gp3 is served",
    "DescribeInstanceAttribute.BlockDeviceMappings*": "one attribute is asked for at a time, here the protection",
    "DescribeInstanceAttribute.InstanceType*": "as above",
    "DescribeSnapshots.NextToken": "empty in the sample: there is one page",
    "DescribeImages.Images.KernelId": "of paravirtual images only; these are hvm",
    "DescribeNetworkInterfaces.NetworkInterfaces.Association.AssociationId": "of elastic addresses only",
    "DescribeNetworkInterfaces.NetworkInterfaces.PrivateIpAddresses.Association.AssociationId": "of elastic addresses only",
}

missing = []
samples = session.get_component("data_loader").load_service_model("ec2", "examples-1")["examples"]
for op in sorted(called & samples.keys()):
    for sample in samples[op]:
        for path in sampled(sample.get("output", {}), op, set()):
            if path not in members[op] and not any(fnmatch.fnmatchcase(path, p) for p in LACKING):
                missing.append(path)
assert not strange, "; ".join(sorted(set(strange)))
assert not missing, "documented, but not in our answers: " + ", ".join(sorted(set(missing)))
stale = [p for p in LACKING if p in set().union(*members.values())]
assert not stale, f"listed as lacking, but there: {stale}"

for op in sorted(called):
    print(op)
print(len(called))
