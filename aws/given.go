package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// given looks at the VPC or the subnets that the config names. It only reads:
// nothing of them is ours.
func (r *region) given(ctx context.Context, f fleet.Name, p *place) error {
	p.mode = p.net.Mode
	var lots []lot
	if p.mode == fleet.NetworkSubnets {
		if len(p.net.Subnets) == 0 {
			p.note("subnets", fleet.CheckFail, "none is named for "+string(r.name), "add subnets = [\"subnet-…\"] to its [[region]]")
			return nil
		}
		err := r.subnets(ctx, []types.Filter{filter("subnet-id", p.net.Subnets...)}, func(s *types.Subnet) { lots = append(lots, lotOf(s)) })
		if err != nil || !p.sameVPC(r.name, lots) {
			return err
		}
	} else {
		p.vpc = p.net.VPC
	}
	if p.vpc == "" {
		p.note("VPC", fleet.CheckFail, "none is named for "+string(r.name), "add vpc = \"vpc-…\" to its [[region]]")
		return nil
	}
	var vpc *types.Vpc
	if err := r.vpcs(ctx, []types.Filter{filter("vpc-id", p.vpc)}, func(v *types.Vpc) { vpc = v }); err != nil {
		return err
	}
	if vpc == nil {
		p.note("VPC", fleet.CheckFail, fmt.Sprintf("there is no %s in %s", p.vpc, r.name), "ids belong to one region and account; check the [[region]]'s vpc")
		p.vpc = ""
		return nil
	}
	p.take(vpc)
	p.note("VPC", fleet.CheckOK, p.vpc+", as given", "")
	if p.mode == fleet.NetworkSubnets {
		return r.survey(ctx, f, p, lots)
	}
	return r.inspect(ctx, f, p, []types.Filter{filter("vpc-id", p.vpc)})
}

// sameVPC checks that the named subnets are there and lie in one VPC, whose
// security group can serve them all, and notes the VPC.
func (p *place) sameVPC(r fleet.Region, lots []lot) bool {
	var missing []string
	for _, id := range p.net.Subnets {
		if !slices.ContainsFunc(lots, func(l lot) bool { return l.id == id }) {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		p.note("subnets", fleet.CheckFail, fmt.Sprintf("there is no %s in %s", strings.Join(missing, ", "), r), "ids belong to one region and account; check the [[region]]'s subnets")
		return false
	}
	for _, l := range lots {
		if p.vpc == "" {
			p.vpc = l.vpc
		}
		if l.vpc != p.vpc {
			p.note("subnets", fleet.CheckFail, fmt.Sprintf("they lie in two VPCs: %s is in %s, %s in %s", lots[0].id, p.vpc, l.id, l.vpc), "name subnets of one VPC per region")
			p.vpc = ""
			return false
		}
	}
	return true
}
