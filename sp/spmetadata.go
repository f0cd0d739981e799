package sp

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strconv"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/trace"
)

// Metadata returns the service provider metadata as the console offers it for
// download: unsigned requests, signed assertions, e-mail NameIDs, no keys and
// no logout service.
func (i *Instance) Metadata() []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor xmlns:md="` + saml.NSMetadata + `" entityID="`)
	escape(&b, i.EntityID())
	b.WriteString(`"><md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="` + saml.NSProtocol + `">`)
	b.WriteString(`<md:NameIDFormat>` + saml.NameIDEmailAddress + `</md:NameIDFormat>`)
	for n, location := range i.ACSURLs() {
		b.WriteString(`<md:AssertionConsumerService Binding="` + saml.BindingPOST + `" Location="`)
		escape(&b, location)
		b.WriteString(`" index="` + strconv.Itoa(n) + `"`)
		if n == 0 {
			b.WriteString(` isDefault="true"`)
		}
		b.WriteString(`/>`)
	}
	b.WriteString(`</md:SPSSODescriptor></md:EntityDescriptor>`)
	return b.Bytes()
}

func escape(b *bytes.Buffer, text string) {
	xml.EscapeText(b, []byte(text)) // a bytes.Buffer does not fail
}

func (i *Instance) serveMetadata(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("saml", "SP metadata")
	if r.PathValue("store") != i.store.ID() {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	w.Header().Set("Content-Disposition", `attachment; filename="metadata.xml"`)
	w.Write(i.Metadata())
}
