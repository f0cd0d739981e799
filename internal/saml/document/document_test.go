package document

import (
	"errors"
	"strings"
	"testing"
)

func TestParseRefusesWhatCouldBeReadTwoWays(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "line 1, position 1: there is no root element"},
		{"not XML", "hello", "text outside the root element"},
		{"unclosed", "<a>\n  <b></a>", "line 2"},
		{"doctype (XXE, billion laughs)", "<!DOCTYPE a [<!ENTITY e 'x'>]><a/>", "document type declarations are refused"},
		{"entity", "<a>&e;</a>", "invalid character entity &e;"},
		{"processing instruction", "<a><?x y?></a>", "line 1, position 4: processing instructions are refused"},
		{"two roots", "<a/><b/>", "a second root element"},
		{"trailing text", "<a/>x", "text outside the root element"},
		{"other encoding", `<?xml version="1.0" encoding="utf-16"?><a/>`, "only UTF-8"},
		{"invalid UTF-8", "<a>\n\xff</a>", "line 2, position 1: not valid UTF-8"},
		{"relative namespace (CVE-2025-66568)", `<a xmlns:n="1"/>`, `namespace "1" is not an absolute URI`},
		{"relative default namespace", `<a xmlns="1"/>`, `namespace "1" is not an absolute URI`},
		{"two attributes of one name", `<a ID="1" ID="2"/>`, `attribute "ID" appears twice`},
		{"colon names (CVE-2020-29511)", `<x::a/>`, "line 1"},
		{"NUL", "<a>&#0;</a>", "line 1"},
		{"deep", strings.Repeat("<a>", 10_000) + strings.Repeat("</a>", 10_000), "nested deeper than 64"},
		{"wide", "<a>" + strings.Repeat("<b/>", MaxElements) + "</a>", "more than 20000 elements"},
		{"large", "<a>" + strings.Repeat(" ", MaxBytes) + "</a>", "more than 2097152"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.in))
			var positioned *Error
			if !errors.As(err, &positioned) {
				t.Fatalf("Parse = %v, want an *Error", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("Parse = %q, want it to say %q", err, test.want)
			}
		})
	}
}

func TestTextRefusesAnythingButText(t *testing.T) {
	for _, test := range []struct {
		in   string
		want string
		ok   bool
	}{
		{"<a>ana@contoso.example</a>", "ana@contoso.example", true},
		{"<a>a&amp;b<![CDATA[<c>]]></a>", "a&b<c>", true},
		{"<a/>", "", true},
		{"<a>admin@contoso.example<!---->.attacker.example</a>", "", false},
		{"<a>ana<b/></a>", "", false},
	} {
		doc, err := Parse([]byte(test.in))
		if err != nil {
			t.Fatalf("%s: %v", test.in, err)
		}
		if got, ok := Text(doc.Root()); got != test.want || ok != test.ok {
			t.Errorf("Text(%s) = %q, %v; want %q, %v", test.in, got, ok, test.want, test.ok)
		}
	}
}

func TestPathCountsSiblings(t *testing.T) {
	doc, err := Parse([]byte(`<r><a/><a><b/></a></r>`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Path(doc.FindElement("//b")), "/r/a[2]/b"; got != want {
		t.Errorf("Path = %q, want %q", got, want)
	}
}
