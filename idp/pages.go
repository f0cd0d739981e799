package idp

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/internal/web"
)

//go:embed pages/*.html
var pageFiles embed.FS

// requestIDHeader names the request in every answer of the sign-in service.
const requestIDHeader = "x-ms-request-id"

// parsePages reads the pages, once for all: they never change.
var parsePages = sync.OnceValues(func() (*web.Pages, error) {
	sub, err := fs.Sub(pageFiles, "pages")
	if err != nil {
		return nil, fmt.Errorf("read pages: %w", err)
	}
	return web.Parse(sub)
})

func (t *Tenant) view(title string, page any) web.View {
	return web.View{Title: title, Brand: t.DisplayName() + " · Microsoft Entra ID", Side: "entra", Page: page}
}

// errorPage is what the error page shows.
type errorPage struct {
	App, RequestID, CorrelationID, Timestamp, Message string
}

// refuse shows the error page, with the four troubleshooting lines and the
// $Config keys of the real one, and our explanation below.
func (t *Tenant) refuse(w http.ResponseWriter, r *http.Request, app *Application, why *refusal.Refusal) {
	trace.From(r.Context()).Refused("accepted", why.Error(), why)
	page := errorPage{
		RequestID: t.requestID(), CorrelationID: t.ids.UUID(),
		Timestamp: t.clock.Now().UTC().Format("2006-01-02T15:04:05Z"), Message: why.Code + ": " + why.Message,
	}
	if app != nil {
		page.App = app.Name()
	}
	w.Header().Set(requestIDHeader, page.RequestID)
	view := t.view("Sign in to your account", page)
	view.Refusal = why
	number := strings.TrimPrefix(why.Code, "AADSTS")
	view.Config = map[string]any{
		"pgid": "ConvergedError", "sErrorCode": number, "iErrorCode": number, "strMainMessage": textTrouble,
		"strServiceExceptionMessage": page.Message, "sErrTxt": page.Message, "correlationId": page.CorrelationID, "sessionId": page.RequestID,
	}
	status := http.StatusBadRequest
	if t.Choices().ErrorPagesAreOK {
		status = http.StatusOK
	}
	t.pages.Render(w, status, "error.html", view)
}

// attribute escapes a value for a double-quoted HTML attribute so that it comes
// out of a browser byte for byte: a bare carriage return would become a line
// feed.
var attribute = strings.NewReplacer("\r", "&#13;", "\n", "&#10;")

// postToServiceProvider sends the page that posts itself to the ACS, in the
// exact shape that command-line tools look for.
func (t *Tenant) postToServiceProvider(w http.ResponseWriter, requestID, acs, response, relayState string) {
	var b bytes.Buffer
	b.Grow(len(response) + len(relayState) + len(acs) + 1024) // one allocation, if nothing needs escaping
	b.WriteString(`<html><head><title>Working...</title></head><body><form method="POST" name="hiddenform" action="` + html.EscapeString(acs) + `">`)
	b.WriteString(`<input type="hidden" name="SAMLResponse" value="`)
	b.WriteString(response)
	b.WriteString(`" />`)
	if relayState != "" {
		b.WriteString(`<input type="hidden" name="RelayState" value="` + attribute.Replace(html.EscapeString(relayState)) + `" />`)
	}
	b.WriteString(`<noscript><p>Script is disabled. Click Submit to continue.</p><input type="submit" value="Submit" /></noscript></form>`)
	b.WriteString(`<script language="javascript">document.forms[0].submit();</script></body></html>`)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set(requestIDHeader, requestID)
	w.Write(b.Bytes())
}
