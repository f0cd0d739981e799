package scimmock_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/scimmock"
)

// TestHostileQueries: every list has its parameters once and whole, and a
// filter is short; nothing else is answered than 400.
func TestHostileQueries(t *testing.T) {
	e := runQuiet(t, scimmock.AWS())
	u := e.person("u")
	g := e.group("g", u)
	before := e.store.Snapshot()
	filter := func(text string) string { return "filter=" + url.QueryEscape(text) }
	for _, test := range []struct{ name, query, detail string }{
		{"100 kB of a name", filter(`userName eq "` + strings.Repeat("a", 100_000) + `"`), badFilter},
		{"100 kB of a word", filter(strings.Repeat("a", 100_000)), badFilter},
		{"10,000 parentheses", filter(strings.Repeat("(", 10_000) + `userName eq "u"` + strings.Repeat(")", 10_000)), badFilter},
		{"1,000 parentheses", filter(strings.Repeat("(", 1_000) + `userName eq "u"` + strings.Repeat(")", 1_000)), badFilter},
		{"500 not", filter(strings.Repeat("not(", 500) + `userName eq "u"` + strings.Repeat(")", 500)), badFilter},
		{"400 comparisons", filter(`userName eq "u"` + strings.Repeat(` and userName eq "u"`, 400)), badFilter},
		{"brackets open", filter(`members[`), badFilter},
		{"NUL", filter("userName eq \"u\x00\""), badFilter},
		{"NUL between tokens", filter("userName\x00eq \"u\""), badFilter},
		{"line end", filter("userName eq \"u\n\""), badFilter},
		{"invalid UTF-8", "filter=userName+eq+%22%ff%22", badFilter},
		{"no value", "filter=", badFilter},
		{"no equals sign", "filter", badFilter},
		{"filter twice, alike", filter(`userName eq "u"`) + "&" + filter(`userName eq "u"`), genericInvalid},
		{"filter twice", filter(`userName eq "u"`) + "&" + filter(`userName eq "v"`), genericInvalid},
		{"filter twice, once encoded", filter(`userName eq "u"`) + "&%66ilter=x", genericInvalid},
		{"count twice", "count=1&count=2", genericInvalid},
		{"cursor twice", "cursor&cursor=", genericInvalid},
		{"half an escape", "filter=%2", genericInvalid},
		{"no escape", "filter=%zz", genericInvalid},
		{"count a word", "count=ten", genericInvalid},
		{"count huge", "count=99999999999999999999", genericInvalid},
		{"count a fraction", "count=1.5", genericInvalid},
		{"count empty", "count=", genericInvalid},
		{"count NUL", "count=1%00", genericInvalid},
		{"foreign cursor", "cursor=VGVzdFVzZXJDdXJzb3I", genericInvalid},
		{"cursor of other characters", "cursor=%00%ff../..", genericInvalid},
		{"cursor of 100 kB", "cursor=" + strings.Repeat("A", 100_000), genericInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			e.t = t
			for _, resource := range []string{"/Users", "/Groups"} {
				e.get(resource+"?"+test.query).refused(400, test.detail)
			}
			e.unchanged(before, test.name)
			e.get("/Users/" + u).want(200)
			e.get("/Groups/" + g).want(200)
		})
	}
}

// TestHostilePaths: what stands where an id would is an id and nothing else.
func TestHostilePaths(t *testing.T) {
	e := runQuiet(t, scimmock.AWS())
	u := e.person("u")
	g := e.group("g", u)
	before := e.store.Snapshot()
	for _, id := range []string{
		"%2e%2e%2fGroups%2f" + g, "..%2f..%2fUsers%2f" + u, "%2F" + u, u + "%2F", u + "%2e", u + "%00", u + "%0a", "%20" + u, u + "%20", u + ";x=y", u + "%3fx", u + "%23", u + "*", "*", "%25", "%2a", "%c0%ae%c0%ae", "%ff",
		strings.Repeat("a", 10_000), "null", "undefined", "0", "-1", "'%20or%20'1'='1", "%7b%7d", "[object%20Object]", "${jndi:x}", "urn:ietf:params:scim:schemas:core:2.0:User",
	} {
		for _, resource := range []string{"/Users/", "/Groups/"} {
			for _, method := range []string{"GET", "DELETE"} {
				e.do(method, resource+id, "").refused(404, notThere)
			}
			e.patch(resource+id, `{"op":"replace","path":"displayName","value":"x"}`).refused(404, notThere)
		}
		e.do("PUT", "/Users/"+id, ana()).refused(404, notThere)
		e.get("/Schemas/" + id).want(map[bool]int{true: 200, false: 400}[strings.HasPrefix(id, "urn:ietf")])
	}
	// The id of the other kind names nobody.
	for _, path := range []string{"/Users/" + g, "/Groups/" + u} {
		e.get(path).refused(404, notThere)
		e.do("DELETE", path, "").refused(404, notThere)
		e.patch(path, `{"op":"replace","path":"displayName","value":"x"}`).refused(404, notThere)
	}
	e.do("PUT", "/Users/"+g, ana()).refused(404, notThere)
	e.patch("/Groups/"+g, `{"op":"add","path":"members","value":[{"value":"`+g+`"}]}`).refused(404, notThere)
	e.unchanged(before, "a hostile path")
	e.get("/Users/" + u).want(200)
}

