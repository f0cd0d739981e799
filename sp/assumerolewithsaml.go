package sp

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp/acceptance"
)

// audienceIAM is the entity ID of AWS's sign-in in its metadata. Responses that
// name its address instead are taken too: Microsoft's tutorial "AWS
// Single-Account Access" sets applications up so.
const audienceIAM = "urn:amazon:webservices"

// SAMLRequest asks for a role by a SAML response (STS API reference,
// AssumeRoleWithSAML).
type SAMLRequest struct {
	RoleARN      string
	PrincipalARN string // of the SAML provider
	Response     []byte // the decoded SAMLAssertion, which is a whole Response
	Duration     time.Duration
}

// FederatedSession is what STS gives out for a SAML response.
type FederatedSession struct {
	Credentials   RoleCredentials
	Session       RoleSession
	Subject       string
	SubjectType   string
	Issuer        string
	Audience      string // the Recipient, as STS shows it
	NameQualifier string
}

// AssumeRoleWithSAML opens a role session for whoever a SAML response is about.
func (i *Instance) AssumeRoleWithSAML(r *http.Request, request SAMLRequest) (FederatedSession, *refusal.Refusal) {
	open := trace.From(r.Context())
	provider, known, role, exists := i.federation.byARN(request.PrincipalARN, request.RoleARN)
	if !known {
		return FederatedSession{}, unknownProvider(request.PrincipalARN)
	}
	claims, refused := i.checkFederation(open, request.Response, provider)
	if refused != nil {
		return FederatedSession{}, refused
	}
	if !slices.Contains(claims.Roles, acceptance.RolePair{Role: request.RoleARN, Provider: request.PrincipalARN}) {
		return FederatedSession{}, notAuthorized("a pair of the Role attribute", request.RoleARN+","+request.PrincipalARN, "the response names other roles", refusal.Entra)
	}
	return i.assumeFederated(r, claims, provider, role, exists, request)
}

// checkFederation judges a response by what IAM trusts in a provider.
func (i *Instance) checkFederation(open *trace.Open, response []byte, provider SAMLProvider) (*acceptance.Federation, *refusal.Refusal) {
	choices := i.Choices()
	return acceptance.CheckFederation(response, acceptance.Rules{
		EntityID: audienceIAM, AlsoAudiences: i.signInAddresses(), ACS: i.SignInURL(), AlsoACS: i.signInAddresses(),
		IdPEntityID: provider.idp.entityID, Certs: provider.idp.certs,
		Signature:         signature.Policy{AllowSHA1: choices.AcceptSHA1, AllowExpiredCerts: choices.AcceptExpiredCertificates},
		ResponseSignature: true, // IAM takes a signature over either
		Now:               i.clock.Now(), Skew: choices.skew(), Check: open.Check, Refused: open.Refused,
	})
}

