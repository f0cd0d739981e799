package strictyaml

import (
	"fmt"
	"strings"
)

// Nearest returns the known word that word is probably a slip of: one edit
// away in short words, two in longer ones, letter case aside. Of two addresses
// in one domain only the part before the @ counts.
func Nearest(word string, known []string) (string, bool) {
	best, distance := "", 3
	for _, candidate := range known {
		if candidate == word {
			continue
		}
		if d, ok := slip(word, candidate); ok && d < distance {
			best, distance = candidate, d
		}
	}
	return best, distance < 3
}

// slip returns the distance of two words if it is small for their length.
func slip(word, candidate string) (int, bool) {
	a, b := strings.ToLower(word), strings.ToLower(candidate)
	if at := strings.LastIndexByte(b, '@'); at > 0 && strings.HasSuffix(a, b[at:]) {
		a, b = strings.TrimSuffix(a, b[at:]), b[:at]
	}
	from, to := []rune(a), []rune(b)
	limit := 2
	switch shorter := min(len(from), len(to)); {
	case shorter < 2:
		limit = 0
	case shorter < 5:
		limit = 1
	}
	if max(len(from), len(to)) > 256 || len(from)-len(to) > limit || len(to)-len(from) > limit {
		return 0, false
	}
	d := editDistance(from, to)
	return d, d <= limit
}

// editDistance counts insertions, deletions, replacements and swaps of two
// neighbours (optimal string alignment).
func editDistance(a, b []rune) int {
	var older []int
	old := make([]int, len(b)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := old[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, old[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old = old, row
	}
	return old[len(b)]
}

// suggest ends a message about an unknown word: with the nearest known one, or
// with all of them.
func suggest(word, what string, known []string) string {
	if near, ok := Nearest(word, known); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) == 0 {
		return fmt.Sprintf("; there are no %s here", what)
	}
	return fmt.Sprintf("; %s here: %s", what, strings.Join(known, ", "))
}
