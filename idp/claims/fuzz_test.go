package claims_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
)

// FuzzTransform looks for transformations that panic, that Validate accepts but
// that cannot be evaluated, or that make too much of their input.
func FuzzTransform(f *testing.F) {
	f.Add("ExtractMailPrefix", "ToUppercase", "ana@contoso.example", "", "", "", "", 0, 0)
	f.Add("RegexReplace", "RegexReplace", "swmal@fabrikam.com", "", "", `(?'domain'^.*?)(?i)(\@fabrikam\.com)$`, "{domain}@x", 0, 0)
	f.Add("RegexReplace", "", "aaaa", "", "", `(?<x>)|\w*`, "{x}{country}", 0, 0)
	f.Add("Substring", "Join", "PleaseExtractThisNow", ".", "", "", "", 6, 11)
	f.Add("ExtractBetween", "Contains", "Finance_BSimon_US", "Finance_", "_US", "", "", 0, -1)
	f.Add("EndWith", "IfEmpty", "\xff\u0301", "\xff", "", "[a-z-[b]]", "{", 0, 0)
	f.Fuzz(func(t *testing.T, function, then, in, value, value2, regex, replacement string, start, length int) {
		if len(in) > 1<<10 || len(value) > 1<<10 || len(regex) > 1<<7 || len(replacement) > 1<<10 {
			t.Skip("no attribute is that long")
		}
		s := ana()
		s.User.Department = in
		step := func(name string, inputs ...string) *claims.Transform {
			tr := &claims.Transform{Function: name, Inputs: inputs}
			switch name {
			case "Join":
				tr.Inputs, tr.Separator = append(tr.Inputs, "user.country"), value
			case "Contains", "StartWith", "EndWith":
				tr.Value, tr.Output, tr.OutputIfNoMatch = value, "user.department", `"`+value2+`"`
			case "ExtractAfter", "ExtractBefore":
				tr.Value = value
			case "ExtractBetween":
				tr.Value, tr.Value2 = value, value2
			case "IfEmpty", "IfNotEmpty":
				tr.Output = "user.department"
			case "Substring":
				tr.StartIndex, tr.Length = &start, &length
			case "RegexReplace":
				tr.Inputs, tr.Regex, tr.Replacement = append(tr.Inputs, "user.country"), regex, replacement
			}
			return tr
		}
		tr := step(function, "user.department")
		if then != "" {
			tr.Then = step(then)
		}
		c := claims.Configuration{
			Claims: []claims.Claim{{Name: "n", Transform: tr, MultiValued: start%2 == 1}},
			NameID: claims.NameID{Transform: tr},
		}
		valid := c.Validate() == nil
		list, err := c.Attributes(s)
		if _, refused := refusal.From(err); valid && err != nil && !refused {
			t.Errorf("valid, but: %v", err)
		}
		if !valid && err == nil {
			t.Error("evaluated although it is not valid")
		}
		for _, v := range values(list, "n") {
			// One replacement goes up to the limit; Join adds two inputs to it.
			if most := 1<<13 + 1<<11; len(v) > 2*most {
				t.Errorf("%d bytes made of %d", len(v), len(in))
			}
			if utf8.ValidString(strings.Join([]string{in, value, value2, replacement}, " ")) && !utf8.ValidString(v) {
				t.Errorf("%q is not UTF-8", v)
			}
		}
		if id, err := c.NameIDFor(s, "", "", nil); err == nil && id.Value == "" {
			t.Error("an empty NameID")
		}
	})
}
