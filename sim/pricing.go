package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"spot-tui/sim/wire"
)

// pricingRegions are the regions that have an endpoint of the Pricing API
// (aws-facts §5.1).
func pricingRegions() []string { return []string{"us-east-1", "eu-central-1", "ap-south-1"} }

// products answers the Pricing API's GetProducts.
func products(c *call) (wire.Map, error) {
	if c.op != "GetProducts" {
		return nil, wire.Errorf("UnknownOperationException", "This simulated cloud knows GetProducts only")
	}
	if !slices.Contains(pricingRegions(), c.r.info.name) {
		return nil, wire.Errorf("UnrecognizedClientException", "The Pricing API has no endpoint in %s, only in %s.", c.r.info.name, strings.Join(pricingRegions(), ", "))
	}
	if code := c.str("ServiceCode"); code != "AmazonEC2" {
		return nil, wire.Errorf("NotFoundException", "The service %q is not known.", code)
	}
	want, err := c.terms()
	if err != nil {
		return nil, err
	}
	var list wire.List
	for _, r := range c.w.regions {
		for _, t := range c.w.types {
			if !named(want, "regionCode", r.info.name) || !named(want, "instanceType", t.name) {
				continue // before anything is written: most calls are about one type in one region
			}
			if p := r.priceOf(t); p.matches(want) {
				list = append(list, p.document())
			}
		}
	}
	page, size := 0, wire.Int(c.in, "MaxResults")
	if size == 0 {
		size = 100
	}
	if size < 0 || size > 100 { // aws-facts §3.2
		return nil, wire.Errorf("InvalidParameterException", "MaxResults must be between 1 and 100, not %d", size)
	}
	if token := c.str("NextToken"); token != "" {
		if page, err = strconv.Atoi(token); err != nil || page < 0 || page > len(list) {
			return nil, wire.Errorf("InvalidNextTokenException", "The token is not valid.")
		}
	}
	out := wire.Map{"FormatVersion": "aws_v1", "PriceList": list[page:min(len(list), page+size)]}
	if page+size < len(list) {
		out["NextToken"] = strconv.Itoa(page + size)
	}
	return out, nil
}

// named says whether the terms about a field, if there are any, name a value.
func named(want map[string]string, field, value string) bool {
	for f, v := range want {
		if strings.EqualFold(f, field) && !strings.EqualFold(v, value) {
			return false
		}
	}
	return true
}

// terms reads the filters, which all have to match.
func (c *call) terms() (map[string]string, error) {
	want := map[string]string{}
	filters, _ := c.in["Filters"].([]any)
	for _, f := range filters {
		m, _ := f.(map[string]any)
		kind, _ := m["Type"].(string)
		field, _ := m["Field"].(string)
		value, _ := m["Value"].(string)
		if kind != "TERM_MATCH" || field == "" {
			return nil, wire.Errorf("InvalidParameterException", "This simulated cloud knows filters of type TERM_MATCH only, with a field")
		}
		want[field] = value
	}
	return want, nil
}

// priced is what the price list has of a type in a region: its attributes, and
// the price in USD per hour.
type priced struct {
	attributes map[string]string
	usd        float64
}

// priceOf gives the entry for Linux on shared hardware; there is none for a type
// that no zone of the region has.
func (r *region) priceOf(t typeInfo) priced {
	if !slices.ContainsFunc(r.zones(), func(z string) bool { return r.offered(t, z) }) {
		return priced{}
	}
	return priced{usd: t.onDemand * r.info.factor, attributes: map[string]string{
		"servicecode": "AmazonEC2", "servicename": "Amazon Elastic Compute Cloud", "regionCode": r.info.name, "locationType": "AWS Region",
		"instanceType": t.name, "vcpu": strconv.Itoa(t.vcpu), "memory": strings.TrimSuffix(fmt.Sprintf("%.1f", float64(t.memory)/1024), ".0") + " GiB",
		"networkPerformance": t.network, "operatingSystem": "Linux", "preInstalledSw": "NA", "capacitystatus": "Used", "marketoption": "OnDemand",
		"tenancy": "Shared", "operation": "RunInstances", "licenseModel": "No License required",
	}}
}

// matches says whether every term is that of the entry. Names of fields are
// compared without their case: Karpenter asks for serviceCode, the instance
// selector for capacitystatus, and both are answered (aws-facts §5.1).
func (l priced) matches(want map[string]string) bool {
	if l.attributes == nil {
		return false
	}
	for field, value := range want {
		have := "Compute Instance"
		if !strings.EqualFold(field, "productFamily") {
			have = ""
			for k, v := range l.attributes {
				if strings.EqualFold(k, field) {
					have = v
				}
			}
		}
		if !strings.EqualFold(have, value) {
			return false
		}
	}
	return true
}

