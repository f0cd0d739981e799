package expression

import (
	"fmt"
	"slices"
	"strings"
)

// function is one function of the language. Names are case-sensitive.
type function struct {
	params    []param
	even      bool                  // the number of arguments must be even
	condition bool                  // the first argument may be a comparison
	verify    func(*callNode) error // nil: nothing to check beyond the number of arguments
	eval      func(*call) (Value, error)
}

type param struct {
	name     string
	optional bool
	repeats  bool // once or more, to the end
	number   bool // a whole number
	date     bool
	words    []string // bare words that may stand here
}

// signature reads "source, start#, oldValue?, values…": a question mark marks an
// optional parameter, an ellipsis one that repeats, # a whole number, @ a date.
func signature(text string) []param {
	if text == "" {
		return nil
	}
	var out []param
	for name := range strings.SplitSeq(text, ", ") {
		p := param{name: name}
		p.name, p.optional = strings.CutSuffix(p.name, "?")
		p.name, p.repeats = strings.CutSuffix(p.name, "…")
		p.name, p.number = strings.CutSuffix(p.name, "#")
		p.name, p.date = strings.CutSuffix(p.name, "@")
		if p.name == "compareType" {
			p.words = []string{textCompare, binaryCompare}
		}
		out = append(out, p)
	}
	return out
}

// functions holds the whole list of the reference page. AssertiveAppRole-
// AssignmentsComplex is documented in "Customize user provisioning attribute-
// mappings for SaaS applications".
var functions = map[string]function{
	"Append":                             {params: signature("source, suffix"), eval: appendSuffix},
	"AppRoleAssignmentsComplex":          {params: signature("appRoleAssignments"), verify: checkRoles, eval: roles(RolesComplex)},
	"AssertiveAppRoleAssignmentsComplex": {params: signature("appRoleAssignments"), verify: checkRoles, eval: roles(RolesAssertive)},
	"BitAnd":                             {params: signature("value1#, value2#"), eval: bitAnd},
	"CBool":                              {params: signature("expression"), condition: true, eval: cBool},
	"CDate":                              {params: signature("expression@"), eval: cDate},
	"Coalesce":                           {params: signature("source…"), eval: coalesce},
	"ConvertToBase64":                    {params: signature("source"), eval: convertToBase64},
	"ConvertToUTF8Hex":                   {params: signature("source"), eval: convertToUTF8Hex},
	"Count":                              {params: signature("attribute"), eval: count},
	"CStr":                               {params: signature("value"), eval: cStr},
	"DateAdd":                            {params: signature("interval, value#, dateTime@"), verify: checkInterval, eval: dateAdd},
	"DateDiff":                           {params: signature("interval, date1@, date2@"), verify: checkInterval, eval: dateDiff},
	"DateFromNum":                        {params: signature("value#"), eval: dateFromNum},
	"DefaultDomain":                      {eval: defaultDomain},
	"FormatDateTime":                     {params: signature("source, dateTimeStyles?, inputFormat, outputFormat"), verify: checkFormats, eval: formatDateTime},
	"Guid":                               {eval: guid},
	"IgnoreFlowIfNullOrEmpty":            {params: signature("expression"), eval: ignoreFlow},
	"IIF":                                {params: signature("condition, valueIfTrue, valueIfFalse"), condition: true, eval: iif},
	"InStr":                              {params: signature("value1, value2, start#?, compareType?"), eval: inStr},
	"IsNull":                             {params: signature("expression"), eval: test(Value.IsNull)},
	"IsNullOrEmpty":                      {params: signature("expression"), eval: test(Value.IsEmpty)},
	"IsPresent":                          {params: signature("expression"), eval: test(func(v Value) bool { return !v.IsEmpty() })},
	"IsString":                           {params: signature("expression"), eval: test(func(v Value) bool { return v.kind == String })},
	"Item":                               {params: signature("attribute, index#"), eval: item},
	"Join":                               {params: signature("separator, source…"), eval: join},
	"Left":                               {params: signature("string, numChars#"), eval: left},
	"Len":                                {params: signature("string"), eval: length},
	"Mid":                                {params: signature("source, start#, length#"), verify: checkMid, eval: mid},
	"NormalizeDiacritics":                {params: signature("source"), eval: mapText(normalizeDiacritics)},
	"Not":                                {params: signature("source"), eval: not},
	"Now":                                {eval: now},
	"NumFromDate":                        {params: signature("value@"), eval: numFromDate},
	"PCase":                              {params: signature("source, wordSeparators?"), eval: pCase},
	"RandomString":                       {params: signature("length#, minimumNumbers#, minimumSpecialCharacters#, minimumCapital#, minimumLowerCase#, charactersToAvoid?"), verify: checkRandomString, eval: randomString},
	"Redact":                             {params: signature("value"), eval: redact},
	"RemoveDuplicates":                   {params: signature("attribute"), eval: removeDuplicates},
	"Replace":                            {params: signature("source, oldValue?, regexPattern?, regexGroupName?, replacementValue?, replacementAttributeName?, template?"), verify: checkReplace, eval: replace},
	"SelectUniqueValue":                  {params: signature("uniqueValueRule, uniqueValueRule…"), eval: selectUniqueValue},
	"SingleAppRoleAssignment":            {params: signature("appRoleAssignments"), verify: checkRoles, eval: roles(RolesSingle)},
	"Split":                              {params: signature("source, delimiter"), eval: split},
	"StripSpaces":                        {params: signature("source"), eval: mapText(func(s string) string { return strings.ReplaceAll(s, " ", "") })},
	"Switch":                             {params: signature("source, defaultValue?, key, value, keyOrValue…?"), even: true, eval: switchValue},
	"ToLower":                            {params: signature("source, culture?"), eval: lower.change},
	"ToUpper":                            {params: signature("source, culture?"), eval: upper.change},
	"Word":                               {params: signature("string, wordNumber#, delimiters"), eval: word},
}

