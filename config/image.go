package config

import (
	"fmt"
	"slices"
	"strings"

	"spot-tui/fleet"
)

var amiRule = ruleOf(`^ami-[0-9a-f]{8,17}$`)

const defaultImage = "ubuntu-24.04"

// image reads both forms: image = "…" and [image] name = "…".
func (r *reader) image() string {
	if m, ok := r.d.root["image"].(map[string]any); ok {
		return r.imageIn(table{d: r.d, path: "image", values: m}, "name", defaultImage)
	}
	return r.imageIn(table{d: r.d, values: r.d.root}, "image", defaultImage)
}

func (r *reader) imageIn(t table, name, def string) string {
	if !t.has(name) {
		return def
	}
	im := t.text(name, defaultImage)
	if err := CheckImage(im); err != nil {
		r.d.bad(t.key(name), "%s", err)
	}
	return im
}

// Images are the aliases of images that can be launched.
func Images() []string { return images() }

// CheckImage says what is wrong with an image's alias or id; nil: nothing.
func CheckImage(im string) error {
	if slices.Contains(images(), im) || amiRule.MatchString(im) {
		return nil
	}
	return fmt.Errorf("%s is no image; %s", quote(im), orElse(betterImage(im), "use "+strings.Join(images(), ", ")+" or an ami-… id"))
}

// betterImage asks about the image that was probably meant: misspelled, or
// called by its code name or without its version.
func betterImage(im string) string {
	if hint := didYouMean(im, images()); hint != "" {
		return hint
	}
	plain := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, strings.ToLower(im))
	for _, n := range []struct{ word, image string }{
		{"jammy", "ubuntu-22.04"},
		{"noble", "ubuntu-24.04"},
		{"ubuntu", "ubuntu-24.04"},
		{"debian", "debian-12"},
		{"bookworm", "debian-12"},
		{"amazon", "al2023"},
		{"amzn", "al2023"},
	} {
		if strings.Contains(plain, n.word) {
			return "did you mean \"" + n.image + "\"?"
		}
	}
	return ""
}

// oneImage warns where two regions should use one image by its id: each region
// has ids of its own.
func (r *reader) oneImage(s *fleet.Spec) {
	first := map[string]fleet.Region{}
	for i, reg := range s.Regions {
		id, key := orElse(reg.Image, s.Image), element("region", i)
		if reg.Image != "" {
			key = join(key, "image")
		}
		if !amiRule.MatchString(id) {
			continue
		}
		if other, ok := first[id]; ok {
			r.d.warn(key, "%s can't be in %s and in %s, an image id belongs to one region; give each an image of its own", id, quote(string(other)), quote(string(reg.Name)))
			continue
		}
		first[id] = reg.Name
	}
}
