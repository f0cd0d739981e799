package inspect

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// longest is how much of a signature value, certificate or ciphertext is shown.
const longest = 48

// renderXML says how XML is written for people.
type renderXML struct {
	// Short cuts long base64, which nobody reads.
	Short bool
}

// render writes an element indented. Texts stay as they are, so that comments
// and white space in a NameID show; hidden characters become references.
func render(e *etree.Element, o renderXML) string {
	var b strings.Builder
	o.element(&b, e, 0)
	return b.String()
}

var (
	textEscapes  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	valueEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
)

func (o renderXML) element(b *strings.Builder, e *etree.Element, depth int) {
	b.WriteString("<" + visible(e.FullTag(), "_%x_"))
	for _, attr := range e.Attr {
		b.WriteString(" " + visible(attr.FullKey(), "_%x_") + `="` + visible(valueEscapes.Replace(attr.Value), "&#x%x;") + `"`)
	}
	if len(e.Child) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteString(">")
	if inline(e) {
		for _, token := range e.Child {
			o.token(b, e, token, depth)
		}
	} else {
		for _, token := range e.Child {
			if _, isText := token.(*etree.CharData); isText {
				continue // white space between elements
			}
			b.WriteString("\n" + strings.Repeat("  ", depth+1))
			o.token(b, e, token, depth+1)
		}
		b.WriteString("\n" + strings.Repeat("  ", depth))
	}
	b.WriteString("</" + visible(e.FullTag(), "_%x_") + ">")
}

// inline reports whether white space in e could matter.
func inline(e *etree.Element) bool {
	elements := false
	for _, token := range e.Child {
		switch token := token.(type) {
		case *etree.CharData:
			if strings.TrimSpace(token.Data) != "" {
				return true
			}
		case *etree.Element:
			elements = true
		}
	}
	return !elements
}

func (o renderXML) token(b *strings.Builder, parent *etree.Element, token etree.Token, depth int) {
	switch token := token.(type) {
	case *etree.Element:
		o.element(b, token, depth)
	case *etree.CharData:
		text := token.Data
		switch parent.Tag {
		case "SignatureValue", "X509Certificate", "CipherValue", "DigestValue", "Modulus":
			text = strings.Join(strings.Fields(text), "")
			if o.Short && len(text) > longest+16 {
				fmt.Fprintf(b, "%s… (%d characters)", textEscapes.Replace(visible(text[:longest], "?%x?")), len(text))
				return
			}
		}
		b.WriteString(visible(textEscapes.Replace(text), "&#x%x;"))
	case *etree.Comment:
		b.WriteString("<!--" + printable(token.Data) + "-->")
	}
}
