package aws

import (
	"context"
	"errors"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"

	"spot-tui/fleet"
)

// share is how much of a bucket of EC2 we use: the account has other callers.
const share = 0.8

// limits keeps every API call of an account under EC2's token buckets, which
// are per region and API (aws-facts §3.1): waiting here is cheaper than being
// refused, and a refusal costs the account's other programs too.
type limits struct {
	mu sync.Mutex
	of map[apiOf]*rate.Limiter
}

type apiOf struct{ region, api string }

// EC2's buckets: size and refill per second of the classes of calls, and of the
// calls that differ from theirs.
func bucketOf(api string) (size int, refill float64) {
	switch api {
	case "RunInstances":
		return 5, 2
	case "TerminateInstances":
		return 100, 5
	case "CreateTags", "DeleteTags":
		return 100, 10
	case "DeleteVolume", "DeleteNetworkInterface":
		return 100, 5
	}
	if len(api) > 8 && api[:8] == "Describe" || len(api) > 3 && api[:3] == "Get" {
		return 100, 20
	}
	return 50, 5
}

func (l *limits) limiter(region, api string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := apiOf{region, api}
	b, ok := l.of[k]
	if !ok {
		size, refill := bucketOf(api)
		b = rate.NewLimiter(rate.Limit(refill*share), max(1, int(float64(size)*share)))
		l.of[k] = b
	}
	return b
}

// errNoRate means that a call was never sent: its turn would have come after its
// deadline.
var errNoRate = errors.New("too many calls are waiting for their turn")

// middleware waits for a call's turn before each attempt, retries included, and
// empties our bucket where AWS says that its own is empty: others use it too.
func (l *limits) middleware(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("spot-tui:limits", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		b := l.limiter(awsmiddleware.GetRegion(ctx), awsmiddleware.GetOperationName(ctx))
		if err := b.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, ctx.Err()
			}
			return middleware.FinalizeOutput{}, middleware.Metadata{}, errNoRate
		}
		out, meta, err := next.HandleFinalize(ctx, in)
		var api smithy.APIError
		if errors.As(err, &api) && codeKinds[api.ErrorCode()] == fleet.KindThrottle {
			now := time.Now()
			b.AllowN(now, int(b.TokensAt(now)))
		}
		return out, meta, err
	}), "Retry", middleware.After)
}
