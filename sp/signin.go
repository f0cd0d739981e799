package sp

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp/acceptance"
	"github.com/idharness/harness/sp/identitystore"
)

const maxForm = 1 << 20 // bytes of a POST to the ACS

// serveACS takes the identity provider's response.
func (i *Instance) serveACS(w http.ResponseWriter, r *http.Request) {
	open := trace.From(r.Context())
	open.Kind("saml", "Response")
	acs, refused := i.arrivedAt(r)
	if refused != nil {
		refused.Message, refused.Fix = acceptance.TextUnexpected, refusal.Entra
		i.refuseSignIn(w, r, refused)
		return
	}
	xml, refused := i.readResponse(w, r)
	if refused != nil {
		i.refuseSignIn(w, r, refused)
		return
	}
	open.Decode("SAMLResponse", string(xml))
	idp := i.provider()
	if idp == nil {
		i.refuseSignIn(w, r, noExternalIdP(i.Source().Type))
		return
	}
	choices := i.Choices()
	assertion, refused := acceptance.Check(xml, acceptance.Rules{
		EntityID: i.EntityID(), ACS: acs, IdPEntityID: idp.entityID, Certs: idp.certs,
		Signature:         signature.Policy{AllowSHA1: choices.AcceptSHA1, AllowExpiredCerts: choices.AcceptExpiredCertificates},
		ResponseSignature: choices.AcceptResponseSignature, AccessControl: i.AccessControl(),
		Now: i.clock.Now(), Skew: choices.skew(), Check: open.Check, Refused: open.Refused,
	})
	if refused != nil {
		i.refuseSignIn(w, r, refused)
		return
	}
	user, next, refused := i.signIn(open, assertion, r.PostForm.Get("RelayState"))
	if refused != nil {
		i.refuseSignIn(w, r, refused)
		return
	}
	for _, note := range assertion.Ignored {
		open.Note(note)
	}
	i.handOver(w, r, user, assertion, next)
}

// readResponse reads the form of the POST binding.
func (i *Instance) readResponse(w http.ResponseWriter, r *http.Request) ([]byte, *refusal.Refusal) {
	refuse := func(code, expected, got, where string) *refusal.Refusal {
		return &refusal.Refusal{Code: code, Message: acceptance.TextUnexpected, Expected: expected, Got: got, Where: where, Fix: refusal.Entra}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, refuse("MalformedRequest", "a form of at most 1 MiB, application/x-www-form-urlencoded", err.Error(), "HTTP body")
	}
	fields := r.PostForm["SAMLResponse"]
	if len(fields) != 1 {
		return nil, refuse("MalformedResponse", "one form field SAMLResponse", fmt.Sprintf("%d", len(fields)), "HTTP body")
	}
	xml, err := binding.DecodePOST(fields[0])
	if err != nil {
		return nil, refuse("MalformedResponse", "a form field SAMLResponse in base64", err.Error(), "SAMLResponse")
	}
	return xml, nil
}

// handOver opens the way to the portal by a one-time code. The parameters are
// those of LoginTo in CloudTrail's UserAuthentication.
func (i *Instance) handOver(w http.ResponseWriter, r *http.Request, user identitystore.User, a *acceptance.Assertion, next string) {
	authCode, session := i.sessions.issue(user.ID, a.AccessControl, a.SessionNotOnOrAfter, next)
	values := url.Values{
		"state": {i.ids.Token(32)}, "auth_code": {authCode}, "wdc_csrf_token": {i.ids.Token(32)}, "organization": {i.store.ID()}, "region": {i.Region()},
	}
	target := i.PortalURL() + "/?" + values.Encode()
	values.Set("auth_code", hidden)
	i.events.record(r, "ExternalIdPDirectoryLogin", event{userID: user.ID, sessionID: session.ID})
	i.events.record(r, "UserAuthentication", event{
		userID: user.ID, sessionID: session.ID, details: map[string]any{"UserAuthentication": "Success"},
		data: map[string]any{"AuthWorkflowID": i.ids.UUID(), "LoginTo": i.PortalURL() + "/?" + values.Encode(), "CredentialType": "EXTERNAL_IDP", "UserName": user.UserName},
	})
	http.Redirect(w, r, target, http.StatusFound)
}

