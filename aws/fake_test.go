package aws

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"spot-tui/fleet"
)

// fake answers API calls inside the process with canned bodies and keeps what
// was asked.
type fake struct {
	t       testing.TB
	answers map[string]func(url.Values) (int, string) // by API name

	mu    sync.Mutex
	asked []url.Values
	auth  []string // the Authorization headers
	hosts []string
}

// RoundTrip implements http.RoundTripper.
func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	op := form.Get("Action")
	if target := req.Header.Get("X-Amz-Target"); target != "" { // SSM speaks JSON
		_, op, _ = strings.Cut(target, ".")
		form = url.Values{"Action": {op}, "Body": {string(body)}}
	}
	f.mu.Lock()
	f.asked = append(f.asked, form)
	f.auth = append(f.auth, req.Header.Get("Authorization"))
	f.hosts = append(f.hosts, req.URL.Host)
	f.mu.Unlock()
	answer, ok := f.answers[op]
	if !ok {
		f.t.Errorf("unexpected call %s", op)
		return nil, fmt.Errorf("unexpected call %s", op)
	}
	status, text := answer(form)
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)),
	}, nil
}

func (f *fake) count(op string) int { return len(f.of(op)) }

func (f *fake) of(op string) []url.Values {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []url.Values
	for _, q := range f.asked {
		if q.Get("Action") == op {
			out = append(out, q)
		}
	}
	return out
}

// account is an Account on the fake with static keys.
func (f *fake) account(change ...func(*Options)) *Account {
	f.t.Helper()
	o := Options{
		Endpoint: "http://simulated.invalid", Transport: f, HomeRegion: "us-west-2",
		Static: &StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"},
	}
	for _, c := range change {
		c(&o)
	}
	a, err := New(f.t.Context(), o)
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

func always(status int, body string) func(url.Values) (int, string) {
	return func(url.Values) (int, string) { return status, body }
}

// apiError is an error answer as EC2 writes it.
func apiError(code, message string) string {
	return `<?xml version="1.0"?><Response><Errors><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error></Errors><RequestID>req-1</RequestID></Response>`
}

// instanceXML is one reservation with one instance of a fleet.
func instanceXML(id string, f fleet.Name, state fleet.State) string {
	return fmt.Sprintf(`<item><instancesSet><item><instanceId>%s</instanceId><instanceState><name>%s</name></instanceState>`+
		`<tagSet><item><key>%s</key><value>%s</value></item></tagSet></item></instancesSet></item>`, id, state, fleet.TagFleet, f)
}

func instancesXML(next string, items ...string) string {
	return `<DescribeInstancesResponse><reservationSet>` + strings.Join(items, "") + `</reservationSet><nextToken>` + next + `</nextToken></DescribeInstancesResponse>`
}

const identityXML = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/dev/ada</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
