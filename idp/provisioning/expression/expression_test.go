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
	}
}

type attributes = map[string]Value

// The examples of "Reference for writing expressions for attribute mappings in
// Microsoft Entra ID", each with the result that the page prints.
func TestDocumentedExamples(t *testing.T) {
	tests := []struct {
		expression string
		in         attributes
		want       string
	}{
		{`Append([userPrincipalName], ".test")`, attributes{"userPrincipalName": Text("John.Doe@contoso.com")}, "John.Doe@contoso.com.test"},
		{`BitAnd(&HF, &HF7)`, nil, "7"},
		{`CBool([attribute1] = [attribute2])`, attributes{"attribute1": Text("x"), "attribute2": Text("x")}, "True"},
		{`CBool([attribute1] = [attribute2])`, attributes{"attribute1": Text("x"), "attribute2": Text("y")}, "False"},
		{`CDate([StatusHireDate])`, attributes{"StatusHireDate": Text("2020-03-16-07:00")}, "3/16/2020 7:00:00 AM"},
		{`CDate("2021-06-30+08:00")`, nil, "6/29/2021 4:00:00 PM"},
		{`CDate("2009-06-15T01:45:30-07:00")`, nil, "6/15/2009 8:45:30 AM"},
		{`Coalesce([mail],[userPrincipalName])`, attributes{"userPrincipalName": Text("John.Doe@contoso.com")}, "John.Doe@contoso.com"},
		{`ConvertToBase64("Hello world!")`, nil, "SABlAGwAbABvACAAdwBvAHIAbABkACEA"},
		{`ConvertToUTF8Hex("Hello world!")`, nil, "48656C6C6F20776F726C6421"},
		{`CStr([dn])`, attributes{"dn": Text("cn=Joe,dc=contoso,dc=com")}, "cn=Joe,dc=contoso,dc=com"},

		{`DateAdd("d", 7, CDate([StatusHireDate]))`, attributes{"StatusHireDate": Text("2012-03-16-07:00")}, "3/23/2012 7:00:00 AM"},
		{`DateAdd("d", -10, CDate([StatusHireDate]))`, attributes{"StatusHireDate": Text("2012-03-16-07:00")}, "3/6/2012 7:00:00 AM"},
		{`DateAdd("ww", 2, CDate([StatusHireDate]))`, attributes{"StatusHireDate": Text("2012-03-16-07:00")}, "3/30/2012 7:00:00 AM"},
		{`DateAdd("m", 10, CDate([StatusHireDate]))`, attributes{"StatusHireDate": Text("2012-03-16-07:00")}, "1/16/2013 7:00:00 AM"},
		{`DateAdd("yyyy", 2, CDate([StatusHireDate]))`, attributes{"StatusHireDate": Text("2012-03-16-07:00")}, "3/16/2014 7:00:00 AM"},

		{`DateDiff("d", CDate("2021-08-18+08:00"), CDate("2021-08-31+08:00"))`, nil, "13"},
		{`DateDiff("d", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))`, nil, "-3449"},
		{`DateDiff("ww", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))`, nil, "-493"},
		{`DateDiff("m", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))`, nil, "-113"},
		{`DateDiff("yyyy", CDate("8/25/2021 5:41:18 PM"), CDate("2012-03-16-07:00"))`, nil, "-9"},
		{`DateDiff("d", CDate("2021-08-31+08:00"), CDate("2021-08-31+08:00"))`, nil, "0"},
		{`DateDiff("h", CDate("2021-08-24"), CDate("2021-08-25"))`, nil, "24"},
		{`DateDiff("n", CDate("2021-08-24"), CDate("2021-08-25"))`, nil, "1440"},
		{`DateDiff("s", CDate("2021-08-24"), CDate("2021-08-25"))`, nil, "86400"},
		{"Switch([Active], , \n  \"1\", IIF(DateDiff(\"d\", Now(), CDate([StatusHireDate])) > 5, \"False\", \"True\"), \n  \"0\", \"False\")", attributes{"Active": Text("1"), "StatusHireDate": Text("2021-07-05")}, "True"},
		{`Switch([Active], , "1", IIF(DateDiff("d", Now(), CDate([StatusHireDate])) > 5, "False", "True"), "0", "False")`, attributes{"Active": Text("1"), "StatusHireDate": Text("2021-08-05")}, "False"},
		{`DateFromNum(129699324000000000)`, nil, "1/1/2012 11:00:00 PM"},
		{`FormatDateTime([extensionAttribute1], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")`, attributes{"extensionAttribute1": Text("20150123105347.1Z")}, "2015-01-23"},

		{`IgnoreFlowIfNullOrEmpty([department])`, attributes{"department": Text("Sales")}, "Sales"},
		{`IgnoreFlowIfNullOrEmpty(Switch([prefix], "", "3443", "Dr.", "3444", "Prof.", "3445", "Prof. Dr."))`, attributes{"prefix": Text("3444")}, "Prof."},
		{`IIF([country]="USA",[country],[department])`, attributes{"country": Text("USA"), "department": Text("Sales")}, "USA"},
		{`IIF([country]="USA",[country],[department])`, attributes{"country": Text("FR"), "department": Text("Sales")}, "Sales"},
		{`IIF([country]="USA",IIF([state]="CA","True","False"),"False")`, attributes{"country": Text("USA"), "state": Text("CA")}, "True"},
		{`IIF([country]="USA","True",IIF([state]="CA","True","False"))`, attributes{"country": Text("FR"), "state": Text("CA")}, "True"},
		{`Switch([country],[country],"","Other")`, nil, "Other"},
		{`Switch([country],[country],"","Other")`, attributes{"country": Text("FR")}, "FR"},
		{`InStr("The quick brown fox","quick")`, nil, "5"},
		{`InStr("repEated","e",3,vbBinaryCompare)`, nil, "7"},
		{`IsNull([displayName])`, nil, "True"},
		{`IsNullOrEmpty([displayName])`, attributes{"displayName": Text("")}, "True"},
		{`Switch(IsPresent([jobTitle]), "DefaultValue", "True", [jobTitle])`, attributes{"jobTitle": Text("Clerk")}, "Clerk"},
		{`Switch(IsPresent([jobTitle]), "DefaultValue", "True", [jobTitle])`, nil, "DefaultValue"},
		{`Item([proxyAddresses], 1)`, attributes{"proxyAddresses": Texts([]string{"SMTP:a@contoso.example", "smtp:b@contoso.example"})}, "SMTP:a@contoso.example"},
		{`Left("John Doe", 3)`, nil, "Joh"},
		{`NormalizeDiacritics([givenName])`, attributes{"givenName": Text("Zoë")}, "Zoe"},
		{`Now()`, nil, "7/2/2021 3:33:38 PM"},
		{`NumFromDate(Join("", FormatDateTime([ContractEndDate], ,"yyyy-MM-ddzzz", "yyyy-MM-dd"), " 23:59:59-08:00"))`, attributes{"ContractEndDate": Text("2020-12-31-08:00")}, "132539615990000000"},
		{`NumFromDate(Join("",FormatDateTime([endDate], ,"M/d/yyyy hh:mm:ss tt","yyyy-MM-dd")," 23:59:59-08:00"))`, attributes{"endDate": Text("12/31/2020 08:00:00 AM")}, "132539615990000000"},

		{`PCase([firstName])`, attributes{"firstName": Text("PABLO GONSALVES (SECOND)")}, "Pablo Gonsalves (Second)"},
		{`PCase([lastName]," '-")`, attributes{"lastName": Text("PINTO-DE'SILVA")}, "Pinto-De'Silva"},
		{`PCase(Join(" ",[firstName],[lastName]))`, attributes{"firstName": Text("GREGORY"), "lastName": Text("JAMES")}, "Gregory James"},
		{`Redact([userPrincipalName])`, attributes{"userPrincipalName": Text("ana@contoso.example")}, "ana@contoso.example"},
		{`Redact("StringToBeRedacted")`, nil, "StringToBeRedacted"},

		{`Replace([BusinessTitle],"Product Developer", , , "Software Engineer", , )`, attributes{"BusinessTitle": Text("Product Developer")}, "Software Engineer"},
		{`Replace([UserID],"<username>", , , , , "<username>@contoso.com")`, attributes{"UserID": Text("jsmith")}, "jsmith@contoso.com"},
		{`Replace([telephoneNumber], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", , "${phoneNumber}", , )`, attributes{"telephoneNumber": Text("+91 9998887777")}, "9998887777"},
		{`Replace([mobile], , "[()\\s-]+", , "", , )`, attributes{"mobile": Text("(999) 888-7777")}, "9998887777"},
		{`Replace([AddressLineData], ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )`, attributes{"AddressLineData": Text("545 Tremont Street")}, "888 Tremont Street"},
		{`Replace([userPrincipalName], , "(?<Suffix>@(.)*)", "Suffix", "", , )`, attributes{"userPrincipalName": Text("jsmith@contoso.com")}, "jsmith"},
		{`Replace([telephoneNumber], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", "phoneNumber" , , [mobile], )`, attributes{"telephoneNumber": Text(""), "mobile": Text("+91 8887779999")}, "8887779999"},
		{`Replace([mailNickname], , "[a-zA-Z_]*", , "", , )`, attributes{"mailNickname": Text("john_doe72")}, "72"},
		{`Replace([mail], "@contoso.com", , ,"", ,)`, attributes{"mail": Text("john.doe@contoso.com")}, "john.doe"},

		{`StripSpaces([displayName])`, attributes{"displayName": Text("Ana Maria Sousa")}, "AnaMariaSousa"},
		{`Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane", "SA", "Australia/Adelaide")`, attributes{"state": Text("QLD")}, "Australia/Brisbane"},
		{`Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane", "SA", "Australia/Adelaide")`, attributes{"state": Text("qld")}, "Australia/Sydney"},
		{`Switch(ToLower([statusFlag]), "0", "true", "1", "false", "0")`, attributes{"statusFlag": Text("TRUE")}, "1"},
		{`Switch([statusFlag], "Default Value", "true", "1", "", "0")`, nil, "0"},
		{`ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [PreferredFirstName], [PreferredLastName]))), "contoso.com"))`, attributes{"PreferredFirstName": Text("John"), "PreferredLastName": Text("Smith")}, "john.smith@contoso.com"},
		{`Word("The quick brown fox",3," ")`, nil, "brown"},
		{`Word("This,string!has&many separators",3,",!&#")`, nil, "has"},
		{`Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))`, attributes{"givenName": Text("John"), "surname": Text("Doe")}, "JohDoe"},
		{`Join(", ", "", [surname], [givenName])`, attributes{"givenName": Text("John"), "surname": Text("Doe")}, "Doe, John"},
		// The page masks its input; this is the object id that its output spells.
		{`Join("", 1000, Replace(ConvertToUTF8Hex([objectId]), , "[a-zA-Z_]*", , "", , ))`, attributes{"objectId": Text("d05e47b1-3909-445a-ba5e-ca60cbc0e4b4")}, "100064303565343762312333930392343435612626135652636136306362633065346234"},
		// The mapping of active in every default table.
		{`Switch([IsSoftDeleted], , "False", "True", "True", "False")`, attributes{"IsSoftDeleted": Text("False")}, "True"},
		{`Switch([IsSoftDeleted], , "False", "True", "True", "False")`, attributes{"IsSoftDeleted": Text("True")}, "False"},
	}
	for _, test := range tests {
		e, err := Parse(test.expression)
		if err != nil {
			t.Errorf("Parse(%s): %v", test.expression, err)
			continue
		}
		v, err := e.Eval(environment(test.in))
		if err != nil {
			t.Errorf("%s: %v", test.expression, err)
			continue
		}
		if got := v.String(); got != test.want {
			t.Errorf("%s = %q, want %q", test.expression, got, test.want)
		}
		again, err := Parse(e.String())
		if err != nil || again.String() != e.String() {
			t.Errorf("%s: written as %s, which does not read as the same (%v)", test.expression, e, err)
		}
	}
}

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
		{`IIF([empty] = "", "Other", [name])`, []string{"Ana"}}, // the condition fails on a null source
		{`IIF(IsNullOrEmpty([missing]), "Other", [missing])`, nil},
		{`IIF([name] <> "Bo", "a", "b")`, []string{"a"}},
		{`IIF([name] = "ana", "a", "b")`, []string{"b"}},
		{`IIF(10 > 9, "a", "b")`, []string{"a"}},
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
		{`RemoveDuplicates([proxyAddresses])`, []string{"a", "b"}},
		{`Replace([missing], "a", , , "b")`, nil},
		{`Replace("aXbXc", "X", , , "-")`, []string{"a-b-c"}},
		{`Replace("abc", , "(b)(c)", , "$2$1$$$9$&")`, []string{"acb$$9bc"}},
		{`Replace("2024-05", , "(?<y>\\d+)-(?<m>\\d+)", , "${m}/${y}${z}")`, []string{"05/2024${z}"}},
		{`Replace("a1b22", , "[a-z](?<n>\\d+)", "n", "#")`, []string{"a#b#"}},
		{`Replace([missing], , "(?<n>\\d+)", "n", , "abc")`, nil},
		{`Split("A, B", ",")`, []string{"A", "B"}},
		{`Split([missing], ",")`, nil},
		{`Switch([name], , "Bo", "x")`, nil},
		{`ToUpper([one])`, []string{"X"}},
		{`ToUpper("title", "tr-TR")`, []string{"TİTLE"}},
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

