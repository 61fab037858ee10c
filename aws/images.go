package aws

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"spot-tui/fleet"
)

// EC2's names of the architectures that spot-tui launches.
const (
	x86 = "x86_64"
	arm = "arm64"
)

// imageFamily is one alias of the config. A new one is one entry of families.
type imageFamily struct {
	alias  string
	user   string   // login name (aws-facts §7.3)
	owner  string   // account that publishes it (§7.2)
	amd64  string   // how its names spell x86_64
	params []string // SSM public parameters, the best first; {arch} stands for the architecture (§7.1)
	names  []string // name patterns where SSM does not know it; {arch} stands for the architecture
}

// families is aws-facts §7. It is never written to.
var families = []imageFamily{
	{
		alias: "ubuntu-24.04", user: "ubuntu", owner: "099720109477", amd64: "amd64",
		params: []string{"/aws/service/canonical/ubuntu/server/24.04/stable/current/{arch}/hvm/ebs-gp3/ami-id"},
		names:  []string{"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-*"},
	},
	{
		alias: "ubuntu-22.04", user: "ubuntu", owner: "099720109477", amd64: "amd64",
		params: []string{
			"/aws/service/canonical/ubuntu/server/22.04/stable/current/{arch}/hvm/ebs-gp2/ami-id",
			"/aws/service/canonical/ubuntu/server/22.04/stable/current/{arch}/hvm/ebs-gp3/ami-id",
		},
		names: []string{"ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-*"},
	},
	{
		alias: "debian-12", user: "admin", owner: "136693071363", amd64: "amd64",
		params: []string{"/aws/service/debian/release/12/latest/{arch}"},
		names:  []string{"debian-12-{arch}-*"},
	},
	{
		alias: "al2023", user: "ec2-user", owner: "137112412989", amd64: "x86_64",
		params: []string{"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{arch}"},
		names:  []string{"al2023-ami-2023.*-{arch}"},
	},
}

// ImageAliases lists the image aliases that the config may name.
func ImageAliases() []string {
	as := make([]string, 0, len(families))
	for _, f := range families {
		as = append(as, f.alias)
	}
	return as
}

// spell fills a pattern's architecture in.
func (f imageFamily) spell(pattern, arch string) string {
	if arch == x86 {
		arch = f.amd64
	}
	return strings.ReplaceAll(pattern, "{arch}", arch)
}

// Images implements fleet.Launcher. Where an alias is not published for
// an architecture, that one is missing from the answer.
func (r *region) Images(ctx context.Context, image string) (map[string]fleet.Image, error) {
	if strings.HasPrefix(image, "ami-") {
		found, err := r.imagesByID(ctx, image)
		if err == nil && len(found) == 0 {
			err = r.noImage(image)
		}
		return imagesOf(found, nil), err
	}
	i := slices.IndexFunc(families, func(f imageFamily) bool { return f.alias == image })
	if i < 0 {
		return nil, &fleet.Error{Op: "find the image", Resource: image, Kind: fleet.KindInvalid, Err: errors.New("no such alias"), Hint: "use one of " + strings.Join(ImageAliases(), ", ") + " or an image id (ami-…)"}
	}
	f := &families[i]
	found, err := r.latest(ctx, f)
	if fleet.KindOf(err) == fleet.KindCanceled {
		return nil, err
	}
	out := imagesOf(found, f)
	for _, arch := range []string{x86, arm} {
		if _, ok := out[arch]; ok {
			continue
		}
		byName, nameErr := r.imagesByName(ctx, f, arch)
		if nameErr != nil {
			err = nameErr
			continue
		}
		maps.Copy(out, imagesOf(byName, f))
	}
	if len(out) > 0 {
		return out, nil
	}
	if err == nil {
		err = r.noImage(image)
	}
	return nil, err
}

// latest gives the images that SSM names. One from the cache may have been
// withdrawn meanwhile: then SSM is asked again.
func (r *region) latest(ctx context.Context, f *imageFamily) ([]types.Image, error) {
	if ids := r.a.cachedImages(r.name, f.alias); len(ids) > 0 {
		found, err := r.imagesByID(ctx, slices.Sorted(maps.Values(ids))...)
		if fleet.KindOf(err) != fleet.KindInvalid {
			return found, err
		}
		r.a.forgetImages(r.name)
	}
	ids, err := r.published(ctx, f)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	found, err := r.imagesByID(ctx, slices.Sorted(maps.Values(ids))...)
	if err == nil {
		r.a.keepImages(r.name, f.alias, ids)
	}
	return found, err
}

