package aws

import (
	"context"
	"reflect"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"spot-tui/fleet"
)

// Allowance is what came of asking for a permission.
type Allowance string

// The answers. Anything that is neither a yes nor a no is AllowanceUnknown.
const (
	Allowed          Allowance = "allowed"
	Missing          Allowance = "missing"
	AllowanceUnknown Allowance = "unknown"
	NotAsked         Allowance = "not asked"
)

// Verdict is what a region says about one action.
type Verdict struct {
	Action string    `json:"action"`
	State  Allowance `json:"state"`
	Why    string    `json:"why,omitempty"` // why it was not asked, or is not known
}

// question asks for one permission without an effect: a dry run, which EC2 answers
// with DryRunOperation or UnauthorizedOperation (aws-facts §1.8), or a read.
type question func(ctx context.Context, r *region) error

// dry makes a question of an EC2 call. Its retryer repeats nothing: the answer of a
// dry run is always an error. A call that knows no dry run gives none: it is
// never made for real here.
func dry[I, O any](api string, in *I, call func(ec2API, context.Context, *I, ...func(*ec2.Options)) (*O, error)) question {
	flag := reflect.ValueOf(in).Elem().FieldByName("DryRun")
	if !flag.IsValid() {
		return nil
	}
	flag.Set(reflect.ValueOf(awssdk.Bool(true)))
	return func(ctx context.Context, r *region) error {
		a := read(api, "ask whether we may call "+api)
		a.once = true
		_, err := do(ctx, r, a, in, func(ctx context.Context, in *I, opts ...func(*ec2.Options)) (*O, error) {
			return call(r.ec2(), ctx, in, opts...)
		})
		return err
	}
}

// Permissions asks a region for each permission that the features need. It
// changes nothing: what can't be asked without an effect is not asked.
func (a *Account) Permissions(ctx context.Context, name fleet.Region, q PolicyRequest) []Verdict {
	r := a.in(name)
	probes, why := r.probes(q.Fleet), unaskable()
	actions := Actions(q)
	out := make([]Verdict, len(actions))
	var asks []func() error
	for i, action := range actions {
		out[i] = Verdict{Action: action, State: NotAsked, Why: why[action]}
		p := probes[action]
		if p == nil {
			if out[i].Why == "" {
				out[i].Why = "it can be asked only about something that is there"
			}
			continue
		}
		asks = append(asks, func() error { out[i] = verdict(action, p(ctx, r)); return nil })
	}
	for part := range slices.Chunk(asks, 8) { // side by side, and far below EC2's rate
		_ = parallel(part...) // each writes its own verdict
	}
	return out
}

// verdict reads an answer. An unknown one is never a yes.
func verdict(action string, err error) Verdict {
	v := Verdict{Action: action, State: AllowanceUnknown}
	switch c := code(err); {
	case err == nil || c == "DryRunOperation":
		v.State = Allowed
	case c == "UnauthorizedOperation" || c == "AccessDenied" || c == "AccessDeniedException":
		v.State = Missing
	default:
		v.Why = err.Error()
	}
	return v
}

// unaskable says why an action is not asked for.
func unaskable() map[string]string {
	return map[string]string{ //nolint:gosec // names of actions and words, no credentials
		"ec2:ModifyVpcAttribute":      "EC2 has no dry run of it",
		"ec2:ModifySubnetAttribute":   "EC2 has no dry run of it",
		"ec2:RunInstances":            "it is used through CreateFleet only",
		"iam:PassRole":                "only a launch shows it",
		"iam:CreateServiceLinkedRole": "only the account's first launch needs it",
	}
}

// probes are the questions, by action. What acts on something that exists stands
// in none: a policy that is bound to the fleet's tag refuses what is not there,
// and so would a dry run on a made-up id.
func (r *region) probes(f fleet.Name) map[string]question {
	if f == "" {
		f = "doctor"
	}
	tags := func(k types.ResourceType) []types.TagSpecification {
		return specs(tagsOf(map[string]string{fleet.TagFleet: string(f)}), k)
	}
	out := readProbes()
	out["ec2:CreateLaunchTemplate"] = dry("CreateLaunchTemplate", &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: awssdk.String(fleet.RecordName(f) + "/doctor"), LaunchTemplateData: &types.RequestLaunchTemplateData{InstanceType: types.InstanceTypeT3Micro},
		TagSpecifications: tags(types.ResourceTypeLaunchTemplate),
	}, ec2API.CreateLaunchTemplate)
	out["ec2:CreateSecurityGroup"] = dry("CreateSecurityGroup", &ec2.CreateSecurityGroupInput{
		GroupName: awssdk.String(fleet.RecordName(f) + "-doctor"), Description: awssdk.String("a dry run"), TagSpecifications: tags(types.ResourceTypeSecurityGroup),
	}, ec2API.CreateSecurityGroup)
	out["ec2:CreateVpc"] = dry("CreateVpc", &ec2.CreateVpcInput{CidrBlock: awssdk.String(fleet.OwnCIDR), TagSpecifications: tags(types.ResourceTypeVpc)}, ec2API.CreateVpc)
	out["ec2:CreateInternetGateway"] = dry("CreateInternetGateway", &ec2.CreateInternetGatewayInput{TagSpecifications: tags(types.ResourceTypeInternetGateway)}, ec2API.CreateInternetGateway)
	out["ssm:GetParameters"] = func(ctx context.Context, r *region) error {
		_, err := do(ctx, r, action{service: "ssm", api: "GetParameters", words: "read a public parameter", class: reads}, &ssm.GetParametersInput{Names: []string{"/aws/service/debian/release/12/latest/amd64"}}, r.ssm().GetParameters)
		return err
	}
	out["servicequotas:ListServiceQuotas"] = func(ctx context.Context, r *region) error {
		_, err := do(ctx, r, action{service: "servicequotas", api: "ListServiceQuotas", words: "list quotas", class: reads}, &servicequotas.ListServiceQuotasInput{ServiceCode: awssdk.String("ec2"), MaxResults: awssdk.Int32(1)}, r.quotas().ListServiceQuotas)
		return err
	}
	out["servicequotas:GetAWSDefaultServiceQuota"] = func(ctx context.Context, r *region) error {
		_, err := do(ctx, r, action{service: "servicequotas", api: "GetAWSDefaultServiceQuota", words: "read a quota's default", class: reads},
			&servicequotas.GetAWSDefaultServiceQuotaInput{ServiceCode: awssdk.String("ec2"), QuotaCode: awssdk.String("L-34B43A08")}, r.quotas().GetAWSDefaultServiceQuota)
		return err
	}
	out["pricing:GetProducts"] = func(ctx context.Context, r *region) error {
		at, ok := pricingRegion(r.name)
		if !ok {
			return errNoPriceList
		}
		_, err := do(ctx, r, action{service: "pricing", api: "GetProducts", words: "read a price", class: reads}, &pricing.GetProductsInput{ServiceCode: awssdk.String("AmazonEC2"), MaxResults: awssdk.Int32(1)}, r.pricing(at).GetProducts)
		return err
	}
	return out
}
