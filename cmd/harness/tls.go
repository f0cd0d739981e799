package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/idharness/harness"
)

// writeCA writes the certificate of the harness's authority to the file called
// name, or to one in the system's folder for temporary files, which the returned
// function removes. Without TLS there is nothing to write.
func writeCA(h *harness.Harness, name string) (remove func() error, err error) {
	keep := func() error { return nil }
	if h.CACertificate() == nil {
		return keep, nil
	}
	if name != "" {
		return keep, h.WriteCAFile(name)
	}
	// A folder that nobody else can write to: the file says whom to trust.
	folder, err := os.MkdirTemp("", "harness-ca-")
	if err != nil {
		return keep, fmt.Errorf("write CA file: %w; --ca-file names another place", err)
	}
	remove = func() error { return os.RemoveAll(folder) }
	err = errors.Join(os.Chmod(folder, 0o755), h.WriteCAFile(filepath.Join(folder, "ca.pem")))
	if err != nil {
		return keep, errors.Join(err, remove())
	}
	return remove, nil
}

// caFileWithout says what is wrong with a --ca-file that nothing is written to.
func caFileWithout(tls bool, name string) error {
	if name != "" && !tls {
		return errors.New("--ca-file " + name + ": without --tls there is no certificate to write")
	}
	return nil
}

// noteSchemes tells of base URLs with another scheme than what is listened for:
// right behind a proxy, and a riddle to whoever has none.
func (p *process) noteSchemes(cfg harness.Config) {
	scheme, advice := "http", "--tls would let the harness do so"
	if cfg.TLS {
		scheme, advice = "https", "clients that come by themselves need https://"
	}
	for _, given := range []struct{ flag, url string }{{"--entra-url", cfg.EntraURL}, {"--aws-url", cfg.AWSURL}, {"--control-url", cfg.ControlURL}} {
		if given.url != "" && !strings.HasPrefix(strings.ToLower(given.url), scheme+"://") {
			fmt.Fprintf(p.Stderr, "harness: note: %s is %s, and the harness speaks %s: something in between has to translate; %s\n", given.flag, given.url, scheme, advice)
		}
	}
}

// caFileOf is where the certificate stands; empty without TLS.
func caFileOf(h *harness.Harness) string {
	for _, v := range h.Environment() {
		if v.Name == "HARNESS_CA_FILE" {
			return v.Value
		}
	}
	return ""
}
