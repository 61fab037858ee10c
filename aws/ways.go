package aws

import (
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// everywhere6 is everywhere of IPv6.
const everywhere6 = "::/0"

// way is where a subnet's route table sends what leaves the VPC.
type way struct {
	via string // the gateway's id; empty: nowhere
	why string // why it does not lead to an internet gateway; empty: it does
}

// public says whether the internet finds back: only an internet gateway lets
// connections in.
func (w way) public() bool { return w.why == "" }

// out says whether an instance without a public address gets anywhere by it. An
// internet gateway translates no address, so it takes public ones only; a NAT
// gateway, an egress-only gateway or a router of the person's own lead out.
func (w way) out() bool { return w.via != "" && !strings.HasPrefix(w.via, "igw-") }

// tableOf is the route table that rules a subnet: its own, else the VPC's main one.
func tableOf(tables []types.RouteTable, subnet string) *types.RouteTable {
	var main *types.RouteTable
	for i := range tables {
		for _, a := range tables[i].Associations {
			if awssdk.ToString(a.SubnetId) == subnet {
				return &tables[i]
			}
			if awssdk.ToBool(a.Main) {
				main = &tables[i]
			}
		}
	}
	return main
}

// wayOut finds where a subnet's table sends everything, of IPv4 or IPv6.
func wayOut(tables []types.RouteTable, subnet, to string) way {
	t := tableOf(tables, subnet)
	if t == nil {
		return way{why: "it has no route table"}
	}
	id := awssdk.ToString(t.RouteTableId)
	for _, r := range t.Routes {
		if awssdk.ToString(r.DestinationCidrBlock) != to && awssdk.ToString(r.DestinationIpv6CidrBlock) != to {
			continue
		}
		via := viaOf(r)
		switch {
		case r.State == types.RouteStateBlackhole:
			return way{why: id + " sends everything to " + via + ", which is gone"}
		case strings.HasPrefix(via, "igw-"):
			return way{via: via}
		case via == "":
			return way{via: "something else", why: id + " sends everything to something that is no internet gateway"}
		}
		return way{via: via, why: id + " sends everything to " + via + ", which is no internet gateway"}
	}
	return way{why: id + " has no route to " + to}
}

// viaOf names what a route leads to.
func viaOf(r types.Route) string {
	for _, id := range []*string{
		r.GatewayId, r.NatGatewayId, r.EgressOnlyInternetGatewayId, r.TransitGatewayId, r.VpcPeeringConnectionId,
		r.NetworkInterfaceId, r.InstanceId, r.LocalGatewayId, r.CarrierGatewayId, r.CoreNetworkArn,
	} {
		if s := awssdk.ToString(id); s != "" {
			return s
		}
	}
	return ""
}
