package idp

import "time"

// Choices are the points at which Entra's behaviour is not published, or at
// which what is published disagrees with itself. The zero value is what
// docs/fidelity.md gives as the default and why; each field is a knob of the
// ledger.
type Choices struct {
	// HideStaySignedIn leaves out the page "Stay signed in?", as a tenant does
	// whose company branding says so ("Show option to remain signed in: No").
	HideStaySignedIn bool `json:"hideStaySignedIn,omitempty" doc:"Do not ask \"Stay signed in?\" (company branding, Show option to remain signed in: No)."`

	// RegexTimeout is how long the regular expressions of an assertion's claims, or
	// of its NameID, may take together before AADSTS501621. Default: one second.
	RegexTimeout time.Duration `json:"regexTimeout,omitempty" doc:"How long the regular expressions of an assertion's claims, or of its NameID, may take together before AADSTS501621. Default: 1s."`

	// PairwiseOnRequest follows the page on the protocol, by which a request for
	// the formats persistent or unspecified gets the pairwise identifier. The page
	// on claims, and captures, have the configured value.
	PairwiseOnRequest bool `json:"pairwiseOnRequest,omitempty" doc:"Give the pairwise id, in format persistent, to requests for persistent or unspecified NameIDs. Default: the configured value."`

	// OmitGroupOverage follows one of two statements on what becomes of more than
	// 150 groups: nothing is sent. The other is that a link takes their place.
	OmitGroupOverage bool `json:"omitGroupOverage,omitempty" doc:"Leave out more than 150 groups without a word. Default: groups.link takes their place."`

	// GroupsLast writes the group claim after all others: no capture shows its
	// place.
	GroupsLast bool `json:"groupsLast,omitempty" doc:"Write the group claim after all others. Default: after displayname."`

	// AWSSessionDuration is the value of user.sessionduration, which Amazon's
	// gallery applications have as a source. Default: 900 seconds.
	AWSSessionDuration time.Duration `json:"awsSessionDuration,omitempty" doc:"Value of user.sessionduration in Amazon's gallery applications, written in seconds. Default: 15m."`

	// ApplicationIssuer is the issuer with application id, with {tenantId} and
	// {appId} in it. Default: https://sts.windows.net/{tenantId}/{appId}.
	ApplicationIssuer string `json:"applicationIssuer,omitempty" doc:"Form of the issuer with application id. Default: https://sts.windows.net/{tenantId}/{appId}."`

	// AssertionSkew and AssertionValidity are how long before and after its issue
	// an assertion is valid. Captures show 5 and 60 minutes; the pages say none and
	// 70, or 60. A negative skew begins later; to begin at the issue take 1ns.
	AssertionSkew     time.Duration `json:"assertionSkew,omitempty" doc:"How long before its issue an assertion begins to be valid. Default: 5m."`
	AssertionValidity time.Duration `json:"assertionValidity,omitempty" doc:"How long after its issue an assertion is valid. Default: 60m."`

	// PrefixedResponseKey writes the KeyInfo of a signature over the response with
	// the prefix ds within it, as one excerpt of a response shows it; that of a
	// signature over the assertion has none.
	PrefixedResponseKey bool `json:"prefixedResponseKey,omitempty" doc:"Write ds:X509Data in the KeyInfo of a signature over the response, as one excerpt shows it. Default: no prefix, as in the assertion's."`

	// ContentEncryption and KeyTransport are how assertions are encrypted. AES-256
	// is documented, its mode and the transport of its key are not.
	ContentEncryption ContentEncryption `json:"contentEncryption,omitempty" oneOf:"aes256-cbc|aes256-gcm" doc:"Mode of AES-256 in token encryption. Default: aes256-cbc."`
	KeyTransport      KeyTransport      `json:"keyTransport,omitempty" oneOf:"rsa-oaep-mgf1p|rsa-1_5" doc:"How token encryption transports the key. Default: rsa-oaep-mgf1p."`

	// ExpiredVerificationCertificates lets certificates outside their validity
	// verify requests. The portal counts "Active and Expired" ones; what becomes
	// of the expired is not published.
	ExpiredVerificationCertificates bool `json:"expiredVerificationCertificates,omitempty" doc:"Let expired certificates verify the signatures of requests."`

	// CheckDestination refuses requests that are meant for another address.
	CheckDestination bool `json:"checkDestination,omitempty" doc:"Refuse a request whose Destination is another address (AADSTS75008). Default: it is ignored."`

	// RequestMaxAge refuses requests that were issued longer ago. Zero: the
	// value of IssueInstant is not used.
	RequestMaxAge time.Duration `json:"requestMaxAge,omitempty" doc:"Refuse a request that was issued longer ago (AADSTS76026). Default: its age does not matter."`

	// SAMLErrors says which errors reach the service provider as a SAML response.
	SAMLErrors ErrorDelivery `json:"samlErrors,omitempty" oneOf:"none|noPassive|all" doc:"Which errors are posted to the service provider as a SAML response, in the documented form of 2013, instead of Entra's page: none, the failure of IsPassive, or all once the ACS is known. Default: none."`

	// RefuseSPNameQualifier follows the older of two statements on one page; the
	// other is that it is echoed.
	RefuseSPNameQualifier bool `json:"refuseSPNameQualifier,omitempty" doc:"Refuse SPNameQualifier (AADSTS75006 with AADSTS90011), as a sample of 2013 shows. Default: it is echoed."`

	// ErrorPagesAreOK answers the error page with status 200 instead of 400.
	ErrorPagesAreOK bool `json:"errorPagesAreOK,omitempty" doc:"Answer the error page with status 200. Default: 400."`

	// UnknownIssuer is the code for a request whose Issuer is no identifier.
	UnknownIssuer string `json:"unknownIssuer,omitempty" oneOf:"AADSTS700016|AADSTS650056|AADSTS900971" doc:"Code for a request of an unknown Issuer: all three have been reported. Default: AADSTS700016."`

	// IgnoreIssuerCase and IgnoreReplyURLCase compare in any case.
	IgnoreIssuerCase   bool `json:"ignoreIssuerCase,omitempty" doc:"Compare the Issuer with identifiers in any case. Default: exactly."`
	IgnoreReplyURLCase bool `json:"ignoreReplyUrlCase,omitempty" doc:"Compare ACS URLs with reply URLs in any case. Default: exactly."`

	// SkipMFARegistration lets users put off the registration of a second
	// factor, as tenants with security defaults do for two weeks.
	SkipMFARegistration bool `json:"skipMfaRegistration,omitempty" doc:"Let users put off the registration of a second factor."`
	// PhoneAnswers is what the owner of a phone does with a notification that a
	// program asked for. On the page the person decides.
	PhoneAnswers PhoneAnswer `json:"phoneAnswers,omitempty" oneOf:"approve|deny|ignore" doc:"What the owner of a phone does with a notification. Default: approve."`

	// LockoutThreshold and LockoutDuration are those of smart lockout: after how
	// many failed attempts, and for how long at first. Default: 10 and one minute.
	LockoutThreshold int           `json:"lockoutThreshold,omitempty" doc:"Failed attempts before an account is locked. Default: 10."`
	LockoutDuration  time.Duration `json:"lockoutDuration,omitempty" doc:"How long the first lock holds, such as 1m. Default: one minute."`

	// MatchLogoutNameID refuses a LogoutRequest whose NameID is not that of a
	// response in the session (AADSTS50070). The page says both that it must
	// match and that it is not looked at.
	MatchLogoutNameID bool `json:"matchLogoutNameId,omitempty" doc:"Refuse a LogoutRequest whose NameID is not the session's (AADSTS50070)."`
	// IgnoreLogoutExpiry does not look at the NotOnOrAfter of a LogoutRequest, as
	// older editions of the page say. Else AADSTS50071.
	IgnoreLogoutExpiry bool `json:"ignoreLogoutExpiry,omitempty" doc:"Do not look at the NotOnOrAfter of a LogoutRequest."`
	// LogoutIssuer is the Issuer of logout messages: that of assertions, or the
	// login address, as the newest edition of the page prints it.
	LogoutIssuer LogoutIssuer `json:"logoutIssuer,omitempty" oneOf:"sts|login" doc:"Issuer of logout messages: sts (that of assertions, the default) or login."`
	// LogoutBroadcast is how the other applications of a session learn that it
	// ends: in frames of the sign-out page, or one redirect after the other.
	LogoutBroadcast LogoutBroadcast `json:"logoutBroadcast,omitempty" oneOf:"frames|redirects|none" doc:"How the other applications of a session get their LogoutRequest. Default: frames."`
	// UnsignedLogout leaves the signature off logout messages.
	UnsignedLogout bool `json:"unsignedLogout,omitempty" doc:"Leave the signature off LogoutRequests and LogoutResponses."`
}

