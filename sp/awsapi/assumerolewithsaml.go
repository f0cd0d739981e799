package awsapi

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp"
)

// Limits of AssumeRoleWithSAML (STS API reference).
const (
	maxSAMLAssertion  = 100_000 // characters of base64
	maxSessionPolicy  = 2048
	maxSessionARNs    = 10
	minSessionSeconds = 900
	maxSessionSeconds = 43200
)

// Shapes of the SDK model sts 2011-06-15.
var (
	stsARN    = newShape(20, 2048, `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\u00FF]+`)
	stsPolicy = newShape(1, maxSessionPolicy, `[\u0009\u000A\u000D\u0020-\u00FF]+`)
)

// assumeRoleWithSAML opens a role of an account for a SAML response.
func (a *api) assumeRoleWithSAML(w http.ResponseWriter, r *http.Request, requestID string, form url.Values) {
	open := trace.From(r.Context())
	refuse := func(status int, code, message, note string) {
		open.Note(note)
		writeQueryError(w, status, code, message, requestID)
	}
	request, problem := samlRequest(form)
	if problem != "" {
		refuse(http.StatusBadRequest, "ValidationError", problem, "a parameter does not have its shape")
		return
	}
	if policy := form.Get("Policy"); policy != "" && !json.Valid([]byte(policy)) {
		refuse(http.StatusBadRequest, "MalformedPolicyDocument", "This policy contains invalid Json", "Policy is no JSON")
		return
	}
	response, err := binding.DecodePOST(form.Get("SAMLAssertion"))
	if err != nil {
		refuse(http.StatusBadRequest, "InvalidIdentityToken", "Invalid base64 SAMLResponse", "SAMLAssertion: "+err.Error())
		return
	}
	open.Decode("SAMLAssertion", string(response))
	request.Response = response
	session, refused := a.instance.AssumeRoleWithSAML(r, request)
	if refused != nil {
		e := sp.FederationErrorOf(refused)
		refused.Message = e.Message
		open.Refused("accepted", refused.Error(), refused)
		refuse(e.Status, e.Code, e.Message, refused.Code+": "+refused.Explanation())
		return
	}
	writeQuery(w, http.StatusOK, samlSession(session, form, requestID))
}

// samlRequest reads the parameters; problem says what is wrong with them.
func samlRequest(form url.Values) (request sp.SAMLRequest, problem string) {
	var v violations
	given := func(name string) *string {
		if !form.Has(name) {
			return nil
		}
		value := form.Get(name)
		return &value
	}
	v.required("roleArn", given("RoleArn"), stsARN)
	v.required("principalArn", given("PrincipalArn"), stsARN)
	switch n := len(form.Get("SAMLAssertion")); {
	case !form.Has("SAMLAssertion"):
		v.add(nullValue, "sAMLAssertion")
	case n < 4:
		v.add(hiddenValue+tooShort, "sAMLAssertion", 4)
	case n > maxSAMLAssertion:
		v.add(hiddenValue+tooLong, "sAMLAssertion", maxSAMLAssertion)
	}
	v.optional("policy", given("Policy"), stsPolicy)
	policies := 0
	for name := range form {
		if strings.HasPrefix(name, "PolicyArns.member.") {
			policies++
		}
	}
	v.count("policyArns", policies, 0, maxSessionARNs)
	request = sp.SAMLRequest{RoleARN: form.Get("RoleArn"), PrincipalARN: form.Get("PrincipalArn"), Duration: time.Hour}
	if text := form.Get("DurationSeconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		switch {
		case errors.Is(err, strconv.ErrRange) || err == nil && seconds > maxSessionSeconds:
			v.add(brokenValue+tooHigh, text, "durationSeconds", maxSessionSeconds)
		case err != nil || seconds < minSessionSeconds:
			v.add(brokenValue+tooLow, text, "durationSeconds", minSessionSeconds)
		}
		request.Duration = time.Duration(seconds) * time.Second
	}
	if f, ok := v.err().(*fault); ok {
		return request, f.message
	}
	return request, ""
}

// samlSession is the answer of AssumeRoleWithSAML. The policies that narrow a
// session have no effect here; how much room they take is told as the share of
// their limit.
func samlSession(s sp.FederatedSession, form url.Values, requestID string) any {
	type credentials struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
	type user struct{ AssumedRoleId, Arn string }
	type result struct {
		Audience         string
		AssumedRoleUser  user
		Credentials      credentials
		Subject          string
		NameQualifier    string
		SubjectType      string
		Issuer           string
		SourceIdentity   string `xml:",omitempty"`
		PackedPolicySize string `xml:",omitempty"`
	}
	packed := ""
	if policy := form.Get("Policy"); policy != "" {
		packed = fmt.Sprint(cmp.Or(len(policy)*100/maxSessionPolicy, 1))
	}
	return struct {
		XMLName  xml.Name
		Result   result      `xml:"AssumeRoleWithSAMLResult"`
		Metadata stsMetadata `xml:"ResponseMetadata"`
	}{xml.Name{Space: stsNamespace, Local: "AssumeRoleWithSAMLResponse"}, result{
		Audience: s.Audience, AssumedRoleUser: user{s.Session.UserID(), s.Session.ARN()},
		Credentials: credentials{s.Credentials.AccessKeyID, s.Credentials.SecretAccessKey, s.Credentials.SessionToken, s.Credentials.Expiration.UTC().Format(time.RFC3339)},
		Subject:     s.Subject, NameQualifier: s.NameQualifier, SubjectType: s.SubjectType, Issuer: s.Issuer, SourceIdentity: s.Session.SourceIdentity, PackedPolicySize: packed,
	}, stsMetadata{requestID}}
}
