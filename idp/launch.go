package idp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/trace"
)

// launchPath is the older address that starts an application; command-line
// tools still call it (Versent/saml2aws, pkg/provider/aad). The real one is at
// account.activedirectory.windowsazure.com.
const launchPath = "applications/redirecttofederatedapplication.aspx"

// serveLaunch answers with a page whose script goes on to the sign-in endpoint,
// with a request that Entra makes for the application.
func (t *Tenant) serveLaunch(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("saml", "IdP-initiated sign-in")
	query := r.URL.Query()
	if id := query.Get("tenantId"); id != "" && !t.ours(w, r, id, "query parameter tenantId") {
		return
	}
	app, refused := t.launched(query.Get("Operation"), query.Get("applicationId"), query.Get("ApplicationConstName"), query.Get("ApplicationDisplayName"))
	if refused != nil {
		t.refuse(w, r, nil, refused)
		return
	}
	target := app.settings().SignOnURL
	if target == "" {
		acs, refused := app.replyURL("", "")
		if refused != nil {
			t.refuse(w, r, app, refused)
			return
		}
		var err error
		if target, err = app.launchURL(acs); err != nil {
			t.internalError(w, r, err)
			return
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set(requestIDHeader, t.requestID())
	fmt.Fprintf(w, launchPage, scriptText.Replace(target))
}

// launchPage has what saml2aws looks for: a statement that holds SAMLRequest and
// ends in a semicolon, with the address in single quotes. It takes the first
// https:// of all that comes before that semicolon, so no link may come before.
const launchPage = `<!DOCTYPE html>
<html><head><title>Redirecting</title></head><body>
<script type="text/javascript">
//<![CDATA[
window.location = '%s';
//]]>
</script>
</body></html>
`

// scriptText writes a URL into a quoted string of a script.
var scriptText = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "<", `\u003c`, ">", `\u003e`, "\r", `\r`, "\n", `\n`, "\u2028", `\u2028`, "\u2029", `\u2029`)

// launched finds the application that a launch is for: by id, or by the names in
// the other form of the address (Operation=SignIn).
func (t *Tenant) launched(operation, id, constName, displayName string) (*Application, *refusal.Refusal) {
	switch {
	case strings.EqualFold(operation, "LinkedSignIn"):
		if app, ok := t.appByID(id); ok {
			return app, nil
		}
		return nil, t.noSuchApp(id, "query parameter applicationId")
	case strings.EqualFold(operation, "SignIn"):
		for _, app := range t.Apps() {
			if displayName != "" && app.Name() == displayName || displayName == "" && constName != "" && strings.EqualFold(app.Name(), constName) {
				return app, nil
			}
		}
		return nil, t.noSuchApp(displayName, "query parameter ApplicationDisplayName")
	}
	return nil, aadsts(90100, fmt.Sprintf(text90100, "Operation"), refusal.Refusal{
		Expected: "Operation=LinkedSignIn or Operation=SignIn", Got: fmt.Sprintf("Operation=%q", operation), Where: "query", Fix: refusal.Request,
	})
}

// launchURL is the sign-in endpoint with a request in the application's name, in
// the form that client code gives the requests of My Apps
// (aws-azure-login/aws-azure-login, src/login.ts).
func (a *Application) launchURL(acs string) (string, error) {
	t := a.tenant
	identifier := a.appID
	if identifiers := a.settings().Identifiers; len(identifiers) > 0 {
		identifier = identifiers[0]
	}
	doc := etree.NewDocument()
	request := doc.CreateElement("samlp:AuthnRequest")
	request.CreateAttr("xmlns", saml.NSMetadata)
	request.CreateAttr("ID", a.launchID(t.ids.Bytes(16)))
	request.CreateAttr("Version", "2.0")
	request.CreateAttr("IssueInstant", saml.FormatTime(t.clock.Now()))
	request.CreateAttr("IsPassive", "false")
	request.CreateAttr("AssertionConsumerServiceURL", acs)
	request.CreateAttr("xmlns:samlp", saml.NSProtocol)
	issuer := request.CreateElement("Issuer")
	issuer.CreateAttr("xmlns", saml.NSAssertion)
	issuer.SetText(identifier)
	xml, err := doc.WriteToBytes()
	if err != nil {
		return "", fmt.Errorf("write launch request: %w", err)
	}
	return binding.RedirectURL(t.LoginURL(), "SAMLRequest", xml, "")
}

// launchID marks a request as Entra's own: a nonce and a code over it and the
// application, of the tenant's secret.
func (a *Application) launchID(nonce []byte) string {
	mac := hmac.New(sha256.New, a.tenant.named().secret)
	mac.Write([]byte("launch " + a.appID + " "))
	mac.Write(nonce)
	return "id" + hex.EncodeToString(nonce) + hex.EncodeToString(mac.Sum(nil)[:16])
}

// isLaunch reports whether a request is one that launchURL made. The answer to
// it is that of an IdP-initiated sign-in, without InResponseTo (capture in
// Versent/saml2aws): no service provider waits for it.
func (a *Application) isLaunch(id string) bool {
	raw, err := hex.DecodeString(strings.TrimPrefix(id, "id"))
	return err == nil && len(raw) == 32 && hmac.Equal([]byte(id), []byte(a.launchID(raw[:16])))
}
