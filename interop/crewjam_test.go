package interop

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/browser"
)

// crewjamProvider is a small service built on crewjam/saml's ServiceProvider.
// It is no judge of everything (it finds its assertion by position, not by what
// was signed), but it insists on InResponseTo, Destination and Recipient.
type crewjamProvider struct {
	url  string
	saml saml.ServiceProvider

	asked     string          // ID of the latest AuthnRequest
	assertion *saml.Assertion // of the latest sign-in that was accepted
	err       error           // of the latest one that was not
}

// newCrewjam starts the service, which trusts app's federation metadata, and
// uploads its own to app. Its requests are signed.
func newCrewjam(t *testing.T, app *idp.Application) *crewjamProvider {
	t.Helper()
	metadata := &saml.EntityDescriptor{}
	if err := xml.Unmarshal([]byte(get(t, app.MetadataURL())), metadata); err != nil {
		t.Fatalf("crewjam does not read the federation metadata: %v", err)
	}
	s := &crewjamProvider{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.signIn)
	mux.HandleFunc("POST /acs", s.consume)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	key, cert := newKeyPair(t)
	s.url = server.URL
	s.saml = saml.ServiceProvider{
		MetadataURL: *base.JoinPath("metadata"), AcsURL: *base.JoinPath("acs"), IDPMetadata: metadata, Key: key, Certificate: cert,
		SignatureMethod: dsig.RSASHA256SignatureMethod, AuthnNameIDFormat: saml.EmailAddressNameIDFormat,
	}
	own, err := xml.Marshal(s.saml.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	if err := app.UploadMetadata(own); err != nil {
		t.Fatalf("the metadata that crewjam writes is refused: %v", err)
	}
	return s
}

func (s *crewjamProvider) signIn(w http.ResponseWriter, r *http.Request) {
	request, err := s.saml.MakeAuthenticationRequest(s.saml.GetSSOBindingLocation(saml.HTTPRedirectBinding), saml.HTTPRedirectBinding, saml.HTTPPostBinding)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	target, err := request.Redirect("state", &s.saml)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.asked = request.ID
	http.Redirect(w, r, target.String(), http.StatusFound)
}

func (s *crewjamProvider) consume(w http.ResponseWriter, r *http.Request) {
	s.assertion, s.err = nil, r.ParseForm()
	if s.err == nil {
		s.assertion, s.err = s.saml.ParseResponse(r, []string{s.asked})
	}
	var why *saml.InvalidResponseError
	if errors.As(s.err, &why) {
		s.err = why.PrivateErr
	}
	if s.err != nil {
		http.Error(w, s.err.Error(), http.StatusForbidden)
		return
	}
	io.WriteString(w, "<title>Wiki</title>")
}

func (s *crewjamProvider) attribute(name string) string {
	for _, statement := range s.assertion.AttributeStatements {
		for _, a := range statement.Attributes {
			if a.Name == name && len(a.Values) == 1 {
				return a.Values[0].Value
			}
		}
	}
	return ""
}

// refuses expects that the visitor came no further than the ACS, because of the
// signature.
func (s *crewjamProvider) refuses(t *testing.T, page *browser.Page) {
	t.Helper()
	expect(t, page, s.url+"/acs", http.StatusForbidden)
	if s.err == nil || !strings.Contains(s.err.Error(), "signature") {
		t.Errorf("crewjam refused because of %v, want the signature", s.err)
	}
}

func TestCrewjamAcceptsEverySigningOption(t *testing.T) {
	everySigning(t, func(t *testing.T, signing idp.Signing) {
		_, app, _ := newWiki(t)
		s := newCrewjam(t, app)
		if err := app.SetSigning(signing); err != nil {
			t.Fatal(err)
		}
		if err := app.SetClaims([]claims.Claim{{Name: "department", Source: "user.department"}}); err != nil {
			t.Fatal(err)
		}
		expect(t, newVisitor(t).open(s.url+"/"), s.url+"/acs", http.StatusOK)
		if s.err != nil {
			t.Fatalf("crewjam refuses the response: %v", s.err)
		}
		if id := s.assertion.Subject.NameID; id.Value != "ana@contoso.example" || id.Format != string(saml.EmailAddressNameIDFormat) {
			t.Errorf("crewjam read NameID %+v", id)
		}
		for name, want := range map[string]string{claims.TypeSurname: "Sousa Núñez", "department": "R&D <Platform>"} {
			if got := s.attribute(name); got != want {
				t.Errorf("crewjam read %s = %q, want %q", name, got, want)
			}
		}

		// Whatever was signed, a change of it is noticed.
		forger := newVisitor(t)
		forger.alter = func(xml string) string { return strings.Replace(xml, "Sousa", "Souza", 1) }
		s.refuses(t, forger.open(s.url+"/"))
	})
}

func TestCrewjamRefusesAnotherTenantsKey(t *testing.T) {
	tenant, app, _ := newWiki(t)
	s := newCrewjam(t, app)
	s.saml.AllowIDPInitiated = true // the impostor waits for nobody's request
	expect(t, newVisitor(t).open(app.UserAccessURL()), s.url+"/acs", http.StatusOK)

	impostor := newImpostor(t, tenant, app)
	for _, option := range []idp.SigningOption{idp.SignAssertion, idp.SignResponse, idp.SignBoth} {
		t.Run(string(option), func(t *testing.T) {
			if err := impostor.SetSigning(idp.Signing{Option: option}); err != nil {
				t.Fatal(err)
			}
			s.refuses(t, newVisitor(t).open(impostor.UserAccessURL()))
		})
	}
}
