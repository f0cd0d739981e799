package expression

import (
	"errors"
	"strings"
	"testing"
)

// A mistake is reported at the byte where the reader must look.
func TestSyntaxErrors(t *testing.T) {
	tests := []struct {
		expression string
		offset     int
		message    string
		hint       string
	}{
		{``, 0, "expected a function", ""},
		{`"United States"`, 0, "expected a function", "a whole expression is a call"},
		{`12`, 0, "expected a function", ""},
		{`Append([mail], "x"`, 18, "closing parenthesis of Append is missing", ""},
		{`Append([mail], "x") "y"`, 20, "after the expression", ""},
		{`Append([mail] "x")`, 14, "expected ',' or ')'", ""},
		{`Append([mail], "x)`, 15, "closing quotation mark", ""},
		{`Append([mail, "x")`, 7, "closing bracket", ""},
		{`Append([], "x")`, 7, "has no name", ""},
		{`Append(mail, "x")`, 7, `unexpected word "mail"`, "[mail] as an attribute"},
		{`Append([mail], “x”)`, 15, "unexpected character", "straight double quotes"},
		{`append([mail], "x")`, 0, `no function "append"`, "write Append"},
		{`Join(" ", Apend([mail], "x"))`, 10, `no function "Apend"`, "did you mean Append?"},
		{`Frobnicate([mail])`, 0, `no function "Frobnicate"`, ""},
		{`Append([mail])`, 0, "needs its argument 2, suffix", "Append(source, suffix)"},
		{`Append([mail], )`, 0, "needs its argument 2, suffix", ""},
		{`Append([mail], "a", "b")`, 20, "takes 2 arguments, got 3", ""},
		{`Guid("x")`, 5, "takes 0 arguments", ""},
		{`Switch([a], "d", "k")`, 0, "needs its argument 4, value", ""},
		{`Switch([a], "d", "k", "v", "k")`, 0, "even number", ""},
		{`Switch([a], "d", "k", "v", , "w")`, 0, "nothing as its argument 5", ""},
		{`Coalesce([a], , [b])`, 0, "nothing as its argument 2", ""},
		{`Append([a] = [b], "x")`, 11, "a comparison can stand only", ""},
		{`IIF([a], "x" = "y", "z")`, 13, "a comparison can stand only", ""},
		{`IIF([a] = "x" AND [b] = "y", "1", "2")`, 14, "one comparison", "no AND and no OR"},
		{`Append([a], "\d")`, 13, "backslash", `"\\d+"`},
		{`BitAnd(&X1, 2)`, 7, "unexpected character '&'", "&HF7"},
		{`Left([a], 1x)`, 10, "not a whole number", ""},
		{`Left([a], 99999999999999999999)`, 10, "not a whole number", ""},
		{`Replace([a], , "(?<x", , "")`, 15, "does not compile", ""},
		{`Replace([a], , "(?=x", , "")`, 15, "does not compile", ".NET"},
		{`Replace([a], , "` + strings.Repeat("x", 8193) + `", , "")`, 15, "longer than 8192 bytes", ""},
		{`Replace([a], , "(?<x>y)", "z", "")`, 26, `no group named "z"`, ""},
		{`Replace([a], "x")`, 0, "do not go together", ""},
		{`Replace([a], , "x")`, 0, "do not go together", ""},
		{`DateAdd("q", 1, Now())`, 8, "unknown interval", "yyyy, m, d, ww, h, n, s"},
		{`FormatDateTime([a], , "'", "yyyy")`, 22, "date format is wrong", ""},
		{`FormatDateTime([a], "Sometimes", "yyyy", "yyyy")`, 20, "unknown date and time style Sometimes", ""},
		{`SingleAppRoleAssignment([roles])`, 24, "takes the attribute [appRoleAssignments]", ""},
		{`Append(SelectUniqueValue([a], [b]), "x")`, 7, "must be the outermost", ""},
		{`Left("abc", "x")`, 12, "argument 2 of Left, numChars, must be a whole number", ""},
		{`Left("abc", 1.5)`, 12, "must be a whole number", ""},
		{`Left("abc", 1.)`, 12, "not a number", ""},
		{`Left("abc", 1.5.2)`, 12, "not a number", ""},
		{`Item([a], "x")`, 10, "argument 2 of Item, index, must be a whole number", ""},
		{`Word("a", "x", " ")`, 10, "argument 2 of Word, wordNumber", ""},
		{`BitAnd(1, "x")`, 10, "argument 2 of BitAnd, value2", ""},
		{`DateAdd("d", "x", Now())`, 13, "argument 2 of DateAdd, value", ""},
		{`DateAdd("d", 1, "soon")`, 16, "argument 3 of DateAdd, dateTime, must be a date", ""},
		{`DateDiff("d", "soon", Now())`, 14, "argument 2 of DateDiff, date1, must be a date", ""},
		{`DateDiff("d", Now(), "soon")`, 21, "argument 3 of DateDiff, date2, must be a date", ""},
		{`DateFromNum("x")`, 12, "must be a whole number", ""},
		{`NumFromDate("soon")`, 12, "must be a date", ""},
		{`Append("x", CDate("soon"))`, 18, "must be a date", ""},
		{`InStr("a", "b", "x")`, 16, "argument 3 of InStr, start, must be a whole number", ""},
		{`InStr("a", "b", 1, "x")`, 19, "must be vbTextCompare or vbBinaryCompare", ""},
		{`Append([a], vbTextCompare)`, 12, "only as the compareType of InStr", ""},
		{`Mid([a], 0, 1)`, 9, "start counts from 1", ""},
		{`Mid([a], 1, -1)`, 12, "cannot be negative", ""},
		{`Mid([a], "x", 1)`, 9, "argument 2 of Mid, start", ""},
		{`RandomString(300,0,0,0,0)`, 13, "from 0 to 256", ""},
		{`RandomString(6,-1,0,0,0)`, 15, "from 0 to 256", ""},
		{`RandomString(2,3,0,0,0)`, 13, "less than the 3 characters asked for", ""},
		{`SelectUniqueValue([a])`, 0, "needs its argument 2", ""},
		{`Append([a], ")`, 12, "closing quotation mark", ""},
	}
	for _, test := range tests {
		_, err := Parse(test.expression)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%s) = %v, want a syntax error", test.expression, err)
			continue
		}
		if syntax.Offset != test.offset || !strings.Contains(syntax.Message, test.message) || !strings.Contains(syntax.Hint, test.hint) {
			t.Errorf("Parse(%s):\n got offset %d, %s (%s)\nwant offset %d, … %s … (%s)", test.expression, syntax.Offset, syntax.Message, syntax.Hint, test.offset, test.message, test.hint)
		}
	}
}

