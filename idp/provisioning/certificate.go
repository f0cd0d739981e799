package provisioning

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// handshake is why no secure connection came about, in our own words.
type handshake struct{ expected, hint string }

// certificateDate is how dates of certificates are shown.
const certificateDate = "2 January 2006 15:04 MST"

// handshakeTrouble tells apart what can be wrong with the target's side of TLS.
// The service demands TLS 1.2 and a certificate of a public authority ("Develop
// and plan provisioning for a SCIM endpoint", security requirements). Validity is
// judged by real time, whatever the virtual clock says. It returns nil for an
// error of another kind.
func handshakeTrouble(err error) *handshake {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return &handshake{
			"a certificate for " + name.Host,
			fmt.Sprintf("the target's certificate is for %s: write the tenant URL with that name, or give the target a certificate for its own", names(name.Certificate)),
		}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		from, until := invalid.Cert.NotBefore.UTC(), invalid.Cert.NotAfter.UTC()
		hint := "the target's certificate is not valid before " + from.Format(certificateDate) + ": see whether it is the right one, and whether the clocks are"
		if until.Before(time.Now()) {
			hint = "the target's certificate expired on " + until.Format(certificateDate) + ": renew it"
		}
		return &handshake{"a certificate that is valid today", hint}
	case errors.As(err, &unknown):
		return &handshake{
			"a certificate of a publicly trusted authority",
			"nobody whom this machine trusts vouches for the target's certificate: the service wants one of a public authority; for a test, add the authority to those that the machine trusts, or use http on loopback",
		}
	case errors.As(err, &invalid):
		return &handshake{"a certificate that servers may use", "the target's certificate is not fit for a server: make a new one"}
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return &handshake{"TLS at an address with https", "the target speaks no TLS at this port: see whether scheme and port of the tenant URL belong together"}
	case strings.Contains(err.Error(), "protocol version"): // an alert has no exported type
		return &handshake{"TLS 1.2 or later", "the target speaks an older version of TLS only: let it speak 1.2"}
	}
	return nil
}

// names lists the hosts that a certificate is for.
func names(c *x509.Certificate) string {
	list := c.DNSNames
	for _, ip := range c.IPAddresses {
		list = append(list[:len(list):len(list)], ip.String())
	}
	if len(list) == 0 {
		return "no host at all"
	}
	return strings.Join(list, ", ")
}
