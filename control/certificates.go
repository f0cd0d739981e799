package control

import (
	"net/http"
	"time"

	"github.com/idharness/harness/idp"
)

// shownCertificate is what idp.Certificate writes as JSON.
type shownCertificate struct {
	Thumbprint string    `json:"thumbprint" doc:"SHA-1, in upper-case hex."`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	Active     bool      `json:"active" doc:"Whether it signs."`
	Custom     bool      `json:"custom,omitempty" doc:"Whether it was uploaded."`
	PEM        string    `json:"pem,omitempty"`
}

// keyPair is a certificate with its key.
type keyPair struct {
	KeyPair string `json:"keyPair" required:"true" doc:"Certificate and RSA key, PEM."`
}

func (s *Server) certificateRoutes() []route {
	const base = "/v1/entra/applications/{app}/certificates"
	return []route{
		read(http.MethodGet, base, "certificates", "The signing certificates of an application, oldest first.", func(c *call) ([]idp.Certificate, error) {
			app, err := s.app(c.value("app"))
			if err != nil {
				return nil, err
			}
			return app.Certificates(), nil
		}),
		makes(base, "addCertificate", "Makes another signing certificate, which is inactive.", `{"displayName": "CN=Payroll 2027"}`, func(c *call, body idp.CertificateConfig) (idp.Certificate, error) {
			app, err := s.app(c.value("app"))
			if err != nil {
				return idp.Certificate{}, err
			}
			return app.AddCertificate(body)
		}),
		makes("/v1/entra/applications/{app}/custom-certificates", "uploadCertificate", "Adds a certificate with its private key, inactive.",
			`{"keyPair": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n"}`,
			func(c *call, body keyPair) (idp.Certificate, error) {
				app, err := s.app(c.value("app"))
				if err != nil {
					return idp.Certificate{}, err
				}
				return app.UploadCertificate([]byte(body.KeyPair))
			}),
		read(http.MethodPost, base+"/{thumbprint}/activate", "activateCertificate", "Makes a certificate the one that signs.", func(c *call) (idp.Certificate, error) {
			app, err := s.app(c.value("app"))
			if err != nil {
				return idp.Certificate{}, err
			}
			return app.ActivateCertificate(c.value("thumbprint"))
		}),
		read(http.MethodDelete, base+"/{thumbprint}", "deleteCertificate", "Removes an inactive certificate, from the metadata too.", func(c *call) ([]idp.Certificate, error) {
			app, err := s.app(c.value("app"))
			if err == nil {
				err = app.DeleteCertificate(c.value("thumbprint"))
			}
			if err != nil {
				return nil, err
			}
			return app.Certificates(), nil
		}),
	}
}