// The rows of NormalizeDiacritics' table which are easy to get wrong: ö and ä
// lose their dots only, ø and a macron over œ become two letters, marks after
// a letter go.
func TestNormalizeDiacritics(t *testing.T) {
	for in, want := range map[string]string{
		"Łódź": "Lodz", "Ærø": "AEroe", "Straße": "Strasse", "Älv Öl": "Alv Ol", "œ\u0304": "oe", "Œ\u0304": "OE",
		"n\u0304e\u030a\u0304": "ne", "Ý": "Y", "ŠĆ": "SC", "日本": "日本", "œ": "œ", "ı": "i", "İ": "I",
	} {
		if got := normalizeDiacritics(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
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
		`CDate("soon")`:              `CDate at offset 0: argument 1 must be a date, got "soon"`,
		`Append("x", CDate("soon"))`: `CDate at offset 12: argument 1 must be a date, got "soon"`,
		`Left("abc", "x")`:           `Left at offset 0: argument 2 must be a whole number, got "x"`,
		`CBool("perhaps")`:           `CBool at offset 0: argument 1 must be a boolean or a number, got "perhaps"`,
		`Mid("abc", 0, 1)`:           `Mid at offset 0: start counts from 1, got 0`,
		`ToLower([many])`:            `ToLower at offset 0: argument 1 has 2 values where one text is needed; use Item or Join`,
		`FormatDateTime("2024", , "yyyy-MM-dd", "yyyy")`:       `FormatDateTime at offset 0: "2024" does not have the date format "yyyy-MM-dd"`,
		`DateAdd("yyyy", 99999, CDate("2024-01-01"))`:          `DateAdd at offset 0: the result is not between the years 1 and 9999`,
		`Replace("x", , [bad], , "")`:                          "Replace at offset 0: the regular expression does not compile: error parsing regexp: missing closing ): `(`",
		`RandomString(2,3,0,0,0)`:                              `RandomString at offset 0: the length 2 is less than the 3 characters asked for`,
		`RandomString(300,0,0,0,0)`:                            `RandomString at offset 0: argument 1 must be from 0 to 256, got 300`,
		`InStr("a", "b", 1, "x")`:                              `InStr at offset 0: compareType must be vbTextCompare or vbBinaryCompare, got "x"`,
		`CDate(Redact([bad]))`:                                 `CDate at offset 0: argument 1 must be a date, got a redacted value`,
		`IIF("perhaps", "a", "b")`:                             `IIF at offset 0: the condition must be true or false, got "perhaps"`,
		`Replace("abc", Append("", ""), , , "x")`:              `Replace at offset 0: oldValue is empty`,
		`DateFromNum("x")`:                                     `DateFromNum at offset 0: argument 1 must be a number of 100 ns since 1601, got "x"`,
		`FormatDateTime("31.02.2024", , "dd.MM.yyyy", "yyyy")`: `FormatDateTime at offset 0: "31.02.2024" does not have the date format "dd.MM.yyyy"`,
	} {
		e, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%s): %v", text, err)
			continue
		}
		_, err = e.Eval(environment(attributes{"many": Texts([]string{"a", "b"}), "bad": Text("(")}))
		var failed *EvalError
		if !errors.As(err, &failed) || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
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
