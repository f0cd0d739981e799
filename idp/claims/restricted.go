package claims

import "strings"

// restriction says whether a claim type may be configured.
type restriction int

const (
	unrestricted  restriction = iota
	restricted                // never
	unlockedByKey             // only with a custom signing key
)

// restrictionOf looks a type up in the SAML restricted claim set
// (learn.microsoft.com, "Claims customization using a policy").
func restrictionOf(claimType string) restriction {
	lower := strings.ToLower(claimType)
	for _, set := range restrictedSets {
		name, ok := strings.CutPrefix(lower, set.prefix+"/")
		if !ok {
			continue
		}
		for _, list := range []struct {
			names string
			kind  restriction
		}{{set.unlocked, unlockedByKey}, {set.names, restricted}} {
			for _, candidate := range strings.Fields(list.names) {
				if candidate == name {
					return list.kind
				}
			}
		}
	}
	return unrestricted
}

var restrictedSets = []struct{ prefix, names, unlocked string }{
	{
		prefix: microsoftSchemas,
		names: "2012/01/devicecontext/claims/ismanaged 2014/02/devicecontext/claims/isknown 2014/03/psso " +
			"2014/09/devicecontext/claims/iscompliant",
	},
	{prefix: microsoftClaims, names: "authnmethodsreferences groups.link"},
	{
		prefix: MicrosoftNamespace,
		names:  "accesstoken acct agegroup aio identityprovider objectidentifier openid2_id puid scope tenantid xms_et",
	},
	{
		prefix: WSIdentity2008,
		names: "authenticationinstant authenticationmethod confirmationkey denyonlyprimarygroupsid denyonlyprimarysid " +
			"denyonlywindowsdevicegroup expiration expired groups groupsid ispersistent samlissuername wids " +
			"windowsdeviceclaim windowsdevicegroup windowsfqbnversion windowssubauthority windowsuserclaim",
		unlocked: "windowsaccountname primarysid primarygroupsid role",
	},
	{
		prefix:   DefaultNamespace,
		names:    "authentication authorizationdecision denyonlysid privatepersonalidentifier spn",
		unlocked: "sid x500distinguishedname upn",
	},
	{prefix: "http://schemas.xmlsoap.org/ws/2009/09/identity/claims", names: "actor"},
}
