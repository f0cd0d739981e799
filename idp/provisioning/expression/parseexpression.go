package expression

// Response says what became of an expression, in the form of Microsoft Graph's
// parseExpressionResponse.
type Response struct {
	Error               *PublicError   `json:"error"`
	EvaluationSucceeded bool           `json:"evaluationSucceeded"`
	EvaluationResult    []string       `json:"evaluationResult"`
	ParsedExpression    *MappingSource `json:"parsedExpression"`
	ParsingSucceeded    bool           `json:"parsingSucceeded"`
}

// PublicError is why an expression cannot be read or evaluated.
type PublicError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// MappingSource is a part of an expression, in the form of Graph's
// attributeMappingSource.
type MappingSource struct {
	Expression string      `json:"expression"`
	Name       string      `json:"name"`
	Parameters []Parameter `json:"parameters"`
	Type       string      `json:"type"` // Attribute, Constant or Function
}

// Parameter is an argument with the name of its parameter.
type Parameter struct {
	Key   string        `json:"key"`
	Value MappingSource `json:"value"`
}

// ParseExpression reads an expression and evaluates it for a test object, as
// Graph's parseExpression does. Without one, a nil env, it only reads.
func ParseExpression(text string, env *Env) Response {
	r := Response{EvaluationResult: []string{}}
	e, err := Parse(text)
	if err != nil {
		r.Error = &PublicError{"InvalidExpression", err.Error()}
		return r
	}
	source := sourceOf(e.root)
	r.ParsingSucceeded, r.ParsedExpression = true, &source
	if env == nil {
		return r
	}
	v, err := e.Eval(*env)
	if err != nil {
		r.Error = &PublicError{"EvaluationFailed", err.Error()}
		return r
	}
	r.EvaluationSucceeded = true
	r.EvaluationResult = append(r.EvaluationResult, v.Strings()...)
	return r
}

// graphNames are parameters which Graph calls otherwise than the reference.
var graphNames = map[string]string{
	"oldValue": "Find", "regexPattern": "RegularExpression", "regexGroupName": "RegularExpressionGroupName",
	"replacementValue": "Replacement", "replacementAttributeName": "ReplacementPropertyName", "template": "Template",
}

func sourceOf(n node) MappingSource {
	e := Expression{root: n}
	s := MappingSource{Expression: e.String(), Parameters: []Parameter{}, Type: "Constant"}
	switch n := n.(type) {
	case *callNode:
		s.Name, s.Type = n.name, "Function"
		for i, arg := range n.args {
			if arg != nil { // Graph leaves out what was left empty
				s.Parameters = append(s.Parameters, Parameter{n.fn.parameterName(i), sourceOf(arg)})
			}
		}
	case *compareNode:
		s.Name, s.Type = n.op, "Function"
		s.Parameters = append(s.Parameters, Parameter{"left", sourceOf(n.left)}, Parameter{"right", sourceOf(n.right)})
	case *attributeNode:
		s.Name, s.Type = n.name, "Attribute"
	case *textNode:
		s.Name = n.text
	case *numberNode:
		s.Name = n.value.String()
	case *wordNode:
		s.Name = n.word
	}
	return s
}

func (f *function) parameterName(i int) string {
	name := f.params[min(i, len(f.params)-1)].name
	if other, ok := graphNames[name]; ok {
		return other
	}
	return name
}
