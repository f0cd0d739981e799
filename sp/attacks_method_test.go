package sp_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
)

const (
	reference  = "Assertion/Signature/SignedInfo/Reference"
	signedInfo = "Assertion/Signature/SignedInfo"
)

// methodAttacks need cryptography of their own: digests made to fit, signatures
// by the wrong kind of key, transforms, and references elsewhere.
func methodAttacks() []attack {
	structure := func(got, where string) refusal.Refusal {
		return refusal.Refusal{Code: "SignatureStructure", Got: got, Where: where, Fix: refusal.Request}
	}
	algorithm := func(got, where string) refusal.Refusal {
		return refusal.Refusal{Code: "SignatureAlgorithm", Got: got, Where: where}
	}
	untrusted := refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Where: sigPath, Fix: refusal.IdentityCenter}
	transform := func(uri string) func(*world) string {
		return mutated(func(r *etree.Element) {
			element(at(r, reference+"/Transforms"), "Transform", "", "Algorithm", uri)
		})
	}
	uri := func(uri string) func(*world) string { return mutated(set(reference, "URI", uri)) }
	rows := []signed{
		{"digest computed anew, not signed anew (xmldsig-core 3.1.2)", func(w *world) string {
			return mutated(func(r *etree.Element) {
				setText("Assertion/Subject/NameID", ana)(r)
				setText(reference+"/DigestValue", digestOf(w, at(r, "Assertion")))(r)
			})(w)
		}, untrusted},
		{"digest smuggled into the StatusDetail (CVE-2024-45409)", func(w *world) string {
			return mutated(func(r *etree.Element) {
				setText("Assertion/Subject/NameID", ana)(r)
				element(element(at(r, "Status"), "samlp:StatusDetail", ""), "DigestValue", digestOf(w, at(r, "Assertion")), "xmlns", saml.NSSignature)
			})(w)
		}, refusal.Refusal{Code: "SignatureMismatch", Got: "other content", Where: "/Response/Assertion", Fix: refusal.Request}},
		{"digest smuggled into a comment (CVE-2025-29775)", func(w *world) string {
			return mutated(func(r *etree.Element) {
				setText("Assertion/Subject/NameID", ana)(r)
				value := at(r, reference+"/DigestValue")
				original := value.Text()
				value.SetText(digestOf(w, at(r, "Assertion")))
				value.CreateComment(original)
			})(w)
		}, structure("something else", sigPath)},
		{"HMAC keyed with the certificate, made rightly (CVE-2018-7644)", func(w *world) string {
			return mutated(func(r *etree.Element) {
				set(signedInfo+"/SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")(r)
				mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.entra.cert.Raw}))
				mac.Write(canonical(w, at(r, signedInfo)))
				setText("Assertion/Signature/SignatureValue", base64.StdEncoding.EncodeToString(mac.Sum(nil)))(r)
			})(w)
		}, algorithm("hmac-sha256", sigPath+"/SignedInfo")},
		{"RSA with MD5 (RFC 6151)", mutated(set(signedInfo+"/SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5")), algorithm("rsa-md5", sigPath+"/SignedInfo")},
		{"an algorithm that nobody knows (samlify fee4ff1)", mutated(set(signedInfo+"/SignatureMethod", "Algorithm", "urn:example:none")), algorithm("urn:example:none", sigPath+"/SignedInfo")},
		{"no algorithm (CVE-2020-36563)", mutated(set(signedInfo+"/SignatureMethod", "Algorithm", "")), algorithm("", sigPath+"/SignedInfo")},
		{"SHA-1 as the digest only (RFC 6194)", func(w *world) string {
			return mutated(func(r *etree.Element) {
				set(reference+"/DigestMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")(r)
				sum := sha1.Sum(canonical(w, unsigned(at(r, "Assertion"))))
				setText(reference+"/DigestValue", base64.StdEncoding.EncodeToString(sum[:]))(r)
			})(w)
		}, algorithm("sha1", sigPath+"/SignedInfo/Reference")},
		{"canonical XML with comments (xmldsig-core 4.3.1)", mutated(set(signedInfo+"/CanonicalizationMethod", "Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments")), algorithm("WithComments", sigPath+"/SignedInfo")},
		{"a third transform: XSLT (pysaml2 issue 1035, python3-saml issue 447)", transform("http://www.w3.org/TR/1999/REC-xslt-19991116"), algorithm("REC-xslt", sigPath+"/SignedInfo/Reference")},
		{"a transform that selects nothing: XPath false() (xmldsig-core 6.6.3)", func(w *world) string {
			return mutated(func(r *etree.Element) {
				element(element(at(r, reference+"/Transforms"), "Transform", "", "Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116"), "XPath", "false()")
				setText(reference+"/DigestValue", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")(r)
			})(w)
		}, algorithm("REC-xpath", sigPath+"/SignedInfo/Reference")},
		{"no transforms (core 5.4.4)", mutated(remove(reference + "/Transforms")), algorithm("", sigPath+"/SignedInfo/Reference")},
		{"reference to a file (pysaml2 issue 510)", uri("file:///etc/passwd"), structure("file:///etc/passwd", sigPath+"/SignedInfo/Reference")},
		{"reference by XPointer (xmldsig-core 4.3.3.3)", uri("#xpointer(id('x'))"), structure("#xpointer", sigPath+"/SignedInfo/Reference")},
		{"reference to the Response (core 5.4.2)", func(w *world) string {
			return mutated(func(r *etree.Element) { set(reference, "URI", "#"+r.SelectAttrValue("ID", ""))(r) })(w)
		}, structure("#_", sigPath+"/SignedInfo/Reference")},
		{"no URI (core 5.4.2)", mutated(func(r *etree.Element) { at(r, reference).RemoveAttr("URI") }), structure("", sigPath+"/SignedInfo/Reference")},
		{"no reference (GO-2020-0046)", mutated(remove(reference)), structure("0 references", sigPath+"/SignedInfo")},
		{"no SignedInfo (CVE-2020-7731)", mutated(remove(signedInfo)), structure("0", sigPath)},
		{"empty SignatureValue (CVE-2020-7711)", mutated(setText("Assertion/Signature/SignatureValue", "")), structure("something else", sigPath)},
		{"SignatureValue that is no base64 (RFC 4648)", mutated(setText("Assertion/Signature/SignatureValue", "*")), untrusted},
		{"second SignedInfo after the first (CVE-2025-29774)", mutated(func(r *etree.Element) {
			at(r, "Assertion/Signature").AddChild(at(r, signedInfo).Copy())
		}), structure("2", sigPath)},
		{"second SignedInfo in a wrapper (CVE-2025-29774)", mutated(func(r *etree.Element) {
			at(r, "Assertion/Signature").CreateElement("Wrapper").AddChild(at(r, signedInfo).Copy())
		}), structure("Wrapper", sigPath+"/Wrapper")},
		{"SignedInfo in a wrapper only (xml-crypto saml_wrapped_signed_info_node)", mutated(func(r *etree.Element) {
			at(r, "Assertion/Signature").CreateElement("Wrapper").AddChild(at(r, signedInfo))
		}), structure("0", sigPath)},
		{"an Object in the Signature (CVE-2025-23369)", mutated(func(r *etree.Element) { at(r, "Assertion/Signature").CreateElement("Object") }), structure("Object", sigPath+"/Object")},
		{"two Signatures (core 5.4)", mutated(func(r *etree.Element) {
			a := at(r, "Assertion")
			a.InsertChildAt(at(a, "Signature").Index(), at(a, "Signature").Copy())
		}), structure("2", "/Response/Assertion")},
		{"the right key, another certificate in KeyInfo (SAMLRaider certificate faking)", func(w *world) string {
			other := newEntra(w.t, w.clock, 1)
			return mutated(setText("Assertion/Signature/KeyInfo/X509Data/X509Certificate", base64.StdEncoding.EncodeToString(other.cert.Raw)))(w)
		}, refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "thumbprint", Where: sigPath + "/KeyInfo", Fix: refusal.IdentityCenter}},
		{"another key, given as RSAKeyValue (CVE-2018-7644)", func(w *world) string {
			doc := parse(w.t, signedBy(newEntra(w.t, w.clock, 1), w))
			info := at(doc.Root(), "Assertion/Signature/KeyInfo")
			info.RemoveChild(at(info, "X509Data"))
			key := element(element(info, "KeyValue", ""), "RSAKeyValue", "")
			element(key, "Modulus", "AQAB")
			element(key, "Exponent", "AQAB")
			return write(w.t, doc.Root())
		}, untrusted},
		{"two KeyInfo (xmldsig-core 4.4)", mutated(func(r *etree.Element) {
			at(r, "Assertion/Signature").AddChild(at(r, "Assertion/Signature/KeyInfo").Copy())
		}), structure("2", sigPath)},
		{"a certificate of the same name and another key (SAMLRaider certificate cloning)", func(w *world) string {
			other := newEntra(w.t, w.clock, 1) // every test provider's certificate bears one name
			if other.cert.Subject.String() != w.entra.cert.Subject.String() {
				w.t.Fatal("the names differ")
			}
			return signedBy(other, w)
		}, refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Got: "thumbprint", Where: sigPath + "/KeyInfo", Fix: refusal.IdentityCenter}},
	}
	return append(attacksOf(rows),
		attack{name: "empty reference on a signed Response (core 5.4.2)", choices: respond, hostile: signedResponse(set("Signature/SignedInfo/Reference", "URI", "")),
			want: structure("", "/Response/Signature/SignedInfo/Reference")},
		attack{name: "a signed Response changed (core 5.4)", choices: respond, hostile: signedResponse(setText("Assertion/Subject/NameID", ana)),
			want: refusal.Refusal{Code: "SignatureMismatch", Got: "other content", Where: "/Response", Fix: refusal.Request}},
		attack{name: "the signature cut out of a signed Response (CVE-2012-5353)", choices: respond, hostile: signedResponse(remove("Signature")),
			want: refusal.Refusal{Code: "AssertionNotSigned", Got: "none", Where: "/Response/Assertion"}},
	)
}

// unsigned is a copy without its signature: what the enveloped-signature
// transform leaves.
func unsigned(e *etree.Element) *etree.Element {
	copied := e.Copy()
	copied.RemoveChild(at(copied, "Signature"))
	return copied
}

func canonical(w *world, e *etree.Element) []byte {
	w.t.Helper()
	copied := e.Copy()
	if e.Tag == "SignedInfo" {
		copied.CreateAttr("xmlns", saml.NSSignature)
	}
	bytes, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(copied)
	if err != nil {
		w.t.Fatal(err)
	}
	if !strings.HasPrefix(string(bytes), "<"+e.Tag) {
		w.t.Fatalf("canonical form %s", bytes)
	}
	return bytes
}

// digestOf is the digest that the assertion would have to be signed with.
func digestOf(w *world, assertion *etree.Element) string {
	sum := sha256.Sum256(canonical(w, unsigned(assertion)))
	return base64.StdEncoding.EncodeToString(sum[:])
}
