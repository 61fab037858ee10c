package aws

import (
	"context"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"spot-tui/fleet"
)

// CredentialSource tells where the credentials come from, as the SDK names it:
// "EnvConfigCredentials", "SSOProvider" and so on, and when they end (zero: they
// don't). It may read files and ask a login service.
func (a *Account) CredentialSource(ctx context.Context) (source string, until time.Time, err error) {
	c, err := a.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return "", time.Time{}, &fleet.Error{Op: "get credentials", Kind: fleet.KindAuth, Err: err, Hint: a.login}
	}
	if c.CanExpire {
		until = c.Expires
	}
	return c.Source, until, nil
}

// ClockSkew is how far AWS's clock is ahead of this machine's; negative: behind.
// It is as exact as an HTTP Date: a second. Signatures are refused from 5 minutes on.
func (a *Account) ClockSkew(ctx context.Context) (time.Duration, error) {
	var ahead time.Duration
	err := a.atHome(func(r *region) error {
		out, err := do(ctx, r, action{service: "sts", api: "GetCallerIdentity", words: "ask AWS for the time", class: reads}, &sts.GetCallerIdentityInput{}, r.sts().GetCallerIdentity)
		if err != nil {
			return err
		}
		theirs, ok := awsmiddleware.GetServerTime(out.ResultMetadata)
		ours, okToo := awsmiddleware.GetResponseAt(out.ResultMetadata)
		if ok && okToo {
			ahead = theirs.Sub(ours).Round(time.Second)
		}
		return nil
	})
	return ahead, err
}
