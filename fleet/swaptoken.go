package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// tokenLife is for how long a token is taken for one that EC2 still knows: it does not
// say how long it keeps them (aws-facts §1.6).
const tokenLife = 30 * 24 * time.Hour

// substituteToken gives the token of the next request for a substitute, a hash of fleet,
// instance and attempt. An attempt that had its answer has used up its token: another
// request with it would be refused for ever. A request that has no answer yet is given
// whole, to be sent again.
func (e *Engine) substituteToken(ctx context.Context, old Instance) (token string, attempt int, before *LaunchRequest, err error) {
	open, err := e.openLaunches(ctx)
	if err != nil {
		return "", 0, nil, err
	}
	ended, err := e.opts.Store.Recent(ctx, e.account(), e.spec.Name, time.Now().Add(-tokenLife))
	if err != nil {
		return "", 0, nil, &Error{Op: "read the journal", Kind: KindInternal, Err: err, Hint: "launching is not safe without it"}
	}
	for attempt = 1; ; attempt++ {
		sum := sha256.Sum256([]byte(fmt.Sprint(e.spec.Name, "/", old.ID, "/", attempt)))
		token = "spot-tui-r-" + hex.EncodeToString(sum[:20])
		for _, o := range open[old.Region] {
			if o.Token == token {
				return token, attempt, &o.LaunchRequest, nil
			}
		}
		if !slices.ContainsFunc(ended, func(i Ended) bool { return i.ID == token }) {
			return token, attempt, nil, nil
		}
	}
}
