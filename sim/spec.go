package sim

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"spot-tui/sim/wire"
)

// launchSpec is everything that is decided about instances before they exist.
type launchSpec struct {
	typ       typeInfo
	image     *thing
	subnet    *thing
	zone      string
	groups    []string
	key       string
	userData  []byte
	profile   wire.Map
	private   bool // gets a private IPv4 address: all but those of IPv6-only subnets
	public    bool // gets a public address
	six       bool // gets an IPv6 address
	keepNIC   bool
	disks     []disk
	spot      bool
	protect   bool   // against TerminateInstances
	shutdown  string // what a shutdown from inside does: "stop" or "terminate"
	tags      map[kind][]wire.Map
	own       []tag // EC2's own tags on the instance
	token     string
	metadata  wire.Map
	templated string // id of the launch template, "" if none
}

// disk is a volume that comes with an instance.
type disk struct {
	device string
	gib    int
	kind   string
	keep   bool // stays after the instance
	iops   int
}

// launchedKinds are the kinds that a launch creates and tags.
func launchedKinds() []kind { return []kind{kindInstance, kindVolume, kindInterface, kindSpot} }

// specFor works out what a launch means: data is launch template data, with
// what the call itself says laid over it.
func (r *region) specFor(data wire.Map, typeName, zone, subnet string) (*launchSpec, error) {
	s := &launchSpec{
		key: wire.Str(data, "KeyName"), shutdown: wire.Str(data, "InstanceInitiatedShutdownBehavior"),
		profile: wire.Sub(data, "IamInstanceProfile"), metadata: wire.Sub(data, "MetadataOptions"), public: true,
		spot: wire.Str(data, "InstanceMarketOptions", "MarketType") == "spot", protect: wire.Bool(data, false, "DisableApiTermination"),
	}
	if s.spot && s.protect { // SDK ModifyInstanceAttribute
		return nil, wire.Errorf("InvalidParameterCombination", "You can't enable termination protection for Spot Instances.")
	}
	if err := checkUserData(wire.Str(data, "UserData")); err != nil {
		return nil, err
	}
	s.userData, _ = base64.StdEncoding.DecodeString(wire.Str(data, "UserData")) // just checked
	var ok bool
	if s.typ, ok = r.w.typeNamed(typeName); !ok {
		return nil, wire.Errorf("InvalidParameterValue", "Invalid value '%s' for InstanceType.", typeName)
	}
	if s.spot && s.typ.is(noSpot) {
		return nil, wire.Errorf("Unsupported", "The instance type %s is not supported as a Spot Instance.", typeName)
	}
	if err := s.setImage(r, wire.Str(data, "ImageId")); err != nil {
		return nil, err
	}
	if err := s.setPlace(r, data, zone, subnet); err != nil {
		return nil, err
	}
	if err := s.setGroups(r, data); err != nil {
		return nil, err
	}
	if s.key != "" && r.keyNamed(s.key) == nil {
		return nil, wire.Errorf("InvalidKeyPair.NotFound", "The key pair '%s' does not exist", s.key)
	}
	if err := s.setDisks(data); err != nil {
		return nil, err
	}
	var err error
	s.tags, err = specified(wire.Maps(data, "TagSpecifications"), launchedKinds()...)
	if err == nil && !s.spot && len(s.tags[kindSpot]) > 0 {
		err = wire.Errorf("InvalidParameterValue", "'spot-instances-request' can't be tagged in a launch that is not for spot instances.")
	}
	return s, err
}

// setImage finds the image; it may be named by an SSM parameter.
func (s *launchSpec) setImage(r *region, id string) error {
	if id == "" {
		return wire.Errorf("MissingParameter", "The request must contain the parameter ImageId")
	}
	if name, ok := strings.CutPrefix(id, "resolve:ssm:"); ok {
		if id, ok = r.parameter(name); !ok {
			return wire.Errorf("InvalidParameterValue", "The parameter '%s' does not exist", name)
		}
	}
	if !strings.HasPrefix(id, "ami-") {
		return wire.Errorf("InvalidAMIID.Malformed", "Invalid id: %q (expecting \"ami-...\")", id)
	}
	image := r.shelves[kindImage].byID[id]
	if image == nil {
		return wire.Errorf("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", id)
	}
	if arch := wire.Str(image.tree, "Architecture"); arch != s.typ.arch {
		return wire.Errorf("InvalidParameterValue",
			"The architecture '%s' of the specified instance type does not match the architecture '%s' of the specified AMI.", s.typ.arch, arch)
	}
	s.image = image
	return nil
}

// setPlace finds subnet and zone. A zone alone means its default subnet.
func (s *launchSpec) setPlace(r *region, data wire.Map, zone, subnet string) error {
	nics := wire.Maps(data, "NetworkInterfaces")
	if subnet == "" && len(nics) > 0 {
		subnet = wire.Str(nics[0], "SubnetId")
	}
	for _, t := range r.shelves[kindSubnet].order {
		z := wire.Str(t.tree, "AvailabilityZone")
		usable := subnet == t.id || (subnet == "" && wire.Bool(t.tree, false, "DefaultForAz"))
		if usable && (zone == "" || zone == z) {
			s.subnet, s.zone = t, z
			break
		}
	}
	if s.subnet == nil {
		if _, err := r.find(kindSubnet, subnet); subnet != "" && err != nil {
			return err
		}
		if subnet == "" && r.defaultVPC() == nil {
			return wire.Errorf("VPCIdNotSpecified", "No default VPC for this user")
		}
		if subnet == "" && zone != "" && slices.Contains(r.zones(), zone) {
			return wire.Errorf("MissingInput", "No default subnet for availability zone: '%s'.", zone)
		}
		return wire.Errorf("InvalidParameterValue", "Invalid availability zone: [%s]", zone)
	}
	if wire.Int(s.subnet.tree, "AvailableIpAddressCount") < 1 && !wire.Bool(s.subnet.tree, false, "Ipv6Native") {
		return wire.Errorf("InsufficientFreeAddressesInSubnet", "There are not enough free addresses in subnet '%s' to satisfy the requested number of instances.", s.subnet.id)
	}
	if !r.offered(s.typ, s.zone) {
		return wire.Errorf("Unsupported",
			"Your requested instance type (%s) is not supported in your requested Availability Zone (%s).", s.typ.name, s.zone)
	}
	return s.setAddresses(data)
}

