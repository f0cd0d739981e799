package provisioning_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
)

// newCertificate makes a certificate that vouches for itself.
func newCertificate(t *testing.T, edit func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	edit(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// A certificate that nobody vouches for, that is another host's or no longer
// valid, and a TLS version of old end the cycle before the token is sent
// ("Develop and plan provisioning for a SCIM endpoint", security requirements).
// The explanation says what is wrong and what to do, in the log of the cycle and
// in Test Connection.
func TestTransportSecurity(t *testing.T) {
	fine := func(*x509.Certificate) {}
	tests := []struct {
		name        string
		certificate func(*x509.Certificate)
		trusted     bool
		edit        func(*tls.Config)
		word        string
		expected    string
		hint        string
	}{
		{"unknown authority", fine, false, nil, "certificate", "a certificate of a publicly trusted authority", "nobody whom this machine trusts"},
		{
			"another host", func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"scim.contoso.example"} }, true, nil,
			"certificate", "a certificate for 127.0.0.1", "for scim.contoso.example: write the tenant URL with that name",
		},
		{"no host", func(c *x509.Certificate) { c.IPAddresses = nil }, true, nil, "certificate", "a certificate for 127.0.0.1", "for no host at all"},
		{
			"expired", func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
			}, true, nil,
			"expired", "a certificate that is valid today", "expired on 1 January 2020 00:00 UTC: renew it",
		},
		{
			"not valid yet", func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2091, 1, 1, 0, 0, 0, 0, time.UTC)
			}, true, nil,
			"not yet valid", "a certificate that is valid today", "not valid before 1 January 2090",
		},
		{
			"a client's", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, true, nil,
			"key usage", "a certificate that servers may use", "make a new one",
		},
		{
			"TLS 1.1", fine, true, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
			"protocol version", "TLS 1.2 or later", "let it speak 1.2",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, provisioning.Settings{})
			var visits atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
			certificate := newCertificate(t, test.certificate)
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
			if test.edit != nil {
				test.edit(server.TLS)
			}
			server.Config.ErrorLog = quietLog()
			server.StartTLS()
			t.Cleanup(server.Close)
			job := f.job
			if test.trusted {
				job = f.trusting(certificate.Leaf)
			}
			f.wantHandshakeError(job, server.URL, test.word, test.expected, test.hint)
			if visits.Load() != 0 {
				t.Error("the server saw a request")
			}
			f.check(job.SetTarget(f.server.tenantURL(), testToken))
			s, err := job.RunCycle(context.Background())
			f.check(err)
			f.check(s.Err())
		})
	}
}

// A port without TLS is told apart from one where nobody listens.
func TestNoTLS(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.wantHandshakeError(f.job, strings.Replace(f.server.URL, "http://", "https://", 1), "does not look like a TLS handshake", "TLS at an address with https", "scheme and port")
}

// With a certificate that is as it should be the same job reaches the target.
func TestTrustedCertificate(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	certificate := newCertificate(t, func(*x509.Certificate) {})
	server := httptest.NewUnstartedServer(f.server.Config.Handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	job := f.trusting(certificate.Leaf)
	f.check(job.SetTarget(strings.Replace(f.server.tenantURL(), f.server.URL, server.URL, 1), testToken))
	f.check(job.TestConnection(context.Background()))
	s, err := job.RunCycle(context.Background())
	f.check(err)
	if s.Users.Created != 1 {
		t.Errorf("summary %+v", s)
	}
}

// A certificate that is exchanged for a bad one while a cycle runs fails what is
// asked for over new connections, with the same explanation.
func TestCertificateGoesBadInACycle(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	good := newCertificate(t, func(*x509.Certificate) {})
	bad := newCertificate(t, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	})
	var handshakes atomic.Int32
	server := httptest.NewUnstartedServer(f.server.Config.Handler)
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if handshakes.Add(1) == 1 {
			return &tls.Config{Certificates: []tls.Certificate{good}}, nil
		}
		return &tls.Config{Certificates: []tls.Certificate{bad}}, nil
	}}
	server.Config.ErrorLog = quietLog()
	server.Config.SetKeepAlivesEnabled(false)
	server.StartTLS()
	t.Cleanup(server.Close)
	job := f.trusting(good.Leaf)
	f.check(job.SetTarget(strings.Replace(f.server.tenantURL(), f.server.URL, server.URL, 1), testToken))
	_, err := job.RunCycle(context.Background())
	f.check(err)
	entries := job.Log()
	if len(entries) != 1 || entries[0].Error == nil || entries[0].Error.Explanation == nil {
		t.Fatalf("log %+v", entries)
	}
	if e := entries[0].Error.Explanation; e.Expected != "a certificate that is valid today" || !contains(e.Hint, "expired on 1 January 2020") || !contains(e.Where, "GET "+server.URL) {
		t.Errorf("explanation %+v", e)
	}
}

// trusting returns another job over the fixture's tenant, which trusts a
// certificate.
func (f *fixture) trusting(certificate *x509.Certificate) *provisioning.Job {
	f.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	f.Cleanup(transport.CloseIdleConnections)
	job, err := provisioning.NewJob(provisioning.Config{Source: f.tenant, Clock: f.clock, IDs: newIDs(), Client: &http.Client{Transport: transport}})
	f.check(err)
	return job
}

// wantHandshakeError looks for an explanation in Test Connection and in the
// quarantine that a cycle ends with.
func (f *fixture) wantHandshakeError(job *provisioning.Job, url, word, expected, hint string) {
	f.Helper()
	f.check(job.SetTarget(url, testToken))
	r, ok := refusal.From(job.TestConnection(context.Background()))
	if !ok || r.Code != "CredentialValidationUnavailable" || r.Expected != expected || !contains(r.Hint, hint) || !contains(r.Got, word) || r.Where != "Tenant URL "+url {
		f.Errorf("Test Connection: %+v", r)
	}
	s, err := job.RunCycle(context.Background())
	f.check(err)
	if s.Quarantine == nil || s.Quarantine.Error.Code != "WebExceptionProtocolError" || !contains(s.Quarantine.Error.Reason, word) {
		f.Fatalf("quarantine %+v", s.Quarantine)
	}
	if e := s.Quarantine.Error.Explanation; e == nil || e.Expected != expected || !contains(e.Hint, hint) || !contains(e.Where, "Tenant URL "+url) {
		f.Errorf("explanation %+v", s.Quarantine.Error.Explanation)
	}
}
