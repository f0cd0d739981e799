package expression_test

import (
	"fmt"

	"github.com/idharness/harness/idp/provisioning/expression"
)

func ExampleParse() {
	e, err := expression.Parse(`ToLower(Replace([mail], "@contoso.example", , , "", , ))`)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := e.Eval(expression.Env{
		Attribute: func(name string) expression.Value {
			if name == "mail" {
				return expression.Text("Ana.Sousa@contoso.example")
			}
			return expression.Value{}
		},
	})
	fmt.Println(v, err)

	_, err = expression.Parse(`Tolower([mail])`)
	fmt.Println(err)
	// Output:
	// ana.sousa <nil>
	// line 1, column 1: there is no function "Tolower" (names of functions are case-sensitive: write ToLower)
}

// Graph's parseExpression says how an expression was read, and what it gives for
// a test object.
func ExampleParseExpression() {
	object := map[string]string{"preferredLanguage": "EN-US"}
	r := expression.ParseExpression(`Replace([preferredLanguage], "-", , , "_", , )`, &expression.Env{
		Attribute: func(name string) expression.Value { return expression.Optional(object[name]) },
	})
	fmt.Println(r.ParsingSucceeded, r.EvaluationSucceeded, r.EvaluationResult)
	for _, p := range r.ParsedExpression.Parameters {
		fmt.Println(p.Key, p.Value.Type, p.Value.Name)
	}

	fmt.Println(expression.ParseExpression(`Replace([preferredLanguage], "-")`, nil).Error.Message)
	// Output:
	// true true [EN_US]
	// source Attribute preferredLanguage
	// Find Constant -
	// Replacement Constant _
	// line 1, column 1: these arguments of Replace do not go together (give oldValue with replacementValue or template, or regexPattern with replacementValue, with regexGroupName and replacementValue, or with regexGroupName and replacementAttributeName)
}
