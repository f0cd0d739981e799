package scimmock_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/scimmock"
)

// tester stands in for the *testing.T that a test passes to Run.
type tester struct{ cleanups []func() }

func (*tester) Helper()                   {}
func (*tester) Name() string              { return "ExampleRun" }
func (*tester) Logf(string, ...any)       {}
func (*tester) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (t *tester) Cleanup(f func())        { t.cleanups = append(t.cleanups, f) }
func (t *tester) end() {
	for _, f := range t.cleanups {
		f()
	}
}

func ExampleRun() {
	t := &tester{} // in a test: the *testing.T
	defer t.end()
	scim := scimmock.Run(t)

	// The client under test is given the URL and the token.
	create := func(body string) {
		req, err := http.NewRequest("POST", scim.URL()+"/Users", strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+scim.Token())
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		fmt.Println(resp.Status)
	}
	create(`{"userName":"ana@contoso.example","displayName":"Ana Sousa","name":{"givenName":"Ana","familyName":"Sousa"},"active":true}`)
	create(`{"userName":"bo@contoso.example","displayName":"Bo Ek","name":{"givenName":"Bo","familyName":""},"active":true}`)

	// What came of it is read from the store, and why from the record.
	for _, u := range scim.Store().Users() {
		fmt.Println(u.UserName, u.Active)
	}
	exchanges := scim.Exchanges()
	fmt.Println(exchanges[len(exchanges)-1].Checks[3].Detail)
	// Output:
	// 201 Created
	// 400 Bad Request
	// ana@contoso.example true
	// expected a text of at least one character, or no such attribute; got ""; at $.name.familyName; fix on the side of request; map the attribute to a value that is never empty, or send null
}
