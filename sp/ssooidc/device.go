package ssooidc

import (
	"cmp"
	"net/url"
	"strings"
	"time"
)

// userCodeAlphabet has no vowels and nothing that is read as something else
// (RFC 8628 section 6.1; codes that have been seen are RHHX-BCTS and the like).
const userCodeAlphabet = "BCDFGHJKLMNPQRSTVWXZ"

// DeviceRequest is the input of StartDeviceAuthorization.
type DeviceRequest struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	StartURL     string `json:"startUrl"`
}

// DeviceAuthorization is the output of StartDeviceAuthorization.
type DeviceAuthorization struct {
	DeviceCode              string `json:"deviceCode"`
	ExpiresIn               int    `json:"expiresIn"` // seconds
	Interval                int    `json:"interval"`  // seconds
	UserCode                string `json:"userCode"`
	VerificationURI         string `json:"verificationUri"`
	VerificationURIComplete string `json:"verificationUriComplete"`
}

// request is a client that waits for a person's approval.
type request struct {
	id       string
	clientID string
	client   client
	scopes   []string
	expires  time.Time

	userCode, deviceCode   string    // of a device
	redirectURI, state     string    // of a browser
	challenge              string    // PKCE
	asked                  time.Time // when the device asked last
	decided, allowed, used bool
	sessionID              string
}

// StartDevice answers StartDeviceAuthorization (OIDC API reference).
func (s *Service) StartDevice(in DeviceRequest) (DeviceAuthorization, *Error) {
	for _, field := range []struct{ name, value string }{{"clientId", in.ClientID}, {"clientSecret", in.ClientSecret}, {"startUrl", in.StartURL}} {
		if field.value == "" {
			return DeviceAuthorization{}, invalidRequest("a value", "nothing", field.name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.authenticate(in.ClientID, in.ClientSecret)
	if refused != nil {
		return DeviceAuthorization{}, refused
	}
	if !c.may(grantDevice) {
		return DeviceAuthorization{}, notRegisteredFor(grantDevice, c)
	}
	if !s.portal.IsStartURL(in.StartURL) { // seen where sso_region is not that of the instance
		refused := invalidRequest("the start URL of this instance", in.StartURL, "startUrl")
		refused.Hint = "check sso_start_url and sso_region of the profile"
		return DeviceAuthorization{}, refused
	}
	r := &request{id: s.ids.Token(43), clientID: in.ClientID, client: c, scopes: c.scopes, expires: s.clock.Now().Add(codeLifetime), deviceCode: s.ids.Token(86)}
	r.userCode = s.ids.Pick(4, userCodeAlphabet) + "-" + s.ids.Pick(4, userCodeAlphabet)
	s.requests.put(r.id, r)
	s.devices.put(r.deviceCode, r.id)
	s.users.put(r.userCode, r.id)
	verify := s.portal.BaseURL() + "/device"
	return DeviceAuthorization{
		DeviceCode: r.deviceCode, ExpiresIn: int(codeLifetime.Seconds()), Interval: int(maxInterval.Seconds()), UserCode: r.userCode,
		VerificationURI: verify, VerificationURIComplete: verify + "?" + url.Values{"user_code": {r.userCode}}.Encode(),
	}, nil
}

// ByUserCode returns the id of the request that shows a code to its user. Case
// and the hyphen do not matter.
func (s *Service) ByUserCode(userCode string) (Pending, *Error) {
	plain := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(userCode))
	if len(plain) == 8 {
		plain = plain[:4] + "-" + plain[4:]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.users.get(plain)
	if !ok {
		return Pending{}, invalidGrant("the code that the device shows", cmp.Or(userCode, "none"), "user_code")
	}
	return s.pending(id)
}

// askDevice answers CreateToken for a device code. The caller holds mu.
func (s *Service) askDevice(in TokenRequest) (*request, *Error) {
	id, ok := s.devices.get(in.DeviceCode)
	r, known := s.requests.get(id)
	switch now := s.clock.Now(); {
	case !ok || !known || r.clientID != in.ClientID:
		return nil, invalidGrant("the deviceCode of an authorization that this client started", "another one", "deviceCode")
	case r.used:
		return nil, invalidGrant("a deviceCode that was not used", "one that was exchanged for a token", "deviceCode")
	case r.decided && !r.allowed:
		return nil, refuse("AccessDeniedException", "Access denied", "the user's approval", "the user denied access", "page of the authorization")
	case !now.Before(r.expires):
		return nil, refuse("ExpiredTokenException", "Device code has expired", "a deviceCode of the last ten minutes", "one that expired at "+r.expires.Format(time.RFC3339), "deviceCode")
	case !r.decided:
		early := !r.asked.IsZero() && now.Sub(r.asked) < maxInterval
		r.asked = now
		if early && s.settings().SlowDown {
			return nil, refuse("SlowDownException", "Slow down", "a second between two questions", "less", "deviceCode")
		}
		return nil, refuse("AuthorizationPendingException", textPending, "the user's approval", "none yet", "page of the authorization")
	}
	return r, nil
}
