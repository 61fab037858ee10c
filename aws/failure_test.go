package aws

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spot-tui/fleet"
)

// asError gives the *fleet.Error, and fails the test for anything else.
func asError(t *testing.T, err error) *fleet.Error {
	t.Helper()
	var e *fleet.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *fleet.Error", err)
	}
	return e
}

func TestFailureOfACall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		calls  int
		want   fleet.Error
		text   string // in the sentence
	}{
		{"throttled to the end", 503, apiError("RequestLimitExceeded", "Request limit exceeded."), maxAttempts, fleet.Error{Kind: fleet.KindThrottle, Code: "RequestLimitExceeded", RequestID: "req-1"}, "describe instances in us-west-2: Request limit exceeded"},
		{"capacity comes with 500 and is not retried", 500, apiError("InsufficientInstanceCapacity", "No capacity."), 1, fleet.Error{Kind: fleet.KindCapacity, Code: "InsufficientInstanceCapacity", RequestID: "req-1"}, "add instance types"},
		{"internal error is retried", 500, apiError("InternalError", "An internal error has occurred"), maxAttempts, fleet.Error{Kind: fleet.KindInternal, Code: "InternalError", RequestID: "req-1"}, "try again"},
		{"denied", 403, apiError("UnauthorizedOperation", "You are not authorized"), 1, fleet.Error{Kind: fleet.KindDenied, Code: "UnauthorizedOperation", RequestID: "req-1"}, "ec2:DescribeInstances"},
		{"expired", 400, apiError("RequestExpired", "Request has expired."), 1, fleet.Error{Kind: fleet.KindAuth, Code: "RequestExpired", RequestID: "req-1"}, "clock"},
		{"a code that is new", 400, apiError("BrandNew", "Something happened."), 1, fleet.Error{Kind: fleet.KindUnknown, Code: "BrandNew", RequestID: "req-1"}, "Something happened (BrandNew)"},
		{"a code in the message only", 400, apiError("BrandNew", "RequestLimitExceeded"), 1, fleet.Error{Kind: fleet.KindUnknown, Code: "BrandNew", RequestID: "req-1"}, "BrandNew"},
		{"a proxy's page", 502, "<html>Bad Gateway</html>", maxAttempts, fleet.Error{Kind: fleet.KindInternal}, "HTTP status 502"},
		{"an empty refusal", 404, "", 1, fleet.Error{Kind: fleet.KindUnknown}, "HTTP status 404"},
		{"an answer that is no XML", 200, "{}", 1, fleet.Error{Kind: fleet.KindUnknown}, "is not AWS"},
		{"a captive network's page", 200, "<!DOCTYPE html><html><body>Please log in</body></html>", 1, fleet.Error{Kind: fleet.KindUnknown}, "log in to the network"},
		{"an empty success", 200, "", 1, fleet.Error{Kind: fleet.KindUnknown}, "is not AWS"},
		// What the poll can't read, the SDK reads, once.
		{"a broken answer", 200, "<DescribeInstancesResponse><reservationSet><item></reservationSet>", 2, fleet.Error{Kind: fleet.KindUnknown}, "can't be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // the back-off between tries takes seconds
				f := &fake{t: t, answers: map[string]func(url.Values) (int, string){"DescribeInstances": always(tt.status, tt.body)}}
				_, err := f.account().In("us-west-2").Describe(t.Context(), "a")
				e := asError(t, err)
				if e.Kind != tt.want.Kind || e.Code != tt.want.Code || e.RequestID != tt.want.RequestID || e.Region != "us-west-2" {
					t.Errorf("failure = %+v; want %+v", e, tt.want)
				}
				if !strings.Contains(e.Error(), tt.text) || strings.Contains(e.Error(), "\n") {
					t.Errorf("sentence = %q; want %q in it", e, tt.text)
				}
				if n := f.count("DescribeInstances"); n != tt.calls {
					t.Errorf("%d calls; want %d", n, tt.calls)
				}
			})
		})
	}
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// broken fails to connect.
type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	dns := &net.OpError{Op: "dial", Err: &net.DNSError{Name: "ec2.us-west-9.amazonaws.com", Err: "no such host", IsNotFound: true}}
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	tests := []struct {
		name      string
		transport http.RoundTripper
		give      time.Duration // the caller's own limit; 0: none
		stop      time.Duration // when the caller gives up; 0: never
		kind      fleet.Kind
		text      string
		took      time.Duration
	}{
		{"silent", silent{}, 0, 0, fleet.KindTimeout, "no answer from ec2 in us-west-2 within 15 s", readLimit},
		{"the caller's limit", silent{}, 2 * time.Second, 0, fleet.KindTimeout, "no answer from ec2 in us-west-2 in the time that was given", 2 * time.Second},
		{"the caller stops", silent{}, 0, 3 * time.Second, fleet.KindCanceled, "stopped before ec2 answered", 3 * time.Second},
		{"no such name", broken{dns}, 0, 0, fleet.KindNetwork, "the name ec2.us-west-9.amazonaws.com can't be resolved", 0},
		{"refused", broken{refused}, 0, 0, fleet.KindNetwork, "no connection to ec2", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &fake{t: t}
				var calls []fleet.Call
				a := f.account(func(o *Options) {
					o.Transport = tt.transport
					o.OnCall = func(c fleet.Call) { calls = append(calls, c) }
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.give > 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.give)
					defer cancel()
				}
				if tt.stop > 0 {
					defer time.AfterFunc(tt.stop, cancel).Stop()
				}
				began := time.Now()
				_, err := a.In("us-west-2").Describe(ctx, "a")
				e := asError(t, err)
				if e.Kind != tt.kind || !strings.Contains(e.Error(), tt.text) {
					t.Errorf("failure = %s %q; want %s %q", e.Kind, e, tt.kind, tt.text)
				}
				if took := time.Since(began); tt.took > 0 && took != tt.took {
					t.Errorf("it took %s; want %s", took, tt.took)
				}
				if len(calls) != 1 || calls[0].Kind != tt.kind || calls[0].Op != "DescribeInstances" || calls[0].Region != "us-west-2" || calls[0].Service != "ec2" {
					t.Errorf("told of %+v", calls)
				}
			})
		})
	}
}

