package claims_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/idharness/harness/idp/claims"
)

// Every type of the SAML restricted claim set (learn.microsoft.com, "Claims
// customization using a policy", tables of SAML restricted claims and of those
// that a custom signing key unlocks).
func TestEveryRestrictedType(t *testing.T) {
	const never, withKey = false, true
	count := 0
	for _, set := range []struct {
		prefix, names string
		key           bool // a custom signing key unlocks them
	}{
		{"http://schemas.microsoft.com/", "2012/01/devicecontext/claims/ismanaged 2014/02/devicecontext/claims/isknown 2014/03/psso " +
			"2014/09/devicecontext/claims/iscompliant claims/authnmethodsreferences claims/groups.link", never},
		{"http://schemas.microsoft.com/identity/claims/", "accesstoken acct agegroup aio identityprovider objectidentifier openid2_id puid scope " +
			"tenantid xms_et", never},
		{"http://schemas.microsoft.com/ws/2008/06/identity/claims/", "authenticationinstant authenticationmethod confirmationkey " +
			"denyonlyprimarygroupsid denyonlyprimarysid denyonlywindowsdevicegroup expiration expired groups groupsid ispersistent " +
			"samlissuername wids windowsdeviceclaim windowsdevicegroup windowsfqbnversion windowssubauthority windowsuserclaim", never},
		{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/", "authentication authorizationdecision denyonlysid privatepersonalidentifier spn", never},
		{"http://schemas.xmlsoap.org/ws/2009/09/identity/claims/", "actor", never},
		{"http://schemas.microsoft.com/ws/2008/06/identity/claims/", "windowsaccountname primarysid primarygroupsid role", withKey},
		{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/", "sid x500distinguishedname upn", withKey},
	} {
		for _, name := range strings.Fields(set.names) {
			count++
			for _, c := range []claims.Claim{
				{Name: set.prefix + name, Value: "x"},
				{Name: strings.ToUpper(name), Namespace: strings.TrimSuffix(set.prefix, "/"), Value: "x"},
			} {
				for _, key := range []bool{false, true} {
					err := claims.Configuration{Claims: []claims.Claim{c}, CustomSigningKey: key}.Validate()
					var list claims.Mistakes
					refused := errors.As(err, &list) && slices.ContainsFunc(list, func(m *claims.Mistake) bool {
						return m.Path == "claims[0].name" && strings.Contains(m.Problem, "restricted claim set")
					})
					if want := !key || !set.key; refused != want {
						t.Errorf("%s, with a custom signing key %v: %v, want refused %v", c.Type(), key, err, want)
					}
				}
			}
		}
	}
	if count != 48 {
		t.Errorf("%d types are tried, want 48", count)
	}
}
