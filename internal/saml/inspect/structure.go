package inspect

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// checkStructure looks for what lets a receiver read another assertion than the
// one that was signed (signature wrapping; Somorovsky et al., "On Breaking
// SAML: Be Whoever You Want to Be", USENIX Security 2012).
func (x *examination) checkStructure() {
	c := Check{Name: "structure", Verdict: Pass, Asked: len(x.Certificates) > 0, Detail: "every ID once, assertions and signatures only where they belong"}
	place := make(map[*etree.Element]bool)
	for _, p := range x.parts {
		place[p.raw], place[p.encrypted] = true, true
	}
	ids := make(map[string]bool)
	inMetadata := x.root.NamespaceURI() == saml.NSMetadata
	visit := func(e *etree.Element) bool {
		for _, attr := range e.Attr {
			if !strings.EqualFold(attr.Key, "ID") {
				continue
			}
			if attr.Space != "" || ids[attr.Value] {
				c.Verdict, c.Where, c.Detail = Fail, document.Path(e), fmt.Sprintf("two elements have the ID %q, or it is in a namespace: readers find different ones", clip(attr.Value, 80))
			}
			ids[attr.Value] = true
		}
		switch {
		case e.Tag == "Assertion" || e.Tag == "EncryptedAssertion":
			if !place[e] {
				c.Verdict, c.Where, c.Detail = Fail, document.Path(e), "an assertion stands where none belongs"
			}
		case e.Tag == "Signature" && !inMetadata:
			if parent := e.Parent(); parent != x.root && !place[parent] {
				c.Verdict, c.Where, c.Detail = Fail, document.Path(e), "a signature stands where none belongs"
			}
		}
		return true
	}
	document.Walk(x.root, visit)
	for _, p := range x.parts {
		if p.encrypted != nil && p.raw != nil {
			document.Walk(p.raw, visit)
		}
	}
	if c.Verdict == Fail {
		c.Fix = "do not accept the message: this is how signature wrapping looks"
	}
	x.add(c)
}
