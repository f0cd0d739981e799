package sp

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

// The access portal's API: the four operations that AWS documents as the SSO
// API, and the one by which the portal opens consoles (published portal clients).
// The portal's token comes in a header, or in the browser's cookie.

// bearerHeaders are the headers in which clients send the portal's token;
// Authorization: Bearer has been seen too.
var bearerHeaders = [...]string{"x-amz-sso_bearer_token", "x-amz-sso-bearer-token"}

// portalSession finds the session of an API request.
func (i *Instance) portalSession(r *http.Request) (session, *refusal.Refusal) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, name := range bearerHeaders {
		token = cmp.Or(r.Header.Get(name), token)
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

// apiNamespace stands before the name of an error in bodies that have been seen.
const apiNamespace = "com.amazonaws.switchboard.portal#"

// refuseAPI answers with an error in the form of the REST-JSON protocol: SDKs
// read its name from the header.
func (i *Instance) refuseAPI(w http.ResponseWriter, r *http.Request, why *refusal.Refusal) {
	open := trace.From(r.Context())
	open.Refused("accepted", why.Error(), why)
	w.Header().Set("x-amzn-ErrorType", why.Code)
	i.writeAPI(w, apiStatus[why.Code], map[string]any{"message": why.Message, "__type": apiNamespace + why.Code})
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
func (i *Instance) listAccounts(w http.ResponseWriter, r *http.Request, s session) {
	list := []map[string]string{}
	for _, a := range i.AccessOf(s.UserID) {
		list = append(list, map[string]string{"accountId": a.ID, "accountName": a.Name, "emailAddress": a.Email})
	}
	if i.writeList(w, r, "accountList", list) {
		i.events.record(r, "ListAccounts", event{userID: s.UserID, sessionID: s.ID})
	}
}

const maxResults = 100 // of a page (SSO API reference); also the default, for which nothing is published

// writeList writes the page of a list that the request asks for. A token of the
// next page is the number of what came before it.
func (i *Instance) writeList(w http.ResponseWriter, r *http.Request, name string, list []map[string]string) bool {
	q := r.URL.Query()
	size, from := maxResults, 0
	if given := q.Get("max_result"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > maxResults {
			i.refuseAPI(w, r, badRequest("1 to 100", given, "query parameter max_result"))
			return false
		}
		size = n
	}
	if given := q.Get("next_token"); given != "" {
		raw, err := base64.URLEncoding.DecodeString(given)
		n, isNumber := strconv.Atoi(string(raw))
		if err != nil || isNumber != nil || n < 0 {
			i.refuseAPI(w, r, badRequest("the nextToken of an answer", given, "query parameter next_token"))
			return false
		}
		from = min(n, len(list))
	}
	to := min(from+size, len(list))
	answer := map[string]any{name: list[from:to]}
	if to < len(list) {
		answer["nextToken"] = base64.URLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	i.writeAPI(w, http.StatusOK, answer)
	return true
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
	if i.writeList(w, r, "roleList", list) {
		i.events.record(r, "ListAccountRoles", event{userID: s.UserID, sessionID: s.ID, details: map[string]any{"account_id": account}})
	}
}

func badRequest(expected, got, where string) *refusal.Refusal {
	return &refusal.Refusal{Code: "InvalidRequestException", Message: "The request is not valid.", Expected: expected, Got: cmp.Or(got, "nothing"), Where: where, Fix: refusal.Request}
}

// serveRoleCredentials answers GetRoleCredentials; the expiration is in
// milliseconds since 1970.
func (i *Instance) serveRoleCredentials(w http.ResponseWriter, r *http.Request, s session) {
	c, _, refused := i.federate(r, s, r.URL.Query().Get("role_name"), getRoleCredentials)
	if refused != nil {
		i.refuseAPI(w, r, refused)
		return
	}
	i.writeAPI(w, http.StatusOK, map[string]any{"roleCredentials": map[string]any{
		"accessKeyId": c.AccessKeyID, "secretAccessKey": c.SecretAccessKey, "sessionToken": c.SessionToken, "expiration": c.Expiration.UnixMilli(),
	}})
}

// The two ways into an account leave records of these names.
const (
	federated          = "Federate"
	getRoleCredentials = "GetRoleCredentials"
)

// federate opens a role session in the account that a request names.
func (i *Instance) federate(r *http.Request, s session, role, name string) (RoleCredentials, RoleSession, *refusal.Refusal) {
	account := r.URL.Query().Get("account_id")
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
	i.events.record(r, name, event{userID: s.UserID, sessionID: s.ID, details: map[string]any{"account_id": account, "role_name": role}})
	open := trace.From(r.Context())
	open.Secret(c.SecretAccessKey)
	open.Secret(c.SessionToken)
	open.Check("access", true, opened.ARN())
	user, _ := i.store.User(s.UserID)
	for _, key := range slices.Sorted(maps.Keys(opened.Tags)) {
		open.Note("session tag " + key + " comes from " + i.tagSource(user, key, s.AccessControl))
	}
	return c, opened, nil
}

// logout answers Logout: the token is worth nothing any more.
func (i *Instance) logout(w http.ResponseWriter, r *http.Request, s session) {
	i.events.record(r, "Logout", event{userID: s.UserID, sessionID: s.ID})
	i.sessions.forget(s.ID)
	w.Header().Set("x-amzn-RequestId", i.ids.UUID())
	w.WriteHeader(http.StatusOK)
}
