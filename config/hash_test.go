package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestTheHashIsOfTheMeaning(t *testing.T) {
	t.Parallel()
	here, there := t.TempDir(), t.TempDir()
	for _, dir := range []string{here, there} {
		write(t, filepath.Join(dir, "app"), "x")
		write(t, filepath.Join(dir, "setup.sh"), "echo 1")
	}
	write(t, filepath.Join(there, "other.sh"), "echo 2")
	more := "[provision]\nfiles = [{ source = \"app\", target = \"app\" }]\nsetup = \"setup.sh\"\n"
	h := func(text, dir string) string { return mustParse(t, text, dir).Spec().ConfigHash }
	was := h(good+more, here)
	for name, text := range map[string]string{
		"a comment":              "# why\n" + good + more,
		"keys in other order":    swap(t, "name = \"us-west-2\"\nweight = 3", "weight = 3\nname = \"us-west-2\"") + more,
		"tables elsewhere":       swap(t, "[ssh]\nprivate_key = \"key\"\n", "", "[fleet]", "[ssh]\nprivate_key = \"key\"\n[fleet]") + more,
		"types in other order":   swap(t, `"t3.micro", "m7g.large"`, `"m7g.large", "t3.micro"`) + more,
		"a spelled-out default":  swap(t, `name = "f"`, "name = \"f\"\nmax_lifetime = \"480m\"\ntarget = 2") + more,
		"another key file":       swap(t, `"key"`, `"/home/me/key"`) + more,
		"what it may cost":       swap(t, `name = "f"`, "name = \"f\"\nmax_hourly_cost = 0.5\nbudget = 20\nbudget_action = \"destroy\"") + more,
		"how it looks":           good + more + "[ui]\nascii = true\n",
		"how often one looks":    good + more + "[aws]\npoll = \"5s\"\npoll_idle = \"30s\"\n",
		"needs that hold anyway": swap(t, "[capacity]", "[capacity]\ngenerations = \"current\"\nbare_metal = false\nexclude = []") + more,
		"the usual network":      good + more + "[network]\nmode = \"auto\"\ncidr = \"10.77.0.0/16\"\n",
	} {
		if h(text, there) != was {
			t.Errorf("%s must not change the hash", name)
		}
	}
	for name, text := range map[string]string{
		"a weight":      swap(t, "weight = 3", "weight = 4") + more,
		"a lifetime":    swap(t, `name = "f"`, "name = \"f\"\nmax_lifetime = \"9h\"") + more,
		"the script":    good + strings.Replace(more, "setup.sh", "other.sh", 1),
		"a destination": good + strings.Replace(more, `target = "app"`, `target = "b"`, 1),
		"the home":      swap(t, `"us-west-2"`, `"eu-west-1"`, `"eu-west-1"`+"\n[ssh]", `"us-west-2"`+"\n[ssh]") + more,
		"a need":        swap(t, "[capacity]", "[capacity]\nvcpus = \"2-4\"") + more,
		"a tag":         good + more + "[tags]\na = \"b\"\n",
		"a mode":        good + more + "[network]\nmode = \"own\"\n",
		"a block":       good + more + "[network]\ncidr = \"10.78.0.0/16\"\n",
		"a profile":     good + more + "[aws]\ninstance_profile = \"web\"\n",
		"types here":    swap(t, "weight = 3", "weight = 3\ninstance_types = [\"t3.micro\"]") + more,
		"an image here": swap(t, "weight = 3", "weight = 3\nimage = \"debian-12\"") + more,
		"zones here":    swap(t, "weight = 3", "weight = 3\nzones = [\"a\"]") + more,
	} {
		if h(text, there) == was {
			t.Errorf("%s must change the hash", name)
		}
	}
	zones := func(list string) string {
		return h(swap(t, "weight = 3", "weight = 3\ninstance_types = [\"t3.micro\", \"m7g.large\"]\nzones = "+list), here)
	}
	if zones(`["a", "b"]`) != zones(`["us-west-2b", "a"]`) {
		t.Error("zones have no order")
	}
}
