package sp

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp/acceptance"
)

// SignInURL is the address to which identity providers send responses for IAM:
// what https://signin.aws.amazon.com/saml is in life.
func (i *Instance) SignInURL() string { return i.BaseURL() + "/saml" }

// SignInMetadataURL is where the metadata of IAM's sign-in is downloaded.
func (i *Instance) SignInMetadataURL() string { return i.BaseURL() + "/static/saml-metadata.xml" }

// signInAddresses are the addresses that stand for IAM's sign-in, as Recipient
// and as audience: the mock's, and those of the service (IAM user guide,
// "Configure SAML assertions for the authentication response").
func (i *Instance) signInAddresses() []string {
	var out []string
	for _, base := range []string{i.BaseURL(), "https://signin.aws.amazon.com", "https://" + i.Region() + ".signin.aws.amazon.com"} {
		out = append(out, base+"/saml", base+"/static/saml")
	}
	return out
}

// serveSignInMetadata serves the metadata of IAM's sign-in.
func (i *Instance) serveSignInMetadata(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("saml", "AWS sign-in metadata")
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	w.Write(i.SignInMetadata()) // a client that has gone is nobody to tell
}

// SignInMetadata is the metadata of IAM's sign-in. The mock names its own address
// where the service names its own and those of its Regions.
func (i *Instance) SignInMetadata() []byte {
	type attribute struct {
		IsRequired   string `xml:"isRequired,attr,omitempty"`
		Name         string `xml:"Name,attr"`
		FriendlyName string `xml:"FriendlyName,attr,omitempty"`
	}
	type text struct {
		Lang  string `xml:"xml:lang,attr"`
		Value string `xml:",chardata"`
	}
	type acs struct {
		Index     string `xml:"index,attr"`
		IsDefault string `xml:"isDefault,attr,omitempty"`
		Binding   string `xml:"Binding,attr"`
		Location  string `xml:"Location,attr"`
	}
	type descriptor struct {
		Protocols            string   `xml:"protocolSupportEnumeration,attr"`
		WantAssertionsSigned string   `xml:"WantAssertionsSigned,attr"`
		NameIDFormats        []string `xml:"NameIDFormat"`
		ACS                  []acs    `xml:"AssertionConsumerService"`
		Consuming            struct {
			Index       string      `xml:"index,attr"`
			ServiceName text        `xml:"ServiceName"`
			Attributes  []attribute `xml:"RequestedAttribute"`
		} `xml:"AttributeConsumingService"`
	}
	var d descriptor
	d.Protocols, d.WantAssertionsSigned = "urn:oasis:names:tc:SAML:2.0:protocol", "true"
	d.NameIDFormats = []string{
		"urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
		"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
		"urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName", "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity",
	}
	d.ACS = []acs{{"1", "true", saml.BindingPOST, i.SignInURL()}}
	d.Consuming.Index, d.Consuming.ServiceName = "1", text{"en", "AWS Management Console Single Sign-On"}
	d.Consuming.Attributes = []attribute{
		{"true", "https://aws.amazon.com/SAML/Attributes/Role", "RoleEntitlement"},
		{"true", "https://aws.amazon.com/SAML/Attributes/RoleSessionName", "RoleSessionName"},
	}
	document := struct {
		XMLName    xml.Name   `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
		EntityID   string     `xml:"entityID,attr"`
		Descriptor descriptor `xml:"SPSSODescriptor"`
	}{EntityID: audienceIAM, Descriptor: d}
	body, err := xml.MarshalIndent(document, "", "  ")
	if err != nil { // texts can always be written
		return nil
	}
	return append(append([]byte(xml.Header), body...), '\n')
}

// choice is a role that a response offers.
type choice struct {
	Account string `json:"account"` // id
	Name    string `json:"name"`    // of the account
	Role    string `json:"role"`
	ARN     string `json:"arn"`
}

// awsRolesPage offers several roles, in the form that command-line tools read.
type awsRolesPage struct {
	Action, SAMLResponse, RelayState string
	Accounts                         []awsRolesAccount
}

type awsRolesAccount struct {
	ID, Name string
	Roles    []choice
}

// serveSAML is AWS's sign-in for direct federation: it takes a response and opens
// the console with its role, or asks which of several.
func (i *Instance) serveSAML(w http.ResponseWriter, r *http.Request) {
	open := trace.From(r.Context())
	open.Kind("saml", "Response to AWS sign-in")
	response, refused := i.readResponse(w, r)
	if refused != nil {
		i.refuseFederation(w, r, refused)
		return
	}
	open.Decode("SAMLResponse", string(response))
	claimed, refused := acceptance.ClaimedRoles(response, open.Check)
	if refused != nil {
		i.refuseFederation(w, r, refused)
		return
	}
	provider, known, _, _ := i.federation.byARN(claimed[0].Provider, "")
	if !known {
		i.refuseFederation(w, r, unknownProvider(claimed[0].Provider))
		return
	}
	claims, refused := i.checkFederation(open, response, provider)
	if refused != nil {
		i.refuseFederation(w, r, refused)
		return
	}
	pair := claims.Roles[0]
	if len(claims.Roles) > 1 {
		chosen := r.PostForm.Get("roleIndex")
		n := slices.IndexFunc(claims.Roles, func(p acceptance.RolePair) bool { return p.Role == chosen })
		if n < 0 {
			i.offerRoles(w, r, claims.Roles)
			return
		}
		pair = claims.Roles[n]
	}
	provider, known, role, exists := i.federation.byARN(pair.Provider, pair.Role)
	if !known {
		i.refuseFederation(w, r, unknownProvider(pair.Provider))
		return
	}
	if pair.Provider != claimed[0].Provider { // its own keys must have signed, whatever issuer it names
		if claims, refused = i.checkFederation(open, response, provider); refused != nil {
			i.refuseFederation(w, r, refused)
			return
		}
	}
	session, refused := i.assumeFederated(r, claims, provider, role, exists, SAMLRequest{RoleARN: pair.Role, PrincipalARN: pair.Provider, Duration: cmp.Or(claims.SessionDuration, time.Hour)})
	if refused != nil {
		i.refuseFederation(w, r, refused)
		return
	}
	destination := r.PostForm.Get("RelayState")
	if !isConsoleURL(destination) {
		if destination != "" {
			open.Note("RelayState is no address of a console and was left aside: " + destination)
		}
		destination = i.consoleHome()
	}
	i.openConsole(w, r, session.Session, destination, "")
}

// offerRoles shows the roles of a response, by account.
func (i *Instance) offerRoles(w http.ResponseWriter, r *http.Request, pairs []acceptance.RolePair) {
	page := awsRolesPage{Action: "/saml", SAMLResponse: r.PostForm.Get("SAMLResponse"), RelayState: r.PostForm.Get("RelayState")}
	var data struct {
		Choices []choice `json:"choices"`
	}
	for _, pair := range pairs {
		account := strings.Split(pair.Role, ":")[4]
		c := choice{Account: account, Role: pair.Role[strings.LastIndex(pair.Role, "/")+1:], ARN: pair.Role}
		if a, err := i.accountOf(account); err == nil && a.Name != a.ID {
			c.Name = a.Name
		}
		n := slices.IndexFunc(page.Accounts, func(a awsRolesAccount) bool { return a.ID == account })
		if n < 0 {
			n = len(page.Accounts)
			page.Accounts = append(page.Accounts, awsRolesAccount{ID: account, Name: c.Name})
		}
		page.Accounts[n].Roles = append(page.Accounts[n].Roles, c)
		data.Choices = append(data.Choices, c)
	}
	view := i.signInView(page)
	view.Data = data
	i.pages.Render(w, http.StatusOK, "awsroles.html", view)
}

// refuseFederation shows what AWS's sign-in shows, with the code in brackets as
// the service adds it, and our explanation below.
func (i *Instance) refuseFederation(w http.ResponseWriter, r *http.Request, why *refusal.Refusal) {
	e := FederationErrorOf(why)
	why.Message = e.Message
	trace.From(r.Context()).Refused("accepted", why.Error(), why)
	text := fmt.Sprintf("%s (Service: %s; Status Code: %d; Error Code: %s; Request ID: %s)", e.Message, e.Service, e.Status, e.Code, i.ids.UUID())
	view := i.signInView(text)
	view.Refusal = why
	i.pages.Render(w, e.Status, "samlrefused.html", view)
}

// signInView is a page of AWS's sign-in, which is not Identity Center's.
func (i *Instance) signInView(page any) web.View {
	view := i.view("Amazon Web Services Sign-In", page)
	view.Brand = "Amazon Web Services Sign-In"
	return view
}
