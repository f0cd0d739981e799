package control_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/idharness/harness/control"
)

func TestUnknownRoutesNameTheNearest(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct{ path, want string }{
		{"/v1/clok", "/v1/clock"},
		{"/clock", "/v1/clock"},
		{"/v1/clock/", "/v1/clock"},
		{"/v1/fault/scim", "/v1/faults/scim"},
		{"/v1/trace/event", "/v1/trace/events"},
		{"/v1/clock/advanse", "/v1/clock/advance"},
		{"/nothing/like/it", ""},
		{"/", ""},
	} {
		p := f.send("GET", test.path, "").problem(404)
		if p.Expected != test.want || test.want != "" && p.Hint != "did you mean "+test.want+"?" {
			t.Errorf("%s: expected %q, hint %q; want %q", test.path, p.Expected, p.Hint, test.want)
		}
	}
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	f := newFixture(t)
	a := f.send("DELETE", "/v1/clock", "")
	p := a.problem(405)
	if a.header.Get("Allow") != "GET, PUT" || p.Expected != "GET or PUT" || p.Got != "DELETE" {
		t.Errorf("Allow %q, problem %+v", a.header.Get("Allow"), p)
	}
	f.send("HEAD", "/v1/clock", "").want(200)
	f.send("HEAD", "/v1/trace/events", "").want(405)
}

func TestBodiesAreReadStrictly(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct {
		name, body  string
		status      int
		detail      string
		hint        string
		line, colum int
	}{
		{"unknown member", "{\n  \"code\": \"AADSTS50053\",\n  \"time\": 2}", 400, `body:3:3: unknown key "time"; did you mean "times"?`, "", 3, 3},
		{"wrong type", `{"code": "AADSTS50053", "times": "2"}`, 400, `body:1:34: expected a whole number, got the text "2"`, "", 1, 34},
		{"missing member", `{"times": 2}`, 400, `body:1:1: the key "code" is missing`, "", 1, 1},
		{"two mistakes", `{"code": 1, "tims": 2}`, 400, `body:1:10: expected text, got the number 1 (and 1 more)`, `for text, put it in quotes: "1"`, 1, 10},
		{"no JSON", `{"code": AADSTS50053}`, 400, "body:1:10: no JSON at byte 9: invalid character 'A' looking for beginning of value", "", 1, 10},
		{"cut off", `{"code": "AAD`, 400, "body:1:14: the JSON text ends too early, at byte 13", "", 1, 14},
		{"nothing", " ", 400, "body:1:2: the JSON text ends too early, at byte 1", "", 1, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := f.send("PUT", "/v1/faults/entra-sign-in", test.body).problem(test.status)
			if p.Detail != test.detail || p.Hint != test.hint {
				t.Errorf("detail %q, hint %q", p.Detail, p.Hint)
			}
			if len(p.Errors) == 0 || p.Errors[0].Line != test.line || p.Errors[0].Column != test.colum {
				t.Errorf("errors %+v, want %d:%d", p.Errors, test.line, test.colum)
			}
		})
	}
	if got := f.send("GET", "/v1/faults/scim", "").want(200).text; got != "[]\n" {
		t.Errorf("faults after bad bodies: %s", got)
	}
}

func TestBodiesOfTheWrongKind(t *testing.T) {
	f := newFixture(t)
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "multipart/form-data", ";"} {
		p := f.send("PUT", "/v1/clock", `{"frozen": true}`, "Content-Type", media).problem(415)
		if p.Expected != "application/json" || p.Where != "Content-Type" {
			t.Errorf("%q: %+v", media, p)
		}
	}
	f.send("PUT", "/v1/clock", `{"frozen": true}`, "Content-Type", "application/json; charset=UTF-8").want(200)

	large := `{"frozen": true, "x": "` + strings.Repeat("x", 1<<20) + `"}`
	if p := f.send("PUT", "/v1/clock", large).problem(413); p.Expected != "at most 1048576 bytes" {
		t.Errorf("%+v", p)
	}
	if p := f.send("DELETE", "/v1/trace", `{"all": true}`).problem(400); !strings.Contains(p.Detail, "takes no body") {
		t.Errorf("%+v", p)
	}
}

