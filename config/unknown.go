package config

import (
	"fmt"
	"slices"
	"strings"
)

// unknown reports every key that no table of ours has, with the one that was
// probably meant.
func (d *document) unknown() {
	top, inner := map[string]bool{}, map[string][]string{}
	for _, k := range keys() {
		name, rest, nested := strings.Cut(k.name, ".")
		top[name] = true
		if nested {
			inner[name] = append(inner[name], rest)
		}
	}
	for name, v := range d.root {
		if !top[name] {
			d.strange(name, name, sorted(top))
			continue
		}
		if name == "tags" {
			continue
		}
		for i, m := range inside(v) {
			for k, sub := range m {
				path := name + "." + k
				if name == "region" {
					path = fmt.Sprintf("region[%d].%s", i, k)
				}
				if !slices.Contains(inner[name], k) {
					d.strange(path, k, inner[name])
				} else if path == "provision.files" {
					d.unknownFiles(sub)
				}
			}
		}
	}
}

func (d *document) unknownFiles(v any) {
	for i, m := range inside(v) {
		for k := range m {
			if !slices.Contains(fileKeys(), k) {
				d.strange(fmt.Sprintf("provision.files[%d].%s", i, k), k, fileKeys())
			}
		}
	}
}

func (d *document) strange(path, word string, candidates []string) {
	if h := didYouMean(word, candidates); h != "" {
		d.bad(path, "there is no such key; %s", h)
		return
	}
	d.bad(path, "there is no such key; it may be one of %s", strings.Join(candidates, ", "))
}

// inside gives the tables in a value: itself, or the elements of a list.
func inside(v any) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return []map[string]any{v}
	case []map[string]any:
		return v
	case []any:
		var ms []map[string]any
		for _, e := range v {
			m, _ := e.(map[string]any) // something else is told where its type is checked
			ms = append(ms, m)
		}
		return ms
	}
	return nil
}

func sorted(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
