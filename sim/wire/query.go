package wire

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxIndex bounds the indices of lists in a request: EC2's largest lists hold
// 1,000 ids, and an index must not make us allocate.
const maxIndex = 10000

// node is a level of the dotted parameter names: "Filter.1.Value.2".
type node struct {
	value    string
	has      bool
	children map[string]*node
}

// DecodeQuery turns the parameters of an EC2 request into a tree by member
// names. Errors are EC2's own: InvalidAction, UnknownParameter,
// InvalidParameterValue.
func DecodeQuery(op string, form url.Values) (Map, error) {
	t := tables()
	o, ok := t.operations[op]
	if !ok {
		return nil, Errorf("InvalidAction", "The action %s is not valid for this web service.", op)
	}
	root := &node{}
	for name, values := range form {
		if name == "Action" || name == "Version" {
			continue
		}
		if err := root.put(name, values); err != nil {
			return nil, err
		}
	}
	v, err := decode(t, o.input, root, "")
	if err != nil {
		return nil, err
	}
	m, _ := v.(Map)
	return m, nil
}

func (n *node) put(name string, values []string) error {
	if len(values) != 1 {
		return Errorf("InvalidParameterCombination", "The parameter '%s' may only be specified once.", name)
	}
	at := n
	for part := range strings.SplitSeq(name, ".") {
		if at.children == nil {
			at.children = map[string]*node{}
		}
		next := at.children[part]
		if next == nil {
			next = &node{}
			at.children[part] = next
		}
		at = next
	}
	at.value, at.has = values[0], true
	return nil
}

func unknown(path string) error {
	return Errorf("UnknownParameter", "The parameter %s is not recognized", path)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func decode(t *table, target string, n *node, path string) (any, error) {
	if strings.HasPrefix(target, ".") {
		if len(n.children) > 0 {
			return nil, unknown(join(path, firstKey(n.children)))
		}
		return scalar(target, n.value, path)
	}
	s := t.shapes[target]
	if s == nil {
		s = &shape{}
	}
	if s.list {
		return decodeList(t, s, n, path)
	}
	out := Map{}
	for name, child := range n.children {
		member, ok := s.byQuery[name]
		if !ok {
			return nil, unknown(join(path, name))
		}
		v, err := decode(t, s.members[member].target, child, join(path, name))
		if err != nil {
			return nil, err
		}
		out[member] = v
	}
	return out, nil
}

func decodeList(t *table, s *shape, n *node, path string) (any, error) {
	if n.has && len(n.children) == 0 {
		return List{}, nil // "X=" is how an empty list is written
	}
	indices := make([]int, 0, len(n.children))
	for name := range n.children {
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i > maxIndex {
			return nil, unknown(join(path, name))
		}
		indices = append(indices, i)
	}
	slices.Sort(indices)
	out := make(List, 0, len(indices))
	for _, i := range indices {
		name := strconv.Itoa(i)
		child := n.children[name]
		if child == nil { // written with leading zeros
			return nil, unknown(join(path, name))
		}
		v, err := decode(t, s.of, child, join(path, name))
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func firstKey(m map[string]*node) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	return slices.Min(keys)
}

func scalar(target, text, path string) (any, error) {
	bad := func() error {
		return Errorf("InvalidParameterValue", "Invalid value '%s' for %s.", text, path)
	}
	switch target {
	case ".int":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, bad()
		}
		return n, nil
	case ".float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, bad()
		}
		return f, nil
	case ".bool":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, bad()
		}
		return b, nil
	case ".time":
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, bad()
		}
		return at, nil
	}
	return text, nil
}
