package control

import (
	"time"

	"github.com/idharness/harness/idp"
)

// shownCertificate is what idp.Certificate writes as JSON.
type shownCertificate struct {
	Thumbprint string    `json:"thumbprint"`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	Active     bool      `json:"active"`
	Custom     bool      `json:"custom,omitempty"`
	PEM        string    `json:"pem,omitempty"`
}

// app finds an application by name or application id.
func (s *Server) app(ref string) (*idp.Application, error) {
	if app, ok := s.cfg.Entra.AppByName(ref); ok {
		return app, nil
	}
	var names []string
	for _, app := range s.cfg.Entra.Apps() {
		names = append(names, app.Name())
	}
	return nil, absent("application", ref, names)
}
