package claims

import (
	"slices"
	"strings"
)

// maxChain is how many transformations a claim can have (learn.microsoft.com,
// "Customize SAML token claims").
const maxChain = 2

// Transform is a transformation of the portal's "Manage transformation" page.
//
// Inputs are attributes (user.mail) or constants in double quotes ("x"). The
// first input is what is transformed; in Then, the output of the transformation
// before takes its place, so that Then's Inputs hold only the further ones. The
// functions, with their further inputs and parameters:
//
//	ExtractMailPrefix                               the part before @, or everything if there is none
//	Join                 +1 input, separator        both inputs with the separator between them
//	ToLowercase, ToUppercase
//	Contains, StartWith, EndWith
//	                     value, output, outputIfNoMatch
//	                                                output if value is found in the input
//	ExtractAfter         value                      what comes after the first match of value
//	ExtractBefore        value                      what comes before it
//	ExtractBetween       value, value2              what comes between value and the next value2
//	ExtractAlphaPrefix, ExtractAlphaSuffix          the letters at the start or at the end
//	ExtractNumericPrefix, ExtractNumericSuffix      the digits there
//	IfEmpty              output, outputIfNoMatch    output if the input is empty
//	IfNotEmpty           output                     output if it is not
//	Substring            startIndex, length         length characters from startIndex (from 0), all without length
//	RegexReplace         +5 inputs, regex, replacement, outputIfNoMatch
//	                                                every match of regex replaced
//
// Output and OutputIfNoMatch are attributes or quoted constants, as inputs are;
// Separator, Value, Value2, Regex and Replacement are plain text. Names of
// functions may be written in any case and with the portal's parentheses.
//
// Regex is a .NET regular expression. In Replacement, {name} stands for a group,
// (?'name'…) or (?<name>…), or for a further input by the last part of its name:
// {country} for user.country. An expression that takes too long on a value
// refuses the sign-in.
type Transform struct {
	Function        string     `json:"function"`
	Inputs          []string   `json:"inputs,omitempty"`
	Separator       string     `json:"separator,omitempty"`
	Value           string     `json:"value,omitempty"`
	Value2          string     `json:"value2,omitempty"`
	Output          string     `json:"output,omitempty"`
	OutputIfNoMatch string     `json:"outputIfNoMatch,omitempty"`
	StartIndex      *int       `json:"startIndex,omitempty"`
	Length          *int       `json:"length,omitempty"`
	Regex           string     `json:"regex,omitempty"`
	Replacement     string     `json:"replacement,omitempty"`
	Then            *Transform `json:"then,omitempty"`
}

// parameters lists the JSON names of the parameters and whether they are given.
func (t *Transform) parameters() []parameter {
	return []parameter{
		{"separator", t.Separator != ""}, {"value", t.Value != ""}, {"value2", t.Value2 != ""},
		{"output", t.Output != ""}, {"outputIfNoMatch", t.OutputIfNoMatch != ""},
		{"startIndex", t.StartIndex != nil}, {"length", t.Length != nil},
		{"regex", t.Regex != ""}, {"replacement", t.Replacement != ""},
	}
}

type parameter struct {
	name  string
	given bool
}

// function is one entry of the transformations that the portal offers.
type function struct {
	name     string
	further  int      // inputs after the first
	optional int      // how many of them can be left out
	input    string   // Entra's name of the mandatory first input; empty if the function runs without
	required []string // parameters
	allowed  []string
	apply    func(step) (string, error)
}

// step is one application of a function to one value.
type step struct {
	*Transform
	in      string
	further []string            // values of the further inputs
	lookup  func(string) string // value of an output
	nameID  bool
	domain  string // the tenant's verified domain
	effort  *effort
}

// inputName is what Entra's error calls the input, where the page on a
// transformation names it.
const inputName = "sourceClaim"