// assumeFederated opens the session if the role and its trust policy allow it.
func (i *Instance) assumeFederated(r *http.Request, claims *acceptance.Federation, provider SAMLProvider, role FederatedRole, exists bool, request SAMLRequest) (FederatedSession, *refusal.Refusal) {
	switch {
	case strings.Contains(request.RoleARN, "/AWSReservedSSO_"):
		return FederatedSession{}, notAuthorized("a role of the account's own", request.RoleARN, "roles of permission sets are taken at the access portal only", refusal.Request)
	case !exists:
		return FederatedSession{}, notAuthorized("a role that exists", request.RoleARN, "create the role, or mend the value of the app role", refusal.IdentityCenter)
	case role.Provider != provider.ARN:
		return FederatedSession{}, notAuthorized("a trust policy that names "+provider.ARN, role.Provider, "let the role trust the SAML provider", refusal.IdentityCenter)
	case len(claims.Tags) > 0 && role.WithoutTagSession:
		return FederatedSession{}, notAuthorized("sts:TagSession in the trust policy, as there are session tags", "none", "allow sts:TagSession", refusal.IdentityCenter)
	case claims.SourceIdentity != "" && role.WithoutSourceIdentity:
		return FederatedSession{}, notAuthorized("sts:SetSourceIdentity in the trust policy, as there is a source identity", "none", "allow sts:SetSourceIdentity", refusal.IdentityCenter)
	case request.Duration > role.MaxSessionDuration:
		return FederatedSession{}, &refusal.Refusal{
			Code: "DurationExceedsMaximum", Message: "Requested DurationSeconds exceeds MaxSessionDuration set for this role.", Expected: fmt.Sprintf("at most %.0f seconds", role.MaxSessionDuration.Seconds()),
			Got: fmt.Sprintf("%.0f", request.Duration.Seconds()), Where: "role " + role.Name, Fix: refusal.IdentityCenter, Hint: "raise the role's maximum session duration",
		}
	}
	now := i.clock.Now()
	end := now.Add(request.Duration)
	if claims.SessionDuration > 0 && claims.SessionDuration < request.Duration {
		end = now.Add(claims.SessionDuration)
	}
	if !claims.SessionNotOnOrAfter.IsZero() && claims.SessionNotOnOrAfter.Before(end) {
		end = claims.SessionNotOnOrAfter
	}
	s := RoleSession{
		AccountID: role.Account, RoleName: role.Name, RoleARN: role.ARN, RoleID: role.ID, UserName: claims.RoleSessionName,
		Tags: claims.Tags, TransitiveTagKeys: claims.TransitiveTagKeys, SourceIdentity: claims.SourceIdentity, Started: now, Expires: end,
	}
	c := i.giveOut(&s)
	out := FederatedSession{
		Credentials: c, Session: s, Subject: claims.NameID, SubjectType: subjectType(claims.NameIDFormat), Issuer: claims.Issuer, Audience: claims.Recipient,
		NameQualifier: nameQualifier(claims.Issuer, provider.AccountID, provider.Name),
	}
	open := trace.From(r.Context())
	open.Secret(c.SecretAccessKey)
	open.Secret(c.SessionToken)
	open.Check("access", true, s.ARN())
	i.recordFederated(r, out, claims.ID, provider.ARN)
	return out, nil
}

// giveOut makes the credentials of a session and remembers it by their key.
func (i *Instance) giveOut(s *RoleSession) RoleCredentials {
	c := RoleCredentials{
		AccessKeyID: "ASIA" + i.ids.Pick(16, keyAlphabet), SecretAccessKey: i.ids.Pick(40, secretAlphabet), SessionToken: "IQoJ" + i.ids.Token(300), Expiration: s.Expires,
	}
	s.AccessKeyID = c.AccessKeyID
	s.proof, s.token = sha256.Sum256([]byte(c.SecretAccessKey+" "+c.SessionToken)), sha256.Sum256([]byte(c.SessionToken))
	i.roleSessions.add(c.AccessKeyID, *s)
	return c
}

// subjectType is a NameID format as STS shows it: the prefix of SAML 2.0 is left
// out, others stay (STS API reference, AssumeRoleWithSAML, SubjectType).
func subjectType(format string) string {
	return strings.TrimPrefix(cmp.Or(format, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"), "urn:oasis:names:tc:SAML:2.0:nameid-format:")
}

// nameQualifier is how STS identifies a provider within an issuer (STS API
// reference, AssumeRoleWithSAML, NameQualifier).
func nameQualifier(issuer, accountID, provider string) string {
	sum := sha1.Sum([]byte(issuer + accountID + "/" + provider))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func unknownProvider(arn string) *refusal.Refusal {
	return &refusal.Refusal{
		Code: "ProviderUnknown", Message: "Specified provider doesn't exist.", Expected: "the ARN of a SAML provider of the account", Got: arn, Where: "SAML provider", Fix: refusal.IdentityCenter,
		Hint: "create the SAML provider, or mend the value of the app role",
	}
}

func notAuthorized(expected, got, hint string, fix refusal.Side) *refusal.Refusal {
	return &refusal.Refusal{
		Code: "NotAuthorized", Message: "Not authorized to perform sts:AssumeRoleWithSAML", Expected: expected, Got: got, Where: "role", Fix: fix, Hint: hint,
	}
}
