package aws

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

// filterValues is how many values one filter may have (EC2 API reference,
// Filter: up to 200).
const filterValues = 200

// surveyed is what the calls of a survey found, before it is put together.
type surveyed struct {
	place   *place
	only    []fleet.Zone // empty: every zone
	images  map[string]fleet.Image
	types   map[fleet.InstanceType]fleet.TypeInfo // that EC2 knows here
	infos   []fleet.TypeInfo
	zones   map[fleet.InstanceType][]fleet.Zone
	prices  map[fleet.InstanceType]map[fleet.Zone]fleet.Price
	noPrice string // why prices are unknown, empty where they could be read
}

// Survey implements fleet.Launcher. Its calls run side by side.
func (r *region) Survey(ctx context.Context, q fleet.SurveyRequest) (fleet.Survey, error) {
	s := surveyed{only: q.Zones}
	err := parallel(
		func() (err error) { s.place, err = r.place(ctx, q.Fleet, q.Network); return err },
		func() (err error) { s.images, err = r.Images(ctx, q.Image); return err },
		func() error { return r.surveyTypes(ctx, q.Types, &s) },
		func() error { return r.offerings(ctx, q.Types, &s) },
		func() error { return r.surveyPrices(ctx, q.Types, &s) },
	)
	if err != nil {
		return fleet.Survey{}, err
	}
	return s.put(q), nil
}

// byType asks in parts of what one filter takes. A filter, not a list of types:
// one unknown type would fail the call.
func byType(ts []fleet.InstanceType, ask func(types.Filter) error) error {
	for part := range slices.Chunk(ts, filterValues) {
		names := make([]string, 0, len(part))
		for _, t := range part {
			names = append(names, string(t))
		}
		if err := ask(filter("instance-type", names...)); err != nil {
			return err
		}
	}
	return nil
}

// surveyTypes reads the facts of the types.
func (r *region) surveyTypes(ctx context.Context, ts []fleet.InstanceType, s *surveyed) error {
	infos, err := r.Types(ctx, ts)
	s.types = map[fleet.InstanceType]fleet.TypeInfo{}
	for _, i := range infos {
		s.types[i.Type] = i
	}
	s.infos = infos
	return err
}

func (r *region) offerings(ctx context.Context, ts []fleet.InstanceType, s *surveyed) error {
	s.zones = map[fleet.InstanceType][]fleet.Zone{}
	return byType(ts, func(f types.Filter) error {
		return pages(r.op("list where types are offered"), func(token *string) (*string, error) {
			out, err := do(ctx, r, read("DescribeInstanceTypeOfferings", "list where types are offered"), &ec2.DescribeInstanceTypeOfferingsInput{
				LocationType: types.LocationTypeAvailabilityZone, Filters: []types.Filter{f}, NextToken: token,
			}, r.ec2().DescribeInstanceTypeOfferings)
			if err != nil {
				return nil, err
			}
			for _, o := range out.InstanceTypeOfferings {
				t := fleet.InstanceType(o.InstanceType)
				s.zones[t] = append(s.zones[t], fleet.Zone(awssdk.ToString(o.Location)))
			}
			return out.NextToken, nil
		})
	})
}

// surveyPrices never fails a survey: a price is unknown then, and says why (R26).
func (r *region) surveyPrices(ctx context.Context, ts []fleet.InstanceType, s *surveyed) error {
	s.prices, s.noPrice = map[fleet.InstanceType]map[fleet.Zone]fleet.Price{}, "EC2 has no spot price for it"
	ps, err := r.Prices(ctx, ts)
	if err != nil {
		s.noPrice = "the spot price can't be read: " + err.Error()
	}
	for _, p := range ps {
		if s.prices[p.Type] == nil {
			s.prices[p.Type] = map[fleet.Zone]fleet.Price{}
		}
		s.prices[p.Type][p.Zone] = fleet.Price{USD: p.USD, Known: true, AsOf: p.AsOf}
	}
	return nil
}

// put makes pools of types × zones, the cheapest first, and says why a type
// has none.
func (s *surveyed) put(q fleet.SurveyRequest) fleet.Survey {
	out := fleet.Survey{VPC: s.place.vpc, Blocks: s.place.blocks, Images: s.images, Types: s.infos}
	out.Checks = append(slices.Clone(s.place.checks), s.place.group)
	switch n := q.Network; {
	case n.PublicIPv4():
		out.Checks = append(out.Checks, fleet.Check{What: "public address", State: fleet.CheckOK, Detail: "each instance asks for one at launch"})
	case !n.Private:
		out.Checks = append(out.Checks, fleet.Check{What: "public address", State: fleet.CheckOK, Detail: "of IPv6 only, which costs nothing"})
	}
	out.Checks = append(out.Checks, imageCheck(q.Image, s.images))
	for _, t := range slices.Compact(slices.Sorted(slices.Values(q.Types))) {
		if filter, reason := s.pools(t, &out.Pools); filter != "" {
			out.Dropped = append(out.Dropped, fleet.Dropped{Type: t, Filter: filter, Reason: reason})
		}
	}
	slices.SortStableFunc(out.Pools, func(a, b fleet.Pool) int {
		switch {
		case a.Price.Known != b.Price.Known && a.Price.Known:
			return -1
		case a.Price.Known != b.Price.Known:
			return 1
		}
		return cmp.Or(cmp.Compare(a.Price.USD, b.Price.USD), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Zone, b.Zone))
	})
	out.Room, out.IPv6 = s.place.room(out.Pools), s.place.givesIPv6(out.Pools)
	return out
}

// pools adds a type's pools, or names the filter that took the type out, and why.
func (s *surveyed) pools(t fleet.InstanceType, to *[]fleet.Pool) (filter, reason string) {
	info, known := s.types[t]
	switch {
	case !known:
		return fleet.FilterKnown, "EC2 does not know the type in this region"
	case !info.Spot:
		return fleet.FilterSpot, "it is not sold as spot"
	}
	i := slices.IndexFunc(info.Arch, func(a string) bool { _, ok := s.images[a]; return ok })
	if i < 0 {
		return fleet.FilterImage, fmt.Sprintf("the image is not published for %s", strings.Join(info.Arch, " or "))
	}
	im := s.images[info.Arch[i]]
	n := len(*to)
	for _, z := range slices.Compact(slices.Sorted(slices.Values(s.zones[t]))) {
		subnet, ok := s.subnet(z)
		if !ok {
			continue
		}
		p, ok := s.prices[t][z]
		if !ok {
			p = fleet.Price{Reason: s.noPrice}
		}
		*to = append(*to, fleet.Pool{Type: t, Zone: z, Subnet: subnet, Image: im.ID, Arch: im.Arch, Price: p})
	}
	if len(*to) == n {
		return fleet.FilterZone, "it is offered in no zone that can be used"
	}
	return "", ""
}

// subnet gives the subnet of a zone that can be used; it is empty where the
// launch makes it.
func (s *surveyed) subnet(z fleet.Zone) (string, bool) {
	if len(s.only) > 0 && !slices.Contains(s.only, z) {
		return "", false
	}
	l, ok := s.place.lots[z]
	if s.place.makes() {
		return l.id, true
	}
	return l.id, ok && l.good()
}
