package idp_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/saml/signature"
)

// People sign in while administrators change what they stand on. Every sign-in
// of somebody whom nobody touches succeeds, with a signature by a certificate of
// the application.
func TestSignInsDuringChanges(t *testing.T) {
	w := newWire(t)
	staff := w.AddGroup("staff")
	w.assign(w.app, staff)
	people := make([]directory.User, 4)
	for i := range people {
		people[i] = w.AddUser(directory.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.example", i)})
		w.assign(w.app, people[i])
	}
	var changes sync.WaitGroup
	done := make(chan struct{})
	for _, change := range []func(int) error{
		func(i int) error {
			return w.app.SetSigning(idp.Signing{Option: []idp.SigningOption{idp.SignAssertion, idp.SignBoth}[i%2]})
		},
		func(i int) error {
			certs := w.app.Certificates()
			_, err := w.app.ActivateCertificate(certs[i%len(certs)].Thumbprint)
			return err
		},
		func(i int) error {
			if i%2 == 0 {
				return w.Directory().AddMembers(staff.ID, w.ana.ID)
			}
			return w.Directory().RemoveMembers(staff.ID, w.ana.ID)
		},
		func(i int) error {
			if i%2 == 0 {
				return w.app.Unassign(w.ana)
			}
			return w.app.Assign(w.ana)
		},
		func(int) error { _, err := w.app.FederationMetadata(); return err },
		func(int) error { w.app.Assignments(); w.Apps(); w.app.ReplyURLs(); return nil },
	} {
		changes.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if err := change(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	if _, err := w.app.AddCertificate(); err != nil {
		t.Fatal(err)
	}
	t.Run("sign-ins", func(t *testing.T) {
		for i, u := range people {
			t.Run(u.UserPrincipalName, func(t *testing.T) {
				t.Parallel()
				w := w.in(t)
				w.ana = u
				id := fmt.Sprintf("_request%d", i)
				for range 3 {
					xml, _ := w.posted(w.signInByForm(w.get(w.redirect(authnRequest("_request1", id), ""))))
					if got, _ := attr(t, xml, "/Response", "InResponseTo"); got != id {
						t.Errorf("got the answer to %s", got)
					}
					if got := find(t, xml, "//NameID"); got != u.UserPrincipalName {
						t.Errorf("was signed in as %s", got)
					}
					if _, err := signature.Verify(parse(t, xml).FindElement("//Assertion"), certificates(w.app), start, signature.Policy{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	})
	close(done)
	changes.Wait()
}
