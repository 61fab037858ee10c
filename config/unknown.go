package config

import (
	"fmt"
	"slices"
	"strings"
)

// unknown reports every key that is not in the table of keys, with the one
// that was probably meant.
func (d *document) unknown() { d.unknownIn("", "", d.root) }

// unknownIn checks one table: section names it as the table of keys does, path
// as messages do.
func (d *document) unknownIn(section, path string, values map[string]any) {
	known := inside(section)
	if slices.Contains(known, "") {
		return // the person's own keys
	}
	for k, v := range values {
		p := join(path, k)
		if !slices.Contains(known, k) {
			d.strange(section, p, k, known)
			continue
		}
		sub := strings.TrimPrefix(section+"."+k, ".")
		if len(inside(sub)) == 0 {
			continue
		}
		switch v := v.(type) { // anything else is told where its type is checked
		case map[string]any:
			d.unknownIn(sub, p, v)
		case []map[string]any:
			for i, m := range v {
				d.unknownIn(sub, element(p, i), m)
			}
		case []any:
			for i, e := range v {
				if m, ok := e.(map[string]any); ok {
					d.unknownIn(sub, element(p, i), m)
				}
			}
		}
	}
}

// inside lists the keys and tables that may stand in a table of that name.
func inside(section string) []string {
	var names []string
	add := func(n string) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, k := range keys() {
		if k.table == section {
			add(k.name)
			continue
		}
		if rest, ok := strings.CutPrefix(k.table, section+"."); ok || section == "" {
			if section == "" {
				rest = k.table
			}
			first, _, _ := strings.Cut(rest, ".")
			add(first)
		}
	}
	return names
}

func (d *document) strange(section, path, word string, known []string) {
	home, ok := elsewhere(section, word)
	switch near := betterKey(word, known); {
	case ok && home == "":
		d.bad(path, "there is no such key here; move it to the top of the file, above the first [table]")
	case ok:
		d.bad(path, "there is no such key here; move it below %s", heading(home))
	case near != "":
		d.bad(path, "there is no such key; did you mean %q?", near)
	default:
		name := nearest(word, names())
		if home, ok = elsewhere(section, name); ok && home != "" {
			d.bad(path, "there is no such key here; did you mean %q, which belongs below %s?", name, heading(home))
			return
		}
		d.bad(path, "there is no such key; what may stand here is %s", strings.Join(known, ", "))
	}
}

// betterKey gives the key that was probably meant: misspelled, or shortened to
// one of its words, such as "types". The keys that most people need stand first.
func betterKey(word string, known []string) string {
	if n := nearest(word, known); n != "" {
		return n
	}
	for _, k := range known {
		if slices.Contains(strings.Split(k, "_"), strings.ToLower(word)) {
			return k
		}
	}
	return ""
}

// names are the keys of all tables, without those that mean little by themselves.
func names() []string {
	var out []string
	for _, k := range keys() {
		if k.table != "" && k.name != "" && k.name != "name" {
			out = append(out, k.name)
		}
	}
	return out
}

// elsewhere finds the table in which a key of that name may stand.
func elsewhere(section, word string) (string, bool) {
	for _, k := range keys() {
		if word != "" && k.name == word && k.table != section && k.name != "name" {
			return k.table, true
		}
	}
	return "", false
}

func heading(section string) string {
	if section == "region" || section == "provision.files" {
		return fmt.Sprintf("[[%s]]", section)
	}
	return fmt.Sprintf("[%s]", section)
}
