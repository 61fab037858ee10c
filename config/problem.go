package config

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a config file.
type Problem struct {
	File string
	Line int // 1-based; 0 where no line is to blame
	Key  string
	Msg  string // what is wrong; what to do
}

// Error gives the problem as one line: file:line: key: message.
func (p Problem) Error() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Key == "" {
		return where + ": " + p.Msg
	}
	return fmt.Sprintf("%s: %s: %s", where, p.Key, p.Msg)
}

// Errors are all mistakes of a file, by line.
type Errors []Problem

// Error gives one line per problem.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, p := range es {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

func (es Errors) sort() {
	slices.SortStableFunc(es, func(a, b Problem) int { return a.Line - b.Line })
}

// nearest gives the candidate that was probably meant, or "".
func nearest(word string, candidates []string) string {
	best, limit := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), c); d < limit {
			best, limit = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance with neighbours swapped counted as one.
func distance(a, b string) int {
	prev2, prev, cur := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, make([]int, len(b)+1)
	}
	return prev[len(b)]
}

func didYouMean(word string, candidates []string) string {
	if n := nearest(word, candidates); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return ""
}
