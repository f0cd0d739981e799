package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// show writes an expression with every grouping in brackets.
func show(e Expr) string {
	switch e := e.(type) {
	case *And:
		return "(" + show(e.Left) + " and " + show(e.Right) + ")"
	case *Or:
		return "(" + show(e.Left) + " or " + show(e.Right) + ")"
	case *Not:
		return "not" + show(e.Expr)
	case *Element:
		text := e.Attr.String() + "[" + show(e.Filter) + "]"
		if e.Compare != nil {
			text += "." + show(e.Compare)
		}
		return text
	case *Compare:
		if e.Op == Pr {
			return e.Attr.String() + " pr"
		}
		return fmt.Sprintf("%s %s %s:%s", e.Attr, e.Op, e.Value.Kind, e.Value.Text)
	}
	return "?"
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`userName eq "ana@contoso.example"`, `userName eq string:ana@contoso.example`},
		{`USERNAME EQ "x"`, `USERNAME eq string:x`},
		{`userName Eq "x"`, `userName eq string:x`},
		{`  userName   eq   "x"  `, `userName eq string:x`},
		{`displayName eq "a \"b\" \\ \u00e9 ] and ) or"`, `displayName eq string:a "b" \ é ] and ) or`},
		{`displayName eq "日本 Gruppe"`, `displayName eq string:日本 Gruppe`},
		{`name.familyName co "O'Malley"`, `name.familyName co string:O'Malley`},
		{userURN + `:userName sw "J"`, userURN + `:userName sw string:J`},
		{strings.ToLower(enterpriseURN) + `:manager.value eq "1"`, enterpriseURN + `:manager.value eq string:1`},
		{`urn:example:1.0:Thing:color eq "red"`, `urn:example:1.0:Thing:color eq string:red`},
		{`title pr`, `title pr`},
		{userURN + `:x:title pr`, userURN + `:x:title pr`}, // another schema's URN
		{`active eq true`, `active eq boolean:true`},
		{`age gt -12.5e+3`, `age gt number:-12.5e+3`},
		{`manager eq null`, `manager eq null:null`},
		{`meta.lastModified ge "2011-05-13T04:42:34Z"`, `meta.lastModified ge string:2011-05-13T04:42:34Z`},
		// RFC 7644 section 3.4.2.2: "and" binds tighter than "or".
		{`a pr or b pr and c pr`, `(a pr or (b pr and c pr))`},
		{`(a pr or b pr) and c pr`, `((a pr or b pr) and c pr)`},
		{`a pr and b pr and c pr`, `((a pr and b pr) and c pr)`},
		{`not (a pr) and b pr`, `(nota pr and b pr)`},
		{`not(a pr or b pr)`, `not(a pr or b pr)`},
		{`not eq "x"`, `not eq string:x`},
		{`emails[type eq "work" and value co "@"]`, `emails[(type eq string:work and value co string:@)]`},
		{`emails[type eq "work"].value eq "x"`, `emails[type eq string:work].value eq string:x`},
		{`members.$ref pr`, `members.$ref pr`},
	} {
		e, err := Parse(test.text, userURN, enterpriseURN)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := show(e); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.text, got, test.want)
		}
	}
}

func TestParseErrorsPointAtThePlace(t *testing.T) {
	for _, test := range []struct {
		text   string
		offset int
	}{
		{``, 0},
		{`userName`, 8},
		{`userName eq`, 11},
		{`userName eq ana`, 12},
		{`userName eq True`, 12},
		{`userName eq 'ana'`, 12},
		{`userName eq "ana`, 12},
		{`userName eq "a\x"`, 12},
		{`userName xx "ana"`, 9},
		{`userName eq "a" and`, 19},
		{`userName eq "a" "b"`, 16},
		{`userName eq "a" or 1 eq "1"`, 19},
		{`"a" eq "a"`, 0},
		{`(userName eq "a"`, 16},
		{`userName eq "a")`, 15},
		{`emails[type eq "work"`, 21},
		{`emails[type eq "work"].`, 23},
		{`emails[type eq "work"].a.b eq "x"`, 23},
		{`a.b.c eq "x"`, 0},
		{`:a pr`, 0},
		{`urn::a pr`, 0},
		{`urn:x: pr`, 0},
		{`user-näme eq "x"`, 6},
		{`a;b eq "x"`, 1},
		{"userName eq \"\xff\"", 0},
		{strings.Repeat("(", 33) + `a pr` + strings.Repeat(")", 33), 32},
		{strings.Repeat("not(", 10_000), 8 << 10},
		{strings.Repeat("a", 8<<10+1), 8 << 10},
	} {
		_, err := Parse(test.text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40s: %v, want an *Error", test.text, err)
			continue
		}
		if e.Offset != test.offset || e.Expected == "" || e.Got == "" {
			t.Errorf("%.40s: %v, want byte %d", test.text, e, test.offset)
		}
	}
}

