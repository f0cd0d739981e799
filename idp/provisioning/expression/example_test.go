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
