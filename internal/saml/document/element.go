package document

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// Is reports whether e is the element name in namespace ns.
func Is(e *etree.Element, ns, name string) bool {
	return e != nil && e.Tag == name && e.NamespaceURI() == ns
}

// Children returns the child elements called name in namespace ns.
func Children(e *etree.Element, ns, name string) []*etree.Element {
	if e == nil {
		return nil
	}
	var out []*etree.Element
	for _, child := range e.ChildElements() {
		if Is(child, ns, name) {
			out = append(out, child)
		}
	}
	return out
}

// Child returns the first child element called name in namespace ns, or nil.
func Child(e *etree.Element, ns, name string) *etree.Element {
	if children := Children(e, ns, name); len(children) > 0 {
		return children[0]
	}
	return nil
}

// Attr returns the value of the attribute called name that is in no namespace.
func Attr(e *etree.Element, name string) string {
	if e == nil {
		return ""
	}
	for _, attr := range e.Attr {
		if attr.Space == "" && attr.Key == name {
			return attr.Value
		}
	}
	return ""
}

// Text returns the character data of e. It fails, with ok false, when there is
// anything but character data inside: a comment, a processing instruction or a
// child element could make two readers see two values (CVE-2017-11427 and the
// family around it).
func Text(e *etree.Element) (text string, ok bool) {
	if e == nil {
		return "", true
	}
	var b strings.Builder
	for _, token := range e.Child {
		data, isText := token.(*etree.CharData)
		if !isText {
			return "", false
		}
		b.WriteString(data.Data)
	}
	return b.String(), true
}

// Walk calls visit for e and every element below it, until visit returns false.
func Walk(e *etree.Element, visit func(*etree.Element) bool) bool {
	if !visit(e) {
		return false
	}
	for _, child := range e.ChildElements() {
		if !Walk(child, visit) {
			return false
		}
	}
	return true
}

// Path writes the way from the root to e, such as /Response/Assertion[2]/Subject.
func Path(e *etree.Element) string {
	if e == nil || e.Tag == "" {
		return ""
	}
	name := e.Tag
	if parent := e.Parent(); parent != nil {
		index, same := 0, 0
		for _, sibling := range parent.ChildElements() {
			if sibling.Tag == e.Tag {
				same++
			}
			if sibling == e {
				index = same
			}
		}
		if same > 1 {
			name += "[" + strconv.Itoa(index) + "]"
		}
		return Path(parent) + "/" + name
	}
	return "/" + name
}
