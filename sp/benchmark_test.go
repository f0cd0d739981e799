//go:build unix

package sp_test

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/idharness/harness/sp/identitystore"
)

const users = 100_000

// BenchmarkACS takes signed responses and gives sessions: the ACS checks the
// response, finds the user among 100,000, and the portal exchanges the code for
// the session's cookie; handlers in parallel, which record into a trace as in a
// harness, and no network. In turns with it goxmldsig validates the signatures
// of the same assertions, which have been parsed for it. The metric is how many
// validations' processor time a session takes. It may be 2.5.
func BenchmarkACS(b *testing.B) {
	const turn = 200
	w := newWorld(b)
	for n := range users {
		name := userName(n)
		if _, err := w.center.Store().CreateUser(identitystore.User{
			UserName: name, DisplayName: name, Active: true, Name: identitystore.Name{GivenName: "U", FamilyName: "U"}, Emails: []identitystore.Email{{Value: name, Primary: true}},
		}); err != nil {
			b.Fatal(err)
		}
	}
	handler := w.center.Handler()
	acs, err := url.Parse(w.center.ACSURL())
	if err != nil {
		b.Fatal(err)
	}
	validation := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{w.entra.cert}})
	validation.Clock = dsig.NewFakeClockAt(start)
	validation.IdAttribute = "ID"

	responses := make([]string, turn)
	assertions := make([]*etree.Element, turn)
	var sessions, validations time.Duration
	serial := 0
	for b.Loop() {
		for n := range turn { // an assertion opens one session only
			xml := w.entra.signed(w.center, userName(serial*7919%users), "")
			responses[n] = samlResponse(xml).Encode()
			assertions[n] = at(parse(b, xml).Root(), "Assertion")
			serial++
		}
		runtime.GC() // what has gone before is not charged to who comes first
		sessions += spend(b, turn, func(n int) error { return openSession(handler, acs.Path, responses[n]) })
		runtime.GC()
		validations += spend(b, turn, func(n int) error {
			_, err := validation.Validate(assertions[n])
			return err
		})
		w.trace.Reset()
	}
	b.ReportMetric(float64(sessions)/float64(validations), "validations/session")
	b.ReportMetric(float64(sessions.Microseconds())/float64(serial), "cpu-µs/session")
	b.ReportMetric(float64(validations.Microseconds())/float64(serial), "cpu-µs/validation")
}

func userName(n int) string { return fmt.Sprintf("u%d@contoso.example", n) }

// openSession posts a response and follows the redirect to the session.
func openSession(handler http.Handler, acs, form string) error {
	post := httptest.NewRequest(http.MethodPost, acs, strings.NewReader(form))
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	handedOver := httptest.NewRecorder()
	handler.ServeHTTP(handedOver, post)
	location := handedOver.Header().Get("Location")
	if handedOver.Code != http.StatusFound || location == "" {
		return fmt.Errorf("ACS: status %d\n%s", handedOver.Code, handedOver.Body)
	}
	opened := httptest.NewRecorder()
	handler.ServeHTTP(opened, httptest.NewRequest(http.MethodGet, location, nil))
	if !strings.HasPrefix(opened.Header().Get("Set-Cookie"), "x-amz-sso_authn=") {
		return fmt.Errorf("portal: status %d without a session\n%s", opened.Code, opened.Body)
	}
	return nil
}

// spend does every round once, on all processors, and returns the processor time
// that this took.
func spend(b *testing.B, rounds int, do func(n int) error) time.Duration {
	b.Helper()
	before := cpuTime(b)
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for k := range workers {
		all.Go(func() {
			for n := k; n < rounds; n += workers {
				if err := do(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return cpuTime(b) - before
}

// cpuTime is the processor time that this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