func TestParsePath(t *testing.T) {
	for _, test := range []struct {
		text string
		want Path
	}{
		{`displayName`, Path{Attr: Attr{Name: "displayName"}}},
		{`name.givenName`, Path{Attr: Attr{Name: "name", Sub: "givenName"}}},
		{`members[value eq "1"]`, Path{Attr: Attr{Name: "members"}, Filter: &Compare{Attr{Name: "value", Offset: 8}, Eq, Value{String, "1", 17}}}},
		{`addresses[type eq "work"].locality`, Path{Attr: Attr{Name: "addresses"}, Filter: &Compare{Attr{Name: "type", Offset: 10}, Eq, Value{String, "work", 18}}, Sub: "locality"}},
		{enterpriseURN, Path{Attr: Attr{URN: enterpriseURN}}},
		{enterpriseURN + `:department`, Path{Attr: Attr{URN: enterpriseURN, Name: "department"}}},
		{enterpriseURN + `:manager.value`, Path{Attr: Attr{URN: enterpriseURN, Name: "manager", Sub: "value"}}},
		{userURN + `:emails[type eq "work"].value`, Path{Attr: Attr{URN: userURN, Name: "emails"}, Filter: &Compare{Attr{Name: "type", Offset: 50}, Eq, Value{String, "work", 58}}, Sub: "value"}},
	} {
		got, err := ParsePath(test.text, userURN, enterpriseURN)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
	for _, text := range []string{``, ` `, `.`, `a.`, `.a`, `a..b`, `a.b.c`, `a[`, `a[]`, `a]`, `a[b eq "c"]x`, `a[b eq "c"].`, `a[b eq "c"].d.e`, `a b`, `a eq "b"`, `a["b"]`, `__proto__.x`, `members[value eq "x"] or a`, `/Users/1`} {
		if p, err := ParsePath(text); err == nil {
			t.Errorf("%q was taken for the path %+v", text, p)
		}
	}
}

func TestCaretPointsBelowTheCharacter(t *testing.T) {
	_, err := Parse(`displayName eq "é" xor`)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if want := "displayName eq \"é\" xor\n                   ^"; e.Caret() != want {
		t.Errorf("got\n%s\nwant\n%s", e.Caret(), want)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`userName eq "a"`, `not(a pr)`, `a[b eq 1].c gt 2`, `urn:x:y eq null`, `((`, `"`, `]`, `a eq "\u0000\ud83d\ude00" or not (b.$ref ne -1.5e+3) and c[d pr]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text, enterpriseURN)
		checkError(t, text, err)
		if err == nil {
			again, err := Parse(written(e), enterpriseURN)
			if err != nil || show(again) != show(e) {
				t.Errorf("%q was read as %s, written as %q and read as %s: %v", text, show(e), written(e), show(again), err)
			}
		}
		p, err := ParsePath(text, enterpriseURN)
		checkError(t, text, err)
		if err == nil {
			again, err := ParsePath(writtenPath(p), enterpriseURN)
			if err != nil || writtenPath(again) != writtenPath(p) || (p.Filter == nil) != (again.Filter == nil) {
				t.Errorf("%q was read as %+v, written as %q and read as %+v: %v", text, p, writtenPath(p), again, err)
			}
		}
	})
}

// written writes an expression by the grammar.
func written(e Expr) string {
	switch e := e.(type) {
	case *And:
		left, right := written(e.Left), written(e.Right)
		if _, ok := e.Left.(*Or); ok {
			left = "(" + left + ")"
		}
		switch e.Right.(type) {
		case *And, *Or:
			right = "(" + right + ")"
		}
		return left + " and " + right
	case *Or:
		right := written(e.Right)
		if _, ok := e.Right.(*Or); ok {
			right = "(" + right + ")"
		}
		return written(e.Left) + " or " + right
	case *Not:
		return "not (" + written(e.Expr) + ")"
	case *Element:
		text := e.Attr.String() + "[" + written(e.Filter) + "]"
		if e.Compare != nil {
			text += "." + written(e.Compare)
		}
		return text
	case *Compare:
		if e.Op == Pr {
			return e.Attr.String() + " pr"
		}
		value := e.Value.Text
		if e.Value.Kind == String {
			quoted, _ := json.Marshal(value)
			value = string(quoted)
		}
		return e.Attr.String() + " " + string(e.Op) + " " + value
	}
	return "?"
}

func writtenPath(p Path) string {
	text := p.Attr.String()
	if p.Filter != nil {
		text += "[" + written(p.Filter) + "]"
	}
	if p.Sub != "" {
		text += "." + p.Sub
	}
	return text
}

func checkError(t *testing.T, text string, err error) {
	var e *Error
	if errors.As(err, &e) {
		if e.Offset < 0 || e.Offset > len(text) {
			t.Errorf("%q: byte %d is outside of the text", text, e.Offset)
		}
		if utf8.ValidString(text) {
			e.Caret()
		}
	}
}
