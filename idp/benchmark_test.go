//go:build unix

package idp_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/trace"
)

// What a response costs is told in signatures: the cpu-ns/op of BenchmarkSignIn
// divided by that of BenchmarkRSASignature, both of one run. It may be 1.5.

// BenchmarkSignIn takes an AuthnRequest of a browser that is signed in and
// answers with the page that posts the signed response: the tenant's handler,
// which records into a trace as in a harness, and no network.
func BenchmarkSignIn(b *testing.B) {
	s := newSignedIn(b)
	handler := s.wire.Handler()
	inParallel(b, func() error {
		r := httptest.NewRequest(http.MethodGet, s.target, nil)
		r.Header.Set("Cookie", s.cookie)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		return s.check(answer.Code, answer.Body.String())
	})
}

// BenchmarkSignInOverLoopback is BenchmarkSignIn with HTTP around it, whose
// client counts too.
func BenchmarkSignInOverLoopback(b *testing.B) {
	s := newSignedIn(b)
	inParallel(b, func() error {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.target, nil)
		if err != nil {
			return err
		}
		r.Header.Set("Cookie", s.cookie)
		answer, err := s.wire.client.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		page, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		return s.check(answer.StatusCode, string(page))
	})
}

// BenchmarkRSASignature makes the signature that a response cannot do without:
// RSA-2048, PKCS #1 v1.5, SHA-256.
func BenchmarkRSASignature(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("SignedInfo"))
	inParallel(b, func() error {
		_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		return err
	})
}

// signedIn is a browser that is signed in, and the request that it carries.
type signedIn struct {
	wire           *wire
	record         *trace.Recorder
	cookie, target string
	rounds         atomic.Int64
}

func newSignedIn(b *testing.B) *signedIn {
	b.Helper()
	s := &signedIn{record: trace.NewRecorder(clock.Frozen(start))}
	s.wire = newWire(b, s.record)
	ana := s.wire.person()
	ana.signIn(s.wire.MyAppsURL())
	for _, cookie := range ana.b.Cookies(s.wire.LoginURL()) {
		s.cookie += cookie.Name + "=" + cookie.Value + "; "
	}
	s.target = s.wire.redirect(authnRequest(), "back to page 7")
	return s
}

// check makes sure that what was measured is a response, and keeps the trace
// from growing with the number of rounds.
func (s *signedIn) check(status int, page string) error {
	if status != http.StatusOK || !strings.Contains(page, `name="SAMLResponse"`) {
		return fmt.Errorf("status %d, no response:\n%s", status, page)
	}
	if s.rounds.Add(1)%1000 == 0 {
		s.record.Reset()
	}
	return nil
}

// inParallel runs a benchmark on every processor and reports beside the time on
// the wall what the process used of them, which other processes do not change.
func inParallel(b *testing.B, round func() error) {
	b.Helper()
	b.ReportAllocs()
	before := cpuTime(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := round(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
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
