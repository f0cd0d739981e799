package claims

import (
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong with a configuration.
type Mistake struct {
	// Path leads to it with the JSON names, from the configuration down, such as
	// claims[2].transform.function.
	Path    string `json:"path"`
	Problem string `json:"problem"`
	Hint    string `json:"hint,omitempty"` // what to write instead; empty when there is nothing to suggest
}

// Error gives path, problem and hint in one line.
func (m *Mistake) Error() string {
	text := m.Path + ": " + m.Problem
	if m.Hint != "" {
		text += "; " + m.Hint
	}
	return text
}

// Mistakes is everything that is wrong with a configuration, in its order. It is
// the type of the errors that Validate returns.
type Mistakes []*Mistake

// Error gives one mistake a line.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes each mistake visible to errors.As.
func (m Mistakes) Unwrap() []error {
	out := make([]error, len(m))
	for i, mistake := range m {
		out[i] = mistake
	}
	return out
}

func (m *Mistakes) add(path, problem, hint string) {
	*m = append(*m, &Mistake{Path: path, Problem: problem, Hint: hint})
}

// oneOf reports a word that is not among those allowed. Case does not matter.
func (m *Mistakes) oneOf(path, what, got string, allowed []string) {
	if !slices.ContainsFunc(allowed, func(name string) bool { return strings.EqualFold(name, got) }) {
		m.add(path, fmt.Sprintf("unknown %s %q", what, got), didYouMean(got, allowed))
	}
}

// didYouMean names the nearest candidate, or all of them if there are few.
func didYouMean(got string, candidates []string) string {
	if best := nearest(got, candidates); best != "" {
		return "did you mean " + best + "?"
	}
	if n := len(candidates); n > 0 && n <= 8 {
		return "it is " + oneOf(candidates)
	}
	return ""
}

// nearest returns the candidate with the smallest edit distance from got, or
// nothing if all are far away.
func nearest(got string, candidates []string) string {
	const longest = 100 // nobody misspells a longer name
	if len(got) > longest {
		return ""
	}
	got = strings.ToLower(got)
	best, bestDistance := "", 1+max(2, len(got)/4)
	for _, candidate := range candidates {
		if d := distance(got, strings.ToLower(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			cost := diagonal
			if r != s {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(to)]
}
