package aws

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/time/rate"

	"spot-tui/fleet"
)

// defaultHome is the region that answers what belongs to no region, where
// nothing else is said (aws-facts §12).
const defaultHome = "us-east-1"

// Options is what an Account is made of. The zero value is the AWS CLI's own
// behaviour: standard variables, files and endpoints.
type Options struct {
	Profile    string             // empty: AWS_PROFILE, else "default"
	Endpoint   string             // one URL for every service and region; empty: AWS_ENDPOINT_URL, else AWS
	Transport  http.RoundTripper  // in-process; nil: sockets
	Static     *StaticCredentials // nil: the SDK's chain
	HomeRegion string             // answers STS and DescribeRegions; empty: AWS_REGION, the profile's, else us-east-1
	CacheDir   string             // image ids are kept here for a day; empty: not kept
	OnCall     func(fleet.Call)   // told of each API call when it has ended; must not block
	Log        *slog.Logger       // nil: dropped
}

// StaticCredentials are given keys. With them nothing else is looked up: no
// variable, no file of the user, no metadata service.
type StaticCredentials struct {
	AccessKey    string
	SecretKey    string
	SessionToken string // empty for a long-lived key
}

// Account implements fleet.Account.
type Account struct {
	opts     Options
	cfg      awssdk.Config
	home     fleet.Region
	endpoint *url.URL // nil: AWS itself
	http     awssdk.HTTPClient
	login    string // what to do about bad credentials
	creds    *told
	log      *slog.Logger

	advisor advisor

	known   atomic.Bool // STS has accepted our credentials
	mu      sync.Mutex
	regions map[fleet.Region]*region
}

var _ fleet.Account = (*Account)(nil)

// New prepares the account. It reads local files at most; it asks nobody. The
// error is a *fleet.Error: a profile or an endpoint that can't be used.
func New(ctx context.Context, o Options) (*Account, error) {
	a := &Account{opts: o, log: o.Log, regions: map[fleet.Region]*region{}, http: client(o.Transport), advisor: advisor{turn: make(chan struct{}, 1)}}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if o.Endpoint != "" {
		if err := a.setEndpoint(o.Endpoint); err != nil {
			return nil, err
		}
	}
	var err error
	if o.Static != nil {
		a.cfg = staticConfig(o)
		a.login = "check the given access key"
	} else if a.cfg, err = a.setUp(ctx); err != nil {
		return nil, err
	}
	a.cfg.HTTPClient = checked{a.http}
	a.cfg.Logger = sdkLog{a.log}
	a.cfg.Retryer = func() awssdk.Retryer { return newRetryer() }
	a.creds = &told{next: a.cfg.Credentials}
	if o.Static == nil {
		a.creds.load = func(ctx context.Context) (awssdk.CredentialsProvider, error) {
			cfg, err := a.chain(ctx)
			return cfg.Credentials, err
		}
	}
	a.cfg.Credentials = a.creds
	a.cfg.APIOptions = append(a.cfg.APIOptions, (&limits{of: map[apiOf]*rate.Limiter{}}).middleware)
	a.home = fleet.Region(o.HomeRegion)
	if a.home == "" {
		a.home = fleet.Region(a.cfg.Region)
	}
	if a.home == "" {
		a.home = defaultHome
	}
	if a.endpoint == nil { // AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_EC2 and the profile's endpoint_url
		if base := a.ec2Client(a.home).Options().BaseEndpoint; base != nil {
			if err := a.setEndpoint(*base); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// setEndpoint checks and notes where a custom cloud answers.
func (a *Account) setEndpoint(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return &fleet.Error{Op: "set up AWS", Resource: "endpoint " + s, Kind: fleet.KindInvalid, Err: errors.New("is not an http or https address"), Hint: "correct or unset AWS_ENDPOINT_URL"}
	}
	a.endpoint = u
	return nil
}

// client is the one HTTP client of all services and regions. Redirects are not
// followed: a signed request must not go elsewhere.
func client(t http.RoundTripper) awssdk.HTTPClient {
	if t == nil {
		return awshttp.NewBuildableClient()
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Loopback says whether the cloud is a simulated one in this process or on
// this machine.
func (a *Account) Loopback() bool {
	if a.opts.Transport != nil {
		return true
	}
	if a.endpoint == nil {
		return false
	}
	h := a.endpoint.Hostname()
	ip, err := netip.ParseAddr(h)
	return strings.EqualFold(h, "localhost") || err == nil && ip.IsLoopback()
}

// In implements fleet.Account. Clients are made at the region's first call.
func (a *Account) In(r fleet.Region) fleet.RegionCloud { return a.in(r) }

func (a *Account) in(name fleet.Region) *region {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.regions[name]
	if !ok {
		r = &region{
			a: a, name: name, seen: newSpellings(),
			ec2: sync.OnceValue(func() ec2API { return a.ec2Client(name) }),
			ssm: sync.OnceValue(func() ssmAPI {
				return ssm.NewFromConfig(a.cfg, func(o *ssm.Options) { o.Region, o.BaseEndpoint = string(name), a.base(o.BaseEndpoint) })
			}),
			pricing: a.pricingClient,
			quotas: sync.OnceValue(func() quotasAPI {
				return servicequotas.NewFromConfig(a.cfg, func(o *servicequotas.Options) { o.Region, o.BaseEndpoint = string(name), a.base(o.BaseEndpoint) })
			}),
			sts: sync.OnceValue(func() stsAPI {
				return sts.NewFromConfig(a.cfg, func(o *sts.Options) { o.Region, o.BaseEndpoint = string(name), a.base(o.BaseEndpoint) })
			}),
		}
		a.regions[name] = r
	}
	return r
}

func (a *Account) ec2Client(name fleet.Region) *ec2.Client {
	return ec2.NewFromConfig(a.cfg, func(o *ec2.Options) { o.Region, o.BaseEndpoint = string(name), a.base(o.BaseEndpoint) })
}

// base is the endpoint of a service: that of the options rules over what the
// SDK found.
func (a *Account) base(found *string) *string {
	if a.opts.Endpoint != "" {
		return &a.opts.Endpoint
	}
	return found
}

// region implements fleet.RegionCloud.
type region struct {
	a    *Account
	name fleet.Region
	ec2  func() ec2API
	ssm  func() ssmAPI
	sts  func() stsAPI

	quotas func() quotasAPI
	facts  typeFacts
	limits limitsKept
	scores scoresKept

	pricing func(at string) pricingAPI
	list    priceList

	polls sync.Mutex // over seen and had
	seen  *spellings // of the polls before
	had   int        // observations of the last poll
}

var _ fleet.RegionCloud = (*region)(nil)
