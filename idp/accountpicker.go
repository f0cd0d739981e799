package idp

import (
	"net/http"
	"slices"

	"github.com/idharness/harness/internal/trace"
)

// accountTile is an account to choose.
type accountTile struct {
	ID, Name, Login string
}

type accountsPage struct {
	Action, Ticket, Question string
	Accounts                 []accountTile
	Another                  bool // offers to use another account
}

// otherAccount is the tile "Use another account".
const otherAccount = "other"

// showAccounts lets the person choose between the accounts that are signed in in
// the browser. Programs see a sign-in page like any other: whoever posts
// credentials to it signs in with these.
func (t *Tenant) showAccounts(w http.ResponseWriter, p *pending, accounts []session) {
	ticket := t.sessions.hold(p)
	page := accountsPage{Action: t.tenantURL("reprocess"), Ticket: ticket, Question: "Pick an account", Accounts: t.tiles(accounts), Another: true}
	config := t.pageConfig("ConvergedSignIn", ticket)
	config["urlPost"], config["urlGetCredentialType"] = "/"+t.ID()+"/login", t.tenantURL("GetCredentialType")+"?mkt=en-US"
	config["sErrorCode"], config["sErrTxt"], config["arrValErrs"] = "50058", "", []string{"50058"}
	t.showPage(w, "accounts.html", page, config, nil)
}

func (t *Tenant) tiles(accounts []session) []accountTile {
	tiles := make([]accountTile, 0, len(accounts))
	for _, s := range accounts {
		tile := accountTile{ID: s.ID, Name: s.UserID, Login: s.UserID}
		if user, ok := t.directory.User(s.UserID); ok {
			tile.Name, tile.Login = user.DisplayName, user.UserPrincipalName
		}
		tiles = append(tiles, tile)
	}
	return tiles
}

// serveReprocess takes the choice of an account.
func (t *Tenant) serveReprocess(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("saml", "choice of an account")
	p, ok := t.takePending(w, r, "ctx")
	if !ok {
		return
	}
	chosen := r.PostForm.Get("sosid")
	if chosen == otherAccount {
		t.showSignIn(w, p, "", nil)
		return
	}
	accounts := t.sessions.accounts(r)
	i := slices.IndexFunc(accounts, func(s session) bool { return s.ID == chosen })
	if i < 0 { // AADSTS16001: the page comes again with the accounts that are left
		trace.From(r.Context()).Check("account", false, "it is not signed in any more")
		p.LoginHint = ""
		t.begin(w, r, p)
		return
	}
	t.resume(w, r, p, accounts[i])
}