var functions = []function{
	{name: "ExtractMailPrefix", input: "mail", apply: extractMailPrefix},
	{name: "Join", further: 1, input: "string1", allowed: []string{"separator"}, apply: join},
	{name: "ToLowercase", input: inputName, apply: func(s step) (string, error) { return strings.ToLower(s.in), nil }},
	{name: "ToUppercase", input: inputName, apply: func(s step) (string, error) { return strings.ToUpper(s.in), nil }},
	valueTest("Contains", strings.Contains),
	valueTest("StartWith", strings.HasPrefix),
	valueTest("EndWith", strings.HasSuffix),
	{name: "ExtractAfter", input: inputName, required: []string{"value"}, apply: extractAfter},
	{name: "ExtractBefore", input: inputName, required: []string{"value"}, apply: extractBefore},
	{name: "ExtractBetween", input: inputName, required: []string{"value", "value2"}, apply: extractBetween},
	{name: "ExtractAlphaPrefix", input: inputName, apply: prefixOf(isLetter)},
	{name: "ExtractAlphaSuffix", input: inputName, apply: suffixOf(isLetter)},
	{name: "ExtractNumericPrefix", input: inputName, apply: prefixOf(isDigit)},
	{name: "ExtractNumericSuffix", input: inputName, apply: suffixOf(isDigit)},
	{name: "IfEmpty", required: []string{"output"}, allowed: []string{"outputIfNoMatch"}, apply: ifEmpty},
	{name: "IfNotEmpty", required: []string{"output"}, apply: ifNotEmpty},
	{name: "Substring", input: inputName, required: []string{"startIndex"}, allowed: []string{"length"}, apply: substring},
	{
		name: "RegexReplace", further: maxRegexInputs, optional: maxRegexInputs, input: inputName,
		required: []string{"regex"}, allowed: []string{"replacement", "outputIfNoMatch"}, apply: regexReplace,
	},
}

// Functions returns the names of the transformations.
func Functions() []string {
	names := make([]string, len(functions))
	for i, f := range functions {
		names[i] = f.name
	}
	return names
}

// findFunction finds a function by its name, with or without parentheses. The
// NameID's page calls two of them ToLower and ToUpper.
func findFunction(name string) (function, bool) {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "()"))
	switch name {
	case "tolower":
		name = "tolowercase"
	case "toupper":
		name = "touppercase"
	}
	i := slices.IndexFunc(functions, func(f function) bool { return strings.ToLower(f.name) == name })
	if i < 0 {
		return function{}, false
	}
	return functions[i], true
}

// missingInput says that a transformation lacks an input it cannot do without.
type missingInput struct {
	parameter string // Entra's name of it
	source    string // the attribute that has no value
}

func (e *missingInput) Error() string { return "no value for " + e.source }

// illegalValue says that a transformation gave what a NameID must not be.
type illegalValue struct{ reason string }

func (e *illegalValue) Error() string { return e.reason }

// transformer applies transformations to one subject's values.
type transformer struct {
	subject Subject
	nameID  bool
	effort  *effort // what is left for regular expressions
}

// apply runs a transformation and returns the values that are not empty. Unless
// multi is set, only the first value of the first input is transformed
// (learn.microsoft.com, "Customize SAML token claims": treat source as
// multivalued).
func (tr transformer) apply(t *Transform, multi bool) ([]string, error) {
	if len(t.Inputs) == 0 {
		return nil, nil
	}
	values := tr.subject.values(t.Inputs[0])
	if len(values) == 0 {
		values = []string{""}
	}
	if !multi {
		values = values[:1]
	}
	var out []string
	for _, v := range values {
		result, err := tr.chain(t, v)
		if err != nil {
			return nil, err
		}
		if result != "" {
			out = append(out, result)
		}
	}
	return out, nil
}

// chain runs one value through a transformation and those that follow it.
func (tr transformer) chain(t *Transform, value string) (string, error) {
	original, source := value, t.Inputs[0]
	lookup := func(output string) string {
		if strings.EqualFold(output, source) {
			return original // of several values, the one being transformed
		}
		return first(tr.subject.values(output))
	}
	further := t.Inputs[1:]
	for depth := 0; t != nil; depth++ {
		f, ok := findFunction(t.Function)
		if !ok {
			return "", nil
		}
		if value == "" && f.input != "" {
			if depth > 0 {
				return "", nil // the transformation before had no result
			}
			return "", &missingInput{f.input, source}
		}
		s := step{Transform: t, in: value, lookup: lookup, nameID: tr.nameID, effort: tr.effort, domain: tr.subject.Domain}
		for i, input := range further {
			v := lookup(input)
			if v == "" && i < f.further-f.optional {
				return "", &missingInput{"string2", input}
			}
			s.further = append(s.further, v)
		}
		var err error
		if value, err = f.apply(s); err != nil {
			return "", err
		}
		if t = t.Then; t != nil {
			further = t.Inputs
		}
	}
	return value, nil
}
