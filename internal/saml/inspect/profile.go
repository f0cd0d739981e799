package inspect

import (
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// knownKinds are the roots that this package knows what to say of.
var knownKinds = map[string]bool{
	"Response": true, "AuthnRequest": true, "LogoutRequest": true, "LogoutResponse": true, "ArtifactResolve": true, "ArtifactResponse": true,
	"Assertion": true, "EncryptedAssertion": true, "EntityDescriptor": true, "EntitiesDescriptor": true,
}

// knownConditions are those that saml-core-2.0-os, section 2.5.1, defines; a
// receiver must refuse an assertion with one that it does not know.
var knownConditions = map[string]bool{"AudienceRestriction": true, "OneTimeUse": true, "ProxyRestriction": true}

// warnProfile notes where a message departs from what the standards ask of it in
// the profile for browsers.
func (x *examination) warnProfile(note func(code, where, format string, args ...any)) {
	path := document.Path(x.root)
	if !knownKinds[x.root.Tag] {
		note("unusual-message", path, "%s is no message of sign-in or sign-out in a browser", x.root.Tag)
	}
	if version := document.Attr(x.shown, "Version"); x.root.NamespaceURI() != saml.NSMetadata && version != "2.0" && x.root.Tag != "EncryptedAssertion" {
		note("version", path+"/@Version", "Version is %q, and must be 2.0", clip(version, 20))
	}
	responseOnly := false
	for _, s := range x.m.Signatures {
		responseOnly = responseOnly || s.Covers == path && x.root.Tag == "Response"
	}
	for _, p := range x.parts {
		if p.shown == nil {
			continue
		}
		x.warnAssertion(p.shown, p.where, note)
		if responseOnly && document.Child(p.raw, saml.NSSignature, "Signature") == nil {
			note("assertion-unsigned", p.where, "only the response is signed, not the assertion: receivers that want signed assertions, as IAM Identity Center does, refuse it")
		}
	}
}

func (x *examination) warnAssertion(e *etree.Element, where string, note func(code, where, format string, args ...any)) {
	if version := document.Attr(e, "Version"); version != "2.0" {
		note("version", where+"/@Version", "Version is %q, and must be 2.0", clip(version, 20))
	}
	subject := child(e, saml.NSAssertion, "Subject")
	twice := func(parent *etree.Element, name string) {
		if n := len(document.Children(parent, saml.NSAssertion, name)); n > 1 {
			note("twice", where, "there are %d %s, and one reader takes the first, another the last", n, name)
		}
	}
	twice(e, "Conditions")
	twice(subject, "NameID")
	for _, condition := range childElements(child(e, saml.NSAssertion, "Conditions")) {
		if condition.NamespaceURI() != saml.NSAssertion || !knownConditions[condition.Tag] {
			note("unknown-condition", where+"/Conditions/"+condition.Tag, "a receiver must refuse conditions that it does not know (saml-core-2.0-os, section 2.5.1.1)")
		}
	}
	if child(e, saml.NSAssertion, "AuthnStatement") == nil {
		note("no-authn-statement", where, "without an AuthnStatement the assertion does not say that anybody signed in (saml-profiles-2.0-os, section 4.1.4.2)")
	}
	for _, c := range document.Children(subject, saml.NSAssertion, "SubjectConfirmation") {
		data := child(c, saml.NSAssertion, "SubjectConfirmationData")
		if document.Attr(c, "Method") != saml.ConfirmationBearer {
			continue
		}
		at := where + "/Subject/SubjectConfirmation"
		if document.Attr(data, "NotOnOrAfter") == "" {
			note("bearer-without-end", at, "a bearer confirmation needs a NotOnOrAfter (saml-profiles-2.0-os, section 4.1.4.2)")
		}
		if document.Attr(data, "NotBefore") != "" {
			note("bearer-with-begin", at, "a bearer confirmation must not have a NotBefore (saml-profiles-2.0-os, section 4.1.4.2)")
		}
	}
	if name := textOf(child(subject, saml.NSAssertion, "NameID")); strings.ContainsFunc(name, func(r rune) bool { return r > '~' || r < ' ' || strings.ContainsRune(`<>"`, r) }) {
		note("odd-nameid", where+"/Subject/NameID", "the NameID has characters other than plain ASCII: two that look alike may be different")
	}
}

func childElements(e *etree.Element) []*etree.Element {
	if e == nil {
		return nil
	}
	return e.ChildElements()
}