func (r *region) noImage(image string) error {
	return &fleet.Error{Op: "find the image", Resource: image, Region: r.name, Kind: fleet.KindInvalid, Err: errors.New("it is not published here"), Hint: "use another image or take the region out"}
}

// published asks SSM for the newest image ids by architecture.
func (r *region) published(ctx context.Context, f *imageFamily) (map[string]string, error) {
	archOf := map[string]string{}
	rank := map[string]int{}
	in := &ssm.GetParametersInput{}
	for n, p := range f.params {
		for _, arch := range []string{x86, arm} {
			name := f.spell(p, arch)
			archOf[name], rank[name] = arch, n
			in.Names = append(in.Names, name) // ≤ 10 per call (aws-facts §7.1)
		}
	}
	out, err := do(ctx, r, action{service: "ssm", api: "GetParameters", words: "look up the image " + f.alias, class: reads}, in, r.ssm().GetParameters)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(out.Parameters, func(a, b ssmtypes.Parameter) int {
		return rank[awssdk.ToString(a.Name)] - rank[awssdk.ToString(b.Name)]
	})
	ids := map[string]string{}
	for _, p := range out.Parameters {
		arch, ok := archOf[awssdk.ToString(p.Name)]
		if _, had := ids[arch]; ok && !had && strings.HasPrefix(awssdk.ToString(p.Value), "ami-") {
			ids[arch] = awssdk.ToString(p.Value)
		}
	}
	return ids, nil
}

func (r *region) imagesByID(ctx context.Context, ids ...string) ([]types.Image, error) {
	return r.describeImages(ctx, &ec2.DescribeImagesInput{ImageIds: ids}, strings.Join(ids, ", "))
}

func (r *region) imagesByName(ctx context.Context, f *imageFamily, arch string) ([]types.Image, error) {
	names := make([]string, 0, len(f.names))
	for _, n := range f.names {
		names = append(names, f.spell(n, arch))
	}
	found, err := r.describeImages(ctx, &ec2.DescribeImagesInput{Owners: []string{f.owner}, Filters: []types.Filter{
		filter("name", names...), filter("architecture", arch), filter("state", "available"),
		filter("root-device-type", "ebs"), filter("virtualization-type", "hvm"),
	}}, f.alias)
	if len(found) == 0 || err != nil {
		return nil, err
	}
	return []types.Image{slices.MaxFunc(found, func(a, b types.Image) int { // ISO times sort as text
		return strings.Compare(awssdk.ToString(a.CreationDate), awssdk.ToString(b.CreationDate))
	})}, nil
}

func (r *region) describeImages(ctx context.Context, in *ec2.DescribeImagesInput, about string) ([]types.Image, error) {
	a := read("DescribeImages", "find the image")
	a.about = about
	var all []types.Image
	err := pages(r.op(a.words), func(token *string) (*string, error) {
		in.NextToken = token
		out, err := do(ctx, r, a, in, r.ec2().DescribeImages)
		if err != nil {
			return nil, err
		}
		all = append(all, out.Images...)
		return out.NextToken, nil
	})
	return all, err
}

// imagesOf takes what a launch needs from describe answers.
func imagesOf(found []types.Image, f *imageFamily) map[string]fleet.Image {
	out := map[string]fleet.Image{}
	for i := range found {
		im := fleet.Image{
			ID: awssdk.ToString(found[i].ImageId), Arch: string(found[i].Architecture),
			RootDevice: awssdk.ToString(found[i].RootDeviceName),
		}
		for _, m := range found[i].BlockDeviceMappings {
			if awssdk.ToString(m.DeviceName) == im.RootDevice && m.Ebs != nil {
				im.RootGiB = int(awssdk.ToInt32(m.Ebs.VolumeSize))
			}
		}
		if f != nil {
			im.User = f.user
		} else {
			im.User = guessUser(&found[i])
		}
		out[im.Arch] = im
	}
	return out
}

// guessUser tells the login name of an image that the config names by id: that
// of the family whose publisher and name it has; empty where none matches.
func guessUser(im *types.Image) string {
	for _, f := range families {
		if awssdk.ToString(im.OwnerId) != f.owner {
			continue
		}
		for _, n := range f.names {
			prefix, _, _ := strings.Cut(n, "{arch}")
			prefix, _, _ = strings.Cut(prefix, "*")
			if strings.HasPrefix(awssdk.ToString(im.Name), prefix) {
				return f.user
			}
		}
	}
	return ""
}
