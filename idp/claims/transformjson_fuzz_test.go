package claims

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// FuzzTransformJSON evaluates claims whose configuration and whose user are
// somebody else's: whatever they are, the outcome is values within bounds, or a
// refusal that has a code, in bounded time.
func FuzzTransformJSON(f *testing.F) {
	for _, seed := range []struct{ transform, value, other string }{
		{`{"function":"ExtractMailPrefix","inputs":["user.mail"],"then":{"function":"ToUppercase"}}`, "ana@contoso.example", ""},
		{`{"function":"Join","inputs":["user.mail","user.department"],"separator":"|"}`, "a", "b"},
		{`{"function":"Contains","inputs":["user.department"],"value":"x","output":"user.mail","outputIfNoMatch":"\"none\""}`, "a", "xyz"},
		{`{"function":"ExtractBetween","inputs":["user.department"],"value":"(","value2":")"}`, "", "a(b)c"},
		{`{"function":"ExtractNumericSuffix","inputs":["user.department"]}`, "", "ab٣12"},
		{`{"function":"ExtractAlphaPrefix","inputs":["user.department"]}`, "", "äßx9"},
		{`{"function":"IfEmpty","inputs":["user.department"],"output":"user.mail","outputIfNoMatch":"user.department"}`, "m", ""},
		{`{"function":"Substring","inputs":["user.department"],"startIndex":1,"length":2}`, "", "añb"},
		{`{"function":"Substring","inputs":["user.department"],"startIndex":9223372036854775807,"length":9223372036854775807}`, "", "abc"},
		{`{"function":"RegexReplace","inputs":["user.mail","user.department"],"regex":"(?'domain'^.*?)(?i)(\\\\w+)$","replacement":"{domain}.{department}"}`, "corp\\ana", "R&D"},
		{`{"function":"RegexReplace","inputs":["user.mail"],"regex":"^(a+)+$","replacement":"x"}`, strings.Repeat("a", 40) + "!", ""},
		{`{"function":"RegexReplace","inputs":["user.mail"],"regex":"(?<=@)\\w+(?=\\.)|\\1","replacement":"{0}{1}{"}`, "ana@contoso.example", ""},
	} {
		f.Add(seed.transform, seed.value, seed.other)
	}
	f.Fuzz(func(t *testing.T, transform, value, other string) {
		var tr Transform
		if json.Unmarshal([]byte(transform), &tr) != nil {
			return
		}
		c := Configuration{RegexTimeout: 200 * time.Millisecond, Claims: []Claim{{Name: "out", Transform: &tr}, {Name: "all", Transform: &tr, MultiValued: true}}}
		if c.Validate() != nil {
			return
		}
		subject := Subject{TenantID: "t", AppID: "a", Domain: "contoso.example", User: directory.User{
			ID: "u", UserPrincipalName: "ana@contoso.example", Mail: value, Department: other, ProxyAddresses: []string{value, other, value},
		}}
		began := time.Now()
		attributes, err := c.Attributes(subject)
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("took %s", took)
		}
		if err != nil {
			if why, ok := refusal.From(err); !ok || !strings.HasPrefix(why.Code, "AADSTS") {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		for _, a := range attributes {
			if len(a.Values) == 0 {
				t.Fatalf("%s is emitted without a value", a.Name)
			}
			for _, v := range a.Values {
				checkFuzzValue(t, &tr, a.Name, v, len(transform)+4*len(value)+4*len(other))
			}
			if a.Name == "out" && len(a.Values) > 1 {
				t.Fatalf("%d values of a claim that is not multivalued", len(a.Values))
			}
		}
		again, err := c.Attributes(subject)
		if err == nil && len(again) != len(attributes) {
			t.Fatalf("the same claims give %d and %d attributes", len(attributes), len(again))
		}
		if name, err := (Configuration{NameID: NameID{Transform: &tr}}).NameIDFor(subject, "", "", func(n int) []byte { return make([]byte, n) }); err == nil && name.Value == "" {
			t.Fatal("an empty NameID")
		}
	})
}

// checkFuzzValue checks what holds of every value: it is not empty, it is no
// longer than what it was made of allows, and the last function's promise is kept.
func checkFuzzValue(t *testing.T, tr *Transform, name, value string, most int) {
	t.Helper()
	if value == "" {
		t.Fatalf("%s has an empty value", name)
	}
	if name != "out" && name != "all" {
		return
	}
	last := tr
	for last.Then != nil {
		last = last.Then
	}
	regex := strings.EqualFold(tr.Function, "RegexReplace") || strings.EqualFold(last.Function, "RegexReplace")
	switch {
	case regex && len(value) > 4*maxValue:
		t.Fatalf("%d bytes of %s", len(value), tr.Function)
	case !regex && len(value) > most:
		t.Fatalf("%d bytes out of %d", len(value), most)
	}
	if strings.HasPrefix(strings.ToLower(last.Function), "toupper") && strings.ToUpper(value) != value {
		t.Fatalf("ToUppercase gave %q", value)
	}
	if strings.HasPrefix(strings.ToLower(last.Function), "tolower") && strings.ToLower(value) != value {
		t.Fatalf("ToLowercase gave %q", value)
	}
}
