package idp_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

// What the tenant writes has the structure of captured documents: the same
// elements, attributes, prefixes and namespace declarations in the same order
// (testdata/entra, rebuilt by hand with made-up values).
func TestStructureOfCaptures(t *testing.T) {
	w := newWire(t)
	spInitiated := func(t *testing.T, option idp.SigningOption) []byte {
		w := w.in(t)
		if err := w.app.SetSigning(idp.Signing{Option: option}); err != nil {
			t.Fatal(err)
		}
		w.person().signIn(w.redirect(authnRequest(), ""))
		xml, _ := w.response()
		return xml
	}
	metadata := func(address func(*wire) string) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return []byte(w.in(t).get(address(w)).body) }
	}
	for _, test := range []struct {
		name, file string
		document   func(*testing.T) []byte
	}{
		{"assertion signed", "response.xml", func(t *testing.T) []byte { return spInitiated(t, idp.SignAssertion) }},
		{"response signed", "response-signed.xml", func(t *testing.T) []byte { return spInitiated(t, idp.SignResponse) }},
		{"both signed", "response-both-signed.xml", func(t *testing.T) []byte { return spInitiated(t, idp.SignBoth) }},
		{"response signed, key with a prefix", "response-signed-prefixed.xml", func(t *testing.T) []byte {
			w.Choose(func(c *idp.Choices) { c.PrefixedResponseKey = true })
			defer w.Choose(func(c *idp.Choices) { c.PrefixedResponseKey = false })
			return spInitiated(t, idp.SignResponse)
		}},
		{"encrypted", "response-encrypted.xml", func(t *testing.T) []byte {
			w := w.in(t)
			if err := w.app.SetTokenEncryption(w.app.Certificates()[0].X509); err != nil {
				t.Fatal(err)
			}
			xml := spInitiated(t, idp.SignAssertion)
			if err := w.app.SetTokenEncryption(nil); err != nil {
				t.Fatal(err)
			}
			return xml
		}},
		{"IdP-initiated", "response-idp-initiated.xml", func(t *testing.T) []byte {
			w := w.in(t)
			if err := w.app.SetSigning(idp.Signing{}); err != nil {
				t.Fatal(err)
			}
			w.person().signIn(w.app.UserAccessURL())
			xml, _ := w.response()
			return xml
		}},
		{"metadata of the application", "metadata.xml", metadata(func(w *wire) string { return w.app.MetadataURL() })},
		{"metadata of the tenant", "metadata.xml", metadata(func(w *wire) string { return w.MetadataURL("") })},
		{"metadata, common", "metadata.xml", metadata(func(w *wire) string {
			return w.BaseURL() + "/common/FederationMetadata/2007-06/FederationMetadata.xml"
		})},
	} {
		t.Run(test.name, func(t *testing.T) {
			captured, err := os.ReadFile(filepath.Join("..", "testdata", "entra", test.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(structure(t, captured), structure(t, test.document(t))); diff != "" {
				t.Errorf("structure (-captured +ours):\n%s", diff)
			}
		})
	}
}

// structure lists the elements of a document with their attributes, in order.
// Of the values only those are there that are the same in every document.
func structure(t *testing.T, xml []byte) []string {
	t.Helper()
	var lines []string
	var walk func(e *etree.Element, depth int)
	walk = func(e *etree.Element, depth int) {
		line := strings.Repeat(" ", depth) + e.FullTag()
		for _, a := range e.Attr {
			line += " " + a.FullKey()
			switch a.Key {
			case "ID", "entityID", "URI", "IssueInstant", "Destination", "InResponseTo", "NotBefore", "NotOnOrAfter", "Recipient", "AuthnInstant", "SessionIndex", "Location":
			default:
				line += "=" + a.Value
			}
		}
		lines = append(lines, line)
		for _, child := range e.Child {
			switch token := child.(type) {
			case *etree.Element:
				walk(token, depth+1)
			case *etree.CharData:
				// The names of claim types are in every document, their descriptions are not.
				if token.IsWhitespace() || e.FullTag() == "auth:DisplayName" {
					lines = append(lines, fmt.Sprintf("%s%q", strings.Repeat(" ", depth+1), token.Data))
				}
			}
		}
	}
	walk(parse(t, xml).Root(), 0)
	return lines
}

// Validity by the tenant's choice: pages of Microsoft say 70 minutes from the
// issue, captures 5 before and 60 after.
func TestChosenValidity(t *testing.T) {
	w := newWire(t)
	w.Choose(func(c *idp.Choices) { c.AssertionSkew, c.AssertionValidity = time.Nanosecond, 70*time.Minute })
	w.person().signIn(w.redirect(authnRequest(), ""))
	xml, _ := w.response()
	for _, test := range []struct{ path, name, want string }{
		{"//Conditions", "NotBefore", "2026-01-05T08:59:59.999Z"},
		{"//Conditions", "NotOnOrAfter", "2026-01-05T10:10:00.000Z"},
		{"//SubjectConfirmationData", "NotOnOrAfter", "2026-01-05T10:10:00.000Z"},
	} {
		if got, _ := attr(t, xml, test.path, test.name); got != test.want {
			t.Errorf("%s/@%s = %s, want %s", test.path, test.name, got, test.want)
		}
	}
}

// A Global Administrator may use an application without being assigned to it
// (learn.microsoft.com, "Properties of an enterprise application").
func TestGlobalAdministratorNeedsNoAssignment(t *testing.T) {
	w := newWire(t)
	if err := w.app.Unassign(w.ana); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		roles []string
		in    bool
	}{{nil, false}, {[]string{"Global Reader"}, false}, {[]string{"Global Administrator"}, true}} {
		if _, err := w.Directory().UpdateUser(w.ana.ID, func(u *directory.User) { u.DirectoryRoles = test.roles }); err != nil {
			t.Fatal(err)
		}
		if page := w.person().signIn(w.redirect(authnRequest(), "")); atServiceProvider(page) != test.in {
			t.Errorf("%v came to %s", test.roles, page.URL)
		}
	}
}