// document writes the entry as the price list has it: JSON in a string
// (aws-facts §5.1). Beside its price stands one of 0, as for reserved capacity,
// which a reader has to skip.
func (l priced) document() string {
	sku := strings.ToUpper(fmt.Sprintf("%016x", hash(l.attributes["regionCode"]+l.attributes["instanceType"])))
	term := func(code, usd, text string) wire.Map {
		rate := sku + "." + code
		return wire.Map{
			"sku": sku, "offerTermCode": code, "effectiveDate": worldBegan, "termAttributes": wire.Map{},
			"priceDimensions": wire.Map{rate + ".6YS6EN2CT7": wire.Map{
				"rateCode": rate + ".6YS6EN2CT7", "unit": "Hrs", "beginRange": "0", "endRange": "Inf", "description": text,
				"appliesTo": wire.List{}, "pricePerUnit": wire.Map{"USD": usd},
			}},
		}
	}
	usd := fmt.Sprintf("%.10f", l.usd)
	b, err := json.Marshal(wire.Map{
		"product":     wire.Map{"productFamily": "Compute Instance", "sku": sku, "attributes": l.attributes},
		"serviceCode": "AmazonEC2", "version": worldBegan, "publicationDate": worldBegan,
		"terms": wire.Map{"OnDemand": wire.Map{
			sku + ".JRTCKXETXF": term("JRTCKXETXF", usd, "$"+usd+" per On Demand Linux "+l.attributes["instanceType"]+" Instance Hour"),
			sku + ".MZU6U2429S": term("MZU6U2429S", "0.0000000000", "$0.00 per Reserved Linux "+l.attributes["instanceType"]+" Instance Hour"),
		}},
	})
	if err != nil { // strings only always encode
		return "{}"
	}
	return string(b)
}

// AdvisorPath answers the Spot Advisor's document, which AWS serves from a bucket
// of its own (aws-facts §5.3).
const AdvisorPath = "/spot-advisor-data.json"

// advisorRange is a band of the document.
type advisorRange struct {
	Index int    `json:"index"`
	Label string `json:"label"`
	Dots  int    `json:"dots"`
	Max   int    `json:"max"`
}

// advised is what the document says of a type: saving and band.
type advised struct {
	S int `json:"s"`
	R int `json:"r"`
}

// advisor writes the Spot Advisor's document of the world: per region and type, of
// all zones together, with the market's own saving.
func (w *World) advisor() answer {
	now := time.Now()
	types := map[string]wire.Map{}
	for _, t := range w.types {
		types[t.name] = wire.Map{"cores": t.vcpu, "ram_gb": float64(t.memory) / 1024, "emr": false}
	}
	by := map[string]map[string]map[string]advised{}
	for _, r := range w.regions {
		linux := map[string]advised{}
		for _, t := range w.types {
			if a, ok := r.advised(t, now); ok {
				linux[t.name] = a
			}
		}
		by[r.info.name] = map[string]map[string]advised{"Linux": linux, "Windows": {}}
	}
	b, err := json.Marshal(wire.Map{
		"global_rate": "<10%", "instance_types": types, "spot_advisor": by,
		"ranges": []advisorRange{{0, "<5%", 0, 5}, {1, "5-10%", 1, 11}, {2, "10-15%", 2, 16}, {3, "15-20%", 3, 22}, {4, ">20%", 4, 100}},
	})
	if err != nil { // numbers and strings only always encode
		return answer{status: 500, kind: "text/plain", body: []byte(err.Error())}
	}
	return answer{status: 200, kind: "application/json", body: b}
}

// shares are how many of a hundred pairs of region and type are in each band or
// one below (aws-facts §5.3: 22, 19, 14, 13 and 33 %).
func shares() []uint64 { return []uint64{22, 41, 55, 68, 100} }

func (r *region) advised(t typeInfo, at time.Time) (advised, bool) {
	sum, n := 0.0, 0
	for _, zone := range r.zones() {
		if !r.offered(t, zone) {
			continue
		}
		usd, _ := r.spotPrice(t, zone, at)
		sum += 1 - usd/(t.onDemand*r.info.factor)
		n++
	}
	if n == 0 {
		return advised{}, false
	}
	of := hash("band"+strconv.FormatInt(r.w.opts.Seed, 10)+r.info.name+t.name) % 100
	band := slices.IndexFunc(shares(), func(upto uint64) bool { return of < upto })
	return advised{S: int(100*sum/float64(n) + 0.5), R: band}, true
}
