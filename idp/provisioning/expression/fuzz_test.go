package expression

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/idharness/harness/internal/ids"
)

// What can be read can be written and read again, a mistake has its place in the
// text, and whatever is evaluated has a bounded result or a reason, soon.
func FuzzParse(f *testing.F) {
	for _, e := range documentedExamples() {
		f.Add(e.expression, "2015-01-23")
	}
	for _, seed := range []string{
		`Switch([IsSoftDeleted], , "False", "True", "True", "False")`,
		`FormatDateTime([a], , "yyyyMMddHHmmss.fZ", "dddd, d MMMM yy h:mm tt K")`,
		`Append("\"\\", InStr("a", "b", 1, vbTextCompare))`, `RandomString(256,3,0,0,3)`, `(((`, `[`, `"\`, `Len(1.5.`, `Left("a", -`,
		`Replace([a], , "(a+)+$", , "$_$_$_")`, strings.Repeat("Redact(", 500) + "Guid()" + strings.Repeat(")", 500),
	} {
		f.Add(seed, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		e, err := Parse(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Position != PositionOf(text, syntax.Offset) {
				t.Fatalf("Parse(%q) = %v", text, err)
			}
			return
		}
		if len(text) < MaxLength/2 { // quoting may lengthen it
			again, err := Parse(e.String())
			if err != nil || again.String() != e.String() {
				t.Fatalf("%q is written as %q, which reads as %v, %v", text, e, again, err)
			}
		}
		env := Env{Now: time.Unix(1e9, 0), Random: ids.New(1), DefaultDomain: "contoso.example", Attribute: func(name string) Value {
			switch {
			case strings.HasPrefix(name, "p"):
				return Texts([]string{value, value, "x"})
			case len(name)%3 == 0:
				return Value{}
			default:
				return Text(value)
			}
		}}
		began := time.Now()
		v, err := e.Eval(env)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q took %v", text, took)
		}
		var failed *EvalError
		if err != nil && (!errors.As(err, &failed) || failed.Function == "" || failed.Position != PositionOf(text, failed.Offset)) {
			t.Errorf("%q fails with %v", text, err)
		}
		if err != nil && !v.IsNull() {
			t.Errorf("%q fails with a value, %v", text, v)
		}
		size := 0
		for _, s := range v.Strings() {
			size += len(s)
			if utf8.ValidString(text) && utf8.ValidString(value) && !utf8.ValidString(s) {
				t.Errorf("%q gives invalid text %q", text, s)
			}
		}
		if size > max(maxResult, 2*len(value)+1) {
			t.Errorf("%q gives %d bytes", text, size)
		}
	})
}
