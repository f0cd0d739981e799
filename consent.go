package harness

import (
	"errors"
	"net/netip"
	"net/url"

	"github.com/idharness/harness/internal/browser"
)

// What a person answers where a client such as the AWS CLI asks for access.
const (
	ConsentAllow = "allow"
	ConsentDeny  = "deny"
)

// Authorization is what a person decided about a client that asked for access
// (aws sso login), and what the client was told at its redirect URI.
type Authorization struct {
	Client   string   `json:"client"`             // its name
	UserCode string   `json:"userCode,omitempty"` // of a device
	Scopes   []string `json:"scopes,omitempty"`
	Granted  bool     `json:"granted"`

	// Of the authorization code grant. A device asks by itself instead.
	RedirectURI string `json:"redirectUri,omitempty"` // without what was added
	Code        string `json:"code,omitempty"`
	State       string `json:"state,omitempty"`
	Error       string `json:"error,omitempty"`
}

// readCallback reads what the client was told out of the address to which the
// browser was sent.
func (a *Authorization) readCallback(u *url.URL) {
	q := u.Query()
	if q.Get("code") == "" && q.Get("error") == "" {
		return
	}
	a.Code, a.State, a.Error = q.Get("code"), q.Get("state"), q.Get("error")
	for _, added := range []string{"code", "state", "error", "error_description"} {
		q.Del(added)
	}
	plain := *u
	plain.RawQuery = q.Encode()
	a.RedirectURI = plain.String()
}

// calledBack takes a navigation that failed for the end of an authorization: a
// client listens on the machine itself, and a scenario may stand in for one that
// does not run.
func (v *visit) calledBack(err error) bool {
	var failed *browser.Error
	if v.session.Authorization == nil || !errors.As(err, &failed) || len(failed.Hops) == 0 {
		return false
	}
	v.session.Hops = append(v.session.Hops, failed.Hops...)
	last := failed.Hops[len(failed.Hops)-1]
	u, parseError := url.Parse(last.URL)
	if parseError != nil || last.Why != browser.Redirected || last.Status != 0 {
		return false
	}
	if address, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !address.IsLoopback()) {
		return false
	}
	v.session.Authorization.readCallback(u)
	v.session.Outcome, v.session.URL = SignedIn, v.session.Authorization.RedirectURI
	return true
}
