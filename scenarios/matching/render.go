package matching

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idharness/harness/internal/strictyaml"
)

// maxRendered is how many characters of a value fit into a line.
const maxRendered = 200

// printer writes values in YAML's flow style until the line is full.
type printer struct{ strings.Builder }

func (p *printer) full() bool { return p.Len() > 4*maxRendered }

func (p *printer) result() string { return clip(p.String()) }

// clip shortens a line.
func clip(line string) string {
	runes := []rune(line)
	if len(runes) <= maxRendered {
		return line
	}
	return string(runes[:maxRendered-1]) + "…"
}

// renderValue gives a received value in one line.
func renderValue(value any) string {
	var p printer
	p.value(value)
	return p.result()
}

// renderExpectation gives an expectation in one line, matchers in words.
func renderExpectation(n *strictyaml.Node) string {
	var p printer
	p.expectation(n)
	return p.result()
}

// renderMatcher gives one matcher in words.
func renderMatcher(name string, arg *strictyaml.Node) string {
	var p printer
	p.matcher(name, arg)
	return p.result()
}

func (p *printer) value(value any) {
	switch v := value.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		p.items("{", "}", len(keys), func(i int) {
			p.key(keys[i])
			p.value(v[keys[i]])
		})
	case []any:
		p.items("[", "]", len(v), func(i int) { p.value(v[i]) })
	case nil:
		p.WriteString("null")
	case bool:
		p.WriteString(strconv.FormatBool(v))
	case int:
		p.WriteString(strconv.Itoa(v))
	case float64:
		p.WriteString(strictyaml.FormatFloat(v))
	case string:
		p.text(v)
	}
}

func (p *printer) expectation(n *strictyaml.Node) {
	switch {
	case n.Unresolved():
		p.WriteString(n.Text())
	case isMatcher(n):
		for i, pair := range n.Pairs() {
			if i > 0 {
				p.WriteString(" and ")
			}
			p.matcher(pair.Key.Text(), pair.Value)
		}
	case n.Kind() == strictyaml.Map:
		pairs := n.Pairs()
		p.items("{", "}", len(pairs), func(i int) {
			p.key(literalKey(pairs[i].Key.Text()))
			p.expectation(pairs[i].Value)
		})
	case n.Kind() == strictyaml.List:
		p.items("[", "]", len(n.Items()), func(i int) { p.expectation(n.Items()[i]) })
	default:
		p.value(n.Value())
	}
}

func (p *printer) matcher(name string, arg *strictyaml.Node) {
	words := map[string]string{
		contains: "something that contains ", set: "in any order ", matches: "text matching ", not: "anything but ", length: "the length ",
		greater: "more than ", atLeast: "at least ", less: "less than ", atMost: "at most ",
	}
	if _, err := time.Parse(time.RFC3339, arg.Text()); err == nil {
		words[greater], words[atLeast], words[less], words[atMost] = "after ", "not before ", "before ", "not after "
	}
	switch {
	case name == anything:
		p.WriteString("anything")
	case name == exists && arg.Value() == false:
		p.WriteString("no such key")
	case name == exists:
		p.WriteString("such a key")
	case arg.IsScalar() && slices.Contains([]string{greater, atLeast, less, atMost}, name):
		p.WriteString(words[name] + arg.Text())
	default:
		p.WriteString(words[name])
		p.expectation(arg)
	}
}

func (p *printer) items(open, end string, n int, item func(int)) {
	p.WriteString(open)
	for i := 0; i < n && !p.full(); i++ {
		if i > 0 {
			p.WriteString(", ")
		}
		item(i)
	}
	p.WriteString(end)
}

func (p *printer) key(key string) {
	if plainKey.MatchString(key) {
		p.WriteString(key)
	} else {
		p.text(key)
	}
	p.WriteString(": ")
}

// text writes a string in quotes, only as much of it as can be shown.
func (p *printer) text(s string) {
	if len(s) > 4*maxRendered {
		s = strings.ToValidUTF8(s[:4*maxRendered], "") + "…"
	}
	p.WriteString(strconv.Quote(s))
}

// renderTexts gives two texts in one line each, long ones from a little before
// the place where they begin to differ.
func renderTexts(a, b string) (string, string) {
	const before, enough = 40, 100
	common := 0
	for common < min(len(a), len(b)) && a[common] == b[common] {
		common++
	}
	if common <= enough {
		return renderValue(a), renderValue(b)
	}
	for common -= before; !utf8.RuneStart(a[common]); common-- {
	}
	return "…" + renderValue(a[common:]), "…" + renderValue(b[common:])
}
