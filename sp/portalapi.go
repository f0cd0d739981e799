package sp

import (
	"cmp"
	"encoding/json"
	"net/http"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

// The access portal's API: the four operations that AWS documents as the SSO
// API, and the one by which the portal opens consoles (published portal clients).
// The portal's token comes in a header, or in the browser's cookie.

// bearerHeaders are the headers in which clients send the portal's token.
var bearerHeaders = [...]string{"x-amz-sso_bearer_token", "x-amz-sso-bearer-token"}

// portalSession finds the session of an API request.
func (i *Instance) portalSession(r *http.Request) (session, *refusal.Refusal) {
	token := ""
	for _, name := range bearerHeaders {
		token = cmp.Or(token, r.Header.Get(name))
	}
	s, ok := session{}, false
	if token != "" {
		s, ok = i.sessions.byToken(token)
	} else {
		s, ok = i.sessions.find(r)
	}
	user, exists := i.store.User(s.UserID)
	if !ok || !exists || !user.Active {
		return session{}, &refusal.Refusal{
			Code: "UnauthorizedException", Message: textSession, Expected: "the token of a session at the access portal, of an enabled user", Got: "another one, or none",
			Where: "header " + bearerHeaders[0] + " or cookie " + portalCookie, Fix: refusal.Request, Hint: "sign in at the access portal",
		}
	}
	return s, nil
}

func noAccess(account, role string) *refusal.Refusal {
	return &refusal.Refusal{
		Code: "ForbiddenException", Message: "No access", Expected: "an assignment of the user, or of one of its groups, to the permission set in the account",
		Got: "none to " + role + " in " + account, Where: "AWS accounts > Assignments", Fix: refusal.IdentityCenter,
	}
}

// apiStatus is the status that goes with an error of the API.
var apiStatus = map[string]int{"UnauthorizedException": http.StatusUnauthorized, "ForbiddenException": http.StatusForbidden, "InvalidRequestException": http.StatusBadRequest}

// refuseAPI answers with an error in the form of the REST-JSON protocol: SDKs
// read its name from the header.
func (i *Instance) refuseAPI(w http.ResponseWriter, r *http.Request, why *refusal.Refusal) {
	open := trace.From(r.Context())
	open.Check("accepted", false, why.Error())
	w.Header().Set("x-amzn-ErrorType", why.Code)
	i.writeAPI(w, apiStatus[why.Code], map[string]any{"message": why.Message, "__type": why.Code})
}

func (i *Instance) writeAPI(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("x-amzn-RequestId", i.ids.UUID())
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

// api makes a handler of an operation for whoever has a session.
func (i *Instance) api(name string, operation func(w http.ResponseWriter, r *http.Request, s session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		trace.From(r.Context()).Kind("aws", "SSO."+name)
		s, refused := i.portalSession(r)
		if refused != nil {
			i.refuseAPI(w, r, refused)
			return
		}
		operation(w, r, s)
	}
}

// listAccounts answers ListAccounts (SSO API reference).
func (i *Instance) listAccounts(w http.ResponseWriter, _ *http.Request, s session) {
	list := []map[string]string{}
	for _, a := range i.AccessOf(s.UserID) {
		list = append(list, map[string]string{"accountId": a.ID, "accountName": a.Name, "emailAddress": a.Email})
	}
	i.writeAPI(w, http.StatusOK, map[string]any{"accountList": list})
}

// listAccountRoles answers ListAccountRoles.
func (i *Instance) listAccountRoles(w http.ResponseWriter, r *http.Request, s session) {
	account := r.URL.Query().Get("account_id")
	if !accountShape.MatchString(account) {
		i.refuseAPI(w, r, badRequest("twelve digits", account, "query parameter account_id"))
		return
	}
	list := []map[string]string{}
	for _, a := range i.AccessOf(s.UserID) {
		for _, role := range a.Roles {
			if a.ID == account {
				list = append(list, map[string]string{"accountId": a.ID, "roleName": role})
			}
		}
	}
	i.writeAPI(w, http.StatusOK, map[string]any{"roleList": list})
}

func badRequest(expected, got, where string) *refusal.Refusal {
	return &refusal.Refusal{Code: "InvalidRequestException", Message: "The request is not valid.", Expected: expected, Got: cmp.Or(got, "nothing"), Where: where, Fix: refusal.Request}
}

// getRoleCredentials answers GetRoleCredentials; the expiration is in
// milliseconds since 1970.
func (i *Instance) getRoleCredentials(w http.ResponseWriter, r *http.Request, s session) {
	c, _, refused := i.federate(r, s)
	if refused != nil {
		i.refuseAPI(w, r, refused)
		return
	}
	i.writeAPI(w, http.StatusOK, map[string]any{"roleCredentials": map[string]any{
		"accessKeyId": c.AccessKeyID, "secretAccessKey": c.SecretAccessKey, "sessionToken": c.SessionToken, "expiration": c.Expiration.UnixMilli(),
	}})
}

// federate opens the role session that a request names.
func (i *Instance) federate(r *http.Request, s session) (RoleCredentials, RoleSession, *refusal.Refusal) {
	account, role := r.URL.Query().Get("account_id"), r.URL.Query().Get("role_name")
	if !accountShape.MatchString(account) {
		return RoleCredentials{}, RoleSession{}, badRequest("twelve digits", account, "query parameter account_id")
	}
	if role == "" {
		return RoleCredentials{}, RoleSession{}, badRequest("the name of a permission set", role, "query parameter role_name")
	}
	c, opened, ok := i.assume(s.UserID, account, role, s.AccessControl)
	if !ok {
		return RoleCredentials{}, RoleSession{}, noAccess(account, role)
	}
	i.events.record(r, "Federate", event{userID: s.UserID, sessionID: s.ID, details: map[string]any{"account_id": account, "role_name": role}})
	trace.From(r.Context()).Check("access", true, opened.ARN())
	return c, opened, nil
}

// logout answers Logout: the token is worth nothing any more.
func (i *Instance) logout(w http.ResponseWriter, r *http.Request, s session) {
	i.events.record(r, "Logout", event{userID: s.UserID, sessionID: s.ID})
	i.sessions.forget(s.ID)
	w.Header().Set("x-amzn-RequestId", i.ids.UUID())
	w.WriteHeader(http.StatusOK)
}
