package idp

import (
	"fmt"
	"strings"

	"github.com/idharness/harness/internal/refusal"
)

// SignInAudience says whose users may use an application (Graph: application,
// signInAudience).
type SignInAudience string

// Whose users.
const (
	AudienceMyOrg        SignInAudience = "AzureADMyOrg"
	AudienceMultipleOrgs SignInAudience = "AzureADMultipleOrgs"
)

// refuseCommon refuses the /common endpoint to an application that is made for
// one tenant (learn.microsoft.com, "Microsoft Entra authentication and
// authorization error codes", AADSTS50194).
func (a *Application) refuseCommon(tenant string) *refusal.Refusal {
	cfg := a.settings()
	if !strings.EqualFold(tenant, commonTenant) || cfg.SignInAudience == AudienceMultipleOrgs {
		return nil
	}
	return aadsts(50194, fmt.Sprintf(text50194, a.appID, cfg.Name), refusal.Refusal{
		Expected: "a request at " + a.tenant.LoginURL() + ", or an application with signInAudience " + string(AudienceMultipleOrgs), Got: "/" + commonTenant, Where: "URL path", Fix: refusal.Request,
	})
}
