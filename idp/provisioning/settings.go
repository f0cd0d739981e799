package provisioning

import (
	"fmt"
	"time"

	"github.com/idharness/harness/internal/refusal"
)

// The values of Settings.Scope.
const (
	ScopeAssigned = "assigned" // "Sync only assigned users and groups", the default
	ScopeAll      = "all"      // "Sync all users and groups"
)

// The values of Settings.OutOfScopeAction.
const (
	OutOfScopeDisable = "disable" // the default, as documented for SCIM applications
	OutOfScopeDelete  = "delete"  // what some gallery applications do
	OutOfScopeNone    = "none"
)

// The values of Settings.ManagerValueForm.
const (
	ManagerString = "string" // the default: the manager's id as the value
	ManagerObject = "object" // {"value": id}
	ManagerArray  = "array"  // [{"$ref": …, "value": id}] on the path manager, as in the oldest documentation
)

// Settings is the provisioning configuration of an application. The zero value
// is the default configuration: assigned users and groups, default mappings.
//
// The members after NotificationEmail are for what Microsoft does
// not document, or documents in two ways.
type Settings struct {
	Scope                       string        `json:"scope,omitempty"`     // assigned (default) or all
	Compliant                   bool          `json:"compliant,omitempty"` // as if the tenant URL had aadOptscim062020
	Users                       UserSettings  `json:"users,omitzero"`
	Groups                      GroupSettings `json:"groups,omitzero"`
	SkipOutOfScopeDeletions     bool          `json:"skipOutOfScopeDeletions,omitempty"`
	AccidentalDeletionThreshold int           `json:"accidentalDeletionThreshold,omitempty"` // disables and deletes in one cycle that are still carried out; 0: any number
	NotificationEmail           string        `json:"notificationEmail,omitempty"`           // who hears of a quarantine; empty: nobody

	Interval         Duration   `json:"interval,omitempty"`         // between cycles; default 40m
	OutOfScopeAction string     `json:"outOfScopeAction,omitempty"` // disable (default), delete or none
	MemberBatchSize  int        `json:"memberBatchSize,omitempty"`  // members in one PATCH; default 100
	MemberRefNull    bool       `json:"memberRefNull,omitempty"`    // "$ref": null beside a member's value, as in the documentation; captures have none
	ManagerValueForm string     `json:"managerValueForm,omitempty"` // string (default), object or array
	GroupExtraSchema *bool      `json:"groupExtraSchema,omitempty"` // list Microsoft's schema in new groups; nil: true
	EmptyRoles       *bool      `json:"emptyRoles,omitempty"`       // "roles": [] in new users without roles; nil: true
	StripFlagFromURL *bool      `json:"stripFlagFromUrl,omitempty"` // keep the tenant URL's flags to ourselves; nil: true
	ProbeGroups      *bool      `json:"probeGroups,omitempty"`      // ask for a random group too before anything else; nil: in TestConnection only
	WorkTypesOnly    bool       `json:"workTypesOnly,omitempty"`    // leave out mappings of addresses, emails and phoneNumbers of another type than work
	CheckReferences  bool       `json:"checkReferences,omitempty"`  // ask whether a reference is there before writing it
	ResendMembers    *bool      `json:"resendMembers,omitempty"`    // add known members again in a full cycle; nil: true
	UserAgent        string     `json:"userAgent,omitempty"`        // empty: no such header
	ADSCIMVersion    string     `json:"adscimVersion,omitempty"`    // header of that name; default 5.0
	ProgressPageSize int        `json:"progressPageSize,omitempty"` // objects in a page of Job.Status's progress; default 100
	ReportInProgress bool       `json:"reportInProgress,omitempty"` // the state InProgress in Job.Status while a cycle runs: Microsoft's test kit knows it, Graph's pages do not
	LimitOnDemand    bool       `json:"limitOnDemand,omitempty"`    // refuse a sixth on-demand request within 10 seconds, as Graph does; off because virtual time often stands still
	Quarantine       Thresholds `json:"quarantine,omitzero"`
}

// UserSettings is the mapping of users, which cannot be turned off.
type UserSettings struct {
	Mappings   []Mapping   `json:"mappings,omitempty"`   // nil: the template's default table
	Attributes []Attribute `json:"attributes,omitempty"` // target attributes beside those of the template, or other than there
	Filters    [][]Clause  `json:"filters,omitempty"`    // any filter may match; all of its clauses must
	Actions    []string    `json:"actions,omitzero"`     // of create, update, delete; nil: all
}

