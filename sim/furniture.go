package sim

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// worldBegan is when the account's default network was made: long ago.
const worldBegan = "2026-03-01T00:00:00.000Z"

// furnish makes what every account has in a region: the default VPC with a
// subnet per zone, its gateway, route table and security group, and the public
// images.
func (r *region) furnish() {
	if !slices.Contains(r.w.opts.NoDefaultVPC, r.info.name) {
		r.furnishNetwork()
	}
	r.furnishImages()
	for _, s := range r.shelves {
		for _, t := range s.order {
			t.furniture = true
			t.showTags()
		}
	}
}

// furnishNetwork makes the default VPC and gives it.
func (r *region) furnishNetwork() *thing {
	vpc := r.addVPC(netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 31, 0, 0}), 16), true)
	r.switches[vpc.id]["EnableDnsHostnames"] = true
	gateway := r.add(kindGateway, "InternetGatewayId", wire.Map{
		"OwnerId":     Account,
		"Attachments": wire.List{wire.Map{"State": "available", "VpcId": vpc.id}},
	})
	gateway.showTags()
	main := r.mainTable(vpc)
	main.tree["Routes"] = append(main.tree["Routes"].(wire.List), wire.Map{
		"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway.id, "Origin": "CreateRoute", "State": "active",
	})
	for i := range r.info.zones {
		r.addSubnet(vpc, netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 31, byte(16 * i), 0}), 20), i, true)
	}
	return vpc
}

// zoneID gives a zone's id. Names and ids are shifted against each other, as
// they are in most accounts (aws-facts §6.1).
func (r *region) zoneID(i int) string {
	n := len(r.info.zones)
	return fmt.Sprintf("%s-az%d", r.info.code, (i+r.index)%n+1)
}

// zones gives the region's zone names.
func (r *region) zones() []string {
	var out []string
	for _, letter := range r.info.zones {
		out = append(out, r.info.name+string(letter))
	}
	return out
}

// builds are the dates of the images: the present one and an older one, so that
// "the newest" has to be found.
func builds() []string { return []string{"20260612", "20260903"} }

func (r *region) furnishImages() {
	for _, family := range r.w.family {
		for _, arch := range []string{"x86_64", "arm64"} {
			for _, build := range builds() {
				r.addImage(family, arch, build)
			}
		}
	}
}

// spelling gives an architecture as an image family spells it.
func (f imageInfo) spelling(arch string) string {
	if f.debArch && arch == "x86_64" {
		return "amd64"
	}
	return arch
}

func (r *region) addImage(f imageInfo, arch, build string) {
	name := fmt.Sprintf(f.name, f.spelling(arch), build)
	// The same in every world: a config may name an image by its id.
	id := fmt.Sprintf("ami-0%016x", hash(r.info.name+name))
	made, _ := time.Parse("20060102", build) // builds() are dates
	tree := wire.Map{
		"Architecture": arch, "CreationDate": made.Format("2006-01-02T15:04:05.000Z"),
		"ImageLocation": "amazon/" + name, "ImageType": "machine", "Public": true, "OwnerId": f.owner,
		"PlatformDetails": "Linux/UNIX", "UsageOperation": "RunInstances", "State": "available",
		"Description": fmt.Sprintf(f.about, f.spelling(arch)), "EnaSupport": true, "Hypervisor": "xen",
		"Name": name, "RootDeviceName": f.root, "RootDeviceType": "ebs", "SriovNetSupport": "simple",
		"VirtualizationType": "hvm", "BootMode": "uefi-preferred", "DeprecationTime": made.AddDate(2, 0, 0).Format("2006-01-02T15:04:05.000Z"),
		"BlockDeviceMappings": wire.List{wire.Map{"DeviceName": f.root, "Ebs": wire.Map{
			"DeleteOnTermination": true, "SnapshotId": fmt.Sprintf("snap-0%016x", hash(id)),
			"VolumeSize": f.gib, "VolumeType": "gp3", "Encrypted": false,
		}}},
	}
	if f.alias != "" {
		tree["ImageOwnerAlias"] = f.alias
	}
	if arch == "arm64" {
		tree["BootMode"] = "uefi"
	}
	r.addAs(kindImage, id, "ImageId", tree)
}

// parameter gives the image id behind an SSM parameter: the newest build.
func (r *region) parameter(name string) (string, bool) {
	for _, f := range r.w.family {
		for _, pattern := range append([]string{f.param}, f.params...) {
			for _, arch := range []string{"x86_64", "arm64"} {
				if fmt.Sprintf(pattern, f.spelling(arch)) == name {
					b := builds()
					image := fmt.Sprintf(f.name, f.spelling(arch), b[len(b)-1])
					return fmt.Sprintf("ami-0%016x", hash(r.info.name+image)), true
				}
			}
		}
	}
	return "", false
}

// loginOf gives the login name of an image.
func (r *region) loginOf(image *thing) string {
	for _, f := range r.w.family {
		if f.owner == wire.Str(image.tree, "OwnerId") {
			return f.user
		}
	}
	return "ec2-user"
}
