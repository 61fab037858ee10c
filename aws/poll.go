package aws

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// poll reads the answers of the one call that is made all the time. The SDK
// builds everything that EC2 says of an instance, some 34 MB for 1 000 of them;
// a row needs a twentieth of it. Signing, retries and errors stay the SDK's.
type poll struct {
	seen  *spellings
	start func()                // an answer begins; what an attempt before it told is void
	each  func(*types.Instance) // valid during the call only
	odd   bool                  // an answer was not in the form that is known

	i      types.Instance
	state  types.InstanceState
	reason types.StateReason
	place  types.Placement
	launch time.Time
	slots  []string
	token  *string
	err    error
}

// keep gives s an address that holds until the next instance.
func (p *poll) keep(s string) *string {
	p.slots = append(p.slots, s)
	return &p.slots[len(p.slots)-1]
}

func (p *poll) begin() {
	p.slots = p.slots[:0]
	p.i = types.Instance{Tags: p.i.Tags[:0]}
}

// textOf is an element whose text goes where to says.
func textOf(to func(*poll) **string) *element[poll] {
	return &element[poll]{text: func(p *poll, s string) { *to(p) = p.keep(s) }}
}

// pollForm is the part of a DescribeInstances answer that an observation is
// made of (EC2 API reference, Instance). A new member is one entry; a test
// compares the observations with those of the SDK's reading.
func pollForm() *element[poll] {
	type elements = map[string]*element[poll]
	member := func(to func(*types.Instance) **string) *element[poll] {
		return textOf(func(p *poll) **string { return to(&p.i) })
	}
	tag := func(to func(*types.Tag) **string) *element[poll] {
		return textOf(func(p *poll) **string { return to(&p.i.Tags[len(p.i.Tags)-1]) })
	}
	instance := &element[poll]{begin: (*poll).begin, end: func(p *poll) { p.each(&p.i) }, in: elements{
		"instanceId":            member(func(i *types.Instance) **string { return &i.InstanceId }),
		"imageId":               member(func(i *types.Instance) **string { return &i.ImageId }),
		"reason":                member(func(i *types.Instance) **string { return &i.StateTransitionReason }),
		"ipAddress":             member(func(i *types.Instance) **string { return &i.PublicIpAddress }),
		"privateIpAddress":      member(func(i *types.Instance) **string { return &i.PrivateIpAddress }),
		"ipv6Address":           member(func(i *types.Instance) **string { return &i.Ipv6Address }),
		"spotInstanceRequestId": member(func(i *types.Instance) **string { return &i.SpotInstanceRequestId }),
		"subnetId":              member(func(i *types.Instance) **string { return &i.SubnetId }),
		"vpcId":                 member(func(i *types.Instance) **string { return &i.VpcId }),
		"instanceType":          {text: func(p *poll, s string) { p.i.InstanceType = types.InstanceType(s) }},
		"architecture":          {text: func(p *poll, s string) { p.i.Architecture = types.ArchitectureValues(s) }},
		"instanceLifecycle":     {text: func(p *poll, s string) { p.i.InstanceLifecycle = types.InstanceLifecycleType(s) }},
		"launchTime":            {text: (*poll).launched},
		"instanceState": {begin: func(p *poll) { p.state = types.InstanceState{}; p.i.State = &p.state }, in: elements{
			"name": {text: func(p *poll, s string) { p.state.Name = types.InstanceStateName(s) }},
		}},
		"stateReason": {begin: func(p *poll) { p.reason = types.StateReason{}; p.i.StateReason = &p.reason }, in: elements{
			"code":    textOf(func(p *poll) **string { return &p.reason.Code }),
			"message": textOf(func(p *poll) **string { return &p.reason.Message }),
		}},
		"placement": {begin: func(p *poll) { p.place = types.Placement{}; p.i.Placement = &p.place }, in: elements{
			"availabilityZone": textOf(func(p *poll) **string { return &p.place.AvailabilityZone }),
		}},
		"tagSet": {in: elements{"item": {begin: func(p *poll) { p.i.Tags = append(p.i.Tags, types.Tag{}) }, in: elements{
			"key":   tag(func(t *types.Tag) **string { return &t.Key }),
			"value": tag(func(t *types.Tag) **string { return &t.Value }),
		}}}},
	}}
	return &element[poll]{in: elements{
		"nextToken": {text: func(p *poll, s string) { t := s; p.token = &t }},
		"reservationSet": {in: elements{"item": {in: elements{
			"instancesSet": {in: elements{"item": instance}},
		}}}},
	}}
}

func (p *poll) launched(s string) {
	at, err := smithytime.ParseDateTime(s)
	if err != nil {
		p.err = err
		return
	}
	p.launch = at
	p.i.LaunchTime = &p.launch
}

// middleware puts the reading in the place of the SDK's. Failures are still
// read by the SDK.
func (p *poll) middleware(stack *middleware.Stack) error {
	const step = "OperationDeserializer"
	var sdks middleware.DeserializeMiddleware
	ours := middleware.DeserializeMiddlewareFunc(step, func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleDeserialize(ctx, in)
		resp, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok || resp.StatusCode < http.StatusOK || resp.StatusCode >= http.StatusMultipleChoices {
			return sdks.HandleDeserialize(ctx, in, answered{out, meta, err})
		}
		defer resp.Body.Close()
		if err := p.read(resp.Body); err != nil {
			return out, meta, &smithy.DeserializationError{Err: err}
		}
		out.Result = &ec2.DescribeInstancesOutput{NextToken: p.token}
		return out, meta, nil
	})
	var err error
	sdks, err = stack.Deserialize.Swap(step, ours)
	return err
}

func (p *poll) read(body io.Reader) error {
	p.start()
	p.token, p.err = nil, nil
	err := (&scan[poll]{into: p, seen: p.seen}).run(body, pollForm())
	if err == nil {
		err = p.err
	}
	p.odd = errors.Is(err, errOdd)
	return err
}

// answered is an answer that has come already.
type answered struct {
	out  middleware.DeserializeOutput
	meta middleware.Metadata
	err  error
}

// HandleDeserialize implements middleware.DeserializeHandler.
func (a answered) HandleDeserialize(context.Context, middleware.DeserializeInput) (middleware.DeserializeOutput, middleware.Metadata, error) {
	return a.out, a.meta, a.err
}
