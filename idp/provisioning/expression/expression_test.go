package expression

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/ids"
)

// environment makes an Env of text attributes; a name that is missing is null.
func environment(attributes map[string]Value) Env {
	return Env{
		Attribute: func(name string) Value { return attributes[name] },
		Now:       time.Date(2021, 7, 2, 15, 33, 38, 0, time.UTC),
		Random:    ids.New(1),

		DefaultDomain: "contoso.com",
	}
}

type attributes = map[string]Value

// Behaviour that the page states in words, and edges.
func TestFunctions(t *testing.T) {
	proxies := attributes{"proxyAddresses": Texts([]string{"a", "b", "a"}), "one": Texts([]string{"x"}), "empty": Text(""), "name": Text("Ana")}
	tests := []struct {
		expression string
		want       []string // nil: null
	}{
		{`Append([missing], ".test")`, nil},
		{`Coalesce([missing], "")`, []string{""}},
		{`Coalesce([missing], [missing])`, nil},
		{`Count([proxyAddresses])`, []string{"3"}},
		{`Count([missing])`, []string{"0"}},
		{`CBool(0)`, []string{"False"}},
		{`CBool(7)`, []string{"True"}},
		{`CBool("true")`, []string{"True"}},
		{`CBool([missing])`, []string{"False"}},
		{`CDate([missing])`, nil},
		{`DateAdd("m", 1, CDate("2023-01-31"))`, []string{"2/28/2023 12:00:00 AM"}},
		{`DateAdd("m", -13, CDate("2024-03-31"))`, []string{"2/28/2023 12:00:00 AM"}},
		{`DateAdd("yyyy", 1, CDate("2024-02-29"))`, []string{"2/28/2025 12:00:00 AM"}},
		{`DateAdd("h", 25, CDate("2024-02-28T23:30:00Z"))`, []string{"3/1/2024 12:30:00 AM"}},
		{`DateAdd("n", 90, CDate("2024-02-28"))`, []string{"2/28/2024 1:30:00 AM"}},
		{`DateAdd("s", -1, CDate("2024-03-01"))`, []string{"2/29/2024 11:59:59 PM"}},
		{`DateDiff("ww", CDate("2024-06-08"), CDate("2024-06-09"))`, []string{"1"}}, // Saturday to Sunday
		{`DateDiff("ww", CDate("2024-06-09"), CDate("2024-06-15"))`, []string{"0"}}, // Sunday to Saturday
		{`DateDiff("yyyy", CDate("2023-12-31"), CDate("2024-01-01"))`, []string{"1"}},
		{`DateFromNum([missing])`, nil},
		{`Replace("aba", , "a(b)", "0", "x")`, []string{"xa"}},  // the group 0 is the whole match
		{`IIF([empty] = "", "Other", [name])`, []string{"Ana"}}, // the condition fails on a null source
		{`IIF(IsNullOrEmpty([missing]), "Other", [missing])`, nil},
		{`IIF([name] <> "Bo", "a", "b")`, []string{"a"}},
		{`IIF([name] = "ana", "a", "b")`, []string{"b"}},
		{`IIF(10 > 9, "a", "b")`, []string{"a"}},
		{`IIF(9 > 9, "a", "b")`, []string{"b"}},
		{`IIF(9 >= 9, "a", "b")`, []string{"a"}},
		{`IIF(9 < 9, "a", "b")`, []string{"b"}},
		{`IIF(9 <= 9, "a", "b")`, []string{"a"}},
		{`IIF(8 >= 9, "a", "b")`, []string{"b"}},
		{`IIF(10 <= 9, "a", "b")`, []string{"b"}},
		{`IIF(CDate("2024-01-01") = "1/1/2024 12:00:00 AM", "a", "b")`, []string{"a"}}, // a date and a text, as texts
		{`DateFromNum(2650467743990000000)`, []string{"12/31/9999 11:59:59 PM"}},
		{`DateAdd("yyyy", 7975, CDate("2024-12-31"))`, []string{"12/31/9999 12:00:00 AM"}},
		{`DateAdd("s", -1, CDate("0001-01-01T00:00:01Z"))`, []string{"1/1/0001 12:00:00 AM"}},
		{`IIF("10" > "9", "a", "b")`, []string{"b"}}, // texts compare as texts
		{`IIF("10" >= 9, "a", "b")`, []string{"a"}},
		{`IIF(CDate("2024-10-01") > CDate("2024-09-01"), "a", "b")`, []string{"a"}}, // dates compare as dates
		{`InStr("abc", "x")`, []string{"0"}},
		{`InStr("aBc", "b", 1, vbTextCompare)`, []string{"2"}},
		{`InStr("abc", "a", 9)`, []string{"0"}},
		{`InStr("ñandú", "d")`, []string{"4"}},
		{`IsPresent([name])`, []string{"True"}},
		{`IsString([name])`, []string{"True"}},
		{`IsString([missing])`, []string{"False"}},
		{`Item([proxyAddresses], 9)`, nil},
		{`Item([proxyAddresses], 0)`, nil},
		{`Join("-", [proxyAddresses], "z")`, []string{"a-b-a-z"}},
		{`Left("abc", 0)`, []string{""}},
		{`Len([missing])`, []string{"0"}},
		{`Len([empty])`, []string{"0"}},
		{`Len("ação")`, []string{"4"}},
		{`Len(&HFF)`, []string{"3"}},
		{`Append(-1.50, "x")`, []string{"-1.50x"}},
		{`IIF(1.5 < 2, "a", "b")`, []string{"a"}},
		{`IIF("10.5" > 9, "a", "b")`, []string{"a"}},
		{`IIF([name] < 9, "a", "b")`, []string{"b"}}, // texts, as one is no number
		{`CBool(0.5)`, []string{"True"}},
		{`CBool(0.0)`, []string{"False"}},
		{`IIF(Append(IgnoreFlowIfNullOrEmpty([name]), "") = "Ana", "a", "b")`, []string{"b"}},
		{`InStr("abab", "b", 3)`, []string{"4"}},
		{`InStr("aBc", "b")`, []string{"0"}}, // compares exactly unless told otherwise
		{`DateDiff("d", [missing], Now())`, nil},
		{`DateAdd("d", 1, [missing])`, nil},
		{`NumFromDate([missing])`, nil},
		{`FormatDateTime([missing], , "yyyy", "yy")`, nil},
		{`DateFromNum(0)`, []string{"1/1/1601 12:00:00 AM"}},
		{`CStr(&H10)`, []string{"16"}},
		{`CStr([missing])`, nil},
		{`CStr(IsNull([missing]))`, []string{"True"}},
		{`ConvertToBase64([missing])`, nil},
		{`ConvertToUTF8Hex([missing])`, nil},
		{`ConvertToUTF8Hex("é")`, []string{"C3A9"}},
		{`ConvertToBase64("é😀")`, []string{"6QA92ADe"}},
		{`BitAnd(12, 10)`, []string{"8"}},
		{`BitAnd("12", &HA)`, []string{"8"}},
		{`IsString(1)`, []string{"False"}},
		{`IsPresent([empty])`, []string{"False"}},
		{`IsNull([empty])`, []string{"False"}},
		{"StripSpaces(\"a b\tc\")", []string{"ab\tc"}}, // no other white space
		{`Word("a,,b", 2, ",")`, []string{"b"}},
		{`Split("a", "")`, []string{"a"}},
		{`Left("abc", -1)`, []string{"abc"}},
		{`Left("abc", 9)`, []string{"abc"}},
		{`Left([missing], 2)`, []string{""}},
		{`Mid("abcdef", 5, 9)`, []string{"ef"}},
		{`Mid("abc", 9, 1)`, []string{""}},
		{`Mid("ação", 2, 2)`, []string{"çã"}},
		{`Not("True")`, []string{"False"}},
		{`Not("maybe")`, []string{"True"}},
		{`Not([missing])`, []string{"True"}},
		{`PCase("o'neil mc-donald")`, []string{"O'neil Mc-Donald"}},
		{`PCase("'tis 1st 2ND a1b x_y €uro")`, []string{"'Tis 1St 2Nd A1b X_Y €Uro"}},
		{`PCase("ǆUNGLA ÉLAN")`, []string{"ǅungla Élan"}},
		{`PCase("1st mc-donald", " ")`, []string{"1st Mc-donald"}},
		{`PCase([missing])`, nil},
		{`RemoveDuplicates([proxyAddresses])`, []string{"a", "b"}},
		{`Replace([missing], "a", , , "b")`, nil},
		{`Replace("aXbXc", "X", , , "-")`, []string{"a-b-c"}},
		{`Replace("ab", , "(a)", , "x$1")`, []string{"xab"}}, // a group at the end of the replacement
		{`Replace("abc", , "(b)(c)", , "$2$1$$$9$&")`, []string{"acb$$9bc"}},
		{"Replace(\"abc\", , \"(b)\", , \"<$`|$'|$_|$+|${1}>$\")", []string{"a<a|c|abc|b|b>$c"}},
		{`Replace("price 42€", , "\\d+(?=€)", , "7")`, []string{"price 7€"}}, // lookahead
		{`Replace("aXbX", , "(?<=b)X", , "-")`, []string{"aXb-"}},
		{`Replace("hello", , "(.)\\1", , "L")`, []string{"heLo"}},
		{`Replace("Hello", , "(?i)h", , "J")`, []string{"Jello"}},
		{`Replace("ana-sousa", , "(?'first'\\w+)-(?'last'\\w+)", , "${last}.${first}")`, []string{"sousa.ana"}},
		{`Replace("ab", , "(?<x>a)|(?<y>b)", "y", "z")`, []string{"az"}},
		{`Replace([missing], , "(?<x>a)|(?<y>b)", "y", , "a")`, nil},
		{`Replace("éa", , "(?<x>a)", "x", "b")`, []string{"éb"}},
		{`Replace("2024-05", , "(?<y>\\d+)-(?<m>\\d+)", , "${m}/${y}${z}")`, []string{"05/2024${z}"}},
		{`Replace("a1b22", , "[a-z](?<n>\\d+)", "n", "#")`, []string{"a#b#"}},
		{`Replace([missing], , "(?<n>\\d+)", "n", , "abc")`, nil},
		{`Split("A, B", ",")`, []string{"A", "B"}},
		{`Split([missing], ",")`, nil},
		{`Switch([name], , "Bo", "x")`, nil},
		{`ToUpper([one])`, []string{"X"}},
		{`ToUpper("title", "tr-TR")`, []string{"TİTLE"}},
		{`ToUpper("title", "az")`, []string{"TİTLE"}},
		{`ToLower("TITLE", "az-Latn-AZ")`, []string{"tıtle"}},
		{`ToUpper("title", "lt")`, []string{"TITLE"}},
		{`ToLower("J̀", "lt")`, []string{"j̀"}},
		{`ToUpper("ıß")`, []string{"ıß"}},
		{`ToUpper("ı", "en-US")`, []string{"I"}},
		{`ToLower("İI")`, []string{"İi"}},
		{`ToLower("İ", "en-US")`, []string{"i"}},
		{`ToLower([missing])`, nil},
		{`ToLower("TITLE", "en-US")`, []string{"title"}},
		{`Word("a b", 0, " ")`, []string{""}},
		{`Word("a b", 3, " ")`, []string{""}},
		{`Word([missing], 1, " ")`, []string{""}},
		{`Append("say \"hi\" \\ ", "x")`, []string{`say "hi" \ x`}},
		{`[name]`, []string{"Ana"}},
	}
	for _, test := range tests {
		e, err := Parse(test.expression)
		if err != nil {
			t.Errorf("Parse(%s): %v", test.expression, err)
			continue
		}
		v, err := e.Eval(environment(proxies))
		if err != nil {
			t.Errorf("%s: %v", test.expression, err)
			continue
		}
		if diff := cmp.Diff(test.want, v.Strings()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.expression, diff)
		}
	}
}

