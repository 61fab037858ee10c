package config

import (
	"fmt"
	"strings"
)

// longestWord bounds the words that are compared: nothing that may stand in
// the file is longer, and a comparison costs the product of the lengths.
const longestWord = 40

// nearest gives the candidate that was probably meant, or "": at most a third
// of the letters are wrong.
func nearest(word string, candidates []string) string {
	if len(word) > longestWord {
		return ""
	}
	best, limit := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), c); d < limit {
			best, limit = c, d
		}
	}
	return best
}

// didYouMean asks about the nearest candidate; it is empty where none is near.
func didYouMean(word string, candidates []string) string {
	if n := nearest(word, candidates); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return ""
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