func TestAuthFailureDependsOnIdentity(t *testing.T) {
	t.Parallel()
	f := &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"DescribeInstances": always(401, apiError("AuthFailure", "AWS was not able to validate the provided access credentials")),
		"GetCallerIdentity": always(200, identityXML),
	}}
	a := f.account()
	_, err := a.In("ap-east-1").Describe(t.Context(), "a")
	if e := asError(t, err); e.Kind != fleet.KindAuth {
		t.Errorf("before anybody said who we are: %s %q", e.Kind, e)
	}
	id, err := a.Identity(t.Context())
	if err != nil || id != (fleet.Identity{Account: "123456789012", ARN: "arn:aws:sts::123456789012:assumed-role/dev/ada", Name: "ada"}) {
		t.Fatalf("Identity = %+v, %v", id, err)
	}
	_, err = a.In("ap-east-1").Describe(t.Context(), "a")
	if e := asError(t, err); e.Kind != fleet.KindDenied || !strings.Contains(e.Error(), "aws account enable-region --region-name ap-east-1") {
		t.Errorf("afterwards: %s %q", e.Kind, e)
	}
}

// TestHomeRegionDown: what belongs to no region is asked elsewhere, also where
// the home region is not enabled, which looks like bad credentials.
func TestHomeRegionDown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		home   string
		status int
		body   string
		good   bool // whether us-east-1 accepts us
		want   fleet.Kind
	}{
		{"us-west-2", 503, "down", true, ""},
		{"us-west-2", 503, "down", false, fleet.KindInternal},
		{"cn-north-1", 503, "down", true, fleet.KindInternal}, // another partition: us-east-1 knows other accounts
		{"af-south-1", 403, stsError("InvalidClientTokenId"), true, ""},
		{"af-south-1", 403, stsError("InvalidClientTokenId"), false, fleet.KindAuth},
		{"us-west-2", 403, stsError("AccessDenied"), true, fleet.KindDenied},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{t: t}
			f.answers = map[string]func(url.Values) (int, string){"GetCallerIdentity": func(url.Values) (int, string) {
				if tt.good && strings.Contains(f.auth[len(f.auth)-1], "/us-east-1/") {
					return 200, identityXML
				}
				return tt.status, tt.body
			}}
			_, err := f.account(func(o *Options) { o.HomeRegion = tt.home }).Identity(t.Context())
			if fleet.KindOf(err) != tt.want {
				t.Errorf("%+v: %v", tt, err)
			}
		})
	}
}

// stsError is an error answer as STS writes it.
func stsError(code string) string {
	return `<ErrorResponse><Error><Type>Sender</Type><Code>` + code + `</Code><Message>no</Message></Error><RequestId>req-2</RequestId></ErrorResponse>`
}
