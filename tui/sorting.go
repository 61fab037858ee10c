package tui

import (
	"cmp"
	"net/netip"
	"strings"

	"spot-tui/fleet"
)

// sorting is the order of the rows: a column's, or the reverse of it.
type sorting struct {
	head    string // the column's
	order   order
	reverse bool
}

// order compares two rows by one column. What is not known comes last, also in
// reverse.
type order struct {
	known   func(i *fleet.Instance) bool // nil: always
	compare func(a, b *fleet.Instance) int
}

func (s sorting) String() string {
	text := "by " + strings.ToLower(s.head)
	if s.reverse {
		text += ", reversed"
	}
	return text
}

// by compares two rows by the column alone.
func (s sorting) by(a, b *fleet.Instance) int {
	if s.order.known != nil {
		if ka, kb := s.order.known(a), s.order.known(b); !ka || !kb {
			return cmp.Compare(truth(kb), truth(ka))
		}
	}
	c := s.order.compare(a, b)
	if s.reverse {
		return -c
	}
	return c
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compare orders two rows; the id comes last, so that rows never jump.
func (s sorting) compare(a, b *fleet.Instance) int {
	if c := s.by(a, b); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// moves says whether a change can move a row, so that a batch that moves none
// costs no sort.
func (s sorting) moves(from, to *fleet.Instance) bool { return s.by(from, to) != 0 }

// rank puts the newest trouble on top: interrupted, failed, moving, ready, gone.
func rank(s fleet.Stage) int {
	switch s {
	case fleet.StageInterrupted:
		return 0
	case fleet.StageFailed:
		return 1
	case fleet.StageReady:
		return 3
	case fleet.StageShuttingDown:
		return 4
	case fleet.StageGone:
		return 5
	default:
		return 2
	}
}

// byText orders by a text; an empty one is not known.
func byText[T ~string](f func(*fleet.Instance) T) order {
	return order{
		known:   func(i *fleet.Instance) bool { return f(i) != "" },
		compare: func(a, b *fleet.Instance) int { return cmp.Compare(f(a), f(b)) },
	}
}

// byAddress orders by an IP address: 10.0.0.9 before 10.0.0.10.
func byAddress(f func(*fleet.Instance) string) order {
	read := func(i *fleet.Instance) netip.Addr {
		a, _ := netip.ParseAddr(f(i)) // the zero one is not valid, which known says
		return a
	}
	return order{
		known:   func(i *fleet.Instance) bool { return read(i).IsValid() },
		compare: func(a, b *fleet.Instance) int { return read(a).Compare(read(b)) },
	}
}

// byStage is the order that a person needs most, and the first one.
func byStage() order {
	return order{compare: func(a, b *fleet.Instance) int {
		if c := cmp.Compare(rank(a.Stage), rank(b.Stage)); c != 0 {
			return c
		}
		return cmp.Compare(a.Zone, b.Zone)
	}}
}

// byAge puts the youngest first, byPrice the dearest.
func byAge() order {
	return order{
		known:   func(i *fleet.Instance) bool { return !i.LaunchedAt.IsZero() },
		compare: func(a, b *fleet.Instance) int { return b.LaunchedAt.Compare(a.LaunchedAt) },
	}
}

func byPrice() order {
	return order{
		known:   func(i *fleet.Instance) bool { return i.Price.Known },
		compare: func(a, b *fleet.Instance) int { return cmp.Compare(b.Price.USD, a.Price.USD) },
	}
}