func (s *launchSpec) setGroups(r *region, data wire.Map) error {
	vpc := wire.Str(s.subnet.tree, "VpcId")
	s.groups = wire.Strs(data, "SecurityGroupIds")
	if nics := wire.Maps(data, "NetworkInterfaces"); len(nics) > 0 {
		if len(s.groups) > 0 {
			return wire.Errorf("InvalidParameterCombination",
				"Network interfaces and an instance-level security groups may not be specified on the same request")
		}
		s.groups = wire.Strs(nics[0], "Groups")
	}
	for _, name := range wire.Strs(data, "SecurityGroups") {
		g := r.groupNamed(vpc, name)
		if g == nil {
			return wire.Errorf("InvalidGroup.NotFound", "The security group '%s' does not exist in VPC '%s'", name, vpc)
		}
		s.groups = append(s.groups, g.id)
	}
	if len(s.groups) == 0 {
		s.groups = []string{r.groupNamed(vpc, "default").id} // each VPC has one, which can't be deleted
	}
	for _, id := range s.groups {
		g, err := r.find(kindGroup, id)
		if err != nil {
			return err
		}
		if wire.Str(g.tree, "VpcId") != vpc {
			return wire.Errorf("InvalidParameter", "Security group %s and subnet %s belong to different networks.", id, s.subnet.id)
		}
	}
	return nil
}

// setDisks lays the launch's block devices over the image's. A device that the
// image doesn't have is a further disk: a wrong root name adds one.
func (s *launchSpec) setDisks(data wire.Map) error {
	root := wire.Sub(wire.Maps(s.image.tree, "BlockDeviceMappings")[0], "Ebs")
	least := wire.Int(root, "VolumeSize")
	s.disks = []disk{{device: wire.Str(s.image.tree, "RootDeviceName"), gib: least, kind: "gp3", iops: 3000}}
	for _, m := range wire.Maps(data, "BlockDeviceMappings") {
		name, ebs := wire.Str(m, "DeviceName"), wire.Sub(m, "Ebs")
		if ebs == nil {
			continue
		}
		d := disk{device: name, gib: wire.Int(ebs, "VolumeSize"), kind: wire.Str(ebs, "VolumeType"), iops: wire.Int(ebs, "Iops")}
		isRoot := name == s.disks[0].device
		d.keep = !wire.Bool(ebs, isRoot, "DeleteOnTermination")
		if d.kind == "" {
			d.kind = "gp3"
		}
		if d.iops == 0 {
			d.iops = 3000
		}
		switch {
		case isRoot && d.gib == 0:
			d.gib = least
		case isRoot && d.gib < least:
			return wire.Errorf("InvalidBlockDeviceMapping", "Volume of size %dGB is smaller than snapshot '%s', expect size >= %dGB", d.gib, wire.Str(root, "SnapshotId"), least)
		case d.gib == 0:
			return wire.Errorf("MissingParameter", "The request must contain the parameter size or snapshotId")
		}
		if isRoot {
			s.disks[0] = d
		} else {
			s.disks = append(s.disks, d)
		}
	}
	return nil
}

// pool gives the spot pool that the launch draws from.
func (s *launchSpec) pool() pool { return pool{s.typ.name, s.zone} }

// lacking is EC2's error for an empty pool.
func (s *launchSpec) lacking() *wire.Error {
	return &wire.Error{
		Code: "InsufficientInstanceCapacity", Status: http.StatusInternalServerError, // aws-facts §2.3
		Message: fmt.Sprintf("We currently do not have sufficient %s capacity in the Availability Zone you requested (%s). "+
			"Our system will be working on provisioning additional capacity. You can currently get %s capacity by not specifying an "+
			"Availability Zone in your request or choosing another one.", s.typ.name, s.zone, s.typ.name),
	}
}

// capacity gives how many more spot instances a pool can serve.
func (r *region) capacity(p pool) int {
	left, ok := r.free[p]
	if !ok {
		left = 20 + int(hash(fmt.Sprint(r.w.opts.Seed, p))%180)
		r.free[p] = left
	}
	return min(left, r.w.faultCapacity(r.info.name, p, true))
}

// room gives how many instances of a spec there is place for: free addresses,
// vCPUs of the account's limit, and capacity. Of on-demand capacity there is as
// much as anyone asks for, unless a fault says otherwise.
func (r *region) room(s *launchSpec) int {
	n := wire.Int(s.subnet.tree, "AvailableIpAddressCount")
	if !s.private {
		n = 1 << 20 // a /64 is never full
	}
	n = min(n, r.underQuota(s))
	if !s.spot {
		return min(n, r.w.faultCapacity(r.info.name, s.pool(), false))
	}
	return min(n, r.capacity(s.pool()))
}

// take reserves spot capacity, or gives it back where n is negative.
func (r *region) take(p pool, n int) {
	r.capacity(p) // makes sure that the pool is known
	r.free[p] -= n
	if n > 0 {
		r.w.useFaultCapacity(r.info.name, p, true, n)
	}
}