// GroupSettings is the mapping of groups.
type GroupSettings struct {
	Enabled    *bool       `json:"enabled,omitempty"` // nil: true
	Mappings   []Mapping   `json:"mappings,omitempty"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Filters    [][]Clause  `json:"filters,omitempty"`
	Actions    []string    `json:"actions,omitzero"`
}

// Mapping fills one target attribute. At most one of Source, Expression and
// Constant is set; with none of them the target's value is left alone, or set
// to Default where it has none.
type Mapping struct {
	Target     string `json:"target"`               // path in SCIM, such as name.givenName or emails[type eq "work"].value
	Source     string `json:"source,omitempty"`     // attribute of the directory, such as userPrincipalName
	Expression string `json:"expression,omitempty"` // such as Join(" ", [givenName], [surname]); package expression has the functions
	Constant   string `json:"constant,omitempty"`
	Match      int    `json:"match,omitempty"`     // matching precedence, lowest first; 0: not for matching
	Apply      string `json:"apply,omitempty"`     // always (default), create, attributeAddOnly, valueAddOnly or multiValueAddOnly
	Default    string `json:"default,omitempty"`   // where the source has no value; on creation only
	CaseExact  bool   `json:"caseExact,omitempty"` // a difference in case only is a change

	FlowBehavior string `json:"flowBehavior,omitempty"` // whenChanged (default), or always: sent with every update
}

// The values of Mapping.Apply: the two of the admin center, then those that
// only Microsoft Graph's flowType has besides.
const (
	ApplyAlways            = "always"
	ApplyCreate            = "create"
	ApplyAttributeAddOnly  = "attributeAddOnly"  // only where the target has no value at all
	ApplyValueAddOnly      = "valueAddOnly"      // values are added, never taken away
	ApplyMultiValueAddOnly = "multiValueAddOnly" // the same, and single values stay as they were created
)

// The values of Mapping.FlowBehavior.
const (
	FlowWhenChanged = "whenChanged"
	FlowAlways      = "always"
)

// The actions on target objects.
const (
	ActionsCreate = "create"
	ActionsUpdate = "update"
	ActionsDelete = "delete"
)

// Clause is one condition of a scoping filter. The operators are those of the
// admin center, in any case: EQUALS, NOT EQUALS, Includes, ENDS_WITH, IS TRUE,
// IS FALSE, IS NULL, IS NOT NULL, REGEX MATCH, NOT REGEX MATCH, Greater_Than,
// Greater_Than_OR_EQUALS, and & and !&, by which the attribute's value occurs in
// Value, or does not.
type Clause struct {
	Attribute string `json:"attribute"` // of the directory, such as department
	Operator  string `json:"operator"`
	Value     string `json:"value,omitempty"` // none for IS …
}

// Thresholds say when failures put the job into quarantine. The defaults are
// those of "Application provisioning in quarantine status".
type Thresholds struct {
	MinFailures   int     `json:"minFailures,omitempty"`   // before the share is looked at; default 5000
	FailureShare  float64 `json:"failureShare,omitempty"`  // of the events that may fail; default 0.4
	MaxFailures   int     `json:"maxFailures,omitempty"`   // without references; default 40000
	TotalFailures int     `json:"totalFailures,omitempty"` // with references; default 60000
}

// Duration is a time.Duration that is written like 40m.
type Duration time.Duration

// MarshalText writes the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a duration such as 40m or 1h30m.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("reading a duration: %w", err)
	}
	*d = Duration(parsed)
	return nil
}

// SettingsError is a mistake in Settings and its place.
type SettingsError struct {
	Path    string // such as users.mappings[3].expression
	Offset  int    // byte in the expression at that path, or -1
	Refusal *refusal.Refusal
}

// Error gives the place and the mistake.
func (e *SettingsError) Error() string { return e.Path + ": " + e.Refusal.Error() }

// Unwrap returns the refusal.
func (e *SettingsError) Unwrap() error { return e.Refusal }

func settingsError(path, problem, expected, got, hint string) *SettingsError {
	return &SettingsError{Path: path, Offset: -1, Refusal: &refusal.Refusal{
		Code: "InvalidProvisioningSettings", Message: problem, Expected: expected, Got: got, Where: path, Fix: refusal.Entra, Hint: hint,
	}}
}

func orTrue(b *bool) bool { return b == nil || *b }

// reason joins what is wrong and what to do about it.
func reason(problem, hint string) string {
	if hint == "" {
		return problem
	}
	return problem + "; " + hint
}