// Lines and columns count as an editor does, in characters from 1.
func TestPositionOfMistakes(t *testing.T) {
	for text, want := range map[string]Position{
		`Apend([mail], "x")`:                           {1, 1},
		`Join("é", "日本", Apend([mail], "x"))`:          {1, 17},
		"Join(\" \",\n  [givenName],\r\n\tApend([a]))": {3, 2},
		"Append([mail],\n\"x\"":                        {2, 4},
	} {
		_, err := Parse(text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Position != want || !strings.HasPrefix(err.Error(), want.String()+": ") {
			t.Errorf("%q: %v, want it at %v", text, err, want)
		}
	}
}

// "Known issues for provisioning in Microsoft Entra ID": at most 10,000
// characters.
func TestMaxLength(t *testing.T) {
	fits := `Append("` + strings.Repeat("é", MaxLength-len(`Append("", "")`)) + `", "")`
	if _, err := Parse(fits); err != nil {
		t.Errorf("an expression of %d characters: %v", MaxLength, err)
	}
	if _, err := Parse(fits + " "); err == nil {
		t.Errorf("an expression of %d characters was accepted", MaxLength+1)
	}
}

func TestAttributesAndCalls(t *testing.T) {
	e, err := Parse(`Join(" ", [givenName], ToUpper([surname]))`)
	if err != nil {
		t.Fatal(err)
	}
	refs := e.Attributes()
	if len(refs) != 2 || refs[0] != (Attribute{"givenName", 10}) || refs[1] != (Attribute{"surname", 31}) {
		t.Errorf("attributes %v", refs)
	}
	if at, ok := e.Call("ToUpper"); !ok || at != 23 {
		t.Errorf("ToUpper at %d, %v", at, ok)
	}
	if _, ok := e.Call("ToLower"); ok {
		t.Error("found a call that is not there")
	}
}
