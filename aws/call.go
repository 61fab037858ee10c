package aws

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"spot-tui/fleet"
)

// Deadlines of one call with all its retries. Without one an answer that never
// comes blocks for ever: the SDK's client has no read timeout (aws-facts §3.3).
const (
	readLimit   = 15 * time.Second // an answer takes 0.1–2 s; a region silent for longer counts as down
	mutateLimit = 30 * time.Second // giving up early leaves it open what happened
	launchLimit = 60 * time.Second // CreateFleet instant answers when EC2 has placed every instance
)

// maxAttempts is one more than the SDK's default of 3: many regions at once
// meet throttling often, and four attempts still fit into readLimit.
const maxAttempts = 4

// class is what a call does, since the same code means different things: a
// missing id is success for a delete and a fault for a create (aws-facts §2.4 G).
type class uint8

const (
	reads class = iota
	creates
	deletes
)

// action is one API call as it is named, timed and classified.
type action struct {
	service string // "ec2", "ssm", "sts"
	api     string // "DescribeInstances"
	words   string // "describe instances": what a person reads
	class   class
	about   string // id or name, for the error; may be empty

	// once: never sent twice without knowing what came of the first, since EC2
	// takes no token for it and would make another one (aws-facts §1.6).
	once bool
	// now: gives up on throttling after the SDK's own attempts. Who asks again
	// anyway in a moment must not wait here.
	now bool
	// reading changes how the answer is read; nil: as the SDK does. EC2 only.
	reading func(*middleware.Stack) error
}

func read(api, words string) action {
	return action{service: "ec2", api: api, words: words, class: reads}
}

func create(api, words, about string) action {
	return action{service: "ec2", api: api, words: words, class: creates, about: about}
}

func remove(api, words, about string) action {
	return action{service: "ec2", api: api, words: words, class: deletes, about: about}
}

// createOnce is create for what takes neither token nor unique name.
func createOnce(api, words, about string) action {
	a := create(api, words, about)
	a.once = true
	return a
}

func (a action) limit() time.Duration {
	switch {
	case a.api == "CreateFleet":
		return launchLimit
	case a.class == reads:
		return readLimit
	}
	return mutateLimit
}

// longestWait ends the patience with throttling: 1, 2, 4, 8 and 16 s, after
// which even a bucket that refills at half its rate has room again.
const longestWait = 16 * time.Second

// do makes one API call: with its deadline, told to OnCall, its failure
// classified. A call that AWS refuses for its rate has had no effect, so it is
// made again, later and later: throttling is never fatal (R35). The error is nil
// or a *fleet.Error.
func do[I, O, P any](ctx context.Context, r *region, a action, in I, call func(context.Context, I, ...func(*P)) (O, error)) (O, error) {
	for wait := time.Second; ; wait *= 2 {
		out, fe := attempt(ctx, r, a, in, call)
		if fe == nil {
			return out, nil
		}
		if fe.Kind != fleet.KindThrottle || a.now || wait > longestWait || !rest(ctx, jitter(wait)) {
			return out, fe
		}
	}
}

// attempt makes one API call with the SDK's own attempts.
func attempt[I, O, P any](ctx context.Context, r *region, a action, in I, call func(context.Context, I, ...func(*P)) (O, error)) (O, *fleet.Error) {
	limited, cancel := context.WithTimeout(ctx, a.limit())
	defer cancel()
	var opts []func(*P)
	if a.once {
		opts = append(opts, func(o *P) {
			if e, ok := any(o).(*ec2.Options); ok {
				e.Retryer = awssdk.NopRetryer{}
			}
		})
	}
	if a.reading != nil {
		opts = append(opts, func(o *P) {
			if e, ok := any(o).(*ec2.Options); ok {
				e.APIOptions = append(e.APIOptions, a.reading)
			}
		})
	}
	started := time.Now()
	out, err := call(limited, in, opts...)
	took := time.Since(started)
	var fe *fleet.Error
	if err != nil {
		fe = r.a.failure(r.name, a, limited.Err(), ctx.Err(), err)
		if fe.Kind == fleet.KindAuth {
			r.a.renew()
		}
	}
	r.a.tell(r.name, a, took, fe)
	return out, fe
}

