package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"spot-tui/fleet"
)

// Identity implements fleet.Account.
func (a *Account) Identity(ctx context.Context) (fleet.Identity, error) {
	var out *sts.GetCallerIdentityOutput
	err := a.atHome(func(r *region) (err error) {
		out, err = do(ctx, r, action{service: "sts", api: "GetCallerIdentity", words: "ask AWS who we are", class: reads}, &sts.GetCallerIdentityInput{}, r.sts().GetCallerIdentity)
		return err
	})
	if err != nil {
		return fleet.Identity{}, err
	}
	a.known.Store(true)
	arn := awssdk.ToString(out.Arn)
	return fleet.Identity{Account: awssdk.ToString(out.Account), ARN: arn, Name: arn[strings.LastIndexAny(arn, "/:")+1:]}, nil
}

// Regions implements fleet.Account.
func (a *Account) Regions(ctx context.Context) ([]fleet.Region, error) {
	var out *ec2.DescribeRegionsOutput
	err := a.atHome(func(r *region) (err error) {
		out, err = do(ctx, r, read("DescribeRegions", "list the enabled regions"), &ec2.DescribeRegionsInput{AllRegions: awssdk.Bool(false)}, r.ec2().DescribeRegions)
		return err
	})
	if err != nil {
		return nil, err
	}
	rs := make([]fleet.Region, 0, len(out.Regions))
	for _, r := range out.Regions {
		if awssdk.ToString(r.OptInStatus) != "not-opted-in" {
			rs = append(rs, fleet.Region(awssdk.ToString(r.RegionName)))
		}
	}
	slices.Sort(rs)
	return rs, nil
}

// atHome asks the home region what belongs to no region, and us-east-1 where
// the home region does not answer: one dead region must not hide the account.
// It also asks there where the home region refuses our credentials, since a
// region that is not enabled does that to good ones too (aws-facts §2.4).
func (a *Account) atHome(ask func(*region) error) error {
	err := ask(a.in(a.home))
	switch k := fleet.KindOf(err); {
	case k == fleet.KindTimeout, k == fleet.KindNetwork, k == fleet.KindInternal:
	case k == fleet.KindAuth && code(err) != "":
	default:
		return err
	}
	// Only in AWS's main partition do both regions know the same account.
	for _, other := range []string{"cn-", "us-gov-", "us-iso", "eusc-"} {
		if strings.HasPrefix(string(a.home), other) {
			return err
		}
	}
	if a.home == defaultHome || ask(a.in(defaultHome)) != nil {
		return err // the first failure says more than the second
	}
	return nil
}

// addressLimit bounds the question for our own address: it stands before a plan.
const addressLimit = 10 * time.Second

// checkIP tells the caller's public address, as one line of text (aws-facts §6.2).
const checkIP = "https://checkip.amazonaws.com"

// CallerAddress implements fleet.Account. A custom cloud is asked at its own
// /caller-address; one that doesn't know that sees us under the address from
// which a connection to it would go out.
func (a *Account) CallerAddress(ctx context.Context) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, addressLimit)
	defer cancel()
	if a.endpoint == nil {
		addr, err := a.askAddress(ctx, checkIP)
		if err != nil {
			return addr, &fleet.Error{Op: "find this machine's public address", Kind: cmp.Or(fleet.KindOf(ctx.Err()), fleet.KindNetwork), Err: err, Hint: "give it in the config: network.ssh_from = \"203.0.113.7/32\""}
		}
		return addr, nil
	}
	addr, err := a.askAddress(ctx, a.endpoint.JoinPath("caller-address").String())
	if err != nil && a.opts.Transport == nil {
		addr, err = a.localAddress(ctx)
	}
	if err != nil {
		return addr, &fleet.Error{Op: "find this machine's address", Kind: cmp.Or(fleet.KindOf(ctx.Err()), fleet.KindNetwork), Err: err, Hint: "check that something answers at " + a.endpoint.Redacted()}
	}
	return addr, nil
}

// globalIPv6 is an address of the IPv6 internet. Nothing is sent to it: choosing
// the address to come from is the kernel's work. Documentation's block (RFC 3849)
// may have no route, so it is one of AWS's own.
const globalIPv6 = "[2600:1f00::1]:443"

// CallerIPv6 implements fleet.Account. IPv6 is not translated on its way, so the
// address from which a connection would go out is the one that AWS sees; nobody
// is asked for it. A custom cloud is asked at its own /caller-ipv6.
func (a *Account) CallerIPv6(ctx context.Context) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, addressLimit)
	defer cancel()
	if a.endpoint != nil {
		addr, err := a.askAddress(ctx, a.endpoint.JoinPath("caller-ipv6").String())
		if err != nil {
			return netip.Addr{}, nil // it knows none
		}
		return addr, nil
	}
	addr, err := outgoing(ctx, "udp6", globalIPv6)
	if err != nil || !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return netip.Addr{}, nil // no route to the IPv6 internet: this machine has none
	}
	return addr, nil
}

func (a *Account) askAddress(ctx context.Context, from string) (netip.Addr, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return netip.Addr{}, err
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return netip.Addr{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 256))
	if err != nil {
		return netip.Addr{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return netip.Addr{}, fmt.Errorf("%s answered with HTTP status %d", from, resp.StatusCode)
	}
	addr, err := netip.ParseAddr(strings.TrimSpace(string(body)))
	if err != nil {
		return addr, fmt.Errorf("%s answered with something that is no address", from)
	}
	return addr.Unmap(), nil
}

// localAddress is the address from which a connection to the endpoint goes
// out. Dialling UDP chooses it without sending anything.
func (a *Account) localAddress(ctx context.Context) (netip.Addr, error) {
	port := a.endpoint.Port()
	if port == "" {
		port = "443"
	}
	return outgoing(ctx, "udp", net.JoinHostPort(a.endpoint.Hostname(), port))
}

// outgoing is the address from which a connection to addr would go out.
func outgoing(ctx context.Context, network, addr string) (netip.Addr, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return netip.Addr{}, err
	}
	defer c.Close()
	u, ok := c.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}, errors.New("the local address is not known")
	}
	return u.AddrPort().Addr().Unmap(), nil
}
