package sp_test

import (
	"strings"
	"testing"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/sp/identitystore"
)

const nameIDPath = "/Response/Assertion/Subject/NameID"

// TestNameIDMustBeAnAddress: the value is an addr-spec of RFC 2822 (user guide,
// "SAML profile support").
func TestNameIDMustBeAnAddress(t *testing.T) {
	for _, test := range []struct{ name, nameID, got string }{
		{"a name", "ana", "ana"},
		{"a domain account", `CONTOSO\ana`, `CONTOSO\ana`},
		{"an object id", "3f2a8c1e-0000-4000-8000-000000000001", "3f2a8c1e"},
		{"a display name with address", "Ana Sousa <ana@contoso.example>", "Ana Sousa"},
		{"an address in brackets", "<ana@contoso.example>", "<ana@contoso.example>"},
		{"two addresses", "ana@contoso.example, bob@contoso.example", "ana@"},
		{"white space before", " ana@contoso.example", " ana@"},
		{"a line end after", "ana@contoso.example\n", "ana@"},
		{"an RFC 2822 comment", "ana@contoso.example(admin)", "ana@"},
		{"a zero-width space", "ana\u200b@contoso.example", "ana"},
		{"a Cyrillic a", "\u0430na@contoso.example", "na@"},
		{"markup", "<script>alert(1)</script>@contoso.example", "<script>"},
		{"a header", "ana@contoso.example\nX-Injected: 1", "ana@"},
		{"nothing", "", "nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.wantRefused(w.post(w.entra.signed(w.center, test.nameID, ""), ""), refusal.Refusal{Code: "NameIDNotAnAddress", Message: unexpected, Got: test.got, Where: nameIDPath, Fix: refusal.Entra})
		})
	}
}

// TestNameIDMatchesTheUserName: exactly, and nothing but the userName counts
// (user guide, "Troubleshooting IAM Identity Center issues"). Nobody is created
// at sign-in.
func TestNameIDMatchesTheUserName(t *testing.T) {
	for _, test := range []struct{ name, nameID, got, hint string }{
		{"nobody's", "bob@contoso.example", "bob@contoso.example", "Identity Center creates no users at sign-in"},
		{"differing in case", "Ana@contoso.example", "differs from the user ana@contoso.example in case", "make the two sides spell it alike"},
		{"the e-mail of a user of another name", "ana.sousa@contoso.example", "is the e-mail of the user ana@contoso.example", "the attribute that is mapped to userName"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			if _, err := w.center.UpdateUser(ana, func(u *identitystore.User) error {
				u.Emails = []identitystore.Email{{Value: "ana.sousa@contoso.example", Type: "work", Primary: true}}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			why := w.wantRefused(w.post(w.entra.signed(w.center, test.nameID, ""), ""), refusal.Refusal{Code: "UserNotFound", Message: noUser, Got: test.got, Where: nameIDPath, Fix: refusal.Entra})
			if !strings.Contains(why.Hint, test.hint) {
				t.Errorf("hint %q, want it to say %q", why.Hint, test.hint)
			}
			if n := len(w.center.Store().Users()); n != 1 {
				t.Errorf("%d users, want 1: sign-in creates nobody", n)
			}
		})
	}
}

// TestUnusualAddressesSignIn are NameIDs that RFC 2822 allows.
func TestUnusualAddressesSignIn(t *testing.T) {
	for _, nameID := range []string{"ana_fabrikam.example#EXT#@contoso.example", "o'hara+aws@contoso.example", "ANA@contoso.example"} {
		w := newWorld(t)
		if err := w.center.Store().DeleteUser(w.ana.ID); err != nil {
			t.Fatal(err)
		}
		w.addUser(nameID)
		w.wantPortal(w.signIn(nameID), nameID)
	}
}
