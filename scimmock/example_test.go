package scimmock_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

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

// A client must live with a server that is overloaded, and with a connection that
// breaks after the server has done what it was asked.
func ExampleServer_Fail() {
	t := &tester{} // in a test: the *testing.T
	defer t.end()
	scim := scimmock.Run(t)
	for _, fault := range []scimmock.Fault{
		{Operation: "CreateUser", Status: http.StatusTooManyRequests, RetryAfter: time.Second},
		{Operation: "CreateUser", After: 1, Drop: scimmock.DropAfter},
	} {
		if err := scim.Fail(fault); err != nil {
			fmt.Println(err)
		}
	}
	for range 4 {
		req, err := http.NewRequest("POST", scim.URL()+"/Users", strings.NewReader(`{"userName":"ana@contoso.example","displayName":"Ana Sousa","name":{"givenName":"Ana","familyName":"Sousa"}}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		req.GetBody = nil // so that the client does not try again by itself
		req.Header.Set("Authorization", "Bearer "+scim.Token())
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			fmt.Println("no answer")
			continue
		}
		resp.Body.Close()
		fmt.Printf("%s, Retry-After %q\n", resp.Status, resp.Header.Get("Retry-After"))
	}
	for _, fault := range scim.Faults() {
		fmt.Println(fault.Fault.String(), fault.Met)
	}
	// Output:
	// 429 Too Many Requests, Retry-After "1"
	// 201 Created, Retry-After ""
	// no answer
	// 409 Conflict, Retry-After ""
	// status 429 1
	// the connection breaks after it took effect 1
}

// A general SCIM server, by the RFCs and without the limits of AWS.
func ExampleRFC() {
	t := &tester{} // in a test: the *testing.T
	defer t.end()
	profile := scimmock.RFC()
	profile.PageSize = 2
	scim := scimmock.Run(t, scimmock.Config{Profile: profile})
	req, err := http.NewRequest("GET", scim.URL()+`/Users?filter=emails.value+co+%22contoso%22+or+not+(active+eq+true)`, nil)
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
	fmt.Println(resp.Status, resp.Header.Get("Content-Type"))
	// Output: 200 OK application/scim+json
}
