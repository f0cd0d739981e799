package sp

import (
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Event is a CloudTrail record (user guide, "Understanding the sign-in
// events"). Fields that CloudTrail prints as null stay out.
type Event struct {
	EventVersion        string         `json:"eventVersion"`
	UserIdentity        UserIdentity   `json:"userIdentity"`
	EventTime           time.Time      `json:"eventTime"`
	EventSource         string         `json:"eventSource"`
	EventName           string         `json:"eventName"`
	AWSRegion           string         `json:"awsRegion"`
	SourceIPAddress     string         `json:"sourceIPAddress,omitempty"`
	UserAgent           string         `json:"userAgent,omitempty"`
	ErrorCode           string         `json:"errorCode,omitempty"`
	ErrorMessage        string         `json:"errorMessage,omitempty"`
	RequestParameters   map[string]any `json:"requestParameters,omitempty"`
	ResponseElements    map[string]any `json:"responseElements,omitempty"`
	AdditionalEventData map[string]any `json:"additionalEventData,omitempty"`
	RequestID           string         `json:"requestID"`
	EventID             string         `json:"eventID"`
	ReadOnly            bool           `json:"readOnly"`
	Resources           []Resource     `json:"resources,omitempty"`
	EventType           string         `json:"eventType"`
	ManagementEvent     bool           `json:"managementEvent"`
	EventCategory       string         `json:"eventCategory"`
	RecipientAccountID  string         `json:"recipientAccountId"`
	ServiceEventDetails map[string]any `json:"serviceEventDetails,omitempty"`
	TLSDetails          *TLSDetails    `json:"tlsDetails,omitempty"`
}

// TLSDetails says by which name a service was reached.
type TLSDetails struct {
	ClientProvidedHostHeader string `json:"clientProvidedHostHeader"`
}

// Resource is something that a call was about.
type Resource struct {
	AccountID string `json:"accountId"`
	Type      string `json:"type"`
	ARN       string `json:"ARN"`
}

// UserIdentity says who did it, in the form of the records since July 2025 (AWS
// security blog, "Important changes to CloudTrail events for AWS IAM Identity
// Center").
type UserIdentity struct {
	Type             string          `json:"type"` // IdentityCenterUser, SAMLUser, AssumedRole or Unknown
	PrincipalID      string          `json:"principalId,omitempty"`
	ARN              string          `json:"arn,omitempty"`
	AccountID        string          `json:"accountId,omitempty"`
	AccessKeyID      string          `json:"accessKeyId,omitempty"`
	UserName         string          `json:"userName,omitempty"`
	IdentityProvider string          `json:"identityProvider,omitempty"`
	SessionContext   *SessionContext `json:"sessionContext,omitempty"`
	OnBehalfOf       *OnBehalfOf     `json:"onBehalfOf,omitempty"`
	CredentialID     string          `json:"credentialId,omitempty"` // the portal session
}

// OnBehalfOf names a user of the identity store.
type OnBehalfOf struct {
	UserID           string `json:"userId"`
	IdentityStoreARN string `json:"identityStoreArn"`
}

// Events of setting up the identity source (user guide, "Logging IAM Identity
// Center API calls with AWS CloudTrail").
const (
	createdIdP  = "CreateExternalIdPConfigurationForDirectory"
	updatedIdP  = "UpdateExternalIdPConfigurationForDirectory"
	disabledIdP = "DisableExternalIdPConfigurationForDirectory"
	// These two are known as actions of IAM policies only (service
	// authorization reference, sso-directory).
	importedCertificate = "ImportExternalIdPCertificate"
	deletedCertificate  = "DeleteExternalIdPCertificate"
)

// event is what differs between two records.
type event struct {
	userID, sessionID string
	failure           string
	data              map[string]any
	details           map[string]any
	identity          *UserIdentity // who acts in a member account
	parameters        map[string]any
	response          map[string]any
	resources         []Resource
}

const maxEvents = 10_000

// events keeps the latest records.
type events struct {
	instance *Instance

	mu   sync.Mutex
	list []Event
}

func newEvents(i *Instance) *events { return &events{instance: i} }

// record adds a record of what a request did; r is nil for what happened
// otherwise.
func (e *events) record(r *http.Request, name string, what event) {
	e.recordIn(r, e.instance.ManagementAccount(), name, what)
}

// recordIn adds a record of another account than the management account.
func (e *events) recordIn(r *http.Request, account, name string, what event) {
	i := e.instance
	entry := Event{
		EventVersion: "1.08", EventTime: i.clock.Now().UTC().Truncate(time.Second), EventSource: "signin.amazonaws.com", EventName: name, AWSRegion: i.Region(),
		UserIdentity: UserIdentity{Type: "Unknown", AccountID: account},
		RequestID:    i.ids.UUID(), EventID: i.ids.UUID(), EventType: "AwsServiceEvent", RecipientAccountID: account,
		ManagementEvent: true, EventCategory: "Management",
		AdditionalEventData: what.data, ServiceEventDetails: what.details, ErrorMessage: what.failure,
		RequestParameters: what.parameters, ResponseElements: what.response, Resources: what.resources,
	}
	if r != nil {
		entry.UserAgent = r.UserAgent()
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			entry.SourceIPAddress = host
		}
	}
	if what.userID != "" {
		entry.UserIdentity = UserIdentity{
			Type: "IdentityCenterUser", AccountID: i.ManagementAccount(), CredentialID: what.sessionID,
			OnBehalfOf: &OnBehalfOf{what.userID, "arn:aws:identitystore::" + i.ManagementAccount() + ":identitystore/" + i.store.ID()},
		}
	}
	if what.identity != nil {
		entry.UserIdentity = *what.identity
	}
	switch name {
	case "ConsoleLogin", "GetSigninToken":
		entry.EventType = "AwsConsoleSignIn"
	case "AssumeRoleWithSAML":
		entry.EventSource, entry.EventType, entry.ReadOnly = "sts.amazonaws.com", "AwsApiCall", true
	case "ExternalIdPDirectoryLogin": // a failure shows in responseElements, not in errorCode
		entry.EventType = "AwsConsoleSignIn"
		outcome := "Success"
		if what.failure != "" {
			outcome = "Failure"
		}
		entry.ResponseElements = map[string]any{name: outcome}
	case "Authenticate", "Federate", "Logout":
		entry.EventSource = "sso.amazonaws.com"
	case "ListAccounts", "ListAccountRoles", "GetRoleCredentials":
		entry.EventSource, entry.ReadOnly = "sso.amazonaws.com", true
	case "ListApplications", "RegisterClient", "StartDeviceAuthorization", createToken:
		entry.EventSource, entry.EventType = "sso.amazonaws.com", "AwsApiCall"
	case tokenReminder:
		entry.EventSource = "health.amazonaws.com"
	case provisioningEnabled, provisioningDisabled, tokenCreated, tokenDeleted,
		createdIdP, updatedIdP, disabledIdP, importedCertificate, deletedCertificate:
		entry.EventSource, entry.EventType = "sso-directory.amazonaws.com", "AwsApiCall"
	}
	e.add(entry)
}

func (e *events) add(entry Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.list = append(e.list, entry); len(e.list) > maxEvents {
		e.list = e.list[len(e.list)-maxEvents:]
	}
}

// Events returns the latest CloudTrail records, oldest first.
func (i *Instance) Events() []Event {
	i.events.mu.Lock()
	defer i.events.mu.Unlock()
	return slices.Clone(i.events.list)
}