func evaluate(t *testing.T, text string, in attributes) Value {
	t.Helper()
	e, err := Parse(text)
	if err != nil {
		t.Fatalf("Parse(%s): %v", text, err)
	}
	v, err := e.Eval(environment(in))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestRandomFunctions(t *testing.T) {
	counts := func(s, class string) (n int) {
		for _, r := range s {
			if strings.ContainsRune(class, r) {
				n++
			}
		}
		return n
	}
	if s := evaluate(t, `RandomString(6,3,0,0,3)`, nil).String(); len(s) != 6 || counts(s, digits) != 3 || counts(s, lowers) != 3 {
		t.Errorf("RandomString(6,3,0,0,3) = %q, want three digits and three lower-case letters", s)
	}
	s := evaluate(t, `RandomString(10,2,2,2,1,"?,")`, nil).String()
	if len(s) != 10 || counts(s, digits) < 2 || counts(s, specials) < 2 || counts(s, capitals) < 2 || counts(s, lowers) < 1 || strings.ContainsAny(s, "?,") {
		t.Errorf("RandomString(10,2,2,2,1,\"?,\") = %q", s)
	}
	if s := evaluate(t, `RandomString(8,2,0,0,0)`, nil).String(); len(s) != 8 || counts(s, digits) != 8 {
		t.Errorf("RandomString(8,2,0,0,0) = %q, want the rest filled with what was asked for", s)
	}
	if s := evaluate(t, `RandomString(8,0,0,0,0)`, nil).String(); len(s) != 8 || counts(s, lowers) != 8 {
		t.Errorf("RandomString(8,0,0,0,0) = %q, want lower-case letters where nothing was asked for", s)
	}
	if s := evaluate(t, `Guid()`, nil).String(); len(s) != 36 || s[14] != '4' {
		t.Errorf("Guid() = %q, want a random UUID", s)
	}
	if a, b := evaluate(t, `Guid()`, nil), evaluate(t, `Guid()`, nil); a.String() != b.String() {
		t.Error("the same seed gave two different GUIDs")
	}
}

// Redact keeps the value and marks it, also inside other functions.
func TestRedact(t *testing.T) {
	for _, text := range []string{`Redact([a])`, `Append(Redact([a]), "x")`, `IIF(Redact([a]) = "v", "x", "y")`, `Redact(RandomString(6,3,0,0,3))`} {
		if v := evaluate(t, text, attributes{"a": Text("v")}); !v.Redacted() {
			t.Errorf("%s is not marked as redacted", text)
		}
	}
	if v := evaluate(t, `Append([a], "x")`, attributes{"a": Text("v")}); v.Redacted() {
		t.Error("an ordinary value is marked as redacted")
	}
}

func TestIgnoreFlow(t *testing.T) {
	for _, in := range []attributes{nil, {"department": Text("")}} {
		if v := evaluate(t, `IgnoreFlowIfNullOrEmpty([department])`, in); !v.Ignored() {
			t.Errorf("an empty department is not dropped")
		}
	}
}

// "Customize user provisioning attribute-mappings", provisioning a role.
func TestRoles(t *testing.T) {
	in := attributes{"appRoleAssignments": RoleList([]Role{{"1", "Admin", "Administrators"}, {"2", "User", "Users"}})}
	tests := []struct {
		expression string
		mode       RoleMode
		want       []string
	}{
		{`SingleAppRoleAssignment([appRoleAssignments])`, RolesSingle, []string{"Admin"}},
		{`AppRoleAssignmentsComplex([appRoleAssignments])`, RolesComplex, []string{"Admin", "User"}},
		{`AssertiveAppRoleAssignmentsComplex([appRoleAssignments])`, RolesAssertive, []string{"Admin", "User"}},
	}
	for _, test := range tests {
		v := evaluate(t, test.expression, in)
		if v.RoleMode() != test.mode || cmp.Diff(test.want, v.Strings()) != "" {
			t.Errorf("%s: mode %d, roles %v", test.expression, v.RoleMode(), v.Strings())
		}
		if v := evaluate(t, test.expression, nil); !v.IsNull() {
			t.Errorf("%s without roles: %v", test.expression, v)
		}
	}
}

// SelectUniqueValue works for on-premises directories only.
func TestSelectUniqueValue(t *testing.T) {
	e, err := Parse(`SelectUniqueValue(
        Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [PreferredFirstName], [PreferredLastName]))), "contoso.com"),
        Join("@", NormalizeDiacritics(StripSpaces(Join(".",  Mid([PreferredFirstName], 1, 1), [PreferredLastName]))), "contoso.com"),
        Join("@", NormalizeDiacritics(StripSpaces(Join(".",  Mid([PreferredFirstName], 1, 2), [PreferredLastName]))), "contoso.com")
    )`)
	if err != nil {
		t.Fatal(err)
	}
	env := environment(attributes{"PreferredFirstName": Text("John"), "PreferredLastName": Text("Smith")})
	if _, err := e.Eval(env); err == nil {
		t.Error("without a directory to ask it must fail")
	}
	taken := map[string]bool{}
	env.Taken = func(value string) (bool, error) { return taken[value], nil }
	for _, want := range []string{"John.Smith@contoso.com", "J.Smith@contoso.com", "Jo.Smith@contoso.com"} {
		v, err := e.Eval(env)
		if err != nil || v.String() != want {
			t.Errorf("got %q, %v; want %q", v, err, want)
		}
		taken[want] = true
	}
	var failed *EvalError
	if _, err := e.Eval(env); !errors.As(err, &failed) {
		t.Errorf("with every value taken: %v", err)
	}
}

func TestEvalErrors(t *testing.T) {
	for text, want := range map[string]string{
		`CDate([soon])`:                                                       `line 1, column 1: CDate: argument 1 must be a date, got "soon"`,
		"Append(\"é\",\n  CDate([soon]))":                                     `line 2, column 3: CDate: argument 1 must be a date, got "soon"`,
		`Append("é", CDate([soon]))`:                                          `line 1, column 13: CDate: argument 1 must be a date, got "soon"`,
		`Left("abc", [soon])`:                                                 `line 1, column 1: Left: argument 2 must be a whole number, got "soon"`,
		`BitAnd(7, Append("1", ".5"))`:                                        `line 1, column 1: BitAnd: argument 2 must be a whole number, got "1.5"`,
		`CBool("perhaps")`:                                                    `line 1, column 1: CBool: argument 1 must be a boolean or a number, got "perhaps"`,
		`Mid("abc", [zero], 1)`:                                               `line 1, column 1: Mid: start counts from 1, got 0`,
		`ToLower([many])`:                                                     `line 1, column 1: ToLower: argument 1 has 2 values where one text is needed; use Item or Join`,
		`FormatDateTime("2024", , "yyyy-MM-dd", "yyyy")`:                      `line 1, column 1: FormatDateTime: "2024" does not have the date format "yyyy-MM-dd"`,
		`DateAdd("yyyy", 99999, CDate("2024-01-01"))`:                         `line 1, column 1: DateAdd: the result is not between the years 1 and 9999`,
		`Replace("x", , [bad], , "")`:                                         "line 1, column 1: Replace: the regular expression does not compile: missing closing ) in `(`",
		`RandomString([two],3,0,0,0)`:                                         `line 1, column 1: RandomString: the length 2 is less than the 3 characters asked for`,
		`RandomString([big],0,0,0,0)`:                                         `line 1, column 1: RandomString: argument 1 must be from 0 to 256, got 300`,
		`InStr("a", "b", 1, Append("x", ""))`:                                 `line 1, column 1: InStr: compareType must be vbTextCompare or vbBinaryCompare, got "x"`,
		`Mid("abc", 1, [minus])`:                                              `line 1, column 1: Mid: length cannot be negative, got -1`,
		`RandomString(4,2,0,0,0,"0123456789")`:                                `line 1, column 1: RandomString: charactersToAvoid leaves nothing to choose from`,
		`Replace("x", , "(?<a>x)", [x], "")`:                                  `line 1, column 1: Replace: the regular expression has no group named "x"`,
		`Replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", , "^(a+)+$", , "")`: `line 1, column 1: Replace: the regular expression takes too long on this value`,
		`DateAdd([x], 1, Now())`:                                              `line 1, column 1: DateAdd: the interval must be one of yyyy, m, d, ww, h, n, s`,
		`DateDiff([x], Now(), Now())`:                                         `line 1, column 1: DateDiff: the interval must be one of yyyy, m, d, ww, h, n, s`,
		`DateAdd("s", [huge], Now())`:                                         `line 1, column 1: DateAdd: the value 9223372036854775807 is out of range`,
		`NumFromDate("1600-12-31")`:                                           `line 1, column 1: NumFromDate: the date lies before 1601`,
		`DateFromNum([huge])`:                                                 `line 1, column 1: DateFromNum: the result is not between the years 1 and 9999`,
		`FormatDateTime("2024", [x], "yyyy", "yyyy")`:                         `line 1, column 1: FormatDateTime: unknown date and time style "x"`,
		`FormatDateTime("2024", , Append("%", ""), "yyyy")`:                   `line 1, column 1: FormatDateTime: date format "%": a percent sign must stand before a specifier`,
		`CDate(Redact([bad]))`:                                                `line 1, column 1: CDate: argument 1 must be a date, got a redacted value`,
		`IIF("perhaps", "a", "b")`:                                            `line 1, column 1: IIF: the condition must be true or false, got "perhaps"`,
		`Replace("abc", Append("", ""), , , "x")`:                             `line 1, column 1: Replace: oldValue is empty`,
		`DateFromNum([x])`:                                                    `line 1, column 1: DateFromNum: argument 1 must be a number of 100 ns since 1601, got "x"`,
		`FormatDateTime("31.02.2024", , "dd.MM.yyyy", "yyyy")`:                `line 1, column 1: FormatDateTime: "31.02.2024" does not have the date format "dd.MM.yyyy"`,
	} {
		e, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%s): %v", text, err)
			continue
		}
		_, err = e.Eval(environment(attributes{
			"many": Texts([]string{"a", "b"}), "bad": Text("("), "soon": Text("soon"), "zero": Text("0"), "two": Text("2"), "big": Text("300"), "x": Text("x"), "minus": Text("-1"), "huge": Text("9223372036854775807"),
		}))
		var failed *EvalError
		if !errors.As(err, &failed) || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
}

