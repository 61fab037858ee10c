package aws

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

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
}

func read(api, words string) action { return action{"ec2", api, words, reads, ""} }

func create(api, words, about string) action { return action{"ec2", api, words, creates, about} }

func remove(api, words, about string) action { return action{"ec2", api, words, deletes, about} }

func (a action) limit() time.Duration {
	switch {
	case a.api == "CreateFleet":
		return launchLimit
	case a.class == reads:
		return readLimit
	}
	return mutateLimit
}

// do makes one API call: with its deadline, told to OnCall, its failure
// classified. The error is nil or a *fleet.Error.
func do[I, O, P any](ctx context.Context, r *region, a action, in I, call func(context.Context, I, ...func(*P)) (O, error)) (O, error) {
	limited, cancel := context.WithTimeout(ctx, a.limit())
	defer cancel()
	started := time.Now()
	out, err := call(limited, in)
	took := time.Since(started)
	var fe *fleet.Error
	if err != nil {
		fe = r.a.failure(r.name, a, limited.Err(), ctx.Err(), err)
	}
	r.a.tell(r.name, a, took, fe)
	if fe != nil {
		return out, fe
	}
	return out, nil
}

// tell hands a finished call to the log and to whoever counts.
func (a *Account) tell(r fleet.Region, c action, took time.Duration, err *fleet.Error) {
	call := Call{Region: r, Service: c.service, Op: c.api, Took: took}
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
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(refuseCapacity)}, o.Retryables...)
	})
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

// settle repeats f while what was just made is not visible yet (aws-facts §1.9):
// after 1, 2, 4 and 8 seconds, which covers all but outages.
func settle(ctx context.Context, f func() error) error {
	for wait := time.Second; ; wait *= 2 {
		err := f()
		if fleet.KindOf(err) != fleet.KindGone || wait > 8*time.Second {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return err
		}
	}
}
