package harness

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// CACertificate returns the certificate of the authority that Config.TLS makes,
// for clients of other makes to trust; nil without TLS. It is valid by real
// time, whatever the virtual clock says.
func (h *Harness) CACertificate() *x509.Certificate {
	if h.authority == nil {
		return nil
	}
	return h.authority.Certificate()
}

// TLSClientConfig returns a new configuration for clients of the mocks: it
// trusts what this machine trusts and, with Config.TLS, the harness's authority.
func (h *Harness) TLSClientConfig() *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if h.authority == nil {
		return config
	}
	pool, err := x509.SystemCertPool()
	if err != nil { // it has none
		pool = x509.NewCertPool()
	}
	pool.AddCert(h.authority.Certificate())
	config.RootCAs = pool
	return config
}

// WriteCAFile writes the certificate of the authority to a file in PEM, for
// programs that take one, such as curl (--cacert) and Node (NODE_EXTRA_CA_CERTS).
// The file is written whole and renamed into place, and [Harness.Environment]
// names it from then on. The authority's key is in no file.
func (h *Harness) WriteCAFile(name string) error {
	if h.authority == nil {
		return errors.New("write CA file: the harness serves no TLS")
	}
	name, err := filepath.Abs(name)
	if err != nil {
		return fmt.Errorf("write CA file: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write CA file: %w", err)
	}
	_, err = temporary.Write(h.authority.PEM())
	// Everybody may read it: it is no secret, and programs of other users need it.
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write CA file: %w", errors.Join(err, os.Remove(temporary.Name())))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.caFile = name
	return nil
}

func (h *Harness) caFileName() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.caFile
}

// serverTLS is the configuration of the listeners, nil where they speak HTTP.
func (h *Harness) serverTLS() *tls.Config {
	if h.authority == nil {
		return nil
	}
	return h.authority.ServerConfig()
}
