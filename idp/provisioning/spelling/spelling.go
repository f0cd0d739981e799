// Package spelling finds the word that somebody probably meant.
package spelling

import (
	"iter"
	"strings"
)

// maxEdits is how far a word may be from a known one to be taken for it.
const maxEdits = 2

// Nearest returns the known word that differs from word in case only, or by at
// most two edits, or "". Among equals the alphabetically first is taken, so
// that the order of known does not matter.
func Nearest(word string, known iter.Seq[string]) string {
	best, bestDistance := "", maxEdits+1
	lower := strings.ToLower(word)
	for candidate := range known {
		d := distance(lower, strings.ToLower(candidate))
		if d < bestDistance || d == bestDistance && best != "" && candidate < best {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance is the number of inserted, deleted and substituted bytes between a
// and b.
func distance(a, b string) int {
	if len(a)-len(b) > maxEdits || len(b)-len(a) > maxEdits {
		return maxEdits + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