// PhoneAnswer is what the owner of a phone does with a notification.
type PhoneAnswer string

// The answers of a phone's owner.
const (
	PhoneApproves PhoneAnswer = "approve"
	PhoneDenies   PhoneAnswer = "deny"
	PhoneIgnores  PhoneAnswer = "ignore"
)

// ContentEncryption names the mode of AES-256 in token encryption.
type ContentEncryption string

// The modes that service providers take.
const (
	ContentAES256CBC ContentEncryption = "aes256-cbc"
	ContentAES256GCM ContentEncryption = "aes256-gcm"
)

// KeyTransport names how token encryption transports the key of the content.
type KeyTransport string

// The ways to transport a key that service providers take.
const (
	KeyRSAOAEP KeyTransport = "rsa-oaep-mgf1p"
	KeyRSA15   KeyTransport = "rsa-1_5"
)

// LogoutIssuer names the Issuer of logout messages.
type LogoutIssuer string

// The issuers of logout messages that editions of the documentation print.
const (
	LogoutIssuerSTS   LogoutIssuer = "sts"   // https://sts.windows.net/{tenant id}/
	LogoutIssuerLogin LogoutIssuer = "login" // the login address and the tenant id
)

// LogoutBroadcast names how a sign-out is made known.
type LogoutBroadcast string

// The ways to make a sign-out known to the other applications of a session.
const (
	BroadcastFrames    LogoutBroadcast = "frames"
	BroadcastRedirects LogoutBroadcast = "redirects"
	BroadcastNone      LogoutBroadcast = "none"
)

// Choose changes the tenant's choices. It takes effect with the next request.
func (t *Tenant) Choose(change func(*Choices)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.choices)
}

// Choices returns the tenant's choices.
func (t *Tenant) Choices() Choices {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.choices
}
