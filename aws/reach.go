package aws

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// Reach implements fleet.Watcher. What may not be looked at is a warning that
// says so: the way may be fine all the same.
func (r *region) Reach(ctx context.Context, q fleet.ReachRequest) ([]fleet.Check, error) {
	var in *types.Instance
	err := r.instances(ctx, []types.Filter{fleetFilter(q.Fleet), filter("instance-id", string(q.Instance))}, func(i *types.Instance) { in = i })
	if err != nil {
		return nil, err
	}
	if in == nil {
		return nil, &fleet.Error{Op: "look at", Region: r.name, Resource: string(q.Instance), Kind: fleet.KindGone, Err: errors.New("EC2 shows no such instance of this fleet")}
	}
	checks := []fleet.Check{stateCheck(in)}
	if checks[0].State == fleet.CheckFail {
		return checks, nil // nothing else matters for what does not run
	}
	var health, group []fleet.Check
	var way []fleet.Check
	_ = parallel( // each makes a check of its own failure
		func() error { health = r.healthCheck(ctx, q.Instance); return nil },
		func() error { group = r.ruleCheck(ctx, in, q); return nil },
		func() error { way = r.wayCheck(ctx, in, q.Network); return nil },
	)
	checks = append(checks, health...)
	checks = append(checks, addressCheck(in, q.Network))
	return append(append(checks, group...), way...), nil
}

// unseen is a check that could not be made.
func unseen(what string, err error) []fleet.Check {
	return []fleet.Check{{What: what, State: fleet.CheckWarn, Detail: "could not be looked at: " + err.Error()}}
}

func stateCheck(in *types.Instance) fleet.Check {
	c := fleet.Check{What: "instance", State: fleet.CheckOK, Detail: "running"}
	state := types.InstanceStateNamePending
	if in.State != nil {
		state = in.State.Name
	}
	switch state {
	case types.InstanceStateNameRunning:
	case types.InstanceStateNamePending:
		c.State, c.Detail, c.Hint = fleet.CheckFail, "it is pending: EC2 is still starting it", "wait until it runs"
	default:
		c.State, c.Detail, c.Hint = fleet.CheckFail, "it is "+string(state), "`spot-tui create` replaces what is missing"
		if in.StateReason != nil {
			c.Detail += ": " + awssdk.ToString(in.StateReason.Message)
		}
	}
	return c
}

// healthCheck reads EC2's two status checks.
func (r *region) healthCheck(ctx context.Context, id fleet.InstanceID) []fleet.Check {
	out, err := do(ctx, r, read("DescribeInstanceStatus", "describe the status of"), &ec2.DescribeInstanceStatusInput{InstanceIds: []string{string(id)}}, r.ec2().DescribeInstanceStatus)
	if err != nil {
		return unseen("status", err)
	}
	c := fleet.Check{What: "status", State: fleet.CheckOK, Detail: "both status checks pass"}
	for _, s := range out.InstanceStatuses {
		system, inside := status(s.SystemStatus), status(s.InstanceStatus)
		switch {
		case system == types.SummaryStatusImpaired:
			c.State, c.Detail, c.Hint = fleet.CheckFail, "AWS's machine under it is impaired", "destroy it; `spot-tui create` makes another one"
		case inside == types.SummaryStatusImpaired:
			c.State, c.Detail, c.Hint = fleet.CheckFail, "its operating system does not answer EC2 (no network, or it hangs)", "look at its console below; destroy it if it does not come back"
		case system == types.SummaryStatusInitializing || inside == types.SummaryStatusInitializing:
			c.State, c.Detail = fleet.CheckWarn, "its status checks have not been made yet: it has just started"
		}
	}
	return []fleet.Check{c}
}

func status(s *types.InstanceStatusSummary) types.SummaryStatus {
	if s == nil {
		return types.SummaryStatusNotApplicable
	}
	return s.Status
}

func addressCheck(in *types.Instance, n fleet.NetworkSpec) fleet.Check {
	public, six, private := awssdk.ToString(in.PublicIpAddress), ipv6Of(in), awssdk.ToString(in.PrivateIpAddress)
	inside := ""
	if private != "" {
		inside = " (inside " + private + ")"
	}
	switch at := n.Pick(public, six, private); {
	case n.Private && at != "":
		return fleet.Check{What: "address", State: fleet.CheckOK, Detail: at + ", reached from inside its network: by the jump host"}
	case six != "" && at == six:
		return fleet.Check{What: "address", State: fleet.CheckOK, Detail: six + inside}
	case n.IPv6 == fleet.IPv6Only && at != "":
		return fleet.Check{What: "address", State: fleet.CheckWarn, Detail: "it has no IPv6 address; it is tried under " + at, Hint: "it was launched before network.ipv6 = \"only\", or its subnet has none"}
	case public != "":
		return fleet.Check{What: "address", State: fleet.CheckOK, Detail: public + inside}
	case private != "":
		return fleet.Check{
			What: "address", State: fleet.CheckWarn, Detail: "only the private one, " + private + ": it is reached from inside its network only",
			Hint: "set ssh.jump to a host in there, or launch into a subnet that gives public addresses",
		}
	}
	return fleet.Check{What: "address", State: fleet.CheckFail, Detail: "it has none", Hint: "wait a moment, it may just have started"}
}

