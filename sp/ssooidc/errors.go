package ssooidc

import (
	"net/http"

	"github.com/idharness/harness/internal/refusal"
)

// Error is a refusal of the service. Its Code is the name by which SDKs know it
// and Message the description; OAuth is RFC 6749's name in the body.
type Error struct {
	Status int
	OAuth  string
	refusal.Refusal
}

func (e *Error) Error() string { return e.Refusal.Error() }

// shapes are status and OAuth name of every exception (OIDC API reference).
var shapes = map[string]struct {
	status int
	oauth  string
}{
	"AccessDeniedException":          {http.StatusBadRequest, "access_denied"},
	"AuthorizationPendingException":  {http.StatusBadRequest, "authorization_pending"},
	"ExpiredTokenException":          {http.StatusBadRequest, "expired_token"},
	"InvalidClientException":         {http.StatusUnauthorized, "invalid_client"},
	"InvalidClientMetadataException": {http.StatusBadRequest, "invalid_client_metadata"},
	"InvalidGrantException":          {http.StatusBadRequest, "invalid_grant"},
	"InvalidRedirectUriException":    {http.StatusBadRequest, "invalid_redirect_uri"},
	"InvalidRequestException":        {http.StatusBadRequest, "invalid_request"},
	"InvalidScopeException":          {http.StatusBadRequest, "invalid_scope"},
	"SlowDownException":              {http.StatusBadRequest, "slow_down"},
	"UnauthorizedClientException":    {http.StatusBadRequest, "unauthorized_client"},
	"UnsupportedGrantTypeException":  {http.StatusBadRequest, "unsupported_grant_type"},
}

// refuse makes an error. Descriptions that have been seen are constants below;
// the others are in the same manner.
func refuse(code, description, expected, got, where string) *Error {
	shape := shapes[code]
	return &Error{Status: shape.status, OAuth: shape.oauth, Refusal: refusal.Refusal{
		Code: code, Message: description, Expected: expected, Got: got, Where: where, Fix: refusal.Request,
	}}
}

// Descriptions that have been seen in public logs of AWS CLI and SDKs.
const (
	textPending = "Authorization is still pending"
	textGrant   = "Invalid grant provided"
	textRefresh = "Invalid refresh token provided"
)

func invalidClient(expected, got, where string) *Error {
	return refuse("InvalidClientException", "Invalid client provided", expected, got, where)
}

func invalidRequest(expected, got, where string) *Error {
	return refuse("InvalidRequestException", "Invalid request", expected, got, where)
}

func invalidGrant(expected, got, where string) *Error {
	return refuse("InvalidGrantException", textGrant, expected, got, where)
}
