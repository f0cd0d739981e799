package interop

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	judge "github.com/scim2/filter-parser/v2"

	"github.com/idharness/harness/internal/rounds"
	"github.com/idharness/harness/scimmock/filter"
)

// github.com/scim2/filter-parser judges our parser of filters and PATCH paths:
// what one takes and the other refuses, or reads as another tree, must be one
// of the differences below.

const (
	coreUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// difference is a known disagreement. Each says with the RFC who is right, has
// a filter on which it must show, and knows which texts it may explain. Where
// the feature can be taken out of a text, the two must agree on the rest.
type difference struct {
	reason  string
	example string
	may     func(text string, t tree) bool
	without func(text string) string // or nil
	seen    int
}

func differences() []*difference {
	return []*difference{
		{reason: "the peer takes hexadecimal digits of \\u escapes in upper case only; RFC 8259 section 7 has both",
			example: `userName eq "\u00e9"`, may: matches(lowerHex), without: func(text string) string { return lowerHex.ReplaceAllStringFunc(text, upperHex) }},
		{reason: "the peer takes true, false and null in any case; they are JSON literals, in lower case (RFC 7644 figure 1, RFC 8259 section 3)",
			example: `active eq True`, may: matches(literal), without: func(text string) string { return literal.ReplaceAllStringFunc(text, strings.ToLower) }},
		{reason: "we do not insist on spaces between tokens, or on none around the whole",
			example: `userName eq"ana"`, may: func(text string, _ tree) bool { return respaced(text) != text }, without: respaced},
		{reason: "a URN may have more characters than letters, digits, hyphen and dot (RFC 8141 section 2)",
			example: `urn:example:my_schema:color eq "red"`, may: matches(richURN), without: func(text string) string {
				return richURN.ReplaceAllStringFunc(text, strings.NewReplacer("_", "x", "+", "x", "$", "x").Replace)
			}},
		{reason: "the peer takes one comparison or two within brackets; a valFilter may have any number, and parentheses (RFC 7644 figure 1)",
			example: `emails[type eq "work" and value pr and primary eq true]`, may: func(text string, t tree) bool {
				return t.text != "" && (t.rich || withinBrackets.MatchString(quotedText.ReplaceAllString(text, `""`)))
			}},
		{reason: "the peer needs no space before and after and, or within brackets; the grammar has one (RFC 7644 figure 1)",
			example: `emails[value pror type pr]`, may: func(text string, t tree) bool { return t.text == "" && unspaced.MatchString(text) }},
		{reason: "a comparison of the sub-attribute after brackets is in no grammar, and Entra sends it",
			example: `emails[type eq "work"].value eq "ana"`, may: func(_ string, t tree) bool { return t.afterBrackets }},
		{reason: "we bound the depth of brackets to 32",
			example: strings.Repeat("(", 33) + "title pr" + strings.Repeat(")", 33), may: func(text string, t tree) bool {
				return t.text == "" && strings.Count(text, "(")+strings.Count(text, "[") > 32
			}},
	}
}

var (
	quotedText     = regexp.MustCompile(`"(\\.|[^"\\])*"`)
	lowerHex       = regexp.MustCompile(`\\u[0-9A-Fa-f]{4}`)
	literal        = regexp.MustCompile(`(?i) (true|false|null)\b`)
	richURN        = regexp.MustCompile(`[^ "()\[\]]*[_+$][^ "()\[\]]*:`)
	unspaced       = regexp.MustCompile(`(?i)\[.*([^ ](and|or)|(and|or)[^ ])`)
	withinBrackets = regexp.MustCompile(`\[.*\(`)
)

func upperHex(escape string) string { return `\u` + strings.ToUpper(escape[2:]) }

func matches(re *regexp.Regexp) func(string, tree) bool {
	return func(text string, _ tree) bool { return re.MatchString(text) }
}

// respaced writes the tokens of a text with the spaces of RFC 7644 figure 1.
func respaced(text string) string {
	var b strings.Builder
	last := "("
	for i := 0; i < len(text); {
		start := i
		switch c := text[i]; {
		case c == ' ':
			i++
			continue
		case c == '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			i = min(i+1, len(text))
		case strings.IndexByte("()[]", c) >= 0:
			i++
		default:
			for i < len(text) && strings.IndexByte(` "()[]`, text[i]) < 0 {
				i++
			}
		}
		token := text[start:i]
		if open := strings.Contains("([.", last); !open && strings.IndexByte(")][.", token[0]) < 0 && !(token == "(" && strings.HasSuffix(strings.ToLower(b.String()), "not")) {
			b.WriteByte(' ')
		}
		b.WriteString(token)
		last = token
	}
	return b.String()
}

// tree is a parsed text in one notation for both parsers.
type tree struct {
	text          string // "" if refused
	rich          bool   // more within brackets than the peer takes
	afterBrackets bool
}

func (t *tree) show(e filter.Expr) string {
	switch e := e.(type) {
	case *filter.And:
		return "(" + t.show(e.Left) + " and " + t.show(e.Right) + ")"
	case *filter.Or:
		return "(" + t.show(e.Left) + " or " + t.show(e.Right) + ")"
	case *filter.Not:
		return "not(" + t.show(e.Expr) + ")"
	case *filter.Element:
		t.rich = t.rich || rich(e.Filter, true)
		text := showAttr(e.Attr) + "[" + t.show(e.Filter) + "]"
		if e.Compare != nil {
			t.afterBrackets = true
			text += "." + t.show(e.Compare)
		}
		return text
	case *filter.Compare:
		switch {
		case e.Op == filter.Pr:
			return showAttr(e.Attr) + " pr"
		case e.Value.Kind == filter.String:
			return fmt.Sprintf("%s %s %q", showAttr(e.Attr), e.Op, e.Value.Text)
		}
		return fmt.Sprintf("%s %s %s", showAttr(e.Attr), e.Op, strings.ToLower(e.Value.Text))
	}
	return fmt.Sprintf("%T", e)
}

func showAttr(a filter.Attr) string { return strings.ToLower(a.String()) }

// rich reports whether a filter within brackets is more than the peer's: one
// or two comparisons, and "not" outside of them.
func rich(e filter.Expr, outermost bool) bool {
	simple := func(e filter.Expr) bool { _, ok := e.(*filter.Compare); return ok }
	switch e := e.(type) {
	case *filter.And:
		return !simple(e.Left) || !simple(e.Right)
	case *filter.Or:
		return !simple(e.Left) || !simple(e.Right)
	case *filter.Not:
		return !outermost || rich(e.Expr, false)
	}
	return !simple(e)
}

func showJudged(e judge.Expression) string {
	switch e := e.(type) {
	case *judge.LogicalExpression:
		return "(" + showJudged(e.Left) + " " + string(e.Operator) + " " + showJudged(e.Right) + ")"
	case *judge.NotExpression:
		return "not(" + showJudged(e.Expression) + ")"
	case *judge.ValuePath:
		return strings.ToLower(e.AttributePath.String()) + "[" + showJudged(e.ValueFilter) + "]"
	case *judge.AttributeExpression:
		attr := strings.ToLower(e.AttributePath.String())
		switch value := e.CompareValue.(type) {
		case nil:
			if e.Operator == judge.PR {
				return attr + " pr"
			}
			return fmt.Sprintf("%s %s null", attr, e.Operator)
		case string: // as written, with its escapes
			var text string
			if json.Unmarshal([]byte(`"`+value+`"`), &text) != nil {
				text = "?" + value
			}
			return fmt.Sprintf("%s %s %q", attr, e.Operator, text)
		default:
			return fmt.Sprintf("%s %s %v", attr, e.Operator, value)
		}
	}
	return fmt.Sprintf("%T", e)
}

func ours(text string, path bool) (t tree) {
	if path {
		p, err := filter.ParsePath(text, coreUser, enterpriseUser)
		if err != nil {
			return t
		}
		t.text = showAttr(p.Attr)
		if p.Filter != nil {
			t.rich = rich(p.Filter, true)
			t.text += "[" + t.show(p.Filter) + "]"
		}
		if p.Sub != "" {
			t.text += "." + strings.ToLower(p.Sub)
		}
		return t
	}
	e, err := filter.Parse(text, coreUser, enterpriseUser)
	if err == nil {
		t.text = t.show(e)
	}
	return t
}

func judged(text string, path bool) string {
	if path {
		p, err := judge.ParsePathNumber([]byte(text))
		if err != nil {
			return ""
		}
		shown := strings.ToLower(p.AttributePath.String())
		if p.ValueExpression != nil {
			shown += "[" + showJudged(p.ValueExpression) + "]"
		}
		if p.SubAttribute != nil {
			shown += "." + strings.ToLower(*p.SubAttribute)
		}
		return shown
	}
	e, err := judge.ParseFilterNumber([]byte(text))
	if err != nil {
		return ""
	}
	return showJudged(e)
}

// agree compares the two on a text. A disagreement must have an explanation.
func agree(t *testing.T, known []*difference, text string, path bool) (accepted bool) {
	t.Helper()
	we, they := ours(text, path), judged(text, path)
	if we.text == they {
		return we.text != ""
	}
	for _, d := range known {
		if !d.may(text, we) {
			continue
		}
		if d.without != nil {
			rest := d.without(text)
			if rest == text {
				continue
			}
			agree(t, known, rest, path)
		}
		d.seen++
		return we.text != ""
	}
	t.Errorf("%q (path: %t)\n we read %q\n they    %q", text, path, we.text, they)
	return we.text != ""
}

func TestFilterParsersAgree(t *testing.T) {
	known := differences()
	for _, text := range []string{
		`userName eq "ana@contoso.example"`, `USERNAME EQ "x"`, `externalId Eq "1"`, `name.familyName co "O'Malley"`, `title pr`, `title PR and active eq true`,
		`title pr or userType eq "Intern" and active eq false`, `(title pr or userType eq "Intern") and active eq false`,
		`a pr and b pr and c pr and d pr`, `a pr or b pr or c pr`, `not (a pr) and b pr`, `not(a pr or b pr)`, `not ( a pr )`, `not eq "x"`, `not pr`, `and pr`, `or eq 1`, `eq eq "eq"`,
		`meta.lastModified gt "2011-05-13T04:42:34Z"`, `schemas eq "` + enterpriseUser + `"`, coreUser + `:userName sw "J"`, enterpriseUser + `:manager.value eq "1"`,
		`emails[type eq "work" and value co "@example.com"]`, `emails[type eq "work"] or ims[type eq "xmpp" and value co "@foo.com"]`, `emails[not (type eq "work")]`, `emails [type eq "work"]`,
		`userName eq "a \"b\" \\ ] and ) or"`, `userName eq "\u00E9"`, `userName eq "日本"`, `userName eq ""`, `n eq 0`, `n eq -0`, `n eq -12.5e+3`, `n eq 1E5`, `n eq null`,
		`members.$ref pr`, `a_b-c1 pr`,
		// none of these is a filter
		``, ` `, `userName`, `userName eq`, `userName eq ana`, `userName eq 'ana'`, `userName eq "ana`, `userName eq "a\x"`, `userName xx "ana"`, `userName eq "a" and`, `userName eq "a" "b"`, `and`, `not`, `not not (a pr)`,
		`"a" eq "a"`, `(userName eq "a"`, `userName eq "a")`, `()`, `emails[]`, `emails[type eq "work"`, `emails[type eq "work"].`, `emails[a[b pr]]`, `a.b.c eq "x"`, `.a pr`, `a. pr`, `1a pr`, `user-näme eq "x"`, `a;b eq "x"`,
		`n eq 01`, `n eq +1`, `n eq .5`, `n eq 1.`, `n eq 1e`, `n eq --1`, "userName eq \"a\x00b\"", "userName eq \"a\nb\"", "userName\teq\t\"a\"", `a eq "x" xor b pr`, `:a pr`, `urn: pr`, `urn::a pr`, `a pr eq "x"`, `$ref pr`, `$ pr`, `$$a pr`, `_a pr`, `-a pr`,
	} {
		agree(t, known, text, false)
	}
	for _, text := range []string{
		`displayName`, `name.givenName`, `members[value eq "1"]`, `members[value eq "1"].display`, `addresses[type eq "work"].locality`, enterpriseUser + `:department`, enterpriseUser + `:manager.value`, coreUser + `:emails[type eq "work"].value`,
		`emails[type eq "work" and primary eq true].value`, `emails[type eq "work" or type eq "home"]`, `emails[not (type eq "work")].value`, `members.$ref`, `$ref`,
		``, ` `, `.`, `a.`, `.a`, `a..b`, `a.b.c`, `a[`, `a[]`, `a]`, `a[b eq "c"]x`, `a[b eq "c"].`, `a[b eq "c"].d.e`, `a b`, `a eq "b"`, `a["b"]`, `__proto__.x`, `members[value eq "x"] or a`, `/Users/1`, `a[b eq "c"][d eq "e"]`, `a.b[c eq "d"].e`, `a[b.c eq "d"]`,
	} {
		agree(t, known, text, true)
	}
	t.Run("every difference shows", func(t *testing.T) {
		for _, d := range known {
			we, they := ours(d.example, false), judged(d.example, false)
			switch {
			case we.text == they:
				t.Errorf("%s\nno longer shows on %q: both read %q", d.reason, d.example, they)
			case !d.may(d.example, we):
				t.Errorf("%s\ndoes not explain its own example %q", d.reason, d.example)
			}
		}
	})
}

func TestFilterParsersAgreeOnGenerated(t *testing.T) {
	known := differences()
	g := grammar{rand.New(rand.NewPCG(7644, 1))}
	n := rounds.Of(t, 1200)
	accepted, refused := 0, 0
	for range n {
		path := g.one(4)
		var text string
		if path {
			text = g.path()
		} else {
			text = g.filter(3)
		}
		if !agree(t, known, text, path) {
			t.Errorf("%q (path: %t) is by the grammar, and we refuse it", text, path)
		}
		for range 3 {
			mutant := g.mutate(text)
			if !utf8.ValidString(mutant) {
				continue
			}
			if agree(t, known, mutant, path) {
				accepted++
			} else {
				refused++
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d texts by the grammar, %d mutants taken, %d refused", n, accepted, refused)
	if accepted < n/10 || refused < n/10 {
		t.Errorf("the mutants are too much alike: %d taken, %d refused", accepted, refused)
	}
	for _, d := range known {
		t.Logf("%6d: %s", d.seen, d.reason)
	}
}

// grammar makes texts by the ABNF of RFC 7644 figures 1 and 7.
type grammar struct{ *rand.Rand }

func (g grammar) one(in int) bool { return g.IntN(in) == 0 }

func pick[T any](g grammar, from ...T) T { return from[g.IntN(len(from))] }

func (g grammar) keyword(word string) string { return pick(g, word, word, strings.ToUpper(word)) }

func (g grammar) name() string {
	return pick(g, "userName", "a", "b-1", "c_d", "not", "and", "or", "pr", "eq", "emails", "members", "$ref", "trueish", "X")
}

func (g grammar) attr() string {
	text := pick(g, "", "", "", "", coreUser+":", enterpriseUser+":", strings.ToLower(enterpriseUser)+":", "urn:example:2.0:Thing:") + g.name()
	if g.one(3) {
		text += "." + g.name()
	}
	return text
}

func (g grammar) value() string {
	switch g.IntN(8) {
	case 0:
		return pick(g, "true", "false", "null")
	case 1:
		return pick(g, "0", "-1", "42", "3.25", "-0.5e-7", "1E+9", "9007199254740993", "12e3")
	}
	text := ""
	for range g.IntN(6) {
		text += pick(g, "a", "Z", " ", "@", ".", "]", ")", "(", "[", " and ", ` \"`, `\\`, `\/`, `\n`, `\u00E9`, `\u00e9`, `\uD83D\uDE00`, "é", "日本", "😀", "'", "=", "%", "\u007f")
	}
	return `"` + text + `"`
}

func (g grammar) comparison() string {
	if g.one(4) {
		return g.attr() + " " + g.keyword("pr")
	}
	return g.attr() + " " + g.keyword(pick(g, "eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le")) + " " + g.value()
}

func (g grammar) filter(depth int) string {
	if depth == 0 {
		return g.comparison()
	}
	switch g.IntN(6) {
	case 0:
		return g.filter(depth-1) + " " + g.keyword("and") + " " + g.filter(depth-1)
	case 1:
		return g.filter(depth-1) + " " + g.keyword("or") + " " + g.filter(depth-1)
	case 2:
		return "(" + g.filter(depth-1) + ")"
	case 3:
		return g.keyword("not") + pick(g, "", " ") + "(" + g.filter(depth-1) + ")"
	case 4:
		return g.attr() + "[" + g.within(depth-1) + "]"
	}
	return g.comparison()
}

// within makes a valFilter, which has no brackets in it.
func (g grammar) within(depth int) string {
	if depth <= 0 || g.one(3) {
		return g.comparison()
	}
	switch g.IntN(4) {
	case 0:
		return g.keyword("not") + " (" + g.within(depth-1) + ")"
	case 1:
		return "(" + g.within(depth-1) + ")"
	}
	return g.within(depth-1) + " " + g.keyword(pick(g, "and", "or")) + " " + g.within(depth-1)
}

func (g grammar) path() string {
	if g.one(2) {
		return g.attr()
	}
	text := g.attr() + "[" + g.within(2) + "]"
	if g.one(2) {
		text += "." + g.name()
	}
	return text
}

// mutate changes a text a little, mostly so that it breaks.
func (g grammar) mutate(text string) string {
	b := []byte(text)
	at := g.IntN(len(b) + 1)
	to := at + g.IntN(min(6, len(b)-at)+1)
	insert := []byte(pick(g, ` `, `"`, `\`, `(`, `)`, `[`, `]`, `.`, `:`, `$`, `-`, `x`, `0`, ` and `, ` or `, ` not `, `not(`, ` pr`, ` eq `, `true`, `[a pr]`, `é`, `'`, `,`, "\t", "\x01"))
	switch g.IntN(4) {
	case 0: // cut
		return string(b[:at]) + string(b[to:])
	case 1: // double
		return string(b[:to]) + string(b[at:])
	case 2: // replace
		return string(b[:at]) + string(insert) + string(b[to:])
	}
	return string(b[:at]) + string(insert) + string(b[at:])
}
