package sp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/sp"
)

// signedBy is a good response for Ana, signed by another provider.
func signedBy(e *entra, w *world) string { return e.signed(w.center, ana, "") }

// TestCertificateExpires: the certificate is good until its last second.
// Whether Identity Center refuses an expired one is not documented; the knob is
// Choices.AcceptExpiredCertificates.
func TestCertificateExpires(t *testing.T) {
	for _, lenient := range []bool{false, true} {
		w := newWorld(t, func(c *sp.Config) { c.Choices.AcceptExpiredCertificates = lenient })
		w.clock.Advance(start.AddDate(3, 0, 0).Sub(start))
		w.wantPortal(w.follow(w.post(w.entra.signed(w.center, ana, ""), "")), ana)
		w.freshBrowser()
		w.clock.Advance(time.Second)
		p := w.post(w.entra.signed(w.center, ana, ""), "")
		if lenient {
			w.wantPortal(w.follow(p), ana)
			continue
		}
		w.wantRefused(p, refusal.Refusal{Code: "CertificateExpired", Message: notYou, Got: "valid from 2026-01-05T09:00:00Z to 2029-01-05T09:00:00Z", Where: "/Response/Assertion/Signature", Fix: refusal.Entra})
	}
}

// TestAnyImportedCertificateIsTrusted: every imported certificate is active at
// once, which is how certificates are rotated (user guide, "Rotate a SAML 2.0
// certificate").
func TestAnyImportedCertificateIsTrusted(t *testing.T) {
	w := newWorld(t)
	next := newEntra(t, w.clock, 1)
	both := strings.Replace(w.entra.metadata(), "<SingleLogoutService", keyDescriptor(next.cert)+"<SingleLogoutService", 1)
	if err := w.center.UploadIdPMetadata([]byte(both)); err != nil {
		t.Fatal(err)
	}
	for _, signer := range []*entra{w.entra, next} {
		w.freshBrowser()
		w.wantPortal(w.follow(w.post(signedBy(signer, w), "")), ana)
	}
	if err := w.center.UploadIdPMetadata([]byte(next.metadata())); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(w.post(signedBy(w.entra, w), ""), refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "thumbprint", Where: "/Response/Assertion/Signature", Fix: refusal.IdentityCenter})
}

// TestChoices: what AWS does not say is strict and can be loosened, also while
// the instance runs.
func TestChoices(t *testing.T) {
	for _, test := range []struct {
		name  string
		loose sp.Choices
		build func(w *world) string
	}{
		{"SHA-1", sp.Choices{AcceptSHA1: true}, func(w *world) string {
			w.entra.algorithm = signature.SHA1
			return w.entra.signed(w.center, ana, "")
		}},
		{"only the response signed", sp.Choices{AcceptResponseSignature: true}, func(w *world) string {
			response := w.entra.response(w.center, ana, "")
			w.entra.sign(response)
			return write(w.t, response)
		}},
		{"NameID in another case", sp.Choices{IgnoreNameIDCase: true}, func(w *world) string { return w.entra.signed(w.center, "Ana@Contoso.example", "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			if p := w.post(test.build(w), ""); p.status != http.StatusBadRequest {
				t.Errorf("strict: status %d, want 400", p.status)
			}
			w.center.Choose(func(c *sp.Choices) { *c = test.loose })
			w.wantPortal(w.follow(w.post(test.build(w), "")), ana)
		})
	}
	t.Run("a response signature does not vouch for what was put in after it", func(t *testing.T) {
		w := newWorld(t, func(c *sp.Config) { c.Choices.AcceptResponseSignature = true })
		response := w.entra.response(w.center, "mallory@contoso.example", "")
		w.entra.sign(response)
		w.wantRefused(w.post(strings.Replace(write(t, response), ">mallory@", ">ana@", 1), ""), refusal.Refusal{Code: "SignatureMismatch", Message: unexpected, Got: "other content", Where: "/Response", Fix: refusal.Request})
	})
	t.Run("nor does an assertion in it that carries no signature pass unsigned", func(t *testing.T) {
		w := newWorld(t, func(c *sp.Config) { c.Choices.AcceptResponseSignature = true })
		w.wantRefused(w.post(write(t, w.entra.response(w.center, ana, "")), ""), refusal.Refusal{Code: "AssertionNotSigned", Message: unexpected, Got: "none", Where: "/Response/Assertion", Fix: refusal.Entra})
	})
}
