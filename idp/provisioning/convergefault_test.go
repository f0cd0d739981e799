package provisioning_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

// mishap is one way in which a target answers wrongly. What it says of success
// is never a lie: those no client could see through.
type mishap struct {
	name    string
	methods string
	done    bool // the request is carried out
	answer  func(w http.ResponseWriter, r *http.Request, right *httptest.ResponseRecorder)
}

func says(status int, body string, header ...string) func(http.ResponseWriter, *http.Request, *httptest.ResponseRecorder) {
	return func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func hangsUp(http.ResponseWriter, *http.Request, *httptest.ResponseRecorder) {
	panic(http.ErrAbortHandler)
}

const anyMethod = "GET POST PATCH DELETE"

var mishaps = []mishap{
	{"500", anyMethod, false, says(500, "oops")},
	{"503", anyMethod, false, says(503, "", "Retry-After", "soon")},
	{"429", anyMethod, false, says(429, "", "Retry-After", "5400")},
	{"429 without Retry-After", anyMethod, false, says(429, "")},
	{"400", anyMethod, false, says(400, `{"detail":"no"}`)},
	{"401", anyMethod, false, says(401, "")},
	{"403", anyMethod, false, says(403, "")},
	{"409", "POST PATCH", false, says(409, "")},
	{"302", anyMethod, false, says(302, "", "Location", "/elsewhere")},
	{"connection closed", anyMethod, false, hangsUp},
	{"page", anyMethod, false, says(200, "<html>")},
	{"error with 200", anyMethod, false, says(200, fmt.Sprintf(scimErrorBody, "no"))},
	{"nothing", "GET POST", false, says(200, "")},
	{"204 for GET", "GET", false, says(204, "")},
	{"202", "POST PATCH DELETE", false, says(202, "")},
	{"false 404", "GET PATCH", false, says(404, "")},
	{"connection closed after the write", "POST PATCH DELETE", true, hangsUp},
	{"500 after the write", "POST PATCH DELETE", true, says(500, "")},
	{"page after the write", "POST PATCH DELETE", true, says(200, "<html>")},
	{"201 without body", "POST", true, says(201, "")},
	{"cut short", "GET POST", true, func(w http.ResponseWriter, _ *http.Request, right *httptest.ResponseRecorder) {
		w.Header().Set("Content-Length", fmt.Sprint(right.Body.Len()))
		w.WriteHeader(right.Code)
		w.Write(right.Body.Bytes()[:right.Body.Len()/2])
	}},
	{"without id", "POST", true, says(201, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}`)},
}

// disturb is the world's fault: it leaves some requests alone and spoils others.
func (w *world) disturb(rw http.ResponseWriter, r *http.Request, body []byte) bool {
	if w.rand.IntN(100) >= w.tries {
		return false
	}
	m := mishaps[w.rand.IntN(len(mishaps))]
	if !strings.Contains(m.methods, r.Method) {
		return false
	}
	w.note("  %s %s %s: %s", r.Method, probeID.ReplaceAllString(r.URL.RequestURI(), "<guid>"), body, m.name)
	right := httptest.NewRecorder()
	if m.done {
		before := w.server.serial
		w.server.route(right, r, body)
		if w.server.serial > before {
			w.broken[fmt.Sprintf("u%d", w.server.serial)] = true
			w.broken[fmt.Sprintf("g%d", w.server.serial)] = true
		}
	}
	if m.name == "false 404" {
		parts := strings.Split(r.URL.Path, "/")
		w.vanished[parts[len(parts)-1]] = true
	}
	m.answer(rw, r, right)
	return true
}
