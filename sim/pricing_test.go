package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// askPrices calls the Pricing API of a region with a JSON body.
func askPrices(t *testing.T, w *World, region, body string) (status int, answer map[string]any) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://pricing.invalid/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("X-Amz-Target", "AWSPriceListService.GetProducts")
	q.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEMO/20260101/"+region+"/pricing/aws4_request, SignedHeaders=host, Signature=0")
	a, err := w.Transport().RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if err := json.NewDecoder(a.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, answer
}

func TestPricingRefuses(t *testing.T) {
	t.Parallel()
	w := New(Options{Seed: 1})
	defer w.Close()
	for _, c := range []struct{ region, body, code string }{
		{"us-west-2", `{"ServiceCode": "AmazonEC2"}`, "UnrecognizedClientException"},
		{"us-east-1", `{"ServiceCode": "AmazonRDS"}`, "NotFoundException"},
		{"us-east-1", `{"ServiceCode": "AmazonEC2", "MaxResults": 101}`, "InvalidParameterException"},
		{"us-east-1", `{"ServiceCode": "AmazonEC2", "NextToken": "x"}`, "InvalidNextTokenException"},
		{"us-east-1", `{"ServiceCode": "AmazonEC2", "Filters": [{"Type": "CONTAINS", "Field": "instanceType", "Value": "m5"}]}`, "InvalidParameterException"},
	} {
		if status, a := askPrices(t, w, c.region, c.body); status != http.StatusBadRequest || a["__type"] != c.code {
			t.Errorf("%s %s: %d %v, want %s", c.region, c.body, status, a, c.code)
		}
	}
}

// All pages together have each type of the region once, and nothing of others.
func TestPricingPages(t *testing.T) {
	t.Parallel()
	w := New(Options{Seed: 1})
	defer w.Close()
	seen := map[string]bool{}
	token, pages := "", 0
	for more := true; more; pages++ {
		_, a := askPrices(t, w, "eu-central-1", `{"ServiceCode": "AmazonEC2", "MaxResults": 25, "NextToken": "`+token+`", "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"}]}`)
		list, _ := a["PriceList"].([]any)
		for _, text := range list {
			var doc struct {
				Product struct {
					Attributes map[string]string
				}
			}
			if err := json.Unmarshal([]byte(fmt.Sprint(text)), &doc); err != nil {
				t.Fatal(err)
			}
			name := doc.Product.Attributes["instanceType"]
			if seen[name] || doc.Product.Attributes["regionCode"] != "eu-west-1" {
				t.Errorf("%v", doc.Product.Attributes)
			}
			seen[name] = true
		}
		token, more = a["NextToken"].(string)
	}
	if pages < 3 || len(seen) < 60 || seen["g6.xlarge"] { // eu-west-1 has no g6
		t.Errorf("%d types on %d pages", len(seen), pages)
	}
}

// The bands are spread as AWS's own are (aws-facts §5.3), and follow from the seed.
func TestAdvisorDocument(t *testing.T) {
	t.Parallel()
	read := func(seed int64) (text string, bands [5]int, n int) {
		w := New(Options{Seed: seed})
		defer w.Close()
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://advisor.invalid"+AdvisorPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.Transport().RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		b, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Ranges  []advisorRange                           `json:"ranges"`
			Advisor map[string]map[string]map[string]advised `json:"spot_advisor"`
		}
		if err := json.Unmarshal(b, &doc); err != nil || len(doc.Ranges) != 5 || doc.Ranges[4].Max != 100 {
			t.Fatal(err, doc.Ranges)
		}
		for _, os := range doc.Advisor {
			for name, ad := range os["Linux"] {
				if ad.S < -20 || ad.S > 95 {
					t.Errorf("%s saves %d %%", name, ad.S)
				}
				bands[ad.R]++
				n++
			}
		}
		return string(b), bands, n
	}
	one, bands, n := read(7)
	if n < 800 || bands[0]*100/n < 17 || bands[0]*100/n > 27 || bands[4]*100/n < 28 || bands[4]*100/n > 38 {
		t.Errorf("of %d pairs: %v", n, bands)
	}
	if other, _, _ := read(8); other == one {
		t.Error("another seed gives the same")
	}
}
