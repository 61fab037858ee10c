package aws

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"spot-tui/fleet"
)

// brief is a cause in few words; the SDK's own text stays behind it for the log.
type brief struct {
	text  string
	cause error
}

func (b *brief) Error() string { return b.text }
func (b *brief) Unwrap() error { return b.cause }

// failure makes the *fleet.Error of a call that failed. limited says whether the
// call's own context has ended, outer whether the caller's has: that tells a
// silent service from a caller who gave up.
func (a *Account) failure(r fleet.Region, c action, limited, outer, err error) *fleet.Error {
	e := &fleet.Error{Op: c.words, Region: r, Resource: c.about, RequestID: requestID(err)}
	var cred *credentialError
	var api smithy.APIError
	switch {
	case errors.Is(outer, context.Canceled):
		e.Kind, e.Err = fleet.KindCanceled, &brief{"stopped before " + c.service + " answered", err}
	case errors.As(err, &cred):
		a.noCredentials(e, c, limited, cred)
	case errors.As(err, &api) && !unnamed(api):
		e.Code = api.ErrorCode()
		e.Kind = kindOf(e.Code, c.class)
		e.Err = &brief{message(api), err}
		a.advise(e, c)
	default:
		a.noAnswer(e, c, limited, outer, err)
	}
	return e
}

// unnamed says whether the SDK found no code in the answer: that is a web
// server's page, not an answer of EC2.
func unnamed(api smithy.APIError) bool {
	return api.ErrorCode() == "" || api.ErrorCode() == "UnknownError"
}

func message(api smithy.APIError) string {
	if m := strings.TrimRight(strings.TrimSpace(api.ErrorMessage()), "."); m != "" {
		return m
	}
	return api.ErrorCode()
}

func requestID(err error) string {
	var re *awshttp.ResponseError
	if errors.As(err, &re) {
		return re.ServiceRequestID()
	}
	return ""
}

// noAnswer names a failure in which no answer with a code came.
func (a *Account) noAnswer(e *fleet.Error, c action, limited, outer, err error) {
	var quota ratelimit.QuotaExceededError
	var resp *smithyhttp.ResponseError
	var send *smithyhttp.RequestSendError
	var de *smithy.DeserializationError
	var other *stranger
	switch {
	case outer != nil:
		e.Kind, e.Err = fleet.KindTimeout, &brief{fmt.Sprintf("no answer from %s in %s in the time that was given", c.service, e.Region), err}
	case errors.Is(err, errNoRate):
		e.Kind, e.Err, e.Hint = fleet.KindThrottle, errNoRate, "it goes on by itself; fewer regions or a longer aws.poll make fewer calls"
	case limited != nil:
		e.Kind, e.Err = fleet.KindTimeout, &brief{fmt.Sprintf("no answer from %s in %s within %d s", c.service, e.Region, int(c.limit().Seconds())), err}
		e.Hint = "check the network; the other regions go on"
	case errors.As(err, &other):
		e.Kind, e.Err, e.Hint = fleet.KindUnknown, &brief{other.Error(), err}, "log in to the network you are on, or check the proxy"
	case errors.As(err, &quota):
		e.Kind, e.Err, e.Hint = fleet.KindThrottle, &brief{"so many calls failed here that retries are suspended", err}, "wait a minute and try again"
	case errors.As(err, &resp) && resp.HTTPStatusCode() >= http.StatusInternalServerError:
		e.Kind, e.Err = fleet.KindInternal, &brief{fmt.Sprintf("%s answered with HTTP status %d", c.service, resp.HTTPStatusCode()), err}
		e.Hint = "try again; if it stays, look at https://health.aws.amazon.com"
	case errors.As(err, &resp) && resp.HTTPStatusCode() >= http.StatusBadRequest:
		e.Err = &brief{fmt.Sprintf("%s answered with HTTP status %d and no reason", c.service, resp.HTTPStatusCode()), err}
		e.Kind = fleet.KindUnknown
	case isNetwork(err), errors.As(err, &send):
		a.noNetwork(e, c, err)
	case errors.As(err, &de):
		e.Kind, e.Err, e.Hint = fleet.KindUnknown, &brief{"the answer can't be read", err}, "a proxy may stand in between; the log file has the details"
	default:
		e.Kind, e.Err = fleet.KindUnknown, err
	}
}

// isNetwork says whether the connection failed, as opposed to the service.
func isNetwork(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) || errors.As(err, &dns)
}

// noNetwork names a connection that could not be made.
func (a *Account) noNetwork(e *fleet.Error, c action, err error) {
	e.Kind, e.Hint = fleet.KindNetwork, "check the network and its proxy settings"
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		e.Err = &brief{fmt.Sprintf("no network path to %s: the name %s can't be resolved", c.service, dns.Name), err}
		e.Hint = "check the network, and that the region's name is right"
	case errors.As(err, &op):
		e.Err = &brief{fmt.Sprintf("no connection to %s: %v", c.service, op), err}
	default:
		var send *smithyhttp.RequestSendError
		errors.As(err, &send)
		e.Err = &brief{fmt.Sprintf("no connection to %s: %v", c.service, send.Err), err}
	}
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		e.Hint = "if a proxy stands in between, name the file with its certificate in AWS_CA_BUNDLE"
		return
	}
	if a.endpoint != nil {
		e.Hint = "check that something answers at " + a.endpoint.Redacted()
	}
}

