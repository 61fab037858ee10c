package sim

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"spot-tui/sim/wire"
)

// instance is an instance and what describe doesn't show.
type instance struct {
	*thing
	r           *region
	spec        *launchSpec
	gen         int // grows when older plans become void
	reservation string
	private     netip.Addr
	public      netip.Addr
	six         netip.Addr
	request     *thing // spot request, nil if on demand
	nic         *thing
	volumes     []*thing
	host        sshHost // nil while sshd is down
	booted      time.Time
	console     string
	notice      atomic.Pointer[time.Time] // the end that IMDS announces
	returned    bool                      // its capacity is back in the pool
	protected   bool                      // TerminateInstances is refused
}

// state gives EC2's name of the instance's state.
func (i *instance) state() string { return wire.Str(i.tree, "State", "Name") }

// setState changes the state; code and name belong together.
func (i *instance) setState(name string) {
	codes := map[string]int{"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
	i.countVCPU(i.state(), name)
	i.tree["State"] = wire.Map{"Name": name, "Code": codes[name]}
}

// launch creates n instances of a spec with everything that comes with them.
func (r *region) launch(s *launchSpec, n int) []*instance {
	reservation := "r-0" + fmt.Sprintf("%016x", r.rng.Uint64())
	out := make([]*instance, n)
	for at := range out {
		out[at] = r.launchOne(s, reservation, at)
	}
	if s.spot {
		r.take(s.pool(), n)
	} else {
		r.w.useFaultCapacity(r.info.name, s.pool(), false, n)
	}
	return out
}

func (r *region) launchOne(s *launchSpec, reservation string, index int) *instance {
	now := time.Now()
	i := &instance{r: r, spec: s, reservation: reservation, protected: s.protect}
	if s.private {
		i.private = r.nextPrivate(s.subnet)
	}
	if s.six {
		i.six = r.nextSix(s.subnet)
	}
	if s.public {
		i.public = r.w.nextPublic()
	}
	i.thing = r.add(kindInstance, "InstanceId", r.instanceTree(i, index, now))
	r.instances[i.id] = i
	i.own(s)
	i.attachNIC(now)
	i.showSix()
	i.attachDisks(now)
	if s.spot {
		i.openRequest(now)
	}
	i.label(s.tags[kindInstance])
	for _, t := range s.own {
		i.setTag(t.key, t.value)
	}
	i.setState("pending")
	r.plan(i, now.Add(r.between(5*time.Second, 12*time.Second)), i.run)
	return i
}

// own fills in what only some launches say.
func (i *instance) own(s *launchSpec) {
	if s.token != "" {
		i.tree["ClientToken"] = s.token
	}
	if s.key != "" {
		i.tree["KeyName"] = s.key
	}
	if name := wire.Str(s.profile, "Name"); name != "" {
		i.tree["IamInstanceProfile"] = wire.Map{"Arn": "arn:aws:iam::" + Account + ":instance-profile/" + name}
	}
	for member, v := range s.metadata {
		if _, known := i.tree["MetadataOptions"].(wire.Map)[member]; known {
			i.tree["MetadataOptions"].(wire.Map)[member] = v
		}
	}
}

// between gives a scaled time between two realistic ones.
func (r *region) between(low, high time.Duration) time.Duration {
	return r.w.scaled(low + time.Duration(r.rng.Int64N(int64(high-low))))
}

func (r *region) instanceTree(i *instance, index int, now time.Time) wire.Map {
	s := i.spec
	cores := wire.Sub(s.typ.tree(), "VCpuInfo")
	return wire.Map{
		"AmiLaunchIndex": index, "ImageId": s.image.id, "InstanceType": s.typ.name, "LaunchTime": now,
		"Placement":  wire.Map{"AvailabilityZone": s.zone, "GroupName": "", "Tenancy": "default"},
		"Monitoring": wire.Map{"State": "disabled"}, "PrivateDnsName": i.privateDNS(), "PrivateIpAddress": text(i.private),
		"PublicDnsName": "", "StateTransitionReason": "", "SubnetId": s.subnet.id, "VpcId": s.subnet.tree["VpcId"],
		"Architecture": s.typ.arch, "BlockDeviceMappings": wire.List{}, "ClientToken": "", "EbsOptimized": false, "EnaSupport": true,
		"Hypervisor": "xen", "NetworkInterfaces": wire.List{}, "RootDeviceName": s.image.tree["RootDeviceName"], "RootDeviceType": "ebs",
		"SecurityGroups": r.groupRefs(s.groups), "SourceDestCheck": true, "VirtualizationType": "hvm",
		"CpuOptions":      wire.Map{"CoreCount": cores["DefaultCores"], "ThreadsPerCore": cores["DefaultThreadsPerCore"]},
		"PlatformDetails": "Linux/UNIX", "UsageOperation": "RunInstances", "UsageOperationUpdateTime": now,
		"EnclaveOptions": wire.Map{"Enabled": false}, "HibernationOptions": wire.Map{"Configured": false},
		"BootMode": s.image.tree["BootMode"], "CurrentInstanceBootMode": "uefi",
		"MaintenanceOptions": wire.Map{"AutoRecovery": "default"},
		"MetadataOptions": wire.Map{
			"State": "applied", "HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled",
			"HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled",
		},
		"PrivateDnsNameOptions": wire.Map{"HostnameType": "ip-name", "EnableResourceNameDnsARecord": false, "EnableResourceNameDnsAAAARecord": false},
	}
}

func (r *region) groupRefs(ids []string) wire.List {
	list := wire.List{}
	for _, id := range ids {
		if g := r.shelves[kindGroup].byID[id]; g != nil {
			list = append(list, wire.Map{"GroupId": id, "GroupName": g.tree["GroupName"]})
		}
	}
	return list
}

// publics is how many addresses 198.18.0.0/15 has, the block for benchmarks that
// nobody routes (RFC 2544).
const publics = 1 << 17

// nextPublic gives the world's next public address.
func (w *World) nextPublic() netip.Addr {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.addresses%(publics-2) + 1
	w.addresses++
	return offset(netip.AddrFrom4([4]byte{198, 18, 0, 0}), n)
}

func (i *instance) privateDNS() string {
	name := "ip-" + strings.ReplaceAll(text(i.private), ".", "-")
	if !i.private.IsValid() {
		name = "ip-" + strings.ReplaceAll(text(i.six), ":", "-")
	}
	if i.r.info.name == "us-east-1" {
		return name + ".ec2.internal"
	}
	return name + "." + i.r.info.name + ".compute.internal"
}

func (i *instance) publicDNS() string {
	name := "ec2-" + strings.ReplaceAll(i.public.String(), ".", "-")
	if i.r.info.name == "us-east-1" {
		return name + ".compute-1.amazonaws.com"
	}
	return name + "." + i.r.info.name + ".compute.amazonaws.com"
}

// attachNIC makes the instance's network interface.
func (i *instance) attachNIC(now time.Time) {
	s, r := i.spec, i.r
	attachment := wire.Map{
		"AttachmentId": "eni-attach-0" + fmt.Sprintf("%016x", r.rng.Uint64()), "AttachTime": now, "DeleteOnTermination": !s.keepNIC,
		"DeviceIndex": 0, "Status": "attached", "NetworkCardIndex": 0,
	}
	seen := wire.Clone(attachment)
	seen["InstanceId"], seen["InstanceOwnerId"] = i.id, Account
	mac := fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", r.rng.IntN(256), r.rng.IntN(256), r.rng.IntN(256), r.rng.IntN(256), r.rng.IntN(256))
	i.nic = r.add(kindInterface, "NetworkInterfaceId", wire.Map{
		"Attachment": seen, "AvailabilityZone": s.zone, "Description": "", "Groups": r.groupRefs(s.groups), "InterfaceType": "interface",
		"MacAddress": mac, "OwnerId": Account, "PrivateDnsName": i.privateDNS(), "PrivateIpAddress": i.private.String(),
		"PrivateIpAddresses": wire.List{wire.Map{"Primary": true, "PrivateIpAddress": i.private.String(), "PrivateDnsName": i.privateDNS()}},
		"RequesterManaged":   false, "SourceDestCheck": true, "Status": "in-use", "SubnetId": s.subnet.id, "VpcId": s.subnet.tree["VpcId"],
	})
	i.nic.label(s.tags[kindInterface])
	i.tree["NetworkInterfaces"] = wire.List{wire.Map{
		"Attachment": attachment, "Description": "", "Groups": r.groupRefs(s.groups), "InterfaceType": "interface", "MacAddress": mac,
		"NetworkInterfaceId": i.nic.id, "OwnerId": Account, "PrivateDnsName": i.privateDNS(), "PrivateIpAddress": i.private.String(),
		"PrivateIpAddresses": wire.List{wire.Map{"Primary": true, "PrivateIpAddress": i.private.String(), "PrivateDnsName": i.privateDNS()}},
		"SourceDestCheck":    true, "Status": "in-use", "SubnetId": s.subnet.id, "VpcId": s.subnet.tree["VpcId"], "Ipv6Addresses": wire.List{},
	}}
}

// attachDisks makes the instance's volumes.
func (i *instance) attachDisks(now time.Time) {
	var mappings wire.List
	for _, d := range i.spec.disks {
		v := i.r.add(kindVolume, "VolumeId", wire.Map{
			"AvailabilityZone": i.spec.zone, "CreateTime": now, "Encrypted": false, "Size": d.gib, "State": "in-use", "VolumeType": d.kind,
			"Iops": d.iops, "MultiAttachEnabled": false, "SnapshotId": "",
		})
		v.tree["Attachments"] = wire.List{wire.Map{
			"AttachTime": now, "Device": d.device, "InstanceId": i.id, "State": "attached", "VolumeId": v.id, "DeleteOnTermination": !d.keep,
		}}
		v.label(i.spec.tags[kindVolume])
		i.volumes = append(i.volumes, v)
		mappings = append(mappings, wire.Map{"DeviceName": d.device, "Ebs": wire.Map{
			"AttachTime": now, "DeleteOnTermination": !d.keep, "Status": "attached", "VolumeId": v.id,
		}})
	}
	i.tree["BlockDeviceMappings"] = mappings
}

// openRequest makes the spot request that an instance answers.
func (i *instance) openRequest(now time.Time) {
	s := i.spec
	price, _ := i.r.spotPrice(s.typ, s.zone, now)
	asked := wire.Map{
		"ImageId": s.image.id, "InstanceType": s.typ.name, "SubnetId": s.subnet.id, "SecurityGroups": i.r.groupRefs(s.groups), "EbsOptimized": false,
		"Placement": wire.Map{"AvailabilityZone": s.zone}, "Monitoring": wire.Map{"Enabled": false}, "BlockDeviceMappings": s.askedDisks(),
	}
	if s.key != "" {
		asked["KeyName"] = s.key
	}
	i.request = i.r.add(kindSpot, "SpotInstanceRequestId", wire.Map{
		"CreateTime": now, "InstanceId": i.id, "InstanceInterruptionBehavior": "terminate", "LaunchedAvailabilityZone": s.zone,
		"ProductDescription": "Linux/UNIX", "SpotPrice": fmt.Sprintf("%.6f", s.typ.onDemand*i.r.info.factor), "State": "active", "Type": "one-time",
		"LaunchSpecification": asked,
	})
	i.setRequest("fulfilled", fmt.Sprintf("Your Spot request is fulfilled at %.4f USD per hour.", price), now)
	i.request.label(s.tags[kindSpot])
	i.tree["InstanceLifecycle"], i.tree["SpotInstanceRequestId"] = "spot", i.request.id
}

// askedDisks are the disks as a spot request shows them.
func (s *launchSpec) askedDisks() wire.List {
	var list wire.List
	for _, d := range s.disks {
		list = append(list, wire.Map{"DeviceName": d.device, "Ebs": wire.Map{
			"DeleteOnTermination": !d.keep, "VolumeSize": d.gib, "VolumeType": d.kind, "Iops": d.iops,
		}})
	}
	return list
}

// setRequest changes the status of the instance's spot request.
func (i *instance) setRequest(code, message string, now time.Time) {
	if i.request != nil {
		i.request.tree["Status"] = wire.Map{"Code": code, "Message": message, "UpdateTime": now}
	}
}
