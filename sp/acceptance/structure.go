package acceptance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// inventory is what a response holds that can be put in the wrong place.
type inventory struct {
	assertions, encrypted, signatures, nameIDs []*etree.Element

	repeated *etree.Element // the first element whose ID another has, or whose ID is in a namespace
	id       string
}

// takeInventory looks at names in whatever namespace: a look-alike counts too.
func takeInventory(root *etree.Element) inventory {
	var found inventory
	ids := make(map[string]bool)
	document.Walk(root, func(e *etree.Element) bool {
		switch e.Tag {
		case "Assertion":
			found.assertions = append(found.assertions, e)
		case "EncryptedAssertion":
			found.encrypted = append(found.encrypted, e)
		case "Signature":
			found.signatures = append(found.signatures, e)
		case "NameID":
			found.nameIDs = append(found.nameIDs, e)
		}
		for _, attr := range e.Attr {
			if !strings.EqualFold(attr.Key, "ID") {
				continue
			}
			if found.repeated == nil && (attr.Space != "" || ids[attr.Value]) {
				found.repeated, found.id = e, attr.FullKey()+"="+attr.Value
			}
			ids[attr.Value] = true
		}
		return true
	})
	return found
}

// structure finds the one assertion where it belongs: a direct child of the
// Response, with no other anywhere, no ID used twice and no signature but those
// of the two. What an attacker wraps around a signed assertion (signature
// wrapping; Somorovsky et al., "On Breaking SAML") fails here.
func (j judge) structure(root *etree.Element) (*etree.Element, *refusal.Refusal) {
	found := takeInventory(root)
	if found.repeated != nil {
		return nil, j.refuse("structure", refusal.Refusal{Code: "DuplicateID", Expected: "every ID once, in no namespace", Got: found.id + " again", Where: path(found.repeated), Fix: refusal.Request})
	}
	if len(found.encrypted) > 0 {
		return nil, j.refuse("encryption", refusal.Refusal{
			Code: "EncryptedAssertion", Expected: "an assertion in clear; Identity Center takes no encrypted ones", Got: "an EncryptedAssertion", Where: path(found.encrypted[0]),
			Hint: "remove the token encryption certificate from the application",
		})
	}
	if len(found.assertions) != 1 {
		return nil, j.refuse("one assertion", refusal.Refusal{Code: "AssertionCount", Expected: "exactly one assertion", Got: fmt.Sprintf("%d", len(found.assertions)), Where: path(root)})
	}
	only := found.assertions[0]
	if only.Parent() != root || !document.Is(only, saml.NSAssertion, "Assertion") {
		return nil, j.refuse("one assertion", refusal.Refusal{Code: "AssertionPlace", Expected: "the assertion as a child of Response", Got: "an assertion elsewhere", Where: path(only)})
	}
	j.pass("one assertion", path(only))
	if n := slices.IndexFunc(found.signatures, func(e *etree.Element) bool { return e.Parent() != root && e.Parent() != only }); n >= 0 {
		return nil, j.refuse("structure", refusal.Refusal{Code: "SignatureStructure", Expected: "signatures in Response and Assertion only", Got: "one elsewhere", Where: path(found.signatures[n]), Fix: refusal.Request})
	}
	for _, nameID := range found.nameIDs {
		// Canonical XML drops comments, so that the signature holds, and some
		// readers stop at them (CVE-2017-11427 and its family).
		if _, ok := document.Text(nameID); !ok {
			return nil, j.notAnAddress("text with a comment or an element inside", nameID)
		}
	}
	return only, nil
}

// path tells where an element of the response is, also when it has been parsed
// anew from what was signed and has lost its parent.
func path(e *etree.Element) string {
	p := document.Path(e)
	if strings.HasPrefix(p, "/Assertion") {
		return "/Response" + p
	}
	return p
}
