package scenarios

import "github.com/idharness/harness/idp"

// accessPolicy is an [idp.ConditionalAccessPolicy] whose users, groups and
// applications are in the scenario: one for a name that nobody has would let
// everybody pass.
type accessPolicy struct {
	DisplayName string     `yaml:"displayName" required:"true" doc:"Name of the policy."`
	Users       []userRef  `yaml:"users" when:"ever" doc:"userPrincipalNames. Without users and groups: everybody."`
	Groups      []groupRef `yaml:"groups" when:"ever" doc:"Display names of groups."`
	Apps        []appRef   `yaml:"apps" when:"ever" doc:"Names of applications. Default: all."`
	Grant       idp.Grant  `yaml:"grant" required:"true" oneOf:"block|mfa" doc:"block access, or require multifactor authentication."`
}

func policies(list []accessPolicy) []idp.ConditionalAccessPolicy {
	out := make([]idp.ConditionalAccessPolicy, len(list))
	for i, p := range list {
		out[i] = idp.ConditionalAccessPolicy{DisplayName: p.DisplayName, Users: refNames(p.Users), Groups: refNames(p.Groups), Apps: refNames(p.Apps), Grant: p.Grant}
	}
	return out
}
