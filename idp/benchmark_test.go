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
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/trace"
)

// What a response costs is told in signatures: the cpu-ns/op of BenchmarkSignIn
// divided by that of BenchmarkRSASignature, both of one run. It may be 1.5.
// Where other processes disturb a run, so that the two are not measured alike,
// BenchmarkSignInInSignatures says it more reliably.

// BenchmarkSignIn takes an AuthnRequest of a browser that is signed in and
// answers with the page that posts the signed response: the tenant's handler,
// which records into a trace as in a harness, and no network.
func BenchmarkSignIn(b *testing.B) {
	inParallel(b, newSignedIn(b).serve)
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
	inParallel(b, newBareSignature(b))
}

// BenchmarkSignInInSignatures takes turns between the two, a tenth of a second
// or so each, and reports how many signatures' processor time a response takes.
func BenchmarkSignInInSignatures(b *testing.B) {
	const turn = 100
	serve, sign := newSignedIn(b).serve, newBareSignature(b)
	spend := func(round func() error) time.Duration {
		before := cpuTime(b)
		var all sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			all.Go(func() {
				for range turn {
					if err := round(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		return cpuTime(b) - before
	}
	var responses, signatures time.Duration
	for b.Loop() {
		responses += spend(serve)
		signatures += spend(sign)
	}
	b.ReportMetric(float64(responses)/float64(signatures), "signatures/response")
}

// newBareSignature returns what makes one signature.
func newBareSignature(b *testing.B) func() error {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("SignedInfo"))
	return func() error {
		_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		return err
	}
}

// signedIn is a browser that is signed in, and the request that it carries.
type signedIn struct {
	wire           *wire
	record         *trace.Recorder
	handler        http.Handler
	cookie, target string
	rounds         atomic.Int64
}

func newSignedIn(b *testing.B) *signedIn {
	b.Helper()
	s := &signedIn{record: trace.NewRecorder(clock.Frozen(start))}
	s.wire = newWire(b, s.record)
	s.handler = s.wire.Handler()
	ana := s.wire.person()
	ana.signIn(s.wire.MyAppsURL())
	for _, cookie := range ana.b.Cookies(s.wire.LoginURL()) {
		s.cookie += cookie.Name + "=" + cookie.Value + "; "
	}
	s.target = s.wire.redirect(authnRequest(), "back to page 7")
	return s
}

// serve hands the request to the tenant's handler.
func (s *signedIn) serve() error {
	r := httptest.NewRequest(http.MethodGet, s.target, nil)
	r.Header.Set("Cookie", s.cookie)
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, r)
	return s.check(answer.Code, answer.Body.String())
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
