package claims_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

// The keys of a scenario file, with every one of them once.
const scenario = `{
  "claims": [
    {"name": "RoleSessionName", "namespace": "https://aws.amazon.com/SAML/Attributes", "source": "user.mail"},
    {"name": "Constant", "nameFormat": "basic", "value": "x"},
    {"name": "Alias", "transform": {"function": "ExtractMailPrefix", "inputs": ["user.mail"], "then": {"function": "ToUppercase"}}},
    {"name": "Joined", "transform": {"function": "Join", "inputs": ["user.givenname", "\"x\""], "separator": "."}},
    {"name": "Tested", "transform": {"function": "Contains", "inputs": ["user.mail"], "value": "@", "output": "\"yes\"", "outputIfNoMatch": "\"no\""}},
    {"name": "Between", "transform": {"function": "ExtractBetween", "inputs": ["user.mail"], "value": "ana.", "value2": "@"}},
    {"name": "Part", "transform": {"function": "Substring", "inputs": ["user.mail"], "startIndex": 0, "length": 3}},
    {"name": "Replaced", "transform": {"function": "RegexReplace", "inputs": ["user.mail", "user.country"], "regex": "^(?'a'[^@]+)@.*$", "replacement": "{country}.{a}"}},
    {"name": "Addresses", "multiValued": true, "source": "user.proxyaddresses"},
    {"name": "Conditional", "conditions": [{"userType": "members", "groups": ["aws-admins"], "source": "user.mail"}, {"userType": "allGuests", "value": "guest"}]},
    {"name": "givenname", "remove": true}
  ],
  "nameID": {"source": "user.userprincipalname", "format": "emailAddress"},
  "groupClaims": {
    "emit": "assigned", "value": "samAccountName", "cloudDisplayNames": true, "name": "memberOf", "namespace": "urn:app",
    "filter": {"matchOn": "displayName", "type": "prefix", "value": "aws-"}, "transform": {"regex": "^aws-(?<n>.*)$", "replacement": "{n}"}
  }
}`

func TestConfigurationFromJSON(t *testing.T) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(scenario)))
	decoder.DisallowUnknownFields()
	var c claims.Configuration
	if err := decoder.Decode(&c); err != nil {
		t.Fatalf("decode: %v", err)
	}
	s := ana()
	s.AssignedGroups = []directory.Group{{ID: "g", DisplayName: "aws-admins"}}
	s.DirectGroups, s.Groups = s.AssignedGroups, s.AssignedGroups
	got := attributes(t, c, s)
	for name, want := range map[string][]string{
		awsNS + "/RoleSessionName": {"ana.sousa@contoso.example"}, "Constant": {"x"}, "Alias": {"ANA.SOUSA"}, "Joined": {"Ana.x"},
		"Tested": {"yes"}, "Between": {"sousa"}, "Part": {"ana"}, "Replaced": {"PT.ana.sousa"}, "Addresses": s.User.ProxyAddresses,
		"Conditional": {"ana.sousa@contoso.example"}, claims.TypeGivenName: nil, "urn:app/memberOf": {"admins"},
	} {
		wantDiff(t, values(got, name), want)
	}
	again, err := json.Marshal(c)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	var copied claims.Configuration
	if err := json.Unmarshal(again, &copied); err != nil {
		t.Fatalf("decode again: %v", err)
	}
	wantDiff(t, copied, c)

	zero, err := json.Marshal(claims.Configuration{PairwiseSecret: []byte("secret")})
	if err != nil || string(zero) != "{}" {
		t.Errorf("a new application is %s, %v; want {} without the secret", zero, err)
	}
}