// TestMethods: a method that a resource does not have is refused and does
// nothing, also one that HTTP or a proxy could give a meaning to.
func TestMethods(t *testing.T) {
	e := runQuiet(t, scimmock.AWS())
	u := e.person("u")
	g := e.group("g", u)
	before := e.store.Snapshot()
	for _, method := range []string{"HEAD", "OPTIONS", "TRACE", "COPY", "PROPFIND", "get", "Delete", "X"} {
		for _, path := range []string{"/Users", "/Groups", "/Users/" + u, "/Groups/" + g, "/Schemas", "/ServiceProviderConfig", "/ResourceTypes"} {
			r := e.do(method, path, "")
			if method == "HEAD" {
				r.want(400)
				continue
			}
			r.refused(400, genericInvalid)
			if r.header.Get("Allow") != "" || r.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: headers %v", method, path, r.header)
			}
		}
		if r := e.do(method, "/Nothing", ""); method != "HEAD" {
			r.refused(404, notThere)
		}
	}
	for _, path := range []string{"/Users", "/Groups", "/ServiceProviderConfig", "/Schemas"} {
		e.do("DELETE", path, "").refused(400, genericInvalid)
		e.do("PATCH", path, `{}`).refused(400, genericInvalid)
		e.do("PUT", path, `{}`).refused(400, genericInvalid)
	}
	e.unchanged(before, "a method that is not allowed")
}

// raw writes a request byte for byte and reads the responses until the server
// closes the connection.
func (e *endpoint) raw(head, body string) (statuses []int, bodies []string) {
	e.t.Helper()
	at, err := url.Parse(e.scim.URL())
	if err != nil {
		e.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", at.Host)
	if err != nil {
		e.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		e.t.Fatal(err)
	}
	head = strings.NewReplacer("{base}", at.Path, "\n", "\r\n").Replace(head) + "Host: " + at.Host + "\r\nAuthorization: Bearer " + e.scim.Token() + "\r\n\r\n"
	if _, err := io.WriteString(conn, head+body); err != nil {
		e.t.Logf("the server did not read it all: %v", err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		e.t.Logf("close: %v", err)
	}
	in := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return statuses, bodies
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		statuses, bodies = append(statuses, resp.StatusCode), append(bodies, string(text))
	}
}

// TestHostileFraming: bodies that are longer or shorter than the headers say,
// in chunks, or announced and not sent.
func TestHostileFraming(t *testing.T) {
	e := runQuiet(t, scimmock.AWS())
	e.person("u")
	post := "POST {base}/Users HTTP/1.1\n"
	body := ana()
	chunked := fmt.Sprintf("10\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", body[:16], len(body)-16, body[16:])
	large := strings.Repeat(" ", 2<<20)
	for _, test := range []struct {
		name, head, body string
		statuses         []int
	}{
		{"as it should be", post + fmt.Sprintf("Content-Length: %d\n", len(body)), body, []int{201}},
		{"in chunks", post + "Transfer-Encoding: chunked\n", chunked, []int{201}},
		{"HTTP/1.0", "POST {base}/Users HTTP/1.0\n" + fmt.Sprintf("Content-Length: %d\n", len(body)), body, []int{201}},
		{"Expect, and the body follows", post + fmt.Sprintf("Expect: 100-continue\nContent-Length: %d\n", len(body)), body, []int{100, 201}},
		{"Expect, and no body follows", post + fmt.Sprintf("Expect: 100-continue\nContent-Length: %d\n", len(body)), "", []int{100, 400}},
		{"Expect something else", post + fmt.Sprintf("Expect: a-miracle\nContent-Length: %d\n", len(body)), body, []int{417}},
		{"less than announced", post + fmt.Sprintf("Content-Length: %d\n", len(body)+100), body, []int{400}},
		{"more than announced", post + fmt.Sprintf("Content-Length: %d\n", len(body)-100), body, []int{400}}, // and no second answer
		{"none announced", post, body, []int{400}},
		{"a negative length", post + "Content-Length: -1\n", body, []int{400}},
		{"two lengths", post + fmt.Sprintf("Content-Length: %d\nContent-Length: 1\n", len(body)), body, []int{400}},
		{"a length that is none", post + "Content-Length: ten\n", body, []int{400}},
		{"chunks cut short", post + "Transfer-Encoding: chunked\n", chunked[:len(chunked)-20], []int{400}},
		{"chunks of nonsense", post + "Transfer-Encoding: chunked\n", "zz\r\n" + body, []int{400}},
		{"another transfer encoding", post + "Transfer-Encoding: gzip\n", body, []int{501}},
		{"chunks of 2 MiB", post + "Transfer-Encoding: chunked\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(large), large), []int{413}},
		{"2 MiB", post + fmt.Sprintf("Content-Length: %d\n", len(large)), large, []int{413}},
		{"a petabyte announced", post + "Content-Length: 1125899906842624\n", body, []int{400}},
		{"no HTTP", "hello\n", "", []int{400}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e.t = t
			before := e.store.Snapshot()
			statuses, bodies := e.raw(test.head+"Connection: close\n", test.body)
			if fmt.Sprint(statuses) != fmt.Sprint(test.statuses) {
				t.Errorf("statuses %v, want %v; bodies %.300q", statuses, test.statuses, bodies)
			}
			if test.statuses[len(test.statuses)-1] == 201 {
				if err := e.store.Restore(before); err != nil {
					t.Fatal(err)
				}
			}
			e.unchanged(before, test.name)
			e.get("/Users").want(200)
		})
	}
}

// TestBodiesWhereNoneBelongs: a body of GET and DELETE does not matter
// (awslabs/ssosync sends Content-Type with both).
func TestBodiesWhereNoneBelongs(t *testing.T) {
	e := run(t)
	u := e.person("u")
	for _, body := range []string{`{}`, `{"userName":`, strings.Repeat("x", 2<<20)} {
		e.do("GET", "/Users/"+u, body).want(200)
		e.do("GET", "/Users", body).want(200)
	}
	e.do("DELETE", "/Users/"+u, `{"id":"other"}`).want(204)
}
