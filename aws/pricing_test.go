package aws

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spot-tui/fleet"
	"spot-tui/sim"
)

func TestPricingRegions(t *testing.T) {
	t.Parallel()
	for r, want := range map[fleet.Region]string{
		"us-west-2": "us-east-1", "sa-east-1": "us-east-1", "ap-southeast-3": "ap-south-1", "eu-west-1": "eu-central-1", "me-south-1": "us-east-1",
		"cn-north-1": "cn-northwest-1", "us-gov-west-1": "", "us-iso-east-1": "", "eu-isoe-west-1": "",
	} {
		if at, ok := pricingRegion(r); at != want || ok != (want != "") {
			t.Errorf("%s is asked for in %q (%v), want %q", r, at, ok, want)
		}
	}
}

// A price list's element is JSON in a string; 0 is no price, and the lowest counts.
func TestReadProduct(t *testing.T) {
	t.Parallel()
	doc := func(units ...string) string {
		var ds []string
		for i, u := range units {
			ds = append(ds, `"d`+string(rune('a'+i))+`": {"unit": "Hrs", "pricePerUnit": {`+u+`}}`)
		}
		return `{"product": {"productFamily": "Compute Instance", "attributes": {"instanceType": "m5.large", "vcpu": "2"}, "sku": "X"},
			"terms": {"OnDemand": {"X.JRTC": {"priceDimensions": {` + strings.Join(ds, ",") + `}}}, "Reserved": {}}}`
	}
	other := strings.Replace(doc(`"USD": "3"`), "Hrs", "Quantity", 1)
	for _, tt := range []struct {
		text string
		want float64
	}{
		{doc(`"USD": "0.0960000000"`), 0.096},
		{doc(`"USD": "0.0000000000"`), 0},
		{doc(`"USD": "0.0000000000"`, `"USD": "0.0960000000"`), 0.096},
		{doc(`"USD": "0.2"`, `"USD": "0.1"`), 0.1},
		{doc(`"CNY": "0.6"`), 0},
		{doc(`"USD": "free"`), 0},
		{doc(), 0},
		{`{"product": {"attributes": {"usagetype": "Box"}}}`, 0},
		{`not JSON`, 0},
		{other, 0},
	} {
		typ, usd, ok := readProduct(tt.text)
		if usd != tt.want || ok != (tt.want > 0) || ok && typ != "m5.large" {
			t.Errorf("%s: %s %v %v, want %v", tt.text, typ, usd, ok, tt.want)
		}
	}
}

// market asks the simulated cloud, and counts the calls.
func market(t *testing.T, dir string, calls *[]fleet.Call) (*Account, *sim.World) {
	t.Helper()
	w := sim.New(sim.Options{Seed: 1, Scale: 0.01})
	t.Cleanup(w.Close)
	var mu sync.Mutex // the calls of one answer run side by side
	a, err := New(t.Context(), Options{
		Endpoint: "http://simulated.invalid", Transport: w.Transport(), HomeRegion: "us-west-2", CacheDir: dir,
		Static: &StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"},
		OnCall: func(c fleet.Call) {
			mu.Lock()
			defer mu.Unlock()
			*calls = append(*calls, c)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, w
}

func TestOnDemandPricesAreKeptForADay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var calls []fleet.Call
	asked := func() int {
		n := 0
		for _, c := range calls {
			if c.Op == "GetProducts" {
				n++
			}
		}
		return n
	}
	a, _ := market(t, dir, &calls)
	ts := []fleet.InstanceType{"m5.large", "t3.medium", "t3.nonsense"}
	ps, err := a.In("eu-west-1").OnDemandPrices(t.Context(), ts)
	if err != nil || len(ps) != 2 || ps[0].Type != "m5.large" || ps[0].USD < 0.106 || ps[0].USD > 0.107 || time.Since(ps[0].AsOf) > time.Minute {
		t.Fatalf("%+v, %v", ps, err)
	}
	if n := asked(); n != 3 || calls[0].Region != "eu-west-1" || calls[0].Service != "pricing" {
		t.Errorf("%d calls: %+v", n, calls)
	}
	// Again, by another process, and with one type more: only that one is asked for.
	calls = nil
	b, _ := market(t, dir, &calls)
	if ps, err = b.In("eu-west-1").OnDemandPrices(t.Context(), append(ts, "c7g.large")); err != nil || len(ps) != 3 || asked() != 1 {
		t.Errorf("from the file: %+v, %v after %d calls", ps, err, asked())
	}
	// What the file has of another cloud, or of yesterday, does not count.
	file := filepath.Join(dir, "ondemand-eu-west-1.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{
		strings.ReplaceAll(string(text), "simulated.invalid", "elsewhere.invalid"),
		strings.ReplaceAll(string(text), time.Now().UTC().Format("2006-01-02T"), time.Now().UTC().AddDate(0, 0, -2).Format("2006-01-02T")),
		"half a fi",
	} {
		if err := os.WriteFile(file, []byte(other), 0o600); err != nil {
			t.Fatal(err)
		}
		calls = nil
		c, _ := market(t, dir, &calls)
		if ps, err = c.In("eu-west-1").OnDemandPrices(t.Context(), ts[:1]); err != nil || len(ps) != 1 || asked() != 1 {
			t.Errorf("%.60s: %+v, %v after %d calls", other, ps, err, asked())
		}
	}
}

// Many types are read as pages of the whole region, not one by one.
func TestManyTypesArePages(t *testing.T) {
	t.Parallel()
	var calls []fleet.Call
	a, _ := market(t, t.TempDir(), &calls)
	r := a.in("us-east-1")
	infos, err := r.Types(t.Context(), nil)
	if err != nil || len(infos) <= fewTypes {
		t.Fatal(len(infos), err)
	}
	var ts []fleet.InstanceType
	for _, i := range infos {
		ts = append(ts, i.Type)
	}
	calls = nil
	ps, err := r.OnDemandPrices(t.Context(), ts)
	if err != nil || len(ps) != len(ts) || len(calls) > 2 {
		t.Errorf("%d of %d prices with %d calls: %v", len(ps), len(ts), len(calls), err)
	}
}

// A missing permission costs the prices, and says which one is missing.
func TestPricingIsRefused(t *testing.T) {
	t.Parallel()
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"GetProducts": func(url.Values) (int, string) {
			return http.StatusBadRequest, `{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::1:user/me is not authorized to perform: pricing:GetProducts because no identity-based policy allows it"}`
		},
	}}
	ps, err := f.account().In("us-west-2").OnDemandPrices(t.Context(), []fleet.InstanceType{"t3.medium"})
	if fleet.KindOf(err) != fleet.KindDenied || len(ps) != 0 || !strings.Contains(err.Error(), "pricing:GetProducts") {
		t.Errorf("%v, %v", ps, err)
	}
	_, err = f.account().In("us-gov-west-1").OnDemandPrices(t.Context(), []fleet.InstanceType{"t3.medium"})
	if fleet.KindOf(err) != fleet.KindInvalid {
		t.Errorf("GovCloud: %v", err)
	}
}

