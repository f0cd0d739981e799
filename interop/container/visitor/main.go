// Visitor is a service in the harness's network, for the tests.
//
//	visitor wiki METADATA-URL ROOT-URL   a service provider that trusts Entra
//	visitor scim URL TOKEN               makes a user in Identity Center
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/crewjam/saml/samlsp"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "visitor:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "wiki":
		return serveWiki(args[1], args[2])
	case len(args) == 3 && args[0] == "scim":
		return createUser(args[1], args[2])
	default:
		return errors.New("usage: visitor wiki METADATA-URL ROOT-URL | visitor scim URL TOKEN")
	}
}

// serveWiki shows signed-in people their names, at the port of its root URL.
func serveWiki(metadataURL, rootURL string) error {
	root, err := url.Parse(rootURL)
	if err != nil {
		return err
	}
	from, err := url.Parse(metadataURL)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	idp, err := samlsp.FetchMetadata(ctx, http.DefaultClient, *from)
	if err != nil {
		return fmt.Errorf("fetch Entra's metadata: %w", err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wiki"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	wiki, err := samlsp.New(samlsp.Options{URL: *root, Key: key, Certificate: certificate, IDPMetadata: idp, EntityID: rootURL})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/saml/", wiki)
	mux.Handle("/", wiki.RequireAccount(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!DOCTYPE html><title>Wiki</title><h1>Wiki</h1><p id=who>%s</p>",
			samlsp.AttributeFromContext(r.Context(), "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"))
	})))
	fmt.Println("serving", rootURL)
	return http.ListenAndServe(":"+root.Port(), mux)
}

// createUser makes a user over SCIM and reads it back.
func createUser(base, token string) error {
	user := `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "vera@contoso.example", "displayName": "Vera Lind",
		"name": {"givenName": "Vera", "familyName": "Lind"}, "emails": [{"value": "vera@contoso.example", "type": "work", "primary": true}], "active": true}`
	if _, err := ask(http.MethodPost, base+"/Users", token, user, http.StatusCreated); err != nil {
		return err
	}
	found, err := ask(http.MethodGet, base+"/Users?filter="+url.QueryEscape(`userName eq "vera@contoso.example"`), token, "", http.StatusOK)
	if err != nil {
		return err
	}
	if !strings.Contains(found, `"displayName":"Vera Lind"`) {
		return fmt.Errorf("the user is not found: %s", found)
	}
	fmt.Println(found)
	return nil
}

func ask(method, address, token, body string, want int) (string, error) {
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/scim+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != want {
		return "", fmt.Errorf("%s %s answered %s: %s", method, address, resp.Status, data)
	}
	return string(data), nil
}
