package idp_test

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
)

func pemOf(cert *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}

// What Configure changes counts from the next request on; the rest stays.
func TestConfigure(t *testing.T) {
	w := newWire(t)
	before := w.app.Config()
	err := w.app.Configure(func(c *idp.ApplicationConfig) {
		c.Name, c.Identifiers = "Encyclopaedia", append(c.Identifiers, "urn:wiki")
		c.Claims = []claims.Claim{{Name: "team", Value: "Platform"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	w.person().signIn(w.redirect(authnRequest(identifier, "urn:wiki"), ""))
	xml, _ := w.response()
	got := []string{find(t, xml, "//Audience"), find(t, xml, "//Attribute[@Name='team']/AttributeValue"), w.app.Name()}
	if diff := cmp.Diff([]string{"urn:wiki", "Platform", "Encyclopaedia"}, got); diff != "" {
		t.Errorf("audience, claim, name (-want +got):\n%s", diff)
	}
	want := before
	want.Name, want.Identifiers = "Encyclopaedia", []string{identifier, "urn:wiki"}
	want.Claims = []claims.Claim{{Name: "team", Value: "Platform"}}
	if diff := cmp.Diff(want, w.app.Config()); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

// A configuration is taken as a whole or not at all.
func TestConfigureRefuses(t *testing.T) {
	w := newWire(t)
	w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"urn:blog"}})
	before := w.app.Config()
	cert := w.app.Certificates()[0].X509
	for _, test := range []struct {
		name   string
		change func(*idp.ApplicationConfig)
		where  string
	}{
		{"no name", func(c *idp.ApplicationConfig) { c.Name = "" }, "name"},
		{"another id", func(c *idp.ApplicationConfig) { c.AppID = tenantID }, "appId"},
		{"another template", func(c *idp.ApplicationConfig) { c.Template = idp.TemplateAWSSingleAccount }, "template"},
		{"an identifier of another application", func(c *idp.ApplicationConfig) { c.Identifiers = []string{"urn:blog"} }, "identifiers"},
		{"an empty identifier", func(c *idp.ApplicationConfig) { c.Identifiers = append(c.Identifiers, "") }, "identifiers[1]"},
		{"a reply URL that is none", func(c *idp.ApplicationConfig) { c.ReplyURLs = append(c.ReplyURLs, "x") }, "replyUrls[1]"},
		{"a sign-on URL that is none", func(c *idp.ApplicationConfig) { c.SignOnURL = "javascript:alert(1)" }, "signOnUrl"},
		{"a logout URL that is none", func(c *idp.ApplicationConfig) { c.LogoutURL = "x" }, "logoutUrl"},
		{"signing option", func(c *idp.ApplicationConfig) { c.Signing.Option = "none" }, "signing.option"},
		{"signing algorithm", func(c *idp.ApplicationConfig) { c.Signing.Algorithm = "md5" }, "signing.algorithm"},
		{"no PEM", func(c *idp.ApplicationConfig) { c.TokenEncryption = "MIIC" }, "tokenEncryption"},
		{"no certificate", func(c *idp.ApplicationConfig) {
			c.TokenEncryption = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw[:100]}))
		}, "tokenEncryption"},
		{"a key", func(c *idp.ApplicationConfig) {
			c.TokenEncryption = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: cert.Raw}))
		}, "tokenEncryption"},
		{"two certificates", func(c *idp.ApplicationConfig) { c.TokenEncryption = pemOf(cert) + pemOf(cert) }, "tokenEncryption"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := w.app.Configure(func(c *idp.ApplicationConfig) {
				c.RelayState = "changed too"
				test.change(c)
			})
			why, ok := refusal.From(err)
			if !ok || why.Where != test.where || why.Message == "" || why.Expected == "" {
				t.Errorf("refused with %v, want one at %s", err, test.where)
			}
			if diff := cmp.Diff(before, w.app.Config()); diff != "" {
				t.Errorf("a refused change left traces (-before +after):\n%s", diff)
			}
		})
	}
	err := w.app.Configure(func(c *idp.ApplicationConfig) { c.NameID.Source = "user.nosuch" })
	if list, ok := err.(claims.Mistakes); !ok || len(list) != 1 || list[0].Path != "nameID.source" {
		t.Errorf("a wrong NameID is refused with %v", err)
	}
}

// Neither what Config returned nor what Configure was given is the
// configuration itself.
func TestConfigurationIsNotShared(t *testing.T) {
	w := newWire(t)
	given := []claims.Claim{{Name: "team", Transform: &claims.Transform{Function: "ToUppercase", Inputs: []string{"user.mail"}}}}
	if err := w.app.SetClaims(given); err != nil {
		t.Fatal(err)
	}
	want := w.app.Config()
	given[0].Transform.Inputs[0] = "user.nosuch"
	got := w.app.Config()
	got.Identifiers[0], got.ReplyURLs[0], got.Claims[0].Transform.Function = "changed", "changed", "changed"
	returned := w.app.Claims()
	returned.Claims[0].Transform.Inputs[0] = "changed"
	if err := w.app.Configure(func(c *idp.ApplicationConfig) {
		c.Identifiers[0], c.Claims[0].Transform.Function, c.Name = "changed", "changed", ""
	}); err == nil {
		t.Fatal("a wrong configuration was accepted")
	}
	if diff := cmp.Diff(want, w.app.Config()); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}
