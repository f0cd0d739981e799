package idp

import (
	"fmt"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// Consent says whether somebody has consented to an application.
type Consent string

// The states of consent. An application that an administrator made in the tenant
// has it.
const (
	ConsentGranted       Consent = "granted"
	ConsentMissing       Consent = "missing"
	ConsentAdminRequired Consent = "adminRequired"
)

// access is what lets a user into an application.
type access struct {
	groups   []directory.Group // assigned, of which the user is a direct member
	roles    []string          // values
	assigned bool
}

// mayUse decides whether the user may use the application, in the order in which
// the reasons exclude each other: it is disabled, nobody has consented to it, the
// user is not assigned.
func (t *Tenant) mayUse(app *Application, user directory.User) (access, *refusal.Refusal) {
	cfg := app.settings()
	switch {
	case !cfg.isEnabled():
		return access{}, aadsts(7000112, fmt.Sprintf(text7000112, app.appID, cfg.Name), refusal.Refusal{
			Expected: "an application that is enabled for users to sign in", Got: cfg.Name + " is not", Where: "Enterprise application > Properties", Fix: refusal.Entra,
			Hint: "set \"Enabled for users to sign-in?\" to Yes",
		})
	case cfg.Consent == ConsentMissing:
		return access{}, aadsts(65001, fmt.Sprintf(text65001, app.appID, cfg.Name), notConsented(cfg, "of the user or of an administrator"))
	case cfg.Consent == ConsentAdminRequired:
		return access{}, aadsts(90094, fmt.Sprintf(text90094, cfg.Name), notConsented(cfg, "of an administrator"))
	}
	if read(app, func() bool { return app.needsCustomKey }) && !app.signsWithCustomKey() {
		return access{}, aadsts(50146, text50146, refusal.Refusal{
			Expected: "an active custom signing key that is valid, since the application's claims need one", Got: "none", Where: "SAML Certificates", Fix: refusal.Entra,
			Hint: "upload a certificate with its key and activate it, or take the restricted claims away",
		})
	}
	a := app.access(user.ID)
	// Global Administrators may use every application (learn.microsoft.com,
	// "Properties of an enterprise application", Assignment required).
	if cfg.assignmentIsRequired() && !a.assigned && !user.HasRole(directory.GlobalAdministrator) {
		return access{}, aadsts(50105, fmt.Sprintf(text50105, cfg.Name, app.appID, user.UserPrincipalName), t.notAssigned(app, user))
	}
	return a, nil
}

func notConsented(cfg ApplicationConfig, whose string) refusal.Refusal {
	return refusal.Refusal{
		Expected: "the consent " + whose + " to " + cfg.Name, Got: "none", Where: "Enterprise application > Permissions", Fix: refusal.Entra,
		Hint: "grant admin consent for the tenant",
	}
}

// notAssigned explains AADSTS50105, and names the nested group if there is one:
// that is how most people get here.
func (t *Tenant) notAssigned(app *Application, user directory.User) refusal.Refusal {
	why := refusal.Refusal{
		Expected: "an assignment of " + user.UserPrincipalName + " to " + app.Name() + ", or of a group of which the user is a direct member",
		Got:      "neither", Where: "Enterprise application > Users and groups", Fix: refusal.Entra,
		Hint: "assign the user, or a group that holds the user directly",
	}
	for _, id := range t.directory.TransitiveGroups(user.ID) {
		if g, ok := t.directory.Group(id); ok && app.isAssigned(id) {
			why.Got = "an assignment of " + g.DisplayName + ", of which the user is a member only through another group"
			why.Hint = "nested groups do not count: assign the inner group, or add the user to " + g.DisplayName
		}
	}
	return why
}