// jitter is between half of d and d, so that regions that were refused together
// don't come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2) } //nolint:gosec // no secret

// rest waits for d, or says false when ctx ended first.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tell hands a finished call to the log and to whoever counts.
func (a *Account) tell(r fleet.Region, c action, took time.Duration, err *fleet.Error) {
	call := fleet.Call{At: time.Now(), Region: r, Service: c.service, Op: c.api, Took: took}
	if err != nil {
		call.Kind, call.Err = err.Kind, err
		a.log.Debug("call", "service", c.service, "op", c.api, "region", string(r), "took", took, "kind", string(err.Kind), "code", err.Code, "request", err.RequestID, "err", err.Err)
	} else {
		a.log.Debug("call", "service", c.service, "op", c.api, "region", string(r), "took", took)
	}
	if a.opts.OnCall != nil {
		a.opts.OnCall(call)
	}
}

// newRetryer is the SDK's standard retryer (throttles, 5xx, connection errors,
// with its clock-skew handling) that never repeats a call for lack of
// capacity: EC2 sends that with HTTP 500, and each repetition would burn rate
// for nothing (aws-facts §2.3). One per client: the retry quota is not shared,
// so that one region's outage takes nothing from the others (§3.3).
func newRetryer() awssdk.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.Backoff = retry.BackoffDelayerFunc(backoff)
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(refuseCapacity)}, o.Retryables...)
	})
}

// Delays before the second attempt; each further one doubles. AWS's own newer
// defaults are 50 ms, and 1 s after throttling (aws-facts §3.3); the standard
// retryer's second and more lets a region that hiccups look dead.
const (
	firstDelay     = 100 * time.Millisecond
	throttledDelay = 500 * time.Millisecond
	longestDelay   = 5 * time.Second
)

// backoff is how long to wait before the next attempt of the SDK.
func backoff(attempt int, err error) (time.Duration, error) {
	d := firstDelay
	var api smithy.APIError
	if errors.As(err, &api) && codeKinds[api.ErrorCode()] == fleet.KindThrottle {
		d = throttledDelay
	}
	return jitter(min(d<<min(attempt, 8), longestDelay)), nil
}

func refuseCapacity(err error) awssdk.Ternary {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch codeKinds[api.ErrorCode()] {
		case fleet.KindCapacity, fleet.KindQuota:
			return awssdk.FalseTernary
		default:
		}
	}
	return awssdk.UnknownTernary
}

// pages calls one page after the other until there is no next one: empty pages
// with a token are legal (aws-facts §3.2).
func pages(op fleet.Error, each func(token *string) (next *string, err error)) error {
	var token *string
	for {
		next, err := each(token)
		if err != nil {
			return err
		}
		if next == nil || *next == "" {
			return nil
		}
		if token != nil && *next == *token {
			op.Kind, op.Err = fleet.KindInternal, errors.New("EC2 gives the same page again and again")
			return &op
		}
		token = next
	}
}

// parallel runs calls side by side, waits for all, and gives the first error in
// the order of its arguments. A panic becomes an error.
func parallel(fs ...func() error) error {
	errs := make([]error, len(fs))
	var wg sync.WaitGroup
	for i, f := range fs {
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					errs[i] = &fleet.Error{Op: "ask AWS", Kind: fleet.KindInternal, Err: fmt.Errorf("a fault of spot-tui: %v\n%s", v, debug.Stack()), Hint: "please report it"}
				}
			}()
			errs[i] = f()
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// How long what was just made may be unknown to the next call, and how long to
// describes (aws-facts §1.9: back off from seconds to about five minutes).
const (
	knownWithin = 15 * time.Second
	shownWithin = 5 * time.Minute
)

// settle repeats f while what was just made is not known yet, later and later,
// until the time is over.
func settle(ctx context.Context, within time.Duration, f func() error) error {
	began := time.Now()
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		err := f()
		if fleet.KindOf(err) != fleet.KindGone || time.Since(began)+wait > within || !rest(ctx, wait) {
			return err
		}
	}
}
