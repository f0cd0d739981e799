package idp

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

// awsSessionDuration is what Amazon's gallery applications have been seen to
// send: sessions of 15 minutes unless somebody changes the claim
// (aws-azure-login issue 92, saml2aws issue 598).
const awsSessionDuration = 900 * time.Second

// subject is what claims for the application are computed from: what the tenant
// knows of the user, who was granted access and signed in by these methods.
func (a *Application) subject(user directory.User, granted access, methods []string) claims.Subject {
	t := a.tenant
	s := claims.Subject{
		User: user, TenantID: t.ID(), Domain: t.Domain(), Company: claims.Company{TenantCountry: t.named().country},
		DirectGroups: t.groups(t.directory.DirectGroups(user.ID)), Groups: t.groups(t.directory.TransitiveGroups(user.ID)),
		DirectoryRoles: t.directory.Roles(user.ID),
		Roles:          granted.roles, AssignedGroups: granted.groups, AuthnMethods: methods,
		AppID: a.appID, AppName: a.Name(), AppObjectID: a.objectID(), AppTags: a.settings().Tags,
	}
	if a.template == TemplateAWSIdentityCenter || a.template == TemplateAWSSingleAccount {
		seconds := int(cmp.Or(t.Choices().AWSSessionDuration, awsSessionDuration).Seconds())
		s.SessionDuration = strconv.Itoa(seconds)
	}
	return s
}

// issuer is the issuer of the application's assertions: the tenant, unless the
// application id was to be appended. The form of that one is not published.
func (a *Application) issuer() string {
	t := a.tenant
	if !a.claimsConfiguration().NamesApplication() {
		return t.Issuer()
	}
	form := cmp.Or(t.Choices().ApplicationIssuer, "https://sts.windows.net/{tenantId}/{appId}")
	return strings.NewReplacer("{tenantId}", t.ID(), "{appId}", a.appID).Replace(form)
}
