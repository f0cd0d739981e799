package provisioning

import (
	"net/url"
	"strings"

	"github.com/idharness/harness/internal/refusal"
)

// target is the SCIM endpoint and how to speak to it.
type target struct {
	base      string // without a trailing slash and without a query
	query     string // what of the tenant URL's query goes to the server
	flags     string // the tenant URL's flags, as written
	compliant bool   // the tenant URL has aadOptscim062020
	rollback  bool   // it has AzureAdScimPatch2017
	token     string
}

// parseTarget reads the console's Tenant URL, such as
// https://scim.contoso.example/scim/?aadOptscim062020. The flags are commands
// to the service; other parameters belong to the server.
func parseTarget(tenantURL, token string) (*target, error) {
	refuse := func(got, hint string) error {
		return &refusal.Refusal{
			Code: codeCredentialUnavailable, Message: textTestFailed, Expected: "an address such as https://scim.contoso.example/scim/v2",
			Got: got, Where: "Tenant URL", Fix: refusal.Entra, Hint: hint,
		}
	}
	u, err := url.Parse(strings.TrimSpace(tenantURL))
	switch {
	case err != nil:
		return nil, refuse("an address that cannot be read", "check it for blanks and stray characters")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, refuse(u.Redacted(), "the address starts with https://")
	case u.User != nil:
		return nil, refuse("an address with a user name", "the service sends the secret token, no user name")
	case u.Fragment != "":
		return nil, refuse(u.Redacted(), "remove what stands after #")
	}
	if strings.ContainsAny(token, "\r\n\x00") {
		return nil, &refusal.Refusal{
			Code: codeCredentialUnavailable, Message: textTestFailed, Expected: "a token in one line", Got: "a token with a line break",
			Where: "Secret Token", Fix: refusal.Entra, Hint: "copy the token again",
		}
	}
	t := &target{token: token}
	var query, flags []string
	for parameter := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		switch {
		case parameter == "":
		case strings.EqualFold(name, flagCompliant):
			t.compliant = true
			flags = append(flags, parameter)
		case strings.EqualFold(name, flagRollback):
			t.rollback = true
			flags = append(flags, parameter)
		default:
			query = append(query, parameter)
		}
	}
	t.query, t.flags = strings.Join(query, "&"), strings.Join(flags, "&")
	t.base = u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/")
	return t, nil
}

// url makes the address of a resource or query below the base.
func (t *target) url(stripFlags bool, path, query string) string {
	parts := []string{query}
	if t.query != "" {
		parts = append(parts, t.query)
	}
	if !stripFlags && t.flags != "" {
		parts = append(parts, t.flags)
	}
	if query == "" {
		parts = parts[1:]
	}
	address := t.base + path
	if len(parts) > 0 {
		address += "?" + strings.Join(parts, "&")
	}
	return address
}
