package aws

import (
	"context"
	"errors"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"spot-tui/fleet"
)

// staticConfig is built by hand, since LoadDefaultConfig reads the environment.
func staticConfig(o Options) awssdk.Config {
	s := o.Static
	return awssdk.Config{Credentials: credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, s.SessionToken)}
}

// setUp loads what the AWS CLI would: variables, files, profile.
func (a *Account) setUp(ctx context.Context) (awssdk.Config, error) {
	a.login = loginHint(a.opts.Profile, config.SharedConfig{})
	cfg, err := a.chain(ctx)
	if err != nil {
		return cfg, err
	}
	if cfg.HTTPClient != nil {
		a.http = cfg.HTTPClient // ours, with the certificates of AWS_CA_BUNDLE where that is set
	}
	for _, src := range cfg.ConfigSources {
		if sc, ok := src.(config.SharedConfig); ok {
			a.login = loginHint(a.opts.Profile, sc)
		}
	}
	return cfg, nil
}

// chain reads the variables and files. It changes nothing of the account, as it
// is read again while calls are under way.
func (a *Account) chain(ctx context.Context) (awssdk.Config, error) {
	opts := []func(*config.LoadOptions) error{
		// Explicit, since "auto" would ask the metadata service for a region.
		config.WithDefaultsMode(awssdk.DefaultsModeLegacy),
		config.WithHTTPClient(a.http),
		config.WithLogger(sdkLog{a.log}),
	}
	if a.opts.Profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(a.opts.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return cfg, a.configError(err)
	}
	return cfg, nil
}

func (a *Account) configError(err error) error {
	e := &fleet.Error{Op: "read the AWS config", Resource: a.opts.Profile, Kind: fleet.KindAuth, Err: err, Hint: a.login}
	var missing config.SharedConfigProfileNotExistError
	if errors.As(err, &missing) {
		e.Resource = "profile " + missing.Profile
		e.Err = &brief{"there is no such profile", err}
		e.Hint = "list them with `aws configure list-profiles`, or make it with `aws configure --profile " + missing.Profile + "`"
	}
	var mfa config.AssumeRoleTokenProviderNotSetError
	if errors.As(err, &mfa) {
		e.Err = &brief{"the profile asks for an MFA code, which only the AWS CLI can ask for", err}
		e.Hint = "run `eval \"$(aws configure export-credentials --format env" + profileArg(a.opts.Profile) + ")\"`, then start again without a profile"
	}
	return e
}

// profileArg is a profile as an argument of the AWS CLI; empty for the default one.
func profileArg(profile string) string {
	if profile == "" || profile == "default" {
		return ""
	}
	return " --profile " + profile
}

// loginHint is what a person does about credentials that are missing or expired.
func loginHint(profile string, sc config.SharedConfig) string {
	if profile == "" {
		profile = sc.Profile
	}
	arg := profileArg(profile)
	switch {
	case sc.SSOSessionName != "" || sc.SSOAccountID != "" || sc.SSOStartURL != "":
		return "run `aws sso login" + arg + "`"
	case sc.CredentialProcess != "":
		return "check the credential_process of the profile: `aws sts get-caller-identity" + arg + "`"
	}
	return "run `aws configure" + arg + "`, or name a profile with --profile or AWS_PROFILE"
}

// told gives the credentials. It marks a failure to get them, so that it can be
// told from a failure of the call itself, and reads the files again where AWS
// has refused what they held: a login in another terminal is enough to go on.
type told struct {
	load func(context.Context) (awssdk.CredentialsProvider, error) // nil: given keys, which don't change

	mu    sync.Mutex
	next  awssdk.CredentialsProvider
	stale bool
}

// Retrieve implements awssdk.CredentialsProvider.
func (t *told) Retrieve(ctx context.Context) (awssdk.Credentials, error) {
	next, err := t.provider(ctx)
	if err != nil {
		return awssdk.Credentials{}, &credentialError{err}
	}
	c, err := next.Retrieve(ctx)
	if err != nil {
		return c, &credentialError{err}
	}
	return c, nil
}

func (t *told) provider(ctx context.Context) (awssdk.CredentialsProvider, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stale && t.load != nil {
		next, err := t.load(ctx)
		if err != nil {
			return nil, err
		}
		t.next, t.stale = next, false
	}
	if t.next == nil {
		return nil, errors.New("no credentials are configured")
	}
	return t.next, nil
}

// renew has the credentials read again before the next call.
func (a *Account) renew() {
	a.creds.mu.Lock()
	defer a.creds.mu.Unlock()
	a.creds.stale = true
}

type credentialError struct{ err error }

func (e *credentialError) Error() string { return e.err.Error() }
func (e *credentialError) Unwrap() error { return e.err }
