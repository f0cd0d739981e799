package idp_test

import (
	"testing"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml/document"
)

func parse(t testing.TB, xml []byte) *etree.Document {
	t.Helper()
	doc, err := document.Parse(xml)
	if err != nil {
		t.Fatalf("%v:\n%s", err, xml)
	}
	return doc
}

// find gives the text of the first element at path.
func find(t testing.TB, xml []byte, path string) string {
	t.Helper()
	e := parse(t, xml).FindElement(path)
	if e == nil {
		t.Fatalf("no %s in\n%s", path, xml)
	}
	return e.Text()
}

// attr gives an attribute of the first element at path, and whether it is there.
func attr(t testing.TB, xml []byte, path, name string) (string, bool) {
	t.Helper()
	e := parse(t, xml).FindElement(path)
	if e == nil {
		t.Fatalf("no %s in\n%s", path, xml)
	}
	a := e.SelectAttr(name)
	if a == nil {
		return "", false
	}
	return a.Value, true
}

// valuesOf gives the values of an attribute of the assertion, in order.
func valuesOf(t *testing.T, xml []byte, name string) []string {
	t.Helper()
	var values []string
	for _, e := range parse(t, xml).FindElements("//Attribute[@Name='" + name + "']/AttributeValue") {
		values = append(values, e.Text())
	}
	return values
}
