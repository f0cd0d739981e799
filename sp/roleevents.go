package sp

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
)

// SessionContext says how somebody came by a role (CloudTrail user guide,
// "CloudTrail userIdentity element").
type SessionContext struct {
	SessionIssuer SessionIssuer     `json:"sessionIssuer"`
	Attributes    map[string]string `json:"attributes"`
}

// SessionIssuer is the role of a role session.
type SessionIssuer struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
	ARN         string `json:"arn"`
	AccountID   string `json:"accountId"`
	UserName    string `json:"userName"`
}

// identity is how records show whoever acts in a role session.
func (s RoleSession) identity() *UserIdentity {
	return &UserIdentity{
		Type: "AssumedRole", PrincipalID: s.UserID(), ARN: s.ARN(), AccountID: s.AccountID, AccessKeyID: s.AccessKeyID,
		SessionContext: &SessionContext{
			SessionIssuer: SessionIssuer{Type: "Role", PrincipalID: s.RoleID, ARN: s.RoleARN, AccountID: s.AccountID, UserName: s.RoleName},
			Attributes:    map[string]string{"creationDate": s.Started.UTC().Format("2006-01-02T15:04:05Z"), "mfaAuthenticated": "false"},
		},
	}
}

// suffix makes sixteen hex digits that stay the same for an account.
func (i *Instance) suffix(kind, accountID string) string {
	sum := sha256.Sum256([]byte(kind + " " + i.named().instanceID + " " + accountID))
	return hex.EncodeToString(sum[:8])
}

// federationIssuer is who the assertion is by that the portal sends to an
// account: not the person's own identity provider (capture).
func (i *Instance) federationIssuer(accountID string) string {
	name := base64.StdEncoding.EncodeToString([]byte(i.ManagementAccount() + "_ins-" + i.suffix("application", accountID)))
	return "https://portal.sso." + i.Region() + ".amazonaws.com/saml/assertion/" + name
}

// recordAssumeRole adds the record of the call by which AWS itself opens a role
// session in the member account. A capture of July 2026 has its form; it shows
// the session token, which records here hide.
func (i *Instance) recordAssumeRole(s RoleSession) {
	provider := "AWSSSO_" + i.suffix("provider", s.AccountID) + "_DO_NOT_DELETE"
	issuer := i.federationIssuer(s.AccountID)
	i.recordFederated(nil, FederatedSession{
		Session: s, Subject: s.UserName, SubjectType: "persistent", Issuer: issuer, Audience: "https://signin.aws.amazon.com/saml", NameQualifier: nameQualifier(issuer, s.AccountID, provider),
	}, "_"+i.ids.UUID(), "arn:aws:iam::"+s.AccountID+":saml-provider/"+provider)
}

// recordFederated adds the record of AssumeRoleWithSAML (CloudTrail user guide,
// "Logging IAM and AWS STS API calls with AWS CloudTrail"); r is nil where AWS
// made the call itself.
func (i *Instance) recordFederated(r *http.Request, f FederatedSession, assertionID, principal string) {
	s := f.Session
	parameters := map[string]any{
		"sAMLAssertionID": assertionID, "roleSessionName": s.UserName, "roleArn": s.RoleARN, "principalArn": principal,
		"durationSeconds": int(s.Expires.Sub(s.Started).Seconds()),
	}
	if len(s.Tags) > 0 {
		parameters["principalTags"] = s.Tags
	}
	if len(s.TransitiveTagKeys) > 0 {
		parameters["transitiveTagKeys"] = s.TransitiveTagKeys
	}
	if s.SourceIdentity != "" {
		parameters["sourceIdentity"] = s.SourceIdentity
	}
	i.events.recordIn(r, s.AccountID, "AssumeRoleWithSAML", event{
		identity:   &UserIdentity{Type: "SAMLUser", PrincipalID: f.NameQualifier + ":" + f.Subject, UserName: f.Subject, IdentityProvider: f.NameQualifier},
		parameters: parameters,
		response: map[string]any{
			"credentials":     map[string]any{"accessKeyId": s.AccessKeyID, "sessionToken": hidden, "expiration": s.Expires.UTC().Format("Jan 2, 2006, 3:04:05 PM")},
			"assumedRoleUser": map[string]any{"assumedRoleId": s.UserID(), "arn": s.ARN()},
			"subject":         f.Subject, "subjectType": f.SubjectType, "issuer": f.Issuer, "audience": f.Audience, "nameQualifier": f.NameQualifier,
		},
		resources: []Resource{{s.AccountID, "AWS::IAM::Role", s.RoleARN}, {s.AccountID, "AWS::IAM::SAMLProvider", principal}},
	})
}

// recordSigninToken adds the record of fetching a sign-in token for the console;
// r is nil where AWS fetches it itself.
func (i *Instance) recordSigninToken(r *http.Request, s RoleSession) {
	i.events.recordIn(r, s.AccountID, "GetSigninToken", event{
		identity: s.identity(), data: map[string]any{"MobileVersion": "No", "MFAUsed": "No"},
		response: map[string]any{"credentials": map[string]any{"accessKeyId": s.AccessKeyID}, "GetSigninToken": "Success"},
	})
}

// recordConsoleLogin adds the record of a sign-in at the console (CloudTrail
// user guide, "AWS console sign-in events").
func (i *Instance) recordConsoleLogin(r *http.Request, s RoleSession) {
	identity := s.identity()
	identity.AccessKeyID = "" // the console draws credentials of its own
	i.events.recordIn(r, s.AccountID, "ConsoleLogin", event{
		identity: identity, data: map[string]any{"MobileVersion": "No", "MFAUsed": "No"}, response: map[string]any{"ConsoleLogin": "Success"},
	})
}
