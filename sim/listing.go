package sim

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spot-tui/sim/wire"
)

// row is one entry of a describe answer. Rows of a listing are sorted by seq,
// and a page ends at a seq: what is created or deleted between two pages never
// shifts them.
type row struct {
	seq  int
	id   string
	tree wire.Map
}

// listing is a describe call as data.
type listing struct {
	out       string // the member of the answer that holds the list
	kind      kind   // what it lists, where rows is nil
	ids       string // the request's list of ids, "" if none
	names     string // the request's list of names, "" if none
	nameFrom  string // the member that names are compared with
	noName    string // the code for an unknown name
	filters   filters
	untagged  bool // has no tags to filter by
	low, high int  // bounds of MaxResults; high 0: the call doesn't page
	rows      func(c *call) ([]row, error)
}

// run answers a describe call.
func (l listing) run(c *call) (wire.Map, error) {
	rows, next, err := l.page(c)
	if err != nil {
		return nil, err
	}
	list := make(wire.List, len(rows))
	for i, r := range rows {
		list[i] = r.tree
	}
	out := wire.Map{l.out: list}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// page selects the rows of one page and gives the next page's token.
func (l listing) page(c *call) ([]row, string, error) {
	asked := wire.Maps(c.in, "Filters")
	if err := l.filters.check(asked, !l.untagged); err != nil {
		return nil, "", err
	}
	rows, err := l.candidates(c)
	if err != nil {
		return nil, "", err
	}
	if err := c.dryRun(); err != nil {
		return nil, "", err
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return !l.filters.match(r.tree, asked) })
	return l.cut(c, rows)
}

// candidates gives the rows that ids and names select.
func (l listing) candidates(c *call) ([]row, error) {
	rows, err := l.all(c)
	if err != nil {
		return nil, err
	}
	if ids := c.list(l.ids); len(ids) > 0 {
		if l.high > 0 && c.in["MaxResults"] != nil && l.kind == kindInstance {
			return nil, wire.Errorf("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults")
		}
		n := namings()[l.kind]
		rows, err = pick(rows, ids, func(r row) string { return r.id }, n.notFound, n.noun)
		if err != nil {
			return nil, err
		}
	}
	if names := c.list(l.names); len(names) > 0 {
		rows, err = pick(rows, names, func(r row) string { return wire.Str(r.tree, l.nameFrom) }, l.noName, "name")
	}
	return rows, err
}

func (l listing) all(c *call) ([]row, error) {
	if l.rows != nil {
		return l.rows(c)
	}
	order := c.r.shown(l.kind)
	rows := make([]row, 0, len(order))
	for _, t := range order {
		rows = append(rows, row{seq: t.seq, id: t.id, tree: t.tree})
	}
	return rows, nil
}

// pick keeps the rows whose key is wanted; an unknown one fails the whole call,
// as in EC2.
func pick(rows []row, wanted []string, key func(row) string, code, noun string) ([]row, error) {
	found := map[string]bool{}
	rows = slices.DeleteFunc(rows, func(r row) bool {
		k := key(r)
		if !slices.Contains(wanted, k) {
			return true
		}
		found[k] = true
		return false
	})
	var missing []string
	for _, w := range wanted {
		if !found[w] && !slices.Contains(missing, w) {
			missing = append(missing, w)
		}
	}
	switch len(missing) {
	case 0:
		return rows, nil
	case 1:
		return nil, wire.Errorf(code, "The %s '%s' does not exist", noun, missing[0])
	}
	return nil, wire.Errorf(code, "The %ss '%s' do not exist", noun, strings.Join(missing, ", "))
}

// cut takes the page that MaxResults and NextToken ask for.
func (l listing) cut(c *call, rows []row) ([]row, string, error) {
	if l.high == 0 {
		return rows, "", nil
	}
	most := l.high
	if c.in["MaxResults"] != nil {
		most = wire.Int(c.in, "MaxResults")
		if most < l.low || most > l.high {
			return nil, "", wire.Errorf("InvalidParameterValue",
				"Value ( %d ) for parameter maxResults is invalid. Expecting a value between %d and %d.", most, l.low, l.high)
		}
	}
	if token := wire.Str(c.in, "NextToken"); token != "" {
		after, err := readToken(c.op, token)
		if err != nil {
			return nil, "", err
		}
		start, _ := slices.BinarySearchFunc(rows, after+1, func(r row, seq int) int { return r.seq - seq })
		rows = rows[start:]
	}
	if len(rows) <= most {
		return rows, "", nil
	}
	rows = rows[:most]
	return rows, writeToken(c.op, rows[most-1].seq), nil
}

func writeToken(op string, seq int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d", op, seq))
}

func readToken(op, token string) (int, error) {
	text, err := base64.StdEncoding.DecodeString(token)
	if err == nil {
		if number, ok := strings.CutPrefix(string(text), op+":"); ok {
			if n, bad := strconv.Atoi(number); bad == nil {
				return n, nil
			}
		}
	}
	return 0, wire.Errorf("InvalidNextToken", "The token '%s' is not valid", token)
}
