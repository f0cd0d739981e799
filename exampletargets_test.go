package harness_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/sp/identitystore"
)

// Sign in to your own service provider. This one stands for it: it believes what
// it gets, where yours checks the signature.
func ExampleServiceProviderTarget() {
	wiki := http.NewServeMux()
	server := httptest.NewServer(wiki)
	defer server.Close()
	wiki.HandleFunc("GET /metadata", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.contoso.example">
			<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
			<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="%s/acs" index="0"/>
			</SPSSODescriptor></EntityDescriptor>`, server.URL)
	})
	wiki.HandleFunc("POST /acs", func(w http.ResponseWriter, r *http.Request) {
		var response struct {
			NameID string `xml:"Assertion>Subject>NameID"`
		}
		text, err := base64.StdEncoding.DecodeString(r.FormValue("SAMLResponse"))
		if err == nil {
			err = xml.Unmarshal(text, &response)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "Hello %s", response.NameID)
	})

	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{Targets: harness.Targets{ServiceProvider: &harness.ServiceProviderTarget{
		Metadata: server.URL + "/metadata",
		Success:  harness.Success{Text: "Hello"}, // what its page says once somebody is signed in
	}}})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki"})
	if err != nil {
		log.Fatal(err)
	}
	ana, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	if err != nil {
		log.Fatal(err)
	}
	if err := app.Assign(ana); err != nil {
		log.Fatal(err)
	}
	trust, err := h.ExchangeMetadata(ctx, app) // the other way, the provider is given trust.Metadata
	if err != nil {
		log.Fatal(err)
	}
	session, err := h.SignIn(ctx, "ana@contoso.example")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(trust.Entra.Identifier, "is in Entra")
	fmt.Println(session.Outcome, session.NameID.Format, session.Page.Text)
	// Output:
	// https://wiki.contoso.example is in Entra
	// signedIn emailAddress Hello ana@contoso.example
}

// Let Entra provision into your own SCIM server, and look at what it sends. This
// server stands for it: it has nobody, and takes everybody.
func ExampleSCIMTarget() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/scim+json")
		if r.Method == http.MethodGet {
			io.WriteString(w, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}`)
			return
		}
		var user map[string]any
		if err := json.NewDecoder(r.Body).Decode(&user); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		user["id"] = "1"
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(user)
	}))
	defer server.Close()

	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{Targets: harness.Targets{SCIM: &harness.SCIMTarget{
		URL: server.URL + "/scim", Token: "a token of yours", Profile: harness.RFCServer(),
	}}})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki"})
	if err != nil {
		log.Fatal(err)
	}
	ana, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", Mail: "ana@contoso.example"})
	if err != nil {
		log.Fatal(err)
	}
	if err := app.Assign(ana); err != nil {
		log.Fatal(err)
	}
	if err := h.ConnectProvisioning(ctx, app, ""); err != nil { // "Test Connection"
		log.Fatal(err)
	}
	if err := h.Provision(ctx); err != nil {
		log.Fatal(err)
	}
	for _, exchange := range h.Trace() {
		if exchange.Request.Method != http.MethodPost {
			continue
		}
		var sent struct{ UserName, DisplayName string }
		if err := json.Unmarshal([]byte(exchange.Request.Body), &sent); err != nil {
			log.Fatal(err)
		}
		fmt.Println(exchange.Request.Method, strings.TrimPrefix(exchange.Request.URL, server.URL), sent.UserName, sent.DisplayName, exchange.Response.Status)
	}
	// Output:
	// POST /scim/Users ana@contoso.example Ana Sousa 201
}

// Sign in at Identity Center with your own identity provider. Another Entra
// stands for it.
func ExampleIdentityProviderTarget() {
	ctx := context.Background()
	yours, err := harness.New(ctx, harness.Config{Unconnected: true})
	if err != nil {
		log.Fatal(err)
	}
	defer yours.Close()
	aws, err := yours.Entra.CreateApplication(idp.ApplicationConfig{Name: "AWS", Template: idp.TemplateAWSIdentityCenter})
	if err != nil {
		log.Fatal(err)
	}
	ana, err := yours.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	if err != nil {
		log.Fatal(err)
	}
	if err := aws.Assign(ana); err != nil {
		log.Fatal(err)
	}

	h, err := harness.New(ctx, harness.Config{Targets: harness.Targets{IdentityProvider: &harness.IdentityProviderTarget{
		Metadata: aws.MetadataURL(),
		Form:     []harness.SignInPage{{User: "loginfmt", Password: "passwd"}, {Submit: "No"}}, // the inputs of its pages
	}}})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	trust, err := h.ExchangeMetadata(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := aws.UploadMetadata([]byte(trust.Metadata.Text)); err != nil { // yours learns of Identity Center
		log.Fatal(err)
	}
	if _, err := h.IdentityCenter.CreateUser(identitystore.User{
		UserName: "ana@contoso.example", DisplayName: "Ana Sousa", Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"},
	}); err != nil {
		log.Fatal(err)
	}

	session, err := h.SignInWith(ctx, harness.SignIn{User: "ana@contoso.example", Password: directory.DefaultPassword})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(session.Outcome, session.Portal.User, session.Response.Signed)
	// Output:
	// signedIn ana@contoso.example [assertion]
}
