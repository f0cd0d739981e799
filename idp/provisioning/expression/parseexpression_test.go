package expression

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The sample of Microsoft Graph, synchronizationSchema: parseExpression.
func TestParseExpression(t *testing.T) {
	env := environment(attributes{"preferredLanguage": Text("EN-US")})
	got, err := json.Marshal(ParseExpression(`Replace([preferredLanguage], "-", , , "_", ,  )`, &env))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"error":null,"evaluationSucceeded":true,"evaluationResult":["EN_US"],` +
		`"parsedExpression":{"expression":"Replace([preferredLanguage], \"-\", , , \"_\", , )","name":"Replace","parameters":[` +
		`{"key":"source","value":{"expression":"[preferredLanguage]","name":"preferredLanguage","parameters":[],"type":"Attribute"}},` +
		`{"key":"Find","value":{"expression":"\"-\"","name":"-","parameters":[],"type":"Constant"}},` +
		`{"key":"Replacement","value":{"expression":"\"_\"","name":"_","parameters":[],"type":"Constant"}}` +
		`],"type":"Function"},"parsingSucceeded":true}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseExpressionOutcomes(t *testing.T) {
	env := environment(attributes{"proxyAddresses": Texts([]string{"a", "b"}), "x": Text("x")})
	for _, test := range []struct {
		text              string
		env               *Env
		parsed, evaluated bool
		result            []string
		error             string // a part of it; "": none
	}{
		{`RemoveDuplicates([proxyAddresses])`, &env, true, true, []string{"a", "b"}, ""},
		{`Append([missing], "x")`, &env, true, true, []string{}, ""}, // null
		{`Append([x], "")`, nil, true, false, []string{}, ""},
		{`Left("abc", [x])`, &env, true, false, []string{}, "EvaluationFailed line 1, column 1: Left: argument 2 must be a whole number"},
		{`Left("abc")`, &env, false, false, []string{}, "InvalidExpression line 1, column 1: Left needs its argument 2"},
	} {
		r := ParseExpression(test.text, test.env)
		if r.ParsingSucceeded != test.parsed || (r.ParsedExpression != nil) != test.parsed || r.EvaluationSucceeded != test.evaluated || cmp.Diff(test.result, r.EvaluationResult) != "" {
			t.Errorf("%s: %+v", test.text, r)
		}
		message := ""
		if r.Error != nil {
			message = r.Error.Code + " " + r.Error.Message
		}
		if !strings.HasPrefix(message, test.error) || (test.error == "") != (r.Error == nil) {
			t.Errorf("%s: error %q, want %q", test.text, message, test.error)
		}
	}
}

// What Graph does not show: comparisons, numbers, words, parameters that repeat.
func TestParsedExpression(t *testing.T) {
	r := ParseExpression(`IIF([a] >= 1.5, Join("-", [a], "b"), InStr("x", "y", 1, vbTextCompare))`, nil)
	var all []string
	var list func(key string, s MappingSource)
	list = func(key string, s MappingSource) {
		all = append(all, key+" "+s.Type+" "+s.Name)
		for _, p := range s.Parameters {
			list(p.Key, p.Value)
		}
	}
	list("", *r.ParsedExpression)
	want := []string{
		" Function IIF", "condition Function >=", "left Attribute a", "right Constant 1.5",
		"valueIfTrue Function Join", "separator Constant -", "source Attribute a", "source Constant b",
		"valueIfFalse Function InStr", "value1 Constant x", "value2 Constant y", "start Constant 1", "compareType Constant vbTextCompare",
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