// check compares the arguments that were written with the parameters.
func (f *function) check(n *callNode) error {
	for i, p := range f.params {
		if !p.optional && (i >= len(n.args) || n.args[i] == nil) {
			return f.mismatch(n, fmt.Sprintf("%s needs its argument %d, %s", n.name, i+1, p.name))
		}
	}
	variadic := len(f.params) > 0 && f.params[len(f.params)-1].repeats
	if len(n.args) > len(f.params) && !variadic {
		e := f.mismatch(n, fmt.Sprintf("%s takes %d arguments, got %d", n.name, len(f.params), len(n.args)))
		if first := n.args[len(f.params)]; first != nil {
			e.Offset = first.offset()
		}
		return e
	}
	for i, arg := range n.args {
		if err := f.params[min(i, len(f.params)-1)].check(n, i, arg); err != nil {
			return err
		}
	}
	for i := len(f.params) - 1; variadic && i < len(n.args); i++ {
		if n.args[i] == nil {
			return f.mismatch(n, fmt.Sprintf("%s has nothing as its argument %d", n.name, i+1))
		}
	}
	if f.even && len(n.args)%2 != 0 {
		return f.mismatch(n, fmt.Sprintf("%s takes an even number of arguments, got %d", n.name, len(n.args)))
	}
	if f.verify != nil {
		return f.verify(n)
	}
	return nil
}

// check looks at constants; what attributes and functions give is known only to
// Eval.
func (p param) check(n *callNode, i int, arg node) error {
	var got Value
	switch arg := arg.(type) {
	case *textNode:
		got = Text(arg.text)
	case *numberNode:
		got = arg.value
	case *wordNode:
		if !slices.Contains(p.words, arg.word) {
			return &SyntaxError{Offset: arg.at, Message: arg.word + " can stand only as the compareType of InStr", Hint: fmt.Sprintf("write %q as a text", arg.word)}
		}
		got = Text(arg.word)
	default:
		return nil
	}
	expected := ""
	switch _, isNumber := got.integer(); {
	case p.number && !isNumber:
		expected = "a whole number, such as 3"
	case p.date && !got.IsEmpty() && !isDate(got):
		expected = `a date, such as "2024-05-31" or "5/31/2024 1:00:00 PM"`
	case p.words != nil && !got.IsEmpty() && !slices.Contains(p.words, got.String()):
		expected = strings.Join(p.words, " or ")
	}
	if expected == "" {
		return nil
	}
	return &SyntaxError{Offset: arg.offset(), Message: fmt.Sprintf("argument %d of %s, %s, must be %s, got %s", i+1, n.name, p.name, expected, got.describe())}
}

func isDate(v Value) bool {
	_, ok := parseDate(v.String())
	return ok
}

func (f *function) mismatch(n *callNode, message string) *SyntaxError {
	var names []string
	for _, p := range f.params {
		name := p.name
		if p.repeats {
			name += "…"
		}
		if p.optional {
			name = "[" + name + "]"
		}
		names = append(names, name)
	}
	return &SyntaxError{Offset: n.at, Message: message, Hint: n.name + "(" + strings.Join(names, ", ") + ")"}
}
