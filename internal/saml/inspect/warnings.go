package inspect

import (
	"crypto/rsa"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// relayStateLimit is what saml-bindings-2.0-os, section 3.4.3, allows.
const relayStateLimit = 80

// warn notes what often goes wrong, whatever the checks say.
func (x *examination) warn() {
	note := func(code, where, format string, args ...any) {
		x.code.warnings = append(x.code.warnings, Warning{Code: code, Where: where, Text: fmt.Sprintf(format, args...)})
	}
	x.warnSignatures(note)
	x.warnProfile(note)
	document.Walk(x.root, func(e *etree.Element) bool {
		x.warnText(e, note)
		return true
	})
	for _, p := range x.parts {
		if p.encrypted != nil && p.raw != nil {
			document.Walk(p.raw, func(e *etree.Element) bool {
				x.warnText(e, note)
				return true
			})
		}
	}
	for _, s := range x.m.Assertions {
		if s.NameID.Value == "" {
			note("no-nameid", s.where+"/Subject", "the assertion names nobody: there is no NameID, or it is empty")
		}
		if len(s.Audiences) == 0 {
			note("no-audience", s.where+"/Conditions", "without an AudienceRestriction the assertion can be used at any receiver")
		}
		for _, a := range s.Attributes {
			if len(a.Values) == 0 || len(a.Values) == 1 && a.Values[0] == "" {
				note("empty-attribute", s.where+"/AttributeStatement", "the attribute %s is empty; IAM Identity Center, for one, refuses that", a.Name)
			}
		}
	}
	if state := x.m.RelayState; state != nil && len(*state) > relayStateLimit {
		note("long-relay-state", "RelayState", "RelayState has %d bytes, and only %d are allowed: some receivers cut it off", len(*state), relayStateLimit)
	}
	if at, err := saml.ParseTime(x.m.IssueInstant); err == nil && at.After(x.Now) && at.Sub(x.Now) < time.Hour {
		note("clock-skew", document.Path(x.root)+"/@IssueInstant", "the message was issued %s in the future: the sender's clock is fast, or this one is slow", span(at.Sub(x.Now)))
	}
	if x.m.IssueInstant != "" {
		if _, err := saml.ParseTime(x.m.IssueInstant); err != nil || !strings.HasSuffix(x.m.IssueInstant, "Z") {
			note("bad-time", document.Path(x.root)+"/@IssueInstant", "%q is no time in UTC as SAML wants it, such as 2026-01-05T09:00:00Z", clip(x.m.IssueInstant, 60))
		}
	}
	// A message in a form that contradicts its parameter.
	if isRequest := strings.HasSuffix(x.root.Tag, "Request"); x.m.Parameter != "" && isRequest != (x.m.Parameter == "SAMLRequest") {
		note("wrong-parameter", x.m.Parameter, "a %s came as %s", x.root.Tag, x.m.Parameter)
	}
	x.m.Warnings = append(x.m.Warnings, x.code.warnings...)
}

func (x *examination) warnSignatures(note func(code, where, format string, args ...any)) {
	if len(x.m.Signatures) == 0 && (x.root.Tag == "Response" && len(x.parts) > 0 || x.root.Tag == "Assertion") {
		note("unsigned", document.Path(x.root), "nothing is signed: anybody could have written this")
	}
	for _, s := range x.m.Signatures {
		if strings.Contains(s.Algorithm, "sha1") || strings.HasSuffix(s.Digest, "#sha1") {
			note("sha1", s.where, "signed with SHA-1, which IAM Identity Center and many others refuse; choose SHA-256 at the sender")
		}
		if c := s.Certificate; c != nil && len(x.Certificates) > 0 && !c.Trusted {
			note("other-certificate", s.where, "the message carries the certificate %s (%s), which is none of those given", c.Thumbprint, c.Subject)
		}
		if s.Covers != queryPath && x.code.deflated && x.from.rawQuery != "" {
			note("enveloped-in-redirect", s.where, "the Redirect binding signs the query; a signature inside the message has to be left out (saml-bindings-2.0-os, section 3.4.4.1)")
		}
	}
	for _, cert := range certificatesIn(x.root) {
		if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < 2048 {
			note("short-key", "", "the key of the certificate %s has only %d bits", x.describe(cert).Thumbprint, key.N.BitLen())
		}
	}
	for _, p := range x.parts {
		if p.encrypted == nil {
			continue
		}
		document.Walk(p.encrypted, func(e *etree.Element) bool {
			if e.Tag == "EncryptionMethod" && strings.HasSuffix(document.Attr(e, "Algorithm"), "rsa-1_5") {
				note("rsa15", document.Path(e), "the key is transported with RSA 1.5, which can be broken by asking the receiver often enough")
			}
			return true
		})
	}
}

// warnText looks at the texts by which receivers recognise people and parties.
func (x *examination) warnText(e *etree.Element, note func(code, where, format string, args ...any)) {
	switch e.Tag {
	case "NameID", "Issuer", "Audience", "AttributeValue":
	default:
		return
	}
	comment, inner := false, false
	for _, token := range e.Child {
		switch token.(type) {
		case *etree.Comment:
			comment = true
		case *etree.Element:
			inner = true
		}
	}
	path := document.Path(e)
	text := textOf(e)
	switch {
	case comment:
		note("comment-in-text", path, "a comment stands inside %s: some readers stop at it and read another value than was signed (CVE-2017-11427 and its family)", e.Tag)
	case inner && e.Tag != "AttributeValue":
		note("element-in-text", path, "an element stands inside %s: some readers stop at it and read another value", e.Tag)
	case e.Tag == "NameID" && text != strings.TrimSpace(text):
		note("space-in-nameid", path, "the NameID has white space around it, which counts: it may match no user")
	}
}