// The history has every change, oldest first, and the price that held at its start.
func TestPriceHistory(t *testing.T) {
	t.Parallel()
	var calls []fleet.Call
	a, _ := market(t, "", &calls)
	since := time.Now().Add(-7 * 24 * time.Hour)
	ps, err := a.In("us-west-2").PriceHistory(t.Context(), []fleet.InstanceType{"t3.medium", "m5.large"}, since)
	if err != nil || !slices.IsSortedFunc(ps, func(a, b fleet.PoolPrice) int { return a.AsOf.Compare(b.AsOf) }) {
		t.Fatal(err)
	}
	newest, err := a.In("us-west-2").Prices(t.Context(), []fleet.InstanceType{"t3.medium", "m5.large"})
	if err != nil || len(newest) != 8 {
		t.Fatal(newest, err)
	}
	for _, n := range newest {
		var of []fleet.PoolPrice
		for _, p := range ps {
			if p.Type == n.Type && p.Zone == n.Zone {
				of = append(of, p)
			}
		}
		if len(of) < 10 || of[0].AsOf.After(since) || of[len(of)-1] != n {
			t.Errorf("%s in %s: %d changes from %s, newest %+v, want %+v", n.Type, n.Zone, len(of), of[0].AsOf, of[len(of)-1], n)
		}
	}
}

func TestSpotAdvisor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var calls []fleet.Call
	a, _ := market(t, dir, &calls)
	for _, r := range []fleet.Region{"us-west-2", "eu-north-1"} {
		as, err := a.In(r).Advice(t.Context(), []fleet.InstanceType{"m5.large", "t3.nonsense", "c7g.large"})
		if err != nil || len(as) != 2 || as[0].Saving < 40 || as[0].Saving > 90 || as[0].Band > fleet.BandOver20 || as[0].AsOf.IsZero() {
			t.Errorf("%s: %+v, %v", r, as, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "spot-advisor.json")); err != nil {
		t.Error(err)
	}
	f := &fake{t: t}
	kept, err := f.account(func(o *Options) { o.CacheDir = dir }).In("us-west-2").Advice(t.Context(), []fleet.InstanceType{"m5.large"})
	if err != nil || len(kept) != 1 { // a fake that is asked fails the test
		t.Errorf("from the file: %+v, %v", kept, err)
	}
}

// roundTrip is an answer to every request.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// What the advisor can't say is an error that costs nothing else, and is not asked
// again by every region.
func TestSpotAdvisorFails(t *testing.T) {
	t.Parallel()
	asked := 0
	for name, body := range map[string]string{"404": "", "no JSON": "<html>login</html>", "empty": `{"spot_advisor": {}}`} {
		asked = 0
		a, err := New(t.Context(), Options{
			Endpoint: "http://simulated.invalid", HomeRegion: "us-west-2", Static: &StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"},
			Transport: roundTrip(func(q *http.Request) (*http.Response, error) {
				asked++
				if q.URL.Host != "simulated.invalid" || q.Header.Get("Authorization") != "" {
					t.Errorf("%s was asked, with %q", q.URL, q.Header.Get("Authorization"))
				}
				status := http.StatusOK
				if body == "" {
					status = http.StatusNotFound
				}
				return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: q, Header: http.Header{}}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []fleet.Region{"us-west-2", "eu-west-1", "us-west-2"} {
			if _, err := a.In(r).Advice(t.Context(), []fleet.InstanceType{"m5.large"}); fleet.KindOf(err) != fleet.KindNetwork {
				t.Errorf("%s: %v", name, err)
			}
		}
		if asked != 1 {
			t.Errorf("%s: it was asked %d times", name, asked)
		}
	}
	doc, err := readAdvice(strings.NewReader(`{"spot_advisor": {"us-west-2": {"Linux": {"a": {"s": -62, "r": 4}, "b": {"s": 10, "r": 7}}, "Windows": {"a": {"s": 1, "r": 1}}}}}`))
	if of := doc.Of["us-west-2"]; err != nil || len(of) != 1 || of["a"] != (adviceOf{Band: 4, Saving: -62}) {
		t.Errorf("%+v, %v", of, err)
	}
}
