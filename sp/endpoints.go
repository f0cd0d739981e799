package sp

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

// The service has an ACS and a portal at several hosts: for IPv4 and for both
// stacks, and in every Region (user guide, "Using IAM Identity Center across
// multiple AWS Regions"). The instance has one address; there the host of the
// service is the first part of the path, as in
// /eu-west-1.sso.signin.aws/platform/saml/acs/{tenant}.

// ACSForm says which Assertion Consumer Services the primary Region has.
type ACSForm string

// The forms of the ACS.
const (
	ACSOne     ACSForm = "one"     // a single one, as in files of former years
	ACSClassic ACSForm = "classic" // signin.aws.amazon.com, then those of new instances: enabled before February 2026
	ACSNew     ACSForm = "new"     // signin.aws and sso.signin.aws: enabled since
)

// TenantForm is a form of the last part of ACS URLs.
type TenantForm string

// The forms of the tenant id, oldest first.
const (
	TenantUUID    TenantForm = "uuid"    // a UUID
	TenantAirport TenantForm = "airport" // the airport code of the Region in hex before it
	TenantRegion  TenantForm = "region"  // the Region in hex before it
)

// airport returns the code by which AWS knows a Region's place. Dublin, Tokyo
// and Seoul have been seen in tenant ids.
func airport(region string) string {
	switch region {
	case "us-east-1":
		return "IAD"
	case "us-east-2":
		return "CMH"
	case "us-west-2":
		return "PDX"
	case "eu-west-1":
		return "DUB"
	case "eu-central-1":
		return "FRA"
	case "ap-northeast-1":
		return "NRT"
	case "ap-northeast-2":
		return "ICN"
	default:
		return ""
	}
}

// tenantID is the last part of the ACS URLs. A Region whose airport code is not
// known here has the newest form.
func (i *Instance) tenantID() string {
	place := i.Region()
	switch form := i.Choices().TenantForm; {
	case form == TenantUUID:
		return i.named().tenant
	case form == TenantAirport && airport(i.Region()) != "":
		place = airport(i.Region())
	}
	return hex.EncodeToString([]byte(place+"-")) + i.named().tenant
}

// AddRegion enables an additional Region. The metadata then lists its ACS URLs,
// and the identity provider needs it anew.
func (i *Instance) AddRegion(region string) error {
	if !regionShape.MatchString(region) {
		return validation("The Region is not valid.", "a Region such as eu-central-1", region, "region")
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if region == i.Region() || slices.Contains(i.regions, region) {
		return conflict("The Region is enabled already.", region, "region")
	}
	i.regions = append(slices.Clone(i.regions), region)
	return nil
}

// Regions returns the Regions of the instance, the primary one first.
func (i *Instance) Regions() []string {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return append([]string{i.Region()}, i.regions...)
}

// acsHosts are the hosts of the service at which it takes responses, the default
// one first; empty stands for the only one.
func (i *Instance) acsHosts() []string {
	var out []string
	for n, region := range i.Regions() {
		if n == 0 {
			switch i.Choices().ACSForm {
			case ACSClassic:
				out = append(out, region+".signin.aws.amazon.com")
			case ACSNew:
			default:
				out = append(out, "")
				continue
			}
		}
		out = append(out, region+".signin.aws", region+".sso.signin.aws")
	}
	return out
}

// ACSURLs are the Assertion Consumer Service URLs, the default one first.
func (i *Instance) ACSURLs() []string {
	hosts := i.acsHosts()
	out := make([]string, len(hosts))
	for n, host := range hosts {
		out[n] = i.acsAt(host)
	}
	return out
}

func (i *Instance) acsAt(host string) string {
	return i.at(host) + "/platform/saml/acs/" + i.tenantID()
}

// ACSURL is the default Assertion Consumer Service URL.
func (i *Instance) ACSURL() string { return i.ACSURLs()[0] }

// at is where the mock has a host of the service.
func (i *Instance) at(host string) string {
	if host == "" {
		return i.BaseURL()
	}
	return i.BaseURL() + "/" + host
}

// portals are the hosts of the portal, each with the ACS to which sign-in from
// there comes back; empty: the default one.
func (i *Instance) portals() map[string]string {
	out := map[string]string{i.store.ID() + ".awsapps.com": ""}
	if i.named().alias != "" {
		out[i.named().alias+".awsapps.com"] = ""
	}
	for _, region := range i.Regions() {
		out[i.named().instanceID+"."+region+".portal.amazonaws.com"] = region + ".signin.aws"
		out[i.named().instanceID+".portal."+region+".app.aws"] = region + ".sso.signin.aws"
	}
	return out
}

// PortalURLs are the addresses of the portal at each host of the service
// (user guide, as above), sorted; PortalURL is the mock's own.
func (i *Instance) PortalURLs() []string {
	var out []string
	for host := range i.portals() {
		path := "/"
		if strings.HasSuffix(host, ".awsapps.com") {
			path = "/start"
		}
		out = append(out, i.at(host)+path)
	}
	slices.Sort(out)
	return out
}

// servePortalAt starts at one of the portal's hosts. Whoever is signed in goes on
// to the mock's own portal.
func (i *Instance) servePortalAt(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "access portal")
	if _, ok := i.portals()[r.PathValue("host")]; !ok {
		http.NotFound(w, r)
		return
	}
	if _, ok := i.sessions.find(r); ok {
		http.Redirect(w, r, i.PortalURL(), http.StatusFound)
		return
	}
	i.sendToIdP(w, r)
}

// acsFor is the ACS that a request from this page names: the one of the
// portal's kind and Region if the instance has it, else the default one.
func (i *Instance) acsFor(r *http.Request) string {
	hosts := i.acsHosts()
	n := slices.Index(hosts, i.portals()[r.PathValue("host")])
	return i.acsAt(hosts[max(n, 0)])
}

// arrivedAt returns the ACS to which a response came.
func (i *Instance) arrivedAt(r *http.Request) (string, *refusal.Refusal) {
	if host := r.PathValue("host"); slices.Contains(i.acsHosts(), host) && r.PathValue("tenant") == i.tenantID() {
		return i.acsAt(host), nil
	}
	return "", &refusal.Refusal{
		Code: "WrongACS", Expected: strings.Join(i.ACSURLs(), " or "), Got: i.BaseURL() + r.URL.Path, Where: "address of the request",
		Hint: fmt.Sprintf("set the application's Reply URL to the ACS URL of this instance; in %s it has %d", strings.Join(i.Regions(), ", "), len(i.acsHosts())),
	}
}