// noCredentials names a failure to get credentials at all.
func (a *Account) noCredentials(e *fleet.Error, c action, limited error, cred *credentialError) {
	e.Kind, e.Hint = fleet.KindAuth, a.login
	var expired *ssocreds.InvalidTokenError
	var op *smithy.OperationError
	var api smithy.APIError
	switch {
	case errors.As(cred.err, &expired):
		e.Err = &brief{"the SSO login has expired or was never made", cred.err}
	case errors.As(cred.err, &op) && op.Service() == "ec2imds":
		// The end of the chain: neither variable nor file, and no role of this machine.
		e.Err = &brief{"no AWS credentials were found", cred.err}
	case errors.As(cred.err, &api):
		e.Code = api.ErrorCode()
		e.Err = &brief{"AWS refused to give credentials: " + message(api), cred.err}
	case limited != nil:
		e.Kind, e.Err = fleet.KindTimeout, &brief{fmt.Sprintf("no credentials came within %d s", int(c.limit().Seconds())), cred.err}
	case isNetwork(cred.err):
		e.Kind, e.Hint = fleet.KindNetwork, "check the network and its proxy settings"
		e.Err = &brief{"no connection to where the credentials come from", cred.err}
	default:
		e.Err = &brief{"no AWS credentials can be had: " + last(cred.err).Error(), cred.err}
	}
}

// last is the innermost cause: the SDK wraps each layer's name around it.
func last(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// advise adds what to do next, by code where that says more than the kind.
func (a *Account) advise(e *fleet.Error, c action) {
	if e.Code == "AuthFailure" && a.known.Load() && c.service == "ec2" {
		// Who we are is known: the same words then mean a region that is not
		// enabled for the account (aws-facts §2.4).
		e.Kind = fleet.KindDenied
		e.Err = &brief{"the region is not enabled for this account", e.Err}
		e.Hint = fmt.Sprintf("enable it with `aws account enable-region --region-name %s`, or take it out of the config", e.Region)
		return
	}
	if h, ok := codeHints[e.Code]; ok {
		e.Hint = h
		return
	}
	switch e.Kind {
	case fleet.KindAuth:
		e.Hint = a.login
	case fleet.KindDenied:
		e.Hint = fmt.Sprintf("ask for the permission %s:%s", c.service, c.api)
	case fleet.KindThrottle:
		e.Hint = "AWS asks to slow down; try again in a minute"
	case fleet.KindQuota:
		e.Hint = "ask for more in the Service Quotas console of " + string(e.Region) + ", or use other regions"
	case fleet.KindCapacity:
		e.Hint = "add instance types or regions"
	case fleet.KindInternal:
		e.Hint = "try again; if it stays, look at https://health.aws.amazon.com"
	default:
	}
}

// codeHints is what to do next where a code says it better than its kind. It is
// never written to.
var codeHints = map[string]string{ //nolint:gosec // G101 takes the words of the codes for a secret
	codeNoSpotRole:                      "have an admin run once: `aws iam create-service-linked-role --aws-service-name spot.amazonaws.com`",
	"RequestExpired":                    "set this machine's clock, or renew the credentials",
	"SignatureDoesNotMatch":             "check the secret key, and this machine's clock",
	"InvalidClientTokenId":              "the access key does not exist (any more): check which credentials are in use with `aws sts get-caller-identity`",
	"PendingVerification":               "AWS still verifies the account for this region: try again in some hours",
	"OptInRequired":                     "finish the account's sign-up for EC2, or enable the region",
	"Blocked":                           "the account is blocked: ask AWS Support",
	"OperationNotPermitted":             "turn the instance's termination protection off",
	"MaxTemplateLimitExceeded":          "`spot-tui cleanup` finds launch templates of fleets that are gone",
	"InvalidAMIID.NotFound":             "an image id is valid in one region only: use an alias such as ubuntu-24.04",
	"MaxSpotInstanceCountExceeded":      "ask for more \"All Standard Spot Instance Requests\" vCPUs in Service Quotas, or use smaller types or other regions",
	"MaxConfigLimitExceededException":   "AWS answers only so many different questions about scores in 24 hours; everything else works without",
	"VcpuLimitExceeded":                 "ask for more vCPUs in Service Quotas, or use smaller types or other regions",
	"InsufficientFreeAddressesInSubnet": "the subnet has no free addresses: use other zones or regions",
	"IdempotentParameterMismatch":       "EC2 knows this launch with another content; what it made shows in the list",
	"IdempotentInstanceTerminated":      "this launch was made and its instances have ended; launch again",
	"InvalidClientToken":                "a fault of spot-tui, please report it",
	"MissingParameter":                  "a fault of spot-tui, please report it",
	"MalformedQueryString":              "a fault of spot-tui, please report it",
	"InvalidAction":                     "this endpoint does not know the call",
}
