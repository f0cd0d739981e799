package idp_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/clock"
)

// What a stranger sends costs a bounded amount of memory, however much it
// would like to have: a message has 1 MiB and a form 2 MiB at most, and the
// answer quotes neither.
func TestHostileMessagesTakeBoundedMemory(t *testing.T) {
	tenant, err := idp.New(idp.Config{TenantID: tenantID, Clock: clock.Frozen(start), BaseURL: "https://login.example"})
	if err != nil {
		t.Fatal(err)
	}
	handler := tenant.Handler()
	get := func(parameter string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/"+tenantID+"/saml2", nil)
		r.URL.RawQuery = url.Values{"SAMLRequest": {parameter}}.Encode()
		return r
	}
	post := func(kind, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/"+tenantID+"/saml2", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		return r
	}
	const form = "application/x-www-form-urlencoded"
	encoded := func(xml string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(xml))) }
	for _, test := range []struct {
		name    string
		request *http.Request
		code    string
		most    uint64 // MiB that may be allocated on the way
	}{
		{"a deflate bomb of 64 MiB", get(deflated(t, strings.Repeat(" ", 64<<20))), "AADSTS75005", 16},
		{"a form of 5 MiB", post(form, "SAMLRequest="+strings.Repeat("A", 5<<20)), "AADSTS75005", 32},
		{"5 MiB that are no form", post("text/xml", strings.Repeat("A", 5<<20)), "AADSTS750052", 4},
		{"5 MiB of multipart", post("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"SAMLRequest\"\r\n\r\n"+strings.Repeat("A", 5<<20)+"\r\n--x--"), "AADSTS750052", 4},
		{"100,000 fields", post(form, strings.Repeat("a&", 100_000)), "AADSTS75005", 64},
		{"1 MB of nested elements", post(form, "SAMLRequest="+encoded(strings.Repeat("<a>", 300_000))), "AADSTS7500525", 32},
		{"10,000 nested elements", post(form, "SAMLRequest="+encoded(strings.Repeat("<a>", 10_000)+strings.Repeat("</a>", 10_000))), "AADSTS7500525", 8},
		{"250,000 elements side by side", post(form, "SAMLRequest="+encoded("<a>"+strings.Repeat("<b/>", 250_000)+"</a>")), "AADSTS7500525", 64},
		{"100,000 attributes", post(form, "SAMLRequest="+encoded("<a"+strings.Repeat(` b="c"`, 100_000)+"/>")), "AADSTS7500525", 64},
		{"a DTD that would be a billion", post(form, "SAMLRequest="+encoded(`<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>`)), "AADSTS7500525", 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			w := httptest.NewRecorder()
			runtime.ReadMemStats(&before)
			handler.ServeHTTP(w, test.request)
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > test.most {
				t.Errorf("%d MiB were allocated, want at most %d", used, test.most)
			}
			checkRefusedCode(t, w, test.code)
			if w.Body.Len() > 1<<20 {
				t.Errorf("the page has %d bytes", w.Body.Len())
			}
			for _, trace := range []string{"goroutine ", ".go:", "runtime error"} {
				if strings.Contains(w.Body.String(), trace) {
					t.Errorf("the page contains %q", trace)
				}
			}
		})
	}
}

func checkRefusedCode(t *testing.T, w *httptest.ResponseRecorder, code string) {
	t.Helper()
	if why := refusalOf(t, w.Body.String()); w.Code != http.StatusBadRequest || why.Code != code {
		t.Errorf("status %d, %s, want %s", w.Code, why.Code, code)
	}
}