// "If no default verified domain is found, the function returns an error."
func TestNoDefaultDomain(t *testing.T) {
	e, err := Parse(`Join("@", "ana", DefaultDomain())`)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := e.Eval(Env{}); err == nil || !strings.Contains(err.Error(), "no default verified domain") {
		t.Errorf("without a domain: %v, %v", v, err)
	}
}

// All patterns of an expression have one second together.
func TestPatternsShareTheirTime(t *testing.T) {
	e, err := Parse(`Replace("abc", , "b", , "x")`)
	if err != nil {
		t.Fatal(err)
	}
	for spent, want := range map[time.Duration]bool{0: true, regexTimeout: false} {
		if v, err := (evaluator{environment(nil), &spent}).eval(e.root); (err == nil) != want {
			t.Errorf("after %v: %v, %v", spent, v, err)
		}
	}
}

// An expression of permitted length must not eat the machine's memory.
func TestResultIsBounded(t *testing.T) {
	text := strings.Repeat("a", 100)
	nested := `Append("` + text + `", "")`
	for range 6 {
		nested = `Replace(` + nested + `, "a", , , "` + text + `")`
	}
	e, err := Parse(nested)
	if err != nil {
		t.Fatal(err)
	}
	var failed *EvalError
	if _, err := e.Eval(Env{}); !errors.As(err, &failed) {
		t.Errorf("100 to the seventh characters: %v", err)
	}
}
