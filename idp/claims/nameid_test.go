package claims_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

func nameID(t *testing.T, n claims.NameID, s claims.Subject, requested string) claims.NameIDResult {
	t.Helper()
	c := claims.Configuration{NameID: n, PairwiseSecret: []byte("secret")}
	got, err := c.NameIDFor(s, requested, "", func(n int) []byte { return bytes.Repeat([]byte{7}, n) })
	if err != nil {
		t.Fatalf("NameIDFor: %v", err)
	}
	return got
}

func pairwise(s claims.Subject) string {
	return claims.Configuration{PairwiseSecret: []byte("secret")}.PairwiseID(s)
}

// learn.microsoft.com, "Customize SAML token claims" (NameID format, attributes)
// and "Single sign-on SAML protocol" (NameIDPolicy).
func TestNameIDValueAndFormat(t *testing.T) {
	id := pairwise(ana())
	random := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	mail := claims.NameID{Source: "user.mail"}
	for _, test := range []struct {
		rule      string
		nameID    claims.NameID
		requested string
		value     string
		format    string
	}{
		{"a new application sends the user principal name", claims.NameID{}, "", "Ana@contoso.example", claims.FormatEmailAddress},
		{"mail is an email address", mail, "", "ana.sousa@contoso.example", claims.FormatEmailAddress},
		{"other sources have no format", claims.NameID{Source: "user.employeeid"}, "", "123_Sousa", claims.FormatUnspecified},
		{"default is the source's format", claims.NameID{Source: "User.Mail", Format: "Default"}, "", "ana.sousa@contoso.example", claims.FormatEmailAddress},
		{"pairwiseid is persistent", claims.NameID{Source: "user.pairwiseid"}, "", id, claims.FormatPersistent},
		{"a constant", claims.NameID{Value: "shared"}, "", "shared", claims.FormatUnspecified},
		{"directory extension", claims.NameID{Source: "user.extension_0123456789abcdef0123456789abcdef_costcenter"}, "", "CC-7", claims.FormatUnspecified},

		{"configured persistent", claims.NameID{Source: "user.mail", Format: "persistent"}, "", "ana.sousa@contoso.example", claims.FormatPersistent},
		{"configured unspecified", claims.NameID{Format: "unspecified"}, "", "Ana@contoso.example", claims.FormatUnspecified},
		{"configured emailAddress", claims.NameID{Source: "user.employeeid", Format: "emailAddress"}, "", "123_Sousa", claims.FormatEmailAddress},
		{"configured Windows name", claims.NameID{Source: "user.onpremisessamaccountname", Format: "windowsDomainQualifiedName"}, "", "asousa", claims.FormatWindowsDomainQualifiedName},
		{"configured as URN", claims.NameID{Format: claims.FormatUnspecified}, "", "Ana@contoso.example", claims.FormatUnspecified},

		{"the request's format wins over the configured one", claims.NameID{Source: "user.mail", Format: "persistent"}, claims.FormatUnspecified, "ana.sousa@contoso.example", claims.FormatUnspecified},
		{"and over the source's", claims.NameID{Source: "user.employeeid"}, claims.FormatEmailAddress, "123_Sousa", claims.FormatEmailAddress},
		{"persistent asked of a new application gives the pairwise id", claims.NameID{}, claims.FormatPersistent, id, claims.FormatPersistent},
		{"persistent asked of a configured one gives its value", mail, claims.FormatPersistent, "ana.sousa@contoso.example", claims.FormatPersistent},
		{"transient gives a random value", mail, claims.FormatTransient, random, claims.FormatTransient},
	} {
		t.Run(test.rule, func(t *testing.T) {
			got := nameID(t, test.nameID, ana(), test.requested)
			wantDiff(t, got, claims.NameIDResult{Value: test.value, Format: test.format})
		})
	}
}

// The same pages: Join drops the domain of its input; an illegal or empty value
// gives way to the pairwise identifier.
func TestNameIDTransformationAndFallback(t *testing.T) {
	joinDomain := func(suffix string) claims.NameID {
		return claims.NameID{Format: "emailAddress", Transform: &claims.Transform{Function: "Join", Inputs: []string{"user.mail", suffix}, Separator: "@"}}
	}
	without := ana()
	without.User.Mail = ""
	broken := ana()
	broken.User.Mail = "a\x01@contoso.example"
	for _, test := range []struct {
		rule      string
		subject   claims.Subject
		nameID    claims.NameID
		requested string
		want      string // empty: the pairwise id
	}{
		{"ExtractMailPrefix", ana(), claims.NameID{Format: "emailAddress", Transform: &claims.Transform{Function: "ExtractMailPrefix", Inputs: []string{"user.mail"}}}, "", "ana.sousa"},
		{"Join removes the domain first", ana(), joinDomain(`"Contoso.example"`), "", "ana.sousa@Contoso.example"},
		{"Join takes verified domains only", ana(), joinDomain(`"fabrikam.example"`), "", ""},
		{"Join, asked for emailAddress", ana(), joinDomain(`"fabrikam.example"`), claims.FormatEmailAddress, ""},
		{"result is null", ana(), claims.NameID{Transform: &claims.Transform{Function: "ExtractAfter", Inputs: []string{"user.mail"}, Value: "#"}}, "", ""},
		{"source is empty", without, claims.NameID{Source: "user.mail"}, "", ""},
		{"character that XML cannot carry", broken, claims.NameID{Source: "user.mail"}, "", ""},
	} {
		t.Run(test.rule, func(t *testing.T) {
			got := nameID(t, test.nameID, test.subject, test.requested)
			if test.want != "" {
				if got.Value != test.want || got.Fallback != "" {
					t.Errorf("got %+v, want the value %s", got, test.want)
				}
				return
			}
			if got.Value != pairwise(test.subject) || got.Format != claims.FormatPersistent || got.Fallback == "" {
				t.Errorf("got %+v, want the pairwise id and a reason", got)
			}
		})
	}
}

// learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes".
func TestNameIDTransformationWithoutInputIsRefused(t *testing.T) {
	s := ana()
	s.User.Mail = ""
	c := claims.Configuration{NameID: claims.NameID{Transform: &claims.Transform{Function: "ExtractMailPrefix", Inputs: []string{"user.mail"}}}}
	_, err := c.NameIDFor(s, "", "", nil)
	wantRefusal(t, err, "AADSTS501241", "Mandatory Input 'mail' missing from transformation ID 'nameidentifier'.", "nameID.transform")
}

// "If the user is an employee, the NameID is sourced from user.email. If the user
// is a guest, then from user.extensionattribute1."
func TestNameIDConditions(t *testing.T) {
	n := claims.NameID{Conditions: []claims.Condition{
		{UserType: "members", Source: "user.mail"},
		{UserType: "allGuests", Source: "user.extensionattribute1"},
		{Groups: []string{"secret"}, Source: "user.pairwiseid"},
	}}
	wantDiff(t, nameID(t, n, ana(), ""), claims.NameIDResult{Value: "ana.sousa@contoso.example", Format: claims.FormatEmailAddress})
	wantDiff(t, nameID(t, n, britta(), ""), claims.NameIDResult{Value: "ext1", Format: claims.FormatUnspecified})

	s := ana()
	s.Groups = []directory.Group{{ID: "g", DisplayName: "secret"}}
	wantDiff(t, nameID(t, n, s, ""), claims.NameIDResult{Value: pairwise(s), Format: claims.FormatPersistent})

	n.Conditions = n.Conditions[1:]
	if got := nameID(t, n, ana(), ""); got.Value != pairwise(ana()) || got.Fallback == "" {
		t.Errorf("nobody matches: got %+v, want the pairwise id and a reason", got)
	}
}

// "If SPNameQualifier is specified, Microsoft Entra ID includes the same
// SPNameQualifier in the response."
func TestSPNameQualifierIsEchoed(t *testing.T) {
	got, err := claims.Configuration{}.NameIDFor(ana(), "", "urn:sp", nil)
	if err != nil || got.SPNameQualifier != "urn:sp" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Text and code as in MicrosoftDocs/azure-docs issue 65659.
func TestNameIDPolicyFormatsOutsideTheFour(t *testing.T) {
	const message = "Allowed SAML authentication request's NameIDPolicy formats are: urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress, " +
		"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified, urn:oasis:names:tc:SAML:2.0:nameid-format:persistent, " +
		"urn:oasis:names:tc:SAML:2.0:nameid-format:transient."
	for _, format := range []string{
		claims.FormatWindowsDomainQualifiedName, "urn:oasis:names:tc:SAML:2.0:nameid-format:unspecified", "emailAddress",
	} {
		_, err := claims.Configuration{}.NameIDFor(ana(), format, "", nil)
		wantRefusal(t, err, "AADSTS750161", message, "/samlp:AuthnRequest/samlp:NameIDPolicy/@Format")
	}
}

func TestTransientWithoutRandomness(t *testing.T) {
	if _, err := (claims.Configuration{}).NameIDFor(ana(), claims.FormatTransient, "", nil); err == nil {
		t.Error("no error")
	}
}

// learn.microsoft.com, "SAML token claims reference": 43 characters of base64url,
// stable, different for every application.
func TestPairwiseID(t *testing.T) {
	id := pairwise(ana())
	if raw, err := base64.RawURLEncoding.DecodeString(id); err != nil || len(raw) != 32 || len(id) != 43 {
		t.Errorf("pairwise id %q is not 32 bytes in 43 characters of base64url", id)
	}
	if again := pairwise(ana()); again != id {
		t.Errorf("pairwise id changed from %s to %s", id, again)
	}
	renamed := ana()
	renamed.User.UserPrincipalName, renamed.User.Mail = "new@contoso.example", ""
	if pairwise(renamed) != id {
		t.Error("pairwise id depends on the user's names")
	}
	others := map[string]func(*claims.Subject){
		"user":   func(s *claims.Subject) { s.User.ID = "x" },
		"app":    func(s *claims.Subject) { s.AppID = "x" },
		"tenant": func(s *claims.Subject) { s.TenantID = "x" },
		"border": func(s *claims.Subject) { s.AppID, s.User.ID = s.AppID+s.User.ID[:1], s.User.ID[1:] },
	}
	for name, change := range others {
		s := ana()
		change(&s)
		if pairwise(s) == id {
			t.Errorf("another %s has the same pairwise id", name)
		}
	}
	if (claims.Configuration{}).PairwiseID(ana()) == id {
		t.Error("another secret gives the same pairwise id")
	}
}

func TestFormatNames(t *testing.T) {
	for _, name := range claims.NameIDFormats()[1:] {
		if got := claims.ShortFormat(claims.FormatURN(name)); got != name {
			t.Errorf("%s became %s", name, got)
		}
	}
	if got := claims.FormatURN("urn:other"); got != "urn:other" {
		t.Errorf("FormatURN(urn:other) = %s", got)
	}
}
