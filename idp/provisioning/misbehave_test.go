package provisioning_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/idharness/harness/idp/provisioning"
)

// What arrives broken fails the one user, says so, and is mended by the next
// cycle.
func TestBrokenAnswers(t *testing.T) {
	const incompatible, protocol = "SystemForCrossDomainIdentityManagementServiceIncompatible", "WebExceptionProtocolError"
	hijack := func(text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, text)
		}
	}
	plain := func(status int, body string, header ...string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { says(status, body, header...)(w, nil, nil) }
	}
	const list = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0}`
	tests := []struct {
		name, method, part string
		answer             func(http.ResponseWriter)
		code               string
	}{
		{"nothing for a list", "GET", "ann%40", plain(200, ""), incompatible},
		{"204 for a list", "GET", "ann%40", plain(204, ""), incompatible},
		{"compressed without being asked", "GET", "ann%40", plain(200, "\x1f\x8b\x08rubbish", "Content-Encoding", "gzip"), incompatible},
		{"a byte order mark", "GET", "ann%40", plain(200, "\ufeff"+list), incompatible},
		{"UTF-16", "GET", "ann%40", plain(200, "{\x00}\x00", "Content-Type", "application/scim+json; charset=utf-16"), incompatible},
		{"201 without body", "POST", "ann@", plain(201, ""), incompatible},
		{"202", "POST", "ann@", plain(202, ""), incompatible},
		{"204 for a creation", "POST", "ann@", plain(204, ""), incompatible},
		{"connection closed", "POST", "ann@", hijack(""), protocol},
		{"no HTTP", "POST", "ann@", hijack("220 mail.contoso.example ESMTP\r\n"), protocol},
		{"a broken chunk", "POST", "ann@", hijack("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"), protocol},
		{"fewer bytes than announced", "POST", "ann@", hijack("HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{"), protocol},
		{"status 0", "POST", "ann@", hijack("HTTP/1.1 0 What\r\nContent-Length: 0\r\n\r\n"), protocol},
		{"status 999", "POST", "ann@", hijack("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"), "InternalServerError"},
		{"only 1xx", "POST", "ann@", hijack(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 40)), protocol},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, provisioning.Settings{})
			f.assign(f.addUser("ann").ID)
			f.assign(f.addUser("bob").ID)
			f.server.setFault(func(w http.ResponseWriter, r *http.Request, body []byte) bool {
				if r.Method != test.method || !contains(r.URL.String()+string(body), test.part) {
					return false
				}
				test.answer(w)
				return true
			})
			if s := f.cycle(); s.Users.Created != 1 || s.Users.Failed != 1 {
				t.Errorf("summary %+v, want one created and one failed", s.Users)
			}
			if e := f.entry("ann@contoso.example"); e.Error == nil || e.Error.Code != test.code {
				t.Errorf("logged %+v, want %s", e.Error, test.code)
			}
			f.server.setFault(nil)
			f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
		})
	}
}

// A deletion that a page or an error answers with 200 was none: it is tried
// again. An empty answer and one that is a resource are taken for a yes.
func TestAnswersToADeletion(t *testing.T) {
	for _, test := range []struct {
		name, body string
		deleted    bool
	}{
		{"empty", "", true},
		{"the resource", `{"id":"u1"}`, true},
		{"a page", "<html>", false},
		{"an error", fmt.Sprintf(scimErrorBody, "no"), false},
	} {
		f := newFixture(t, provisioning.Settings{})
		ann := f.addUser("ann")
		f.assign(ann.ID)
		f.success()
		f.delete(ann.ID)
		f.check(f.PurgeUser(ann.ID))
		f.server.setFault(answer("DELETE", "/Users/u1", 200, test.body))
		if s := f.cycle(); s.Users.Deleted == 1 != test.deleted || s.Users.Failed == 1 == test.deleted {
			t.Errorf("%s: %+v", test.name, s.Users)
		}
		f.server.setFault(nil)
		f.clock.Advance(40 * time.Minute)
		f.success()
		if ann := f.server.user("ann@contoso.example"); !test.deleted && ann != nil {
			t.Errorf("%s: the deletion was not tried again: %v", test.name, ann)
		}
	}
}

// Only the resources of a list count, whatever is said of their number.
func TestListsThatLie(t *testing.T) {
	for _, total := range []string{`"totalResults":0,`, `"totalResults":5,`, `"totalResults":-1,`, `"totalResults":"one",`, `"totalResults":null,`, ""} {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.server.put(map[string]any{"id": "t1", "userName": "ann@contoso.example"})
		f.server.setFault(answer("GET", "ann%40", 200, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],`+total+`"Resources":[{"id":"t1","userName":"ann@contoso.example"}]}`))
		f.cycle()
		if links := f.job.Links(); len(links) != 1 || links[0].TargetID != "t1" {
			t.Errorf("%s links %+v", total, links)
		}
	}
	for _, resources := range []string{"", `,"Resources":null`, `,"Resources":[]`} {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.server.setFault(answer("GET", "ann%40", 200, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":3`+resources+`}`))
		f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1}})
	}
}

// No redirect is followed, so that the token goes nowhere else.
func TestRedirects(t *testing.T) {
	var visits atomic.Int32
	elsewhere := newHandlerServer(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{elsewhere + "/Users", "/scim/v2/Users"} {
			f := newFixture(t, provisioning.Settings{})
			f.assign(f.addUser("ann").ID)
			f.server.setFault(answer("POST", "ann@", status, "", "Location", location))
			f.cycle()
			if e := f.entry("ann@contoso.example"); e.Error == nil || e.Error.Code != "SystemForCrossDomainIdentityManagementServiceIncompatible" {
				t.Errorf("%d to %s: logged %+v", status, location, e.Error)
			}
			f.server.setFault(nil)
			f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d requests went to another server", n)
	}
}

// An answer that begins and does not end in time is a Timeout.
func TestSlowBody(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	server := newHandlerServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		fmt.Fprint(w, "{")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	job, err := provisioning.NewJob(provisioning.Config{Source: f.tenant, Clock: f.clock, IDs: newIDs(), Client: &http.Client{Timeout: 50 * time.Millisecond}})
	f.check(err)
	f.check(job.SetTarget(server, testToken))
	s, err := job.RunCycle(context.Background())
	f.check(err)
	if s.Quarantine == nil || s.Quarantine.Error.Code != "Timeout" {
		t.Errorf("summary %+v", s)
	}
}

// A Retry-After that says nothing is as good as none: the next cycle tries.
func TestRetryAfterRubbish(t *testing.T) {
	for _, header := range []string{"", "soon", "-5", "0", "1e9", "Mon, 05 Jan 2015 11:00:00 GMT", "\u00bd"} {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.server.setFault(answer("POST", "/Users", 429, "", "Retry-After", header))
		f.cycle()
		f.server.setFault(nil)
		f.clock.Advance(40 * time.Minute)
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
	}
}

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }
