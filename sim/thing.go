package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"spot-tui/sim/wire"
)

// kind is EC2's name of a resource type, as tag specifications spell it.
type kind string

const (
	kindVPC       kind = "vpc"
	kindSubnet    kind = "subnet"
	kindRoutes    kind = "route-table"
	kindGateway   kind = "internet-gateway"
	kindGroup     kind = "security-group"
	kindRule      kind = "security-group-rule"
	kindImage     kind = "image"
	kindTemplate  kind = "launch-template"
	kindFleet     kind = "fleet"
	kindInstance  kind = "instance"
	kindVolume    kind = "volume"
	kindInterface kind = "network-interface"
	kindSpot      kind = "spot-instances-request"
	kindKey       kind = "key-pair"
	kindAddress   kind = "elastic-ip"
	kindSnapshot  kind = "snapshot"
	kindEgress    kind = "egress-only-internet-gateway"
	kindNAT       kind = "natgateway"
)

// naming is how a kind's ids look and what EC2 says of an unknown one.
type naming struct {
	prefix   string
	digits   int
	notFound string
	noun     string
}

// namings has one entry per kind.
func namings() map[kind]naming {
	return map[kind]naming{
		kindVPC:       {"vpc-", 17, "InvalidVpcID.NotFound", "vpc ID"},
		kindSubnet:    {"subnet-", 17, "InvalidSubnetID.NotFound", "subnet ID"},
		kindRoutes:    {"rtb-", 17, "InvalidRouteTableID.NotFound", "routeTable ID"},
		kindGateway:   {"igw-", 17, "InvalidInternetGatewayID.NotFound", "internetGateway ID"},
		kindGroup:     {"sg-", 17, "InvalidGroup.NotFound", "security group"},
		kindRule:      {"sgr-", 17, "InvalidSecurityGroupRuleId.NotFound", "security group rule ID"},
		kindImage:     {"ami-", 17, "InvalidAMIID.NotFound", "image id"},
		kindTemplate:  {"lt-", 17, "InvalidLaunchTemplateId.NotFound", "launch template ID"},
		kindFleet:     {"fleet-", 32, "InvalidFleetId.NotFound", "fleet ID"},
		kindInstance:  {"i-", 17, "InvalidInstanceID.NotFound", "instance ID"},
		kindVolume:    {"vol-", 17, "InvalidVolume.NotFound", "volume"},
		kindInterface: {"eni-", 17, "InvalidNetworkInterfaceID.NotFound", "networkInterface ID"},
		kindSpot:      {"sir-", 8, "InvalidSpotInstanceRequestID.NotFound", "spot instance request ID"},
		kindKey:       {"key-", 17, "InvalidKeyPair.NotFound", "key pair"},
		kindAddress:   {"eipalloc-", 17, "InvalidAllocationID.NotFound", "allocation ID"},
		kindSnapshot:  {"snap-", 17, "InvalidSnapshot.NotFound", "snapshot"},
		kindEgress:    {"eigw-", 17, "InvalidGatewayID.NotFound", "egress-only internet gateway ID"},
		kindNAT:       {"nat-", 17, "NatGatewayNotFound", "NAT gateway ID"},
	}
}

// newID makes an id of a kind. Spot requests have letters, the rest hex digits.
func newID(rng *rand.Rand, k kind) string {
	n := namings()[k]
	letters := "0123456789abcdef"
	if k == kindSpot {
		letters = "abcdefghijkmnpqrstuvwxyz23456789"
	}
	var b strings.Builder
	b.WriteString(n.prefix)
	for i := range n.digits {
		switch {
		case i == 0 && n.digits == 17:
			b.WriteByte('0') // as all present ids start
		case k == kindFleet && (i == 8 || i == 12 || i == 16 || i == 20):
			b.WriteByte('-')
			fallthrough
		default:
			b.WriteByte(letters[rng.IntN(len(letters))])
		}
	}
	return b.String()
}

// uuid makes a random UUID.
func uuid(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// tag is a tag of a resource.
type tag struct{ key, value string }

// thing is a resource: the tree that describe shows, and its tags.
type thing struct {
	kind      kind
	id        string
	seq       int      // the order of creation in its region
	tree      wire.Map // by member names; Tags are kept in step by setTags
	tags      []tag
	furniture bool // part of the empty world
	made      time.Time
	gone      time.Time
	lone      time.Time // since when a volume or an address is billed by itself, not with an instance
}

// setTag adds or replaces a tag.
func (t *thing) setTag(key, value string) {
	if i := slices.IndexFunc(t.tags, func(g tag) bool { return g.key == key }); i >= 0 {
		t.tags[i].value = value
	} else {
		t.tags = append(t.tags, tag{key, value})
	}
	t.showTags()
}

// dropTag removes a tag; with a value only if that is its value.
func (t *thing) dropTag(key string, value *string) {
	t.tags = slices.DeleteFunc(t.tags, func(g tag) bool {
		return g.key == key && (value == nil || g.value == *value)
	})
	t.showTags()
}

func (t *thing) showTags() {
	list := make(wire.List, len(t.tags))
	for i, g := range t.tags {
		list[i] = wire.Map{"Key": g.key, "Value": g.value}
	}
	t.tree[tagMember(t.kind)] = list
}

// tagMember gives the member that holds a kind's tags: it has another name in
// network interfaces.
func tagMember(k kind) string {
	if k == kindInterface {
		return "TagSet"
	}
	return "Tags"
}

// shelf holds all resources of a kind in the order of their creation.
type shelf struct {
	order []*thing
	byID  map[string]*thing
}

func (s *shelf) put(t *thing) {
	s.order = append(s.order, t)
	s.byID[t.id] = t
}

func (s *shelf) remove(id string) {
	delete(s.byID, id)
	s.order = slices.DeleteFunc(s.order, func(t *thing) bool { return t.id == id })
}
