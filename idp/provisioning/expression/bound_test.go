package expression

import (
	"strings"
	"testing"
)

// What Join and Append give may be as long as the bound, and no longer.
func TestLengthOfResults(t *testing.T) {
	half := Text(strings.Repeat("x", maxResult/2))
	for _, test := range []struct {
		expression string
		extra      string
		ok         bool
	}{
		{`Join("", [half], [half], [extra])`, "", true},
		{`Join("", [half], [half], [extra])`, "x", false},
		{`Join("--", [half], [rest], [extra])`, "", true},
		{`Join("--", [half], [rest], [extra])`, "x", false},
		{`Append([half], [half])`, "", true},
		{`Append(Append([half], [half]), "x")`, "", false},
	} {
		e, err := Parse(test.expression)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Eval(environment(attributes{"half": half, "rest": Text(half.String()[2:]), "extra": Text(test.extra)}))
		if test.ok && (err != nil || len(v.String()) != maxResult) {
			t.Errorf("%s with %q: %d bytes, %v", test.expression, test.extra, len(v.String()), err)
		}
		if !test.ok && (err == nil || !strings.Contains(err.Error(), "longer than 1048576 bytes")) {
			t.Errorf("%s with %q: %d bytes, %v; want a refusal", test.expression, test.extra, len(v.String()), err)
		}
	}
}
