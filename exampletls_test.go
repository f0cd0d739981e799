package harness_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/idharness/harness"
)

// Serve HTTPS. Client trusts the authority that has signed the certificates;
// other clients are given TLSClientConfig, or the file of WriteCAFile.
func ExampleHarness_Client_tls() {
	h, err := harness.New(context.Background(), harness.Config{TLS: true})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	resp, err := h.Client().Get(h.Entra.App().MetadataURL())
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Request.URL.Scheme, resp.Status)

	yours := &http.Client{Transport: &http.Transport{TLSClientConfig: h.TLSClientConfig()}}
	defer yours.CloseIdleConnections()
	if resp, err = yours.Get(h.ControlURL() + "/readyz"); err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Request.URL.Scheme, resp.Status)

	_, err = http.Get(h.Entra.App().MetadataURL())
	var unknown x509.UnknownAuthorityError
	fmt.Println("without either:", errors.As(err, &unknown))
	// Output:
	// https 200 OK
	// https 200 OK
	// without either: true
}
