package claims_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp/claims"
)

// constant evaluates a transformation of a constant.
func constant(t *testing.T, in string, tr claims.Transform) string {
	t.Helper()
	tr.Inputs = append([]string{`"` + in + `"`}, tr.Inputs...)
	got := claimed(t, claims.Claim{Transform: &tr}, ana())
	if len(got) > 1 {
		t.Fatalf("%d values", len(got))
	}
	return strings.Join(got, "")
}

// The rules and, where there are any, the examples of learn.microsoft.com,
// "Customize SAML token claims" (table of functions), and "Claims customization
// using a policy" (transformation methods).
func TestTransformations(t *testing.T) {
	tests := []struct {
		rule string
		in   string
		tr   claims.Transform
		want string
	}{
		{"ExtractMailPrefix takes the local part", "foo@bar.example", claims.Transform{Function: "ExtractMailPrefix"}, "foo"},
		{"ExtractMailPrefix returns an input without @ unchanged", "foo", claims.Transform{Function: "ExtractMailPrefix()"}, "foo"},
		{"Join keeps the domain of an input that is no NameID", "foo@bar.example", claims.Transform{Function: "Join", Inputs: []string{`"sandbox"`}, Separator: "."}, "foo@bar.example.sandbox"},
		{"Join needs no separator", "a", claims.Transform{Function: "Join", Inputs: []string{"user.city"}}, "aLisbon"},
		{"ToLowercase", "ÀB", claims.Transform{Function: "ToLowercase"}, "àb"},
		{"ToUppercase by its other name", "àb", claims.Transform{Function: "ToUpper()"}, "ÀB"},
		{"Contains, match", "ana@contoso.example", claims.Transform{Function: "Contains", Value: "@contoso.example", Output: "user.mail", OutputIfNoMatch: "user.userprincipalname"}, "ana.sousa@contoso.example"},
		{"Contains, no match", "ana@other.example", claims.Transform{Function: "Contains", Value: "@contoso.example", Output: "user.mail", OutputIfNoMatch: "user.userprincipalname"}, "Ana@contoso.example"},
		{"Contains, no match and no other output", "x", claims.Transform{Function: "Contains", Value: "y", Output: "user.mail"}, ""},
		{"EndWith", "12000", claims.Transform{Function: "EndWith", Value: "000", Output: "user.city", OutputIfNoMatch: "user.extensionattribute1"}, "Lisbon"},
		{"EndWith, no match", "00012", claims.Transform{Function: "EndWith", Value: "000", Output: "user.city", OutputIfNoMatch: "user.extensionattribute1"}, "one"},
		{"StartWith", "US-east", claims.Transform{Function: "StartWith", Value: "US", Output: `"yes"`}, "yes"},
		{"StartWith, no match", "east-US", claims.Transform{Function: "startwith", Value: "US", Output: `"yes"`}, ""},
		{"ExtractAfter", "Finance_BSimon", claims.Transform{Function: "ExtractAfter", Value: "Finance_"}, "BSimon"},
		{"ExtractAfter takes the first match", "a_b_c", claims.Transform{Function: "ExtractAfter", Value: "_"}, "b_c"},
		{"ExtractAfter, no match", "BSimon", claims.Transform{Function: "ExtractAfter", Value: "_"}, ""},
		{"ExtractBefore", "BSimon_US", claims.Transform{Function: "ExtractBefore", Value: "_US"}, "BSimon"},
		{"ExtractBefore, no match", "BSimon", claims.Transform{Function: "ExtractBefore", Value: "_US"}, ""},
		{"ExtractBetween", "Finance_BSimon_US", claims.Transform{Function: "ExtractBetween", Value: "Finance_", Value2: "_US"}, "BSimon"},
		{"ExtractBetween, second missing", "Finance_BSimon", claims.Transform{Function: "ExtractBetween", Value: "Finance_", Value2: "_US"}, ""},
		{"ExtractAlphaPrefix", "BSimon_123", claims.Transform{Function: "ExtractAlphaPrefix"}, "BSimon"},
		{"ExtractAlphaSuffix", "123_Simon", claims.Transform{Function: "ExtractAlphaSuffix"}, "Simon"},
		{"ExtractAlphaSuffix, none", "Simon_123", claims.Transform{Function: "ExtractAlphaSuffix"}, ""},
		{"ExtractNumericPrefix", "123_BSimon", claims.Transform{Function: "ExtractNumericPrefix"}, "123"},
		{"ExtractNumericSuffix", "BSimon_123", claims.Transform{Function: "ExtractNumericSuffix"}, "123"},
		{"IfEmpty, empty", "", claims.Transform{Function: "IfEmpty", Output: "user.extensionattribute1", OutputIfNoMatch: "user.employeeid"}, "one"},
		{"IfEmpty, not empty", "x", claims.Transform{Function: "IfEmpty", Output: "user.extensionattribute1", OutputIfNoMatch: "user.employeeid"}, "123_Sousa"},
		{"IfNotEmpty, not empty", "x", claims.Transform{Function: "IfNotEmpty", Output: "user.extensionattribute1"}, "one"},
		{"IfNotEmpty, empty", "", claims.Transform{Function: "IfNotEmpty", Output: "user.extensionattribute1"}, ""},
		{"Substring of fixed length", "PleaseExtractThisNow", claims.Transform{Function: "Substring", StartIndex: ptr(6), Length: ptr(11)}, "ExtractThis"},
		{"Substring to the end", "PleaseExtractThisNow", claims.Transform{Function: "Substring", StartIndex: ptr(6)}, "ExtractThisNow"},
		{"Substring counts characters", "ãéîõü", claims.Transform{Function: "Substring", StartIndex: ptr(1), Length: ptr(2)}, "éî"},
		{"Substring beyond the end", "abc", claims.Transform{Function: "Substring", StartIndex: ptr(3), Length: ptr(1)}, ""},
		{"Substring longer than the rest", "abc", claims.Transform{Function: "Substring", StartIndex: ptr(1), Length: ptr(9)}, "bc"},
		{
			"RegexReplace merges groups and further inputs", "swmal@fabrikam.com",
			claims.Transform{Function: "RegexReplace", Inputs: []string{"user.country"}, Regex: `(?'domain'^.*?)(?i)(\@fabrikam\.com)$`, Replacement: "{country}.{domain}@xyz.com"},
			"PT.swmal@xyz.com",
		},
		{
			"RegexReplace, further input by its full name", "a",
			claims.Transform{Function: "RegexReplace", Inputs: []string{"user.country"}, Regex: `a`, Replacement: "{user.country}"}, "PT",
		},
		{
			"RegexReplace replaces what matches", "ana-a@contoso.example",
			claims.Transform{Function: "RegexReplace", Regex: `-a@`, Replacement: "@"}, "ana@contoso.example",
		},
		{
			"RegexReplace without a match gives the claim's own value", "ana@contoso.example",
			claims.Transform{Function: "RegexReplace", Regex: `^x(?<rest>.*)$`, Replacement: "{rest}"}, "ana@contoso.example",
		},
		{
			"RegexReplace without a match, output for that", "ana@contoso.example",
			claims.Transform{Function: "RegexReplace", Regex: `^x(?<rest>.*)$`, Replacement: "{rest}", OutputIfNoMatch: "user.city"}, "Lisbon",
		},
		{
			"RegexReplace, group that takes no part", "b",
			claims.Transform{Function: "RegexReplace", Regex: `(?<x>a)|b`, Replacement: "[{x}]"}, "[]",
		},
		{
			"chain of two", "joe_smith@contoso.example",
			claims.Transform{Function: "ExtractMailPrefix", Then: &claims.Transform{Function: "ToUppercase"}}, "JOE_SMITH",
		},
		{
			"the second takes the first's output and its own further inputs", "joe@contoso.example",
			claims.Transform{Function: "ExtractMailPrefix", Then: &claims.Transform{Function: "Join", Inputs: []string{`"contoso.net"`}, Separator: "@"}}, "joe@contoso.net",
		},
		{
			"the second sees that the first gave nothing", "joe",
			claims.Transform{Function: "ExtractAfter", Value: "@", Then: &claims.Transform{Function: "IfEmpty", Output: `"none"`}}, "none",
		},
		{
			"nothing comes of nothing", "joe",
			claims.Transform{Function: "ExtractAfter", Value: "@", Then: &claims.Transform{Function: "ToUppercase"}}, "",
		},
	}
	tried := make(map[string]bool)
	for _, test := range tests {
		tried[strings.ToLower(strings.TrimSuffix(test.tr.Function, "()"))] = true
		t.Run(test.rule, func(t *testing.T) {
			if got := constant(t, test.in, test.tr); got != test.want {
				t.Errorf("%s(%q) = %q, want %q", test.tr.Function, test.in, got, test.want)
			}
		})
	}
	for _, name := range claims.Functions() {
		if !tried[strings.ToLower(name)] && name != "ToUppercase" {
			t.Errorf("no test of %s", name)
		}
	}
}

