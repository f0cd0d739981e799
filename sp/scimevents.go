package sp

import (
	"net"
	"net/http"
	"time"
)

// SCIMCall is a call of the SCIM endpoint, to be kept as a CloudTrail record.
type SCIMCall struct {
	Request      *http.Request
	RequestID    string
	Operation    string
	ReadOnly     bool
	TokenID      string
	Parameters   map[string]any
	Response     map[string]any
	ErrorCode    string
	ErrorMessage string
}

// RecordSCIM adds the record of a call of the SCIM endpoint (user guide, "Logging
// IAM Identity Center SCIM API calls with AWS CloudTrail"): whoever called is a
// WebIdentityUser if the call succeeded, and else unknown.
func (i *Instance) RecordSCIM(c SCIMCall) {
	entry := Event{
		EventVersion: "1.10", EventTime: i.clock.Now().UTC().Truncate(time.Second), EventSource: "identitystore-scim.amazonaws.com", EventName: c.Operation, AWSRegion: i.Region(),
		UserIdentity: UserIdentity{Type: "WebIdentityUser", AccountID: i.ManagementAccount(), AccessKeyID: c.TokenID},
		UserAgent:    c.Request.UserAgent(), ErrorCode: c.ErrorCode, ErrorMessage: c.ErrorMessage, RequestParameters: c.Parameters, ResponseElements: c.Response,
		RequestID: c.RequestID, EventID: i.ids.UUID(), ReadOnly: c.ReadOnly, EventType: "AwsApiCall", ManagementEvent: true, EventCategory: "Management", RecipientAccountID: i.ManagementAccount(),
		TLSDetails: &TLSDetails{"scim." + i.Region() + ".amazonaws.com"},
	}
	if c.ErrorCode != "" {
		entry.UserIdentity.Type = "Unknown"
	}
	if host, _, err := net.SplitHostPort(c.Request.RemoteAddr); err == nil {
		entry.SourceIPAddress = host
	}
	i.events.add(entry)
}
