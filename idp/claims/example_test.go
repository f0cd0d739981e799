package claims_test

import (
	"fmt"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

// The claims that sign a user in to an AWS account and tag the session.
func Example() {
	const aws = "https://aws.amazon.com/SAML/Attributes"
	app := claims.Configuration{
		Claims: []claims.Claim{
			{Name: "Role", Namespace: aws, Source: "user.assignedroles"},
			{Name: "RoleSessionName", Namespace: aws, Transform: &claims.Transform{
				Function: "ExtractMailPrefix", Inputs: []string{"user.userprincipalname"},
				Then: &claims.Transform{Function: "ToLowercase"},
			}},
			{Name: "SessionDuration", Namespace: aws, Value: "3600"},
			{Name: "AccessControl:CostCenter", Namespace: aws, Source: "user.extensionattribute1"}, // empty for Ana: left out
		},
		NameID: claims.NameID{Source: "user.mail", Format: "emailAddress"},
	}
	ana := claims.Subject{
		User:  directory.User{UserPrincipalName: "Ana@contoso.example", Mail: "ana.sousa@contoso.example"},
		Roles: []string{"arn:aws:iam::111122223333:role/admin,arn:aws:iam::111122223333:saml-provider/entra"},
	}

	attributes, err := app.Attributes(ana)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range attributes[len(attributes)-3:] {
		fmt.Println(a.Name, a.Values)
	}
	id, err := app.NameIDFor(ana, "", "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(id.Value, claims.ShortFormat(id.Format))
	// Output:
	// https://aws.amazon.com/SAML/Attributes/Role [arn:aws:iam::111122223333:role/admin,arn:aws:iam::111122223333:saml-provider/entra]
	// https://aws.amazon.com/SAML/Attributes/RoleSessionName [ana]
	// https://aws.amazon.com/SAML/Attributes/SessionDuration [3600]
	// ana.sousa@contoso.example emailAddress
}

// What is wrong with a configuration comes with the path to it.
func ExampleConfiguration_Validate() {
	app := claims.Configuration{Claims: []claims.Claim{
		{Name: "Department", Source: "user.departement"},
		{Name: "Alias", Transform: &claims.Transform{Function: "ToUpercase", Inputs: []string{"user.mail"}}},
	}}
	fmt.Println(app.Validate())
	// Output:
	// claims[0].source: unknown source "user.departement"; did you mean user.department?
	// claims[1].transform.function: unknown function "ToUpercase"; did you mean ToUppercase?
}
