package sp

import (
	"net/http"

	"github.com/idharness/harness/internal/trace"
)

// accessKeysPage is the dialog "Access keys" of the portal.
type accessKeysPage struct {
	RoleCredentials
	Account, Role     string
	Profile           string // account id and permission set, as the portal names it
	StartURL, Region  string
	ExpiresIn, Portal string
}

// serveAccessKeys shows temporary credentials in the formats of the portal (user
// guide, "Getting IAM Identity Center user credentials").
func (i *Instance) serveAccessKeys(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "access keys")
	s, _, ok := i.enter(w, r, "/start/access-keys?"+r.URL.RawQuery)
	if !ok {
		return
	}
	role := r.URL.Query().Get("role_name")
	c, opened, refused := i.federate(r, s, role, getRoleCredentials)
	if refused != nil {
		i.refuseAccess(w, r, refused)
		return
	}
	i.pages.Render(w, http.StatusOK, "accesskeys.html", i.view("Access keys", accessKeysPage{
		RoleCredentials: c, Account: opened.AccountID, Role: role, Profile: opened.AccountID + "_" + role,
		StartURL: i.PortalURL(), Region: i.Region(), ExpiresIn: c.Expiration.Format("2006-01-02 15:04:05 MST"), Portal: i.PortalURL(),
	}))
}
