package matching

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// difference gives the lines in which a received list, map or longer text
// differs from an expectation; "" where the two fit into a line each.
func (c *comparison) difference(expect *strictyaml.Node, s subject) string {
	if text, ok := s.value.(string); ok {
		if wanted, ok := expect.Value().(string); ok && strings.Contains(text+wanted, "\n") {
			if strings.HasSuffix(text, "\n") && strings.HasSuffix(wanted, "\n") {
				text, wanted = text[:len(text)-1], wanted[:len(wanted)-1]
			}
			return diffLines(strings.Split(wanted, "\n"), strings.Split(text, "\n"))
		}
		return ""
	}
	if isMatcher(expect) || expect.IsScalar() || kindOf(s.value) != expect.Kind() {
		return ""
	}
	wanted, got := c.views(expect, s)
	return diffLines(block(wanted), block(got))
}

// views gives both sides of a difference: what matches looks the same on both,
// and received keys that nobody asked about are left out.
func (c *comparison) views(expect *strictyaml.Node, s subject) (wanted, got any) {
	switch value := s.value.(type) {
	case map[string]any:
		if expect.Kind() != strictyaml.Map || isMatcher(expect) {
			break
		}
		left, right := map[string]any{}, map[string]any{}
		for _, pair := range expect.Pairs() {
			key := literalKey(pair.Key.Text())
			item, present := value[key]
			child := subject{value: item, present: present, path: s.path.child(key), at: pair.Value}
			if present {
				left[key], right[key] = c.views(pair.Value, child)
			} else if !c.matches(pair.Value, child) {
				left[key] = pair.Value.Any()
			}
		}
		return left, right
	case []any:
		if expect.Kind() == strictyaml.List {
			return c.listViews(expect.Items(), value, s.path)
		}
	}
	if c.matches(expect, s) {
		return s.value, s.value
	}
	return expect.Any(), s.value
}

func (c *comparison) listViews(expected []*strictyaml.Node, got []any, at *path) (wanted, shown []any) {
	element := func(j int) subject {
		return subject{value: got[j], present: true, path: at.element(j)}
	}
	wanted, shown = make([]any, len(expected)), make([]any, len(got))
	for i, item := range expected {
		wanted[i] = item.Any()
	}
	copy(shown, got)
	if len(expected) == len(got) {
		for i, item := range expected {
			wanted[i], shown[i] = c.views(item, element(i))
		}
		return wanted, shown
	}
	common := align(len(expected), len(got), func(i, j int) bool { return c.matches(expected[i], element(j)) })
	for _, pair := range common {
		wanted[pair[0]], shown[pair[1]] = c.views(expected[pair[0]], element(pair[1]))
	}
	return wanted, shown
}

// block gives a value in YAML's block style, keys sorted, line by line.
func block(value any) []string {
	var lines []string
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			var name printer
			name.key(key)
			below := block(v[key])
			if isScalar(v[key]) {
				lines = append(lines, name.String()+below[0])
				continue
			}
			lines = append(lines, strings.TrimSuffix(name.String(), " "))
			for _, line := range below {
				lines = append(lines, "  "+line)
			}
		}
	case []any:
		for _, item := range v {
			mark := "- "
			for _, line := range block(item) {
				lines = append(lines, mark+line)
				mark = "  "
			}
		}
	case string:
		return []string{strconv.Quote(v)}
	}
	if len(lines) == 0 {
		lines = []string{renderValue(value)}
	}
	return lines
}

// isScalar reports whether block gives a value as one line that can stand
// behind its key.
func isScalar(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	default:
		return true
	}
}

// maxAligned bounds the work of align, which grows with the product of the
// lengths.
const maxAligned = 1000

// align finds a longest common subsequence of two sequences and returns the
// pairs of indexes that belong together.
func align(n, m int, equal func(i, j int) bool) [][2]int {
	var pairs [][2]int
	first := 0
	for first < n && first < m && equal(first, first) {
		pairs = append(pairs, [2]int{first, first})
		first++
	}
	if n-first > maxAligned || m-first > maxAligned {
		return pairs
	}
	rows, columns := n-first, m-first
	same := make([][]bool, rows)
	longest := make([][]int, rows+1)
	longest[rows] = make([]int, columns+1)
	for i := rows - 1; i >= 0; i-- {
		same[i], longest[i] = make([]bool, columns), make([]int, columns+1)
		for j := columns - 1; j >= 0; j-- {
			if same[i][j] = equal(first+i, first+j); same[i][j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < rows && j < columns; {
		switch {
		case same[i][j]:
			pairs = append(pairs, [2]int{first + i, first + j})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

const (
	contextLines = 3   // equal lines that are shown around different ones
	maxLines     = 200 // lines that are shown at most
	moreLines    = "  …\n"
)

// diffLines gives two texts as one: "- " before lines of the first only, "+ "
// before lines of the second only.
func diffLines(a, b []string) string {
	common := append(align(len(a), len(b), func(i, j int) bool { return a[i] == b[j] }), [2]int{len(a), len(b)})
	var lines []string
	var changed []bool
	i, j := 0, 0
	for _, pair := range common {
		for ; i < pair[0]; i++ {
			lines, changed = append(lines, "- "+a[i]), append(changed, true)
		}
		for ; j < pair[1]; j++ {
			lines, changed = append(lines, "+ "+b[j]), append(changed, true)
		}
		if i < len(a) && j < len(b) {
			lines, changed = append(lines, "  "+a[i]), append(changed, false)
			i, j = i+1, j+1
		}
	}
	return hunks(lines, changed)
}

// hunks joins the lines that are changed or near a change.
func hunks(lines []string, changed []bool) string {
	near := make([]bool, len(lines))
	last := -contextLines - 1
	for i := range lines {
		if changed[i] {
			last = i
		}
		near[i] = i-last <= contextLines
	}
	last = len(lines) + contextLines + 1
	for i := len(lines) - 1; i >= 0; i-- {
		if changed[i] {
			last = i
		}
		near[i] = near[i] || last-i <= contextLines
	}
	var b strings.Builder
	shown := 0
	for i, line := range lines {
		switch {
		case near[i] && shown == maxLines:
			return b.String() + moreLines
		case near[i]:
			shown++
			b.WriteString(strings.TrimRight(clip(line), " ") + "\n")
		case i == 0 || near[i-1]:
			b.WriteString(moreLines)
		}
	}
	return b.String()
}