// ruleCheck looks for a rule that lets the caller in.
func (r *region) ruleCheck(ctx context.Context, in *types.Instance, q fleet.ReachRequest) []fleet.Check {
	const what = "security group"
	var ids []string
	for _, g := range in.SecurityGroups {
		ids = append(ids, awssdk.ToString(g.GroupId))
	}
	if len(ids) == 0 {
		return []fleet.Check{{What: what, State: fleet.CheckFail, Detail: "it has none", Hint: "destroy it; `spot-tui create` makes another one"}}
	}
	out, err := do(ctx, r, read("DescribeSecurityGroups", "describe the security groups of"), &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("group-id", ids...)}}, r.ec2().DescribeSecurityGroups)
	if err != nil {
		return unseen(what, err)
	}
	if q.Network.Private {
		return []fleet.Check{insideCheck(out.SecurityGroups, q.Port)}
	}
	if !q.From.IsValid() {
		return []fleet.Check{{What: what, State: fleet.CheckWarn, Detail: "whether its rules let you in can't be said: your own address is not known"}}
	}
	for i := range out.SecurityGroups {
		g := &out.SecurityGroups[i]
		if cidr, ok := admits(g.IpPermissions, q.From, q.Port); ok {
			return []fleet.Check{{What: what, State: fleet.CheckOK, Detail: fmt.Sprintf("%s lets %s in to port %d", awssdk.ToString(g.GroupId), cidr, q.Port)}}
		}
	}
	return []fleet.Check{{
		What: what, State: fleet.CheckFail, Detail: fmt.Sprintf("no rule of %s lets your address %s in to port %d", strings.Join(ids, ", "), q.From, q.Port),
		Hint: fmt.Sprintf("your address may have changed: `spot-tui create` sets the rule anew, or: aws ec2 authorize-security-group-ingress --region %s --group-id %s --protocol tcp --port %d --cidr %s/%d",
			r.name, ids[0], q.Port, q.From, q.From.BitLen()),
	}}
}

// admits says which block of the rules has an address in it.
func admits(rules []types.IpPermission, from netip.Addr, port int) (cidr string, ok bool) {
	for _, p := range rules {
		if !covers(p, port) {
			continue
		}
		var blocks []string
		for _, b := range p.IpRanges {
			blocks = append(blocks, awssdk.ToString(b.CidrIp))
		}
		for _, b := range p.Ipv6Ranges {
			blocks = append(blocks, awssdk.ToString(b.CidrIpv6))
		}
		i := slices.IndexFunc(blocks, func(b string) bool {
			block, err := netip.ParsePrefix(b)
			return err == nil && block.Contains(from)
		})
		if i >= 0 {
			return blocks[i], true
		}
	}
	return "", false
}

// insideCheck says whom the groups of a private instance let in: the jump host
// has to be among them.
func insideCheck(groups []types.SecurityGroup, port int) fleet.Check {
	var ranges []string
	for i := range groups {
		for _, p := range groups[i].IpPermissions {
			if !covers(p, port) {
				continue
			}
			for _, one := range split(p) {
				ranges = append(ranges, cidr(one))
			}
		}
	}
	if len(ranges) == 0 {
		return fleet.Check{
			What: "security group", State: fleet.CheckFail, Detail: fmt.Sprintf("no rule lets any address in to port %d, so the jump host neither", port),
			Hint: "`spot-tui create` sets the rule anew",
		}
	}
	return fleet.Check{What: "security group", State: fleet.CheckOK, Detail: fmt.Sprintf("%s may come in to port %d; the jump host has to be among them", strings.Join(ranges, ", "), port)}
}

// covers says whether a rule is about a TCP port.
func covers(p types.IpPermission, port int) bool {
	proto := awssdk.ToString(p.IpProtocol)
	lo, hi := int(awssdk.ToInt32(p.FromPort)), int(awssdk.ToInt32(p.ToPort))
	return proto == "-1" || (proto == "tcp" || proto == "6") && port >= lo && port <= hi
}

// wayCheck looks at the route and the gateway of the instance's subnet.
func (r *region) wayCheck(ctx context.Context, in *types.Instance, n fleet.NetworkSpec) []fleet.Check {
	p := &place{vpc: awssdk.ToString(in.VpcId)}
	tables, err := r.ways(ctx, p)
	if err != nil {
		return unseen("route", err)
	}
	subnet := awssdk.ToString(in.SubnetId)
	if n.Private {
		w := wayOut(tables, subnet, everywhere)
		c := fleet.Check{What: "route", State: fleet.CheckOK, Detail: "its subnet " + subnet + " leads out by " + w.via}
		if !w.out() {
			c.State, c.Detail = fleet.CheckWarn, "its subnet "+subnet+" leads nowhere for an instance without a public address; the login comes from inside"
			c.Hint = "have a NAT gateway lead out if it must fetch anything"
		}
		return []fleet.Check{c}
	}
	to := everywhere
	if six := ipv6Of(in); six != "" && n.Pick(awssdk.ToString(in.PublicIpAddress), six, awssdk.ToString(in.PrivateIpAddress)) == six {
		to = everywhere6
	}
	route := fleet.Check{What: "route", State: fleet.CheckOK, Detail: "its subnet " + subnet + " reaches the internet"}
	state := fleet.CheckFail
	if to == everywhere && awssdk.ToString(in.PublicIpAddress) == "" {
		state = fleet.CheckWarn // it is not reached that way
	}
	if w := wayOut(tables, subnet, to); !w.public() {
		route.State, route.Detail, route.Hint = state, w.why, "add a route for "+to+" to an internet gateway, or set network.mode = \"own\""
	}
	gateway := fleet.Check{What: "gateway", State: fleet.CheckOK, Detail: p.gateway + " is attached"}
	if p.gateway == "" {
		gateway.State, gateway.Detail, gateway.Hint = state, "no internet gateway is attached to "+p.vpc, "attach one, or set network.mode = \"own\""
	}
	return []fleet.Check{route, gateway}
}
