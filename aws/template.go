package aws

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"spot-tui/fleet"
)

const codeTemplateExists = "InvalidLaunchTemplateName.AlreadyExistsException"

// EnsureTemplate implements fleet.Launcher. The name carries a hash of the
// content, so a template of that name is the same template.
func (r *region) EnsureTemplate(ctx context.Context, q fleet.TemplateRequest) (fleet.TemplateName, error) {
	in, err := templateInput(q)
	if err != nil {
		return "", &fleet.Error{Op: "make the launch template", Region: r.name, Kind: fleet.KindInvalid, Err: err, Hint: "use a shorter SSH key or setup script"}
	}
	name := *in.LaunchTemplateName
	_, err = do(ctx, r, create("CreateLaunchTemplate", "make the launch template", name), in, r.ec2().CreateLaunchTemplate)
	if code(err) == codeTemplateExists {
		var t *types.LaunchTemplate
		if t, err = r.template(ctx, name); err == nil && t != nil && !ours(t.Tags, q.Fleet) {
			err = guard("use launch template", r.name, name, q.Fleet)
		}
		// One that exists but is not shown yet was made a moment ago by us or by
		// another machine of this fleet: the hash vouches for its content.
	}
	if err != nil {
		return "", err
	}
	return fleet.TemplateName(name), nil
}

// templateFormat changes when the same request makes other content.
const templateFormat = 1

// templateInput composes the request; the same q gives the same bytes.
func templateInput(q fleet.TemplateRequest) (*ec2.CreateLaunchTemplateInput, error) {
	q.Tags = withFleet(q.Tags, q.Fleet)
	q.EndsAt = q.EndsAt.UTC()
	data, err := fleet.UserData(q)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(struct {
		Format  int
		Request fleet.TemplateRequest
		Data    string
	}{templateFormat, q, string(data)})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	tags := tagsOf(q.Tags)
	d := &types.RequestLaunchTemplateData{
		UserData:                          awssdk.String(base64.StdEncoding.EncodeToString(data)), // the SDK does not encode it (aws-facts §1.5)
		InstanceInitiatedShutdownBehavior: types.ShutdownBehaviorTerminate,                        // poweroff at the end must not leave a stopped disk
		MetadataOptions: &types.LaunchTemplateInstanceMetadataOptionsRequest{
			HttpTokens:              types.LaunchTemplateHttpTokensStateRequired,
			HttpPutResponseHopLimit: awssdk.Int32(2), // a container on the instance is one hop more
		},
		// With network interfaces given, security groups must sit inside (aws-facts §1.3).
		NetworkInterfaces: []types.LaunchTemplateInstanceNetworkInterfaceSpecificationRequest{{
			DeviceIndex: awssdk.Int32(0), AssociatePublicIpAddress: awssdk.Bool(!q.Private), DeleteOnTermination: awssdk.Bool(true), Groups: []string{string(q.Group)},
		}},
	}
	if q.IPv6 {
		d.NetworkInterfaces[0].Ipv6AddressCount = awssdk.Int32(1)
		d.MetadataOptions.HttpProtocolIpv6 = types.LaunchTemplateInstanceMetadataProtocolIpv6Enabled // there may be nothing else in its subnet
	}
	tagged := []types.ResourceType{types.ResourceTypeInstance, types.ResourceTypeVolume, types.ResourceTypeNetworkInterface}
	if !q.OnDemand { // an on-demand launch is refused for them (aws-facts §1.2)
		tagged = append(tagged, types.ResourceTypeSpotInstancesRequest)
	}
	for _, k := range tagged {
		d.TagSpecifications = append(d.TagSpecifications, types.LaunchTemplateTagSpecificationRequest{ResourceType: k, Tags: tags})
	}
	switch {
	case strings.HasPrefix(q.Profile, "arn:"):
		d.IamInstanceProfile = &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Arn: awssdk.String(q.Profile)}
	case q.Profile != "":
		d.IamInstanceProfile = &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Name: awssdk.String(q.Profile)}
	}
	if q.Image != "" { // a fleet of type maintain takes it from here only (SDK FleetLaunchTemplateOverridesRequest)
		d.ImageId = awssdk.String(q.Image)
	}
	if q.RootDevice != "" {
		ebs := &types.LaunchTemplateEbsBlockDeviceRequest{VolumeType: types.VolumeTypeGp3, Encrypted: awssdk.Bool(true), DeleteOnTermination: awssdk.Bool(true)}
		if q.RootGiB > 0 {
			ebs.VolumeSize = awssdk.Int32(int32(q.RootGiB))
		}
		d.BlockDeviceMappings = []types.LaunchTemplateBlockDeviceMappingRequest{{DeviceName: awssdk.String(q.RootDevice), Ebs: ebs}}
	}
	return &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: awssdk.String(fleet.RecordName(q.Fleet) + "/" + hex.EncodeToString(sum[:6])),
		LaunchTemplateData: d,
		TagSpecifications:  specs(tags, types.ResourceTypeLaunchTemplate),
	}, nil
}

// withFleet makes sure that the fleet's tag is among tags: what lacks it could
// never be found again.
func withFleet(tags map[string]string, f fleet.Name) map[string]string {
	out := maps.Clone(tags)
	if out == nil {
		out = map[string]string{}
	}
	out[fleet.TagFleet] = string(f)
	return out
}

// template gives a launch template by its name, or nil.
func (r *region) template(ctx context.Context, name string) (*types.LaunchTemplate, error) {
	var found *types.LaunchTemplate
	err := r.templates(ctx, []types.Filter{filter("launch-template-name", name)}, func(t *types.LaunchTemplate) {
		if awssdk.ToString(t.LaunchTemplateName) == name { // filters take wildcards, names may not
			found = t
		}
	})
	return found, err
}

func (r *region) templates(ctx context.Context, fs []types.Filter, each func(*types.LaunchTemplate)) error {
	return pages(r.op("list launch templates"), func(token *string) (*string, error) {
		out, err := do(ctx, r, read("DescribeLaunchTemplates", "list launch templates"), &ec2.DescribeLaunchTemplatesInput{
			Filters: fs, MaxResults: awssdk.Int32(200), NextToken: token, // 200 is its largest page (aws-facts §3.2)
		}, r.ec2().DescribeLaunchTemplates)
		if err != nil {
			return nil, err
		}
		for i := range out.LaunchTemplates {
			each(&out.LaunchTemplates[i])
		}
		return out.NextToken, nil
	})
}

// code gives the API code of a failure, or "".
func code(err error) string {
	var e *fleet.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
