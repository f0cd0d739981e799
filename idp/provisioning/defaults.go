package provisioning

import (
	"slices"
	"time"
)

// The templates that choose default mappings.
const (
	TemplateAWS    = "aws-iam-identity-center"
	TemplateCustom = "custom-saml"
)

const (
	defaultInterval        = 40 * time.Minute
	defaultMemberBatchSize = 100 // as many changes as AWS accepts in one PatchGroup
	defaultADSCIMVersion   = "5.0"

	defaultProgressPageSize = 100 // objects that Microsoft Graph's delta queries return at once
)

// activeExpression is the default mapping of active, with its odd blank.
const activeExpression = `Switch([IsSoftDeleted], , "False", "True", "True", "False")`

const enterprise = schemaEnterprise + ":"

// awsUserMappings is the table of the gallery application, whose target
// attributes are listed in "Configure AWS IAM Identity Center for automatic
// user provisioning"; sources are those of the custom table. There is one
// e-mail and one phone number because AWS stores one of each. The targets
// locale, timezone, costCenter, division and organization have no documented
// source.
var awsUserMappings = []Mapping{
	{Target: "userName", Source: "userPrincipalName", Match: 1},
	{Target: "active", Expression: activeExpression},
	{Target: "displayName", Source: "displayName"},
	{Target: "title", Source: "jobTitle"},
	{Target: `emails[type eq "work"].value`, Source: "mail"},
	{Target: "preferredLanguage", Source: "preferredLanguage"},
	{Target: "name.givenName", Source: "givenName"},
	{Target: "name.familyName", Source: "surname"},
	{Target: "name.formatted", Expression: `Join(" ", [givenName], [surname])`},
	{Target: `addresses[type eq "work"].formatted`, Source: "physicalDeliveryOfficeName"},
	{Target: `addresses[type eq "work"].streetAddress`, Source: "streetAddress"},
	{Target: `addresses[type eq "work"].locality`, Source: "city"},
	{Target: `addresses[type eq "work"].region`, Source: "state"},
	{Target: `addresses[type eq "work"].postalCode`, Source: "postalCode"},
	{Target: `addresses[type eq "work"].country`, Source: "country"},
	{Target: `phoneNumbers[type eq "work"].value`, Source: "telephoneNumber"},
	{Target: "externalId", Source: "mailNickname"},
	{Target: enterprise + "employeeNumber", Source: "employeeId"},
	{Target: enterprise + "department", Source: "department"},
	{Target: enterprise + "manager", Source: "manager"},
}

// customUserMappings is the table of a non-gallery application.
var customUserMappings = slices.Insert(slices.Clone(awsUserMappings), 16,
	Mapping{Target: `phoneNumbers[type eq "mobile"].value`, Source: "mobile"},
	Mapping{Target: `phoneNumbers[type eq "fax"].value`, Source: "facsimileTelephoneNumber"},
)

// groupMappings is the table of groups in both templates.
var groupMappings = []Mapping{
	{Target: "displayName", Source: "displayName", Match: 1},
	{Target: "externalId", Source: "objectId"},
	{Target: "members", Source: "members"},
}

// DefaultUserMappings returns the table of users of a template.
func DefaultUserMappings(template string) []Mapping {
	if template == TemplateAWS {
		return slices.Clone(awsUserMappings)
	}
	return slices.Clone(customUserMappings)
}

// DefaultGroupMappings returns the table of groups of a template.
func DefaultGroupMappings(string) []Mapping { return slices.Clone(groupMappings) }

// withDefaults fills in what was left out.
func (s Settings) withDefaults(template string) Settings {
	s.Scope = orDefault(s.Scope, ScopeAssigned)
	s.Interval = orDefault(s.Interval, Duration(defaultInterval))
	s.OutOfScopeAction = orDefault(s.OutOfScopeAction, OutOfScopeDisable)
	s.MemberBatchSize = orDefault(s.MemberBatchSize, defaultMemberBatchSize)
	s.ManagerValueForm = orDefault(s.ManagerValueForm, ManagerString)
	s.ProgressPageSize = orDefault(s.ProgressPageSize, defaultProgressPageSize)
	s.ADSCIMVersion = orDefault(s.ADSCIMVersion, defaultADSCIMVersion)
	s.Quarantine.MinFailures = orDefault(s.Quarantine.MinFailures, 5000)
	s.Quarantine.FailureShare = orDefault(s.Quarantine.FailureShare, 0.4)
	s.Quarantine.MaxFailures = orDefault(s.Quarantine.MaxFailures, 40000)
	s.Quarantine.TotalFailures = orDefault(s.Quarantine.TotalFailures, 60000)
	if s.Users.Mappings == nil {
		s.Users.Mappings = DefaultUserMappings(template)
	}
	if s.Groups.Mappings == nil {
		s.Groups.Mappings = DefaultGroupMappings(template)
	}
	all := []string{ActionsCreate, ActionsUpdate, ActionsDelete}
	if s.Users.Actions == nil {
		s.Users.Actions = slices.Clone(all)
	}
	if s.Groups.Actions == nil {
		s.Groups.Actions = slices.Clone(all)
	}
	return s
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