// "By default, transformations are only applied to the first element in a
// multi-value claim."
func TestTreatSourceAsMultivalued(t *testing.T) {
	s := ana()
	s.Roles = []string{"aws:admin", "azure:owner", "aws:reader"}
	after := claims.Transform{Function: "ExtractAfter", Inputs: []string{"user.proxyaddresses"}, Value: ":"}
	wantDiff(t, claimed(t, claims.Claim{Transform: &after}, s), []string{"ana@contoso.example"})
	wantDiff(t, claimed(t, claims.Claim{Transform: &after, MultiValued: true}, s), []string{"ana@contoso.example", "a.sousa@contoso.example"})

	// The output that names the input is the value at hand.
	only := claims.Transform{Function: "StartWith", Inputs: []string{"user.assignedroles"}, Value: "aws:", Output: "user.assignedroles"}
	wantDiff(t, claimed(t, claims.Claim{Transform: &only, MultiValued: true}, s), []string{"aws:admin", "aws:reader"})
}

// Expressions are those of .NET (learn.microsoft.com, "Regular expression
// language"): classes are Unicode's, named groups come in both spellings, and
// there is lookaround.
func TestDotNetExpressions(t *testing.T) {
	tests := []struct{ name, regex, replacement, in, want string }{
		{"word characters beyond ASCII", `^(?<w>\w+)$`, "<{w}>", "josé", "<josé>"},
		{"in a class", `^(?'w'[\w-]+)$`, "<{w}>", "josé-maria", "<josé-maria>"},
		{"not word characters", `\W+`, "", "a é-b", "aéb"},
		{"anything", `[\s\S]+`, "x", "a\nb", "x"},
		{"digits beyond ASCII", `\d`, "#", "1٣a", "##a"},
		{"not digits", `\D`, "", "1a٣", "1٣"},
		{"no-break space", `\s`, "_", "a\u00a0b", "a_b"},
		{"not space", `\S`, "", "a\u00a0b", "\u00a0"},
		{"code point", `\u00e9`, "e", "é", "e"},
		{"comment", `a(?#why)b`, "x", "ab", "x"},
		{"options in the middle", `a(?i)B(?-i:c)`, "x", "abcaBcabC", "xxabC"},
		{"bracket first in a class", `[]x]`, "_", "a]x", "a__"},
		{"end", `e\Z`, "", "ee", "e"},
		{"braces that are no placeholder", `a`, "{", "a", "{"},
		{"lookahead", `\w+(?=@)`, "x", "ana@contoso", "x@contoso"},
		{"negative lookahead", `^(?!svc-)(?<n>.+)$`, "user-{n}", "ana", "user-ana"},
		{"negative lookahead that finds what must not be there", `^(?!svc-)(?<n>.+)$`, "user-{n}", "svc-ana", "svc-ana"},
		{"lookbehind", `(?<=@).*`, "x", "ana@contoso", "ana@x"},
		{"negative lookbehind", `(?<!a)b`, "x", "abcb", "abcx"},
		{"back reference by number", `(\w)\1`, "_", "aabca", "_bca"},
		{"back reference by name", `(?'c'\w)\k<c>`, "{c}", "aabb", "ab"},
		{"atomic group", `^(?>a+)b`, "x", "aab", "x"},
		{"conditional", `^(?<p>svc-)?(?(p)\d+|\w+)$`, "<{p}>", "svc-7", "<svc->"},
		{"class subtraction", `[a-z-[aeiou]]`, "", "contoso", "ooo"},
		{"balancing group", `^(?:(?<o>\()|(?<-o>\))|\w)*(?(o)(?!))$`, "balanced", "(a(b))", "balanced"},
		{"balancing group that does not balance", `^(?:(?<o>\()|(?<-o>\))|\w)*(?(o)(?!))$`, "balanced", "(a(b)", "(a(b)"},
		{"white space and comments in the expression", "(?x) a  b # why\n c", "x", "abc", "x"},
		{"explicit captures only", `(?n)(a)(?<x>b)`, "{x}", "ab", "b"},
		{"numbered group", `(\w+)@(\w+)`, "{2}.{1}", "ana@contoso", "contoso.ana"},
		{"an empty match between characters", `(?<=a)(?=b)`, "-", "abab", "a-ba-b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := constant(t, test.in, claims.Transform{Function: "RegexReplace", Regex: test.regex, Replacement: test.replacement})
			if got != test.want {
				t.Errorf("%s in %q = %q, want %q", test.regex, test.in, got, test.want)
			}
		})
	}
}

// learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes", AADSTS501621: an expression that takes too long. The time is for all
// the expressions of an assertion together.
func TestReplacementIsBounded(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	for name, test := range map[string]struct{ department, regex, replacement string }{
		"result":                  {long(1000), "a", "{department}"},
		"value":                   {long(10000), "b", "{department}"},
		"catastrophic repetition": {long(60) + "!", `^(\w+\s?)*$`, "{department}"},
		"catastrophic lookahead":  {long(60), `^(?=(a+)+b)`, "{department}"},
		"nested counts":           {long(4000), `^(?:(?:a|){2000}){2000}b`, "{department}"},
		"in two":                  {long(90), `a`, "{department}{department}"},
		"nothing":                 {long(80), `a`, "{department}"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ana()
			s.User.Department = test.department
			c := claims.Configuration{RegexTimeout: 50 * time.Millisecond, Claims: []claims.Claim{{Name: "n", Transform: &claims.Transform{
				Function: "RegexReplace", Inputs: []string{"user.department", "user.department"}, Regex: test.regex, Replacement: test.replacement,
			}}}}
			began := time.Now()
			_, err := c.Attributes(s)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			if name == "nothing" {
				if err != nil {
					t.Errorf("within bounds: %v", err)
				}
				return
			}
			wantRefusal(t, err, "AADSTS501621", "Regular expression replacement for claims transformation has timed out.", "claims[0].transform")
		})
	}
}

