package identitystore_test

import (
	"errors"
	"fmt"

	"github.com/idharness/harness/sp/identitystore"
)

func ExampleStore() {
	store := identitystore.New(identitystore.Config{})
	ana, err := store.CreateUser(identitystore.User{
		UserName:    "ana@contoso.example",
		DisplayName: "Ana Sousa",
		Name:        identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"},
		Active:      true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	admins, err := store.CreateGroup(identitystore.Group{DisplayName: "aws-admins"}, ana.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("member:", store.IsMember(admins.ID, ana.ID))

	_, err = store.CreateUser(identitystore.User{
		UserName:    "ANA@contoso.example",
		DisplayName: "Another Ana",
		Name:        identitystore.Name{GivenName: "Ana", FamilyName: "Silva"},
	})
	var refused *identitystore.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Kind, "about", refused.Attribute)
	}
	// Output:
	// member: true
	// conflict about userName
}