func TestQueriesAreReadStrictly(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct{ path, where, expected, hint string }{
		{"/v1/trace?afer=3", "query", "after, limit, kind, protocol", "did you mean after?"},
		{"/v1/trace?after=-1", "after", "a whole number, 0 or more", ""},
		{"/v1/trace?limit=ten", "limit", "a whole number, 0 or more", ""},
		{"/v1/trace?after=1&after=2", "after", "", ""},
		{"/v1/trace?protocol=smtp", "protocol", "saml or scim or aws or http", ""},
		{"/v1/trace?a=%zz", "query", "", ""},
		{"/v1/clock?x=1", "query", "", ""},
		{"/v1/trace/events?after=x", "after", "a whole number, 0 or more", ""},
	} {
		if p := f.send("GET", test.path, "").problem(400); p.Where != test.where || p.Expected != test.expected || p.Hint != test.hint {
			t.Errorf("%s: %+v", test.path, p)
		}
	}
}

func TestOnlyThisMachineIsAnswered(t *testing.T) {
	f := newFixture(t, func(c *control.Config) {
		c.Actions.BaseURLs = func() control.BaseURLs { return control.BaseURLs{Control: "http://harness.test:8600"} }
	})
	for _, host := range []string{"localhost:8600", "127.0.0.1", "127.0.0.2:1", "[::1]:8600", "harness.test:9", "HARNESS.test"} {
		f.send("GET", "/v1/clock", "", "Host", host).want(200)
	}
	for _, host := range []string{"evil.example", "evil.example:8600", "127.0.0.1.evil.example", "192.0.2.1:8600", "localhost.evil.example"} {
		if p := f.send("GET", "/v1/clock", "", "Host", host).problem(403); p.Where != "Host" || p.Got != host {
			t.Errorf("%s: %+v", host, p)
		}
		f.send("GET", "/v1/nothing", "", "Host", host).problem(403)
		f.send("GET", "/healthz", "", "Host", host).want(200)
		f.send("GET", "/readyz", "", "Host", host).want(200)
	}
}

func TestPagesOfOtherOriginsAreRefused(t *testing.T) {
	f := newFixture(t)
	own := strings.TrimPrefix(f.url, "http://")
	f.send("GET", "/v1/clock", "", "Origin", "http://"+own).want(200)
	f.send("GET", "/v1/clock", "", "Sec-Fetch-Site", "same-origin").want(200)
	f.send("GET", "/v1/clock", "", "Sec-Fetch-Site", "none").want(200)
	for _, header := range [][2]string{
		{"Origin", "http://evil.example"}, {"Origin", "null"}, {"Origin", "http://localhost:1"}, {"Origin", "://"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
	} {
		a := f.send("GET", "/v1/clock", "", header[0], header[1])
		if p := a.problem(403); p.Where != header[0] || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%v: %+v", header, p)
		}
	}
}

func TestTokenIsNeeded(t *testing.T) {
	const token = "correct-horse-battery"
	f := newFixture(t, func(c *control.Config) { c.Token = token })
	f.send("GET", "/v1/clock", "").want(200)
	f.send("GET", "/v1/clock", "", "Host", "harness.internal:8600").want(200)
	f.send("GET", "/v1/clock", "", "Authorization", "bearer "+token).want(200)
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + token, "Bearer " + token + "x", token} {
		a := f.send("GET", "/v1/clock", "", "Authorization", header)
		p := a.problem(401)
		if a.header.Get("WWW-Authenticate") == "" || strings.Contains(a.text, token) || p.Where != "Authorization" {
			t.Errorf("%q: %s", header, a.text)
		}
		f.send("GET", "/v1/nothing", "", "Authorization", header).problem(401)
		f.send("GET", "/healthz", "", "Authorization", header).want(200)
		f.send("GET", "/readyz", "", "Authorization", header).want(200)
	}
	if p := f.send("GET", "/v1/trace?after="+token, "").problem(400); strings.Contains(fmt.Sprint(p), token) {
		t.Errorf("the token shows: %+v", p)
	}
}

func TestReadinessWaits(t *testing.T) {
	ready := make(chan struct{})
	f := newFixture(t, func(c *control.Config) { c.Ready = ready })
	f.send("GET", "/readyz", "").problem(503)
	close(ready)
	if got := f.send("GET", "/readyz", "").want(200).text; !strings.Contains(got, `"ready"`) {
		t.Error(got)
	}
}

// Nothing that can be sent brings the API down.
func TestOddRequests(t *testing.T) {
	f := newFixture(t)
	host := strings.TrimPrefix(f.url, "http://")
	for _, text := range []string{
		"GET /v1/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /v1/clock HTTP/1.0\r\n\r\n",
		"GET //v1//clock HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /v1/../v1/clock HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET http://evil.example/v1/clock HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"PUT /v1/clock HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, text)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if resp.StatusCode < 400 || resp.StatusCode >= 500 {
			t.Errorf("%q: %s", text, resp.Status)
		}
		conn.Close()
	}
	f.send("GET", "/v1/clock", "").want(200)
}
