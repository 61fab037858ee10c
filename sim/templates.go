package sim

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"spot-tui/sim/wire"
)

// isTemplateName says whether EC2 takes it as a launch template's name (aws-facts §1.7).
func isTemplateName(name string) bool {
	const others = "().-/_"
	foreign := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(others, r)
	}
	return len(name) >= 3 && len(name) <= 128 && !strings.ContainsFunc(name, foreign)
}

func createTemplate(c *call) (wire.Map, error) {
	name, err := c.need("LaunchTemplateName")
	if err != nil {
		return nil, err
	}
	if !isTemplateName(name) {
		return nil, wire.Errorf("InvalidLaunchTemplateName.MalformedException",
			"Launch template names must be between 3 and 128 characters long, and may contain letters, numbers, and the following characters: - ( ) . / _.")
	}
	data := wire.Sub(c.in, "LaunchTemplateData")
	if data == nil {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter LaunchTemplateData")
	}
	if err := checkUserData(wire.Str(data, "UserData")); err != nil {
		return nil, err
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindTemplate)
	if err != nil {
		return nil, err
	}
	if c.r.templateNamed(name) != nil {
		return nil, wire.Errorf("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
	}
	if len(c.r.shelves[kindTemplate].order) >= c.w.maxTemplates() {
		return nil, wire.Errorf("MaxTemplateLimitExceeded", "The maximum number of launch templates for the region has been reached.")
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	now := time.Now()
	t := c.r.add(kindTemplate, "LaunchTemplateId", wire.Map{
		"LaunchTemplateName": name, "CreateTime": now, "CreatedBy": CallerARN, "DefaultVersionNumber": 1, "LatestVersionNumber": 1,
	})
	t.label(tags[kindTemplate])
	c.r.templates[t.id] = template{data: wire.Clone(data), about: c.str("VersionDescription"), made: now}
	return wire.Map{"LaunchTemplate": t.tree}, nil
}

// maxTemplates is how many launch templates a region may hold: 5,000 (aws-facts
// §1.7), unless the world's options say less.
func (w *World) maxTemplates() int {
	if w.opts.MaxTemplates > 0 {
		return w.opts.MaxTemplates
	}
	return 5000
}

// template is the content of a launch template's one version.
type template struct {
	data  wire.Map // as the request had it
	about string
	made  time.Time
}

// maxUserData is EC2's limit for decoded user data in bytes (aws-facts §1.7).
const maxUserData = 16384

func checkUserData(text string) error {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return wire.Errorf("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
	}
	if len(raw) > maxUserData {
		return wire.Errorf("InvalidUserData.Malformed", "User data is limited to %d bytes", maxUserData)
	}
	return nil
}

func (r *region) templateNamed(name string) *thing {
	for _, t := range r.shelves[kindTemplate].order {
		if wire.Str(t.tree, "LaunchTemplateName") == name {
			return t
		}
	}
	return nil
}

// templateOf finds a template by the id or the name that a specification has.
func (r *region) templateOf(spec wire.Map) (*thing, error) {
	id, name := wire.Str(spec, "LaunchTemplateId"), wire.Str(spec, "LaunchTemplateName")
	switch {
	case id != "" && name != "":
		return nil, wire.Errorf("InvalidParameterCombination", "Either LaunchTemplateId or LaunchTemplateName may be given, not both")
	case id != "":
		return r.find(kindTemplate, id)
	case name != "":
		if t := r.templateNamed(name); t != nil && r.known(t) {
			return t, nil
		}
		return nil, wire.Errorf("InvalidLaunchTemplateName.NotFoundException",
			"The specified launch template, with template name %s, does not exist.", name)
	}
	return nil, wire.Errorf("MissingParameter", "The request must contain the parameter LaunchTemplateId or LaunchTemplateName")
}

// checkVersion takes "$Latest", "$Default" and the number of the one version.
func checkVersion(version string) error {
	if slices.Contains([]string{"$Latest", "$Default", "1"}, version) {
		return nil
	}
	if _, err := strconv.Atoi(version); err == nil {
		return wire.Errorf("InvalidLaunchTemplateId.VersionNotFoundException", "Could not find the specified version %s for the launch template.", version)
	}
	return wire.Errorf("InvalidLaunchTemplateVersion", "%q is no version of a launch template: it is a number, $Latest or $Default", version)
}

func deleteTemplate(c *call) (wire.Map, error) {
	t, err := c.r.templateOf(c.in)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.shelves[kindTemplate].remove(t.id)
	delete(c.r.templates, t.id)
	return wire.Map{"LaunchTemplate": t.tree}, nil
}

func describeTemplateVersions(c *call) (wire.Map, error) {
	var of []*thing
	versions := c.list("Versions")
	if c.str("LaunchTemplateId") == "" && c.str("LaunchTemplateName") == "" {
		if len(versions) == 0 {
			return nil, wire.Errorf("MissingParameter", "The request must contain the parameter LaunchTemplateId, LaunchTemplateName or Versions")
		}
		of = c.r.shown(kindTemplate)
	} else {
		t, err := c.r.templateOf(c.in)
		if err != nil {
			return nil, err
		}
		of = []*thing{t}
	}
	for _, v := range versions {
		if err := checkVersion(v); err != nil {
			return nil, err
		}
	}
	var rows []row
	for _, t := range of {
		v := c.r.templates[t.id]
		tree := wire.Map{
			"LaunchTemplateId": t.id, "LaunchTemplateName": t.tree["LaunchTemplateName"], "VersionNumber": 1, "CreateTime": v.made,
			"CreatedBy": CallerARN, "DefaultVersion": true, "LaunchTemplateData": wire.Fit("ResponseLaunchTemplateData", v.data),
		}
		if v.about != "" {
			tree["VersionDescription"] = v.about
		}
		rows = append(rows, row{seq: t.seq, id: t.id, tree: tree})
	}
	return listing{
		out: "LaunchTemplateVersions", untagged: true, low: 1, high: 200,
		filters: filters{
			"image-id": "LaunchTemplateData.ImageId", "instance-type": "LaunchTemplateData.InstanceType",
			"is-default-version": "DefaultVersion", "create-time": "CreateTime",
		},
		rows: func(*call) ([]row, error) { return rows, nil },
	}.run(c)
}