// Many values share the time of one.
func TestExpressionsShareTheirTime(t *testing.T) {
	s := ana()
	s.User.ProxyAddresses = make([]string, 1000)
	for i := range s.User.ProxyAddresses {
		s.User.ProxyAddresses[i] = strings.Repeat("a", 22) + "!"
	}
	c := claims.Configuration{RegexTimeout: 50 * time.Millisecond, Claims: []claims.Claim{{Name: "n", MultiValued: true, Transform: &claims.Transform{
		Function: "RegexReplace", Inputs: []string{"user.proxyaddresses"}, Regex: `^(a+)+$`, Replacement: "x",
	}}}}
	_, err := c.Attributes(s)
	wantRefusal(t, err, "AADSTS501621", "Regular expression replacement for claims transformation has timed out.", "claims[0].transform")
}

// The engine's clock runs in a goroutine, which must not outlive its use for
// long.
func TestExpressionsLeaveNoGoroutine(t *testing.T) {
	c := claims.Configuration{RegexTimeout: 20 * time.Millisecond, Claims: []claims.Claim{{Name: "n", Transform: &claims.Transform{
		Function: "RegexReplace", Inputs: []string{`"` + strings.Repeat("a", 60) + `!"`}, Regex: `^(a+)+$`, Replacement: "x",
	}}}}
	if _, err := c.Attributes(ana()); err == nil {
		t.Fatal("the expression came to an end: it proves nothing")
	}
	deadline, tick := time.After(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for stacks := make([]byte, 1<<20); strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "regexp2"); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("a goroutine of the engine is still there")
		}
	}
}