// signIn applies the rules that need memory: the request is outstanding, the
// assertion is new, and the user exists and is enabled.
func (i *Instance) signIn(open *trace.Open, a *acceptance.Assertion, relayState string) (user identitystore.User, next string, refused *refusal.Refusal) {
	if next, refused = i.answers(open, a, relayState); refused != nil {
		return identitystore.User{}, "", refused
	}
	if !i.requests.use(a.Issuer, a.ID, a.NotOnOrAfter.Add(i.Choices().skew())) {
		open.Check("replay", false, a.ID)
		return identitystore.User{}, "", &refusal.Refusal{
			Code: "Replay", Message: acceptance.TextUnexpected, Expected: "an assertion that was not used before", Got: a.ID + " again", Where: "/Response/Assertion/@ID", Fix: refusal.Request, Hint: "start again at the access portal",
		}
	}
	open.Check("replay", true, a.ID+" is new")
	user, ok := i.store.UserByName(a.NameID)
	if !ok || user.UserName != a.NameID && !i.Choices().IgnoreNameIDCase {
		open.Check("user", false, a.NameID)
		return identitystore.User{}, "", i.noSuchUser(a.NameID, user)
	}
	if !user.Active {
		open.Check("user", false, a.NameID+" is disabled")
		return identitystore.User{}, "", &refusal.Refusal{
			Code: "UserDisabled", Message: acceptance.TextUnexpected, Expected: "an enabled user", Got: a.NameID + " with active=false", Where: "Users", Fix: refusal.Entra,
			Hint: "enable the account and assign it to the application; the next provisioning cycle sets active",
		}
	}
	open.Check("user", true, a.NameID+" exists and is enabled")
	return user, next, nil
}

// answers checks that a response answers a request that is outstanding, and
// gives back the RelayState that went with it (saml-bindings-2.0-os, section
// 3.5.3). A response to no request is IdP-initiated sign-in.
func (i *Instance) answers(open *trace.Open, a *acceptance.Assertion, relayState string) (next string, refused *refusal.Refusal) {
	if a.InResponseTo == "" {
		open.Check("InResponseTo", true, "none: IdP-initiated")
		return "", nil
	}
	sent, next, why := i.requests.answer(a.InResponseTo, a.Issuer)
	if why != "" {
		open.Check("InResponseTo", false, a.InResponseTo+": "+why)
		return "", &refusal.Refusal{
			Code: "InResponseTo", Message: acceptance.TextUnexpected, Expected: "the ID of an AuthnRequest that is outstanding: sent from here in the last 15 minutes and not answered yet",
			Got: a.InResponseTo, Where: "/Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData/@InResponseTo", Fix: refusal.Request,
			Hint: why + "; start again at the access portal",
		}
	}
	open.Check("InResponseTo", true, a.InResponseTo+" was outstanding")
	if relayState != sent {
		open.Check("RelayState", false, "not the one that was sent")
		return "", &refusal.Refusal{
			Code: "RelayState", Message: acceptance.TextUnexpected, Expected: "the RelayState that went with the request, " + sent, Got: cmp.Or(relayState, "none"), Where: "form field RelayState", Fix: refusal.Entra,
			Hint: "the identity provider must give RelayState back unchanged",
		}
	}
	open.Check("RelayState", true, "the one that was sent")
	return next, nil
}

// noSuchUser explains the commonest failure: the NameID equals no userName.
func (i *Instance) noSuchUser(nameID string, near identitystore.User) *refusal.Refusal {
	why := &refusal.Refusal{
		Code: "UserNotFound", Message: acceptance.TextNoUser, Expected: "a NameID that equals the userName of an existing user exactly", Got: nameID,
		Where: "/Response/Assertion/Subject/NameID", Fix: refusal.Entra, Hint: "Identity Center creates no users at sign-in: assign the user to the application and let provisioning run, or add the user by hand",
	}
	switch byEmail, ok := i.store.UserByEmail(nameID); {
	case near.ID != "":
		why.Got += ", which differs from the user " + near.UserName + " in case"
		why.Hint = "make the two sides spell it alike"
	case ok:
		why.Got += ", which is the e-mail of the user " + byEmail.UserName + "; the e-mail plays no part"
		why.Hint = "take the NameID from the attribute that is mapped to userName"
	}
	return why
}

// failureMessage gives the errorMessage of ExternalIdPDirectoryLogin. Where
// AWS's words are not known, ours stand.
func failureMessage(why *refusal.Refusal) string {
	switch why.Code {
	case "NameIDFormat":
		return eventNameIDFormat
	case "InResponseTo":
		return eventInResponseTo + why.Got
	default:
		return why.Code + ": " + why.Explanation()
	}
}

func (i *Instance) refuseSignIn(w http.ResponseWriter, r *http.Request, why *refusal.Refusal) {
	i.events.record(r, "ExternalIdPDirectoryLogin", event{failure: failureMessage(why)})
	i.refuse(w, r, why)
}

func (i *Instance) internalError(w http.ResponseWriter, r *http.Request, err error) {
	trace.From(r.Context()).Check("internal", false, err.Error())
	i.logger.Error("serve", "path", r.URL.Path, "error", err)
	http.Error(w, fmt.Sprintf("the mock failed: %v", err), http.StatusInternalServerError)
}
