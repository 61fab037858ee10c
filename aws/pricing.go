package aws

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"

	"spot-tui/fleet"
)

// fewTypes is up to how many types are asked for one by one: a region's whole
// list is about nine calls of a hundred long documents each.
const fewTypes = 10

// productPage is the largest page of GetProducts (aws-facts §3.2).
const productPage = 100

// errNoPriceList is why a partition has no on-demand prices.
var errNoPriceList = errors.New("AWS has no Pricing API for this part of the cloud")

// pricingRegion is where the Pricing API answers for a region: it has three
// endpoints, and one of its own in China (aws-facts §5.1). False where it has none.
func pricingRegion(r fleet.Region) (string, bool) {
	for _, c := range []struct{ prefix, at string }{
		{"us-gov-", ""}, {"us-iso", ""}, {"eu-isoe-", ""}, {"eusc-", ""}, {"cn-", "cn-northwest-1"}, {"ap-", "ap-south-1"}, {"eu-", "eu-central-1"},
	} {
		if strings.HasPrefix(string(r), c.prefix) {
			return c.at, c.at != ""
		}
	}
	return "us-east-1", true
}

// pricingClient makes the client for a region's price list.
func (a *Account) pricingClient(at string) pricingAPI {
	return pricing.NewFromConfig(a.cfg, func(o *pricing.Options) { o.Region, o.BaseEndpoint = at, a.base(o.BaseEndpoint) })
}

// listed is what the price list says of a type; USD is 0 where it has no price.
type listed struct {
	USD float64   `json:"usd"`
	At  time.Time `json:"at"`
}

// priceList keeps a region's on-demand prices for a day, in memory and in a file.
type priceList struct {
	mu   sync.Mutex
	read bool // the file has been
	of   map[fleet.InstanceType]listed
}

// OnDemandPrices implements fleet.Market. A type without a price there is left out.
func (r *region) OnDemandPrices(ctx context.Context, ts []fleet.InstanceType) ([]fleet.OnDemandPrice, error) {
	known, missing := r.knownPrices(ts)
	if len(missing) == 0 {
		return known, nil
	}
	at, ok := pricingRegion(r.name)
	if !ok {
		op := r.op("read on-demand prices")
		op.Kind, op.Err, op.Hint = fleet.KindInvalid, errNoPriceList, "spot prices are shown without what they save"
		return known, &op
	}
	fresh, err := r.askProducts(ctx, r.pricing(at), missing)
	if err != nil {
		return known, err
	}
	r.keepPrices(fresh)
	known, _ = r.knownPrices(ts)
	return known, nil
}

// askProducts gives the prices of types; those without one are there with 0.
func (r *region) askProducts(ctx context.Context, api pricingAPI, ts []fleet.InstanceType) (map[fleet.InstanceType]listed, error) {
	now := time.Now().UTC()
	fresh := map[fleet.InstanceType]listed{}
	for _, t := range ts {
		fresh[t] = listed{At: now}
	}
	var mu sync.Mutex
	take := func(t fleet.InstanceType, usd float64) {
		mu.Lock()
		defer mu.Unlock()
		if had := fresh[t]; had.USD == 0 || usd < had.USD {
			fresh[t] = listed{usd, now}
		}
	}
	var asks []func() error
	ask := func(fs []types.Filter) {
		asks = append(asks, func() error { return r.products(ctx, api, fs, take) })
	}
	if len(ts) <= fewTypes {
		for _, t := range ts {
			ask(append(r.productFilters(isMetal(t)), term("instanceType", string(t))))
		}
	} else {
		metal, other := false, false
		for _, t := range ts {
			metal, other = metal || isMetal(t), other || !isMetal(t)
		}
		if other {
			ask(r.productFilters(false))
		}
		if metal {
			ask(r.productFilters(true))
		}
	}
	return fresh, parallel(asks...)
}

func isMetal(t fleet.InstanceType) bool { return strings.Contains(string(t), ".metal") }

// productFilters are Karpenter's filters for the Linux price of a region's types
// (aws-facts §5.1).
func (r *region) productFilters(metal bool) []types.Filter {
	tenancy, family := "Shared", "Compute Instance"
	if metal {
		tenancy, family = "Dedicated", "Compute Instance (bare metal)"
	}
	return []types.Filter{
		term("regionCode", string(r.name)), term("serviceCode", "AmazonEC2"), term("preInstalledSw", "NA"), term("operatingSystem", "Linux"),
		term("capacitystatus", "Used"), term("marketoption", "OnDemand"), term("tenancy", tenancy), term("productFamily", family),
	}
}

func term(field, value string) types.Filter {
	return types.Filter{Type: types.FilterTypeTermMatch, Field: awssdk.String(field), Value: awssdk.String(value)}
}

// products reads all pages of a question to the price list.
func (r *region) products(ctx context.Context, api pricingAPI, fs []types.Filter, take func(fleet.InstanceType, float64)) error {
	in := &pricing.GetProductsInput{ServiceCode: awssdk.String("AmazonEC2"), Filters: fs, FormatVersion: awssdk.String("aws_v1"), MaxResults: awssdk.Int32(productPage)}
	call := action{service: "pricing", api: "GetProducts", words: "read on-demand prices", class: reads}
	return pages(r.op(call.words), func(token *string) (*string, error) {
		in.NextToken = token
		out, err := do(ctx, r, call, in, api.GetProducts)
		if err != nil {
			return nil, err
		}
		for _, text := range out.PriceList {
			if t, usd, ok := readProduct(text); ok {
				take(t, usd)
			}
		}
		return out.NextToken, nil
	})
}

// product is the part of a price list's document that we read (aws-facts §5.1).
type product struct {
	Product struct {
		Attributes struct {
			InstanceType string `json:"instanceType"`
		} `json:"attributes"`
	} `json:"product"`
	Terms struct {
		OnDemand map[string]struct {
			PriceDimensions map[string]struct {
				Unit         string            `json:"unit"`
				PricePerUnit map[string]string `json:"pricePerUnit"`
			} `json:"priceDimensions"`
		} `json:"OnDemand"`
	} `json:"terms"`
}

// readProduct reads one element of a price list, a JSON text in itself. Prices of
// 0 are of reservations that are used up, and no price.
func readProduct(text string) (fleet.InstanceType, float64, bool) {
	var p product
	if json.Unmarshal([]byte(text), &p) != nil || p.Product.Attributes.InstanceType == "" {
		return "", 0, false
	}
	least := 0.0
	for _, offer := range p.Terms.OnDemand {
		for _, d := range offer.PriceDimensions {
			usd, err := strconv.ParseFloat(d.PricePerUnit["USD"], 64)
			if err == nil && usd > 0 && (d.Unit == "Hrs" || d.Unit == "") && (least == 0 || usd < least) {
				least = usd
			}
		}
	}
	return fleet.InstanceType(p.Product.Attributes.InstanceType), least, least > 0
}
