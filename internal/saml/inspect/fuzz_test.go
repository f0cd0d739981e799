package inspect_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/idharness/harness/internal/saml/inspect"
)

// FuzzInspect: no input makes it panic or send a terminal anything but text,
// and the XML that it shows means the same as what it read.
func FuzzInspect(f *testing.F) {
	f.Add([]byte(file(f, "signed.xml")))
	f.Add([]byte(file(f, "redirect.url")))
	f.Add([]byte("SAMLResponse=PHNhbWw%2B&RelayState=%"))
	f.Add([]byte(`{"a":["SAMLRequest=x","b"],"SAMLResponse":"PD94"}`))
	f.Add([]byte("<input name=SAMLResponse value='PHNhbWw+'>"))
	for _, message := range kinds(f) {
		f.Add([]byte(message))
	}
	o := trust(f, "idp.pem")
	f.Fuzz(func(t *testing.T, input []byte) {
		report, err := inspect.Inspect(input, o)
		if err != nil {
			if strings.ContainsRune(err.Error(), '\x1b') {
				t.Errorf("terminal escape in %q", err)
			}
			return
		}
		var text bytes.Buffer
		if err := report.WriteText(&text, inspect.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(text.String(), func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
			t.Errorf("control characters in %q", text.String())
		}
		for _, m := range report.Messages {
			again, err := inspect.Inspect([]byte(m.XML), inspect.Options{Now: judged})
			if err != nil || len(again.Messages) != 1 {
				t.Errorf("the XML shown does not parse: %v\n%q", err, m.XML)
				continue
			}
			if a := again.Messages[0]; a.Kind != m.Kind || verdict(m, "signature") != inspect.Pass && a.ID != m.ID {
				t.Errorf("the XML shown means %s %q, and was %s %q", a.Kind, a.ID, m.Kind, m.ID)
			}
		}
	})
}
