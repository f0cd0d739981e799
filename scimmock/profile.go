package scimmock

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/sp/identitystore"
)

// Profile says how the endpoint behaves where the real one has changed over
// time, where its documentation disagrees with itself or with what clients saw,
// and where nothing is published. It is data: take one of the functions below
// and change what should differ. docs/fidelity.md has the sources.
type Profile struct {
	Name string `json:"profile" oneOf:"aws|aws-legacy|rfc" doc:"The profile to begin with: aws as of November 2026, aws-legacy as the service was seen before 2024, or rfc, a general server by the RFCs. Default: aws."`

	// Protocol says whose rules requests are judged by: AWS's, for which most
	// of the other fields are, or those of RFC 7643, 7644 and 9865.
	Protocol Protocol `json:"-"`

	// MediaType is the Content-Type of responses, and RequestIDHeader the
	// response header with the request's id, if any.
	MediaType       string `json:"-"`
	RequestIDHeader string `json:"-"`

	// CreateFiltered lets PATCH make a value where the filter of a replace
	// selects none, which Entra counts on (erratum 8097), instead of answering
	// noTarget. In the protocol of AWS it is always so.
	CreateFiltered bool `json:"createFiltered" doc:"rfc: let replace with a filter that selects nothing make the value, as Entra counts on."`

	// CursorTimeout is how long after it was given out a cursor is valid in the
	// protocol of the RFCs; zero: for ever.
	CursorTimeout time.Duration `json:"cursorTimeout" doc:"rfc: how long a cursor is valid; 0s: for ever."`

	// PutUserStatus is the status of a successful PUT. The developer guide's
	// example shows 201; clients that run against the service take 200 alone
	// for success (lichti/aws-sso-provisioning), so AWS answers 200.
	PutUserStatus int `json:"putUserStatus" doc:"Status of a successful PUT of a user: 200 or 201."`

	// PageSize is the most results of one listing: 100 in the developer guide
	// of 2026 (ListUsers), 50 before.
	PageSize int `json:"pageSize" doc:"The most results of one listing."`

	// GenericDetails gives every 400 the same text, as the service did until
	// 2024 while CloudTrail had the reason. The trace has it here.
	GenericDetails bool `json:"genericDetails" doc:"One text for every 400, as until 2024."`

	// SpecificConflicts gives a 409 the text that CloudTrail has for it, such as
	// Duplicate GroupDisplayName, instead of the one that clients captured.
	SpecificConflicts bool `json:"specificConflicts" doc:"Give a 409 the text that CloudTrail has for it, such as Duplicate UserName."`

	// ErrorSchemas says which key of an error body has the URN: both, or only
	// "schema" as in captures before March 2022, or only "schemas".
	ErrorSchemas ErrorSchemas `json:"errorSchemas" oneOf:"both|schema|schemas|rfc" doc:"Which key of an error body has the URN; schema alone as before March 2022; rfc is the body of RFC 7644, with scimType."`

	// OmitProfileURL leaves profileUrl out of responses. The developer guide
	// takes it in requests and shows it in no response.
	OmitProfileURL bool `json:"omitProfileUrl" doc:"Leave profileUrl out of responses, as the guide's examples do."`

	// IgnoreUnsupported ignores the attributes that the developer guide calls
	// not supported (password, ims, photos, entitlements, x509Certificates,
	// groups, display, a manager's displayName) where a resource or a part of
	// one has them, instead of refusing the request. What the service does is
	// not documented.
	IgnoreUnsupported bool `json:"ignoreUnsupported" doc:"Ignore attributes that are not supported instead of refusing them."`

	// RefuseUnknown refuses attributes that no schema has. AWS ignores them.
	RefuseUnknown bool `json:"refuseUnknown" doc:"Refuse attributes that no schema has instead of ignoring them."`

	// RefuseRoles treats roles as not supported: the user guide's Okta page says
	// so, the newest page of CreateUser does not. PatchRoles lets PATCH change
	// them, which PatchUser does not list.
	RefuseRoles bool `json:"refuseRoles" doc:"Treat roles as not supported."`
	PatchRoles  bool `json:"patchRoles" doc:"Let PATCH change roles."`

	// SecondaryEmail takes an e-mail address that is not marked primary.
	SecondaryEmail bool `json:"secondaryEmail" doc:"Take an e-mail address that is not marked primary."`

	// ActiveByDefault makes a user active whose "active" is not given.
	ActiveByDefault bool `json:"activeByDefault" doc:"Make users active that were sent without active."`

	// The statuses of requests that the developer guide does not speak of:
	// an id of another shape than the service's, an endpoint that does not exist,
	// a method that an endpoint does not have, PUT of a group, a schema that does
	// not exist, members who do not exist, and a group that is given a name that
	// is in use.
	MalformedID         int `json:"malformedId" doc:"Status for an id of another shape than the service's: 404 or 400."`
	UnsupportedEndpoint int `json:"unsupportedEndpoint" doc:"Status for an endpoint that does not exist: 404 or 400."`
	UnsupportedMethod   int `json:"unsupportedMethod" doc:"Status for a method that an endpoint does not have: 400, 404 or 405."`
	PutGroup            int `json:"putGroup" doc:"Status for PUT of a group: 400, 404 or 405."`
	UnknownSchema       int `json:"unknownSchema" doc:"Status for a schema that does not exist: 400 or 404."`
	CreateUnknownMember int `json:"createUnknownMember" doc:"Status for a member of a new group who does not exist: 400 or 404."`
	PatchUnknownMember  int `json:"patchUnknownMember" doc:"Status for a member added by PATCH who does not exist: 404 or 400."`
	RenameConflict      int `json:"renameConflict" doc:"Status for a PATCH that gives a group a name in use: 409 or 400."`

	// CountRange says what happens to a count below 1 or above PageSize.
	CountRange CountRange `json:"countRange" oneOf:"refuseWithCursor|refuse|clamp" doc:"What happens to a count out of range: refused only beside a cursor, always, or brought within the range."`

	// RefuseParameters refuses startIndex, attributes, excludedAttributes and
	// sortBy, which the guide calls not supported, instead of ignoring them.
	RefuseParameters bool `json:"refuseParameters" doc:"Refuse the query parameters that are not supported instead of ignoring them."`

	// ItemsPerPageAsked makes itemsPerPage of a page with a cursor the number
	// that was asked for instead of the number that came: the guide's samples
	// have 100 on one last page and 10 on another.
	ItemsPerPageAsked bool `json:"itemsPerPageAsked" doc:"Let itemsPerPage beside a cursor be the count that was asked for."`

	// ReplaceMembers says what PATCH with replace of members does, and
	// RemoveAllMembers whether remove without members removes all.
	ReplaceMembers   ReplaceMembers `json:"replaceMembers" oneOf:"refuse|observed2024" doc:"What replace of a group's members does: refused, or as one client saw it in 2024."`
	RemoveAllMembers bool           `json:"removeAllMembers" doc:"Let remove of members without a value remove all of them, as older pages of the guide say."`

	// GroupMembers says what responses about groups have for members.
	GroupMembers GroupMembers `json:"groupMembers" oneOf:"empty|omit" doc:"What GET of groups has for members: an empty list, or nothing, as the guide's sample."`

	// Throttle refuses requests beyond the rates of the quotas page, by the
	// endpoint's clock. The page gives 25 writes and 40 reads a second for each
	// operation; the number for changes of memberships is not published, nor
	// whether an answer says how many seconds to wait.
	Throttle            bool `json:"throttle" doc:"Refuse requests beyond the rates below with 429. Default: off."`
	ThrottleWrites      int  `json:"throttleWrites" doc:"Writes a second of each operation. Default: 25."`
	ThrottleReads       int  `json:"throttleReads" doc:"Reads a second of each operation. Default: 40."`
	ThrottleMemberships int  `json:"throttleMemberships" doc:"Changes of memberships a second. Default: 25."`
	ThrottleRetryAfter  int  `json:"throttleRetryAfter" doc:"Seconds that Retry-After names on a 429; 0: no such header."`

	// Rules are those of the store behind the endpoint. Run gives them to the
	// store that it makes; a store made elsewhere has its own.
	Rules identitystore.Rules `json:"rules" doc:"What the identity store demands of users and groups."`
}

// ErrorSchemas says under which key an error body has its URN.
type ErrorSchemas string

// The forms of error bodies.
const (
	ErrorSchemasBoth     ErrorSchemas = "both"
	ErrorSchemasSingular ErrorSchemas = "schema"
	ErrorSchemasPlural   ErrorSchemas = "schemas"
	ErrorSchemasRFC      ErrorSchemas = "rfc" // RFC 7644 section 3.12, with nothing of AWS's
)

// Protocol says whose rules requests are judged by.
type Protocol string

// The protocols.
const (
	ProtocolAWS Protocol = "aws"
	ProtocolRFC Protocol = "rfc"
)

// CountRange says what happens to a count out of range.
type CountRange string

// The treatments of a count out of range.
const (
	CountRefusedWithCursor CountRange = "refuseWithCursor"
	CountRefused           CountRange = "refuse"
	CountClamped           CountRange = "clamp"
)

// ReplaceMembers says what PATCH with replace of members does.
type ReplaceMembers string

// The treatments of replaced members. ReplaceMembersObserved is what
// lichti/aws-iam-scim-problem saw in April 2024: ids replace the members, an
// empty or missing list changes nothing, and an empty id is refused but leaves
// the group without members.
const (
	ReplaceMembersRefused  ReplaceMembers = "refuse"
	ReplaceMembersObserved ReplaceMembers = "observed2024"
)

// GroupMembers says what responses have for the members of a group.
type GroupMembers string

// The treatments of members in responses.
const (
	GroupMembersEmpty   GroupMembers = "empty"
	GroupMembersOmitted GroupMembers = "omit"
)

// AWS is the service as documented and observed by November 2026.
func AWS() Profile {
	return Profile{
		Name: "aws", Protocol: ProtocolAWS, MediaType: "application/json", RequestIDHeader: "x-amzn-RequestId", PutUserStatus: http.StatusOK, PageSize: 100, ErrorSchemas: ErrorSchemasBoth,
		MalformedID: http.StatusNotFound, UnsupportedEndpoint: http.StatusNotFound,
		UnsupportedMethod: http.StatusBadRequest, PutGroup: http.StatusBadRequest, UnknownSchema: http.StatusBadRequest,
		CreateUnknownMember: http.StatusBadRequest, PatchUnknownMember: http.StatusNotFound, RenameConflict: http.StatusConflict,
		CountRange: CountRefusedWithCursor, ReplaceMembers: ReplaceMembersRefused, GroupMembers: GroupMembersEmpty,
		ThrottleWrites: defaultWriteRate, ThrottleReads: defaultReadRate, ThrottleMemberships: defaultMembershipRate,
	}
}

// AWSLegacy is the service as it was seen until 2024: one text for every 400,
// pages of 50, some characters forbidden, members that can be replaced.
func AWSLegacy() Profile {
	p := AWS()
	p.Name, p.PageSize, p.GenericDetails = "aws-legacy", 50, true
	p.ReplaceMembers, p.RemoveAllMembers = ReplaceMembersObserved, true
	p.Rules = identitystore.Rules{Forbidden: "<>;:%\t\n\r", OldListText: true}
	return p
}

// RFC is a server by RFC 7643, 7644 and 9865 without the limits of AWS, for
// who needs a general SCIM peer over the same store.
func RFC() Profile {
	p := AWS()
	p.Name, p.Protocol, p.MediaType, p.RequestIDHeader = "rfc", ProtocolRFC, "application/scim+json", ""
	p.ErrorSchemas, p.PageSize, p.CursorTimeout = ErrorSchemasRFC, 200, 10*time.Minute
	p.UnsupportedMethod, p.UnknownSchema, p.PatchUnknownMember = http.StatusMethodNotAllowed, http.StatusNotFound, http.StatusBadRequest
	p.RefuseUnknown, p.SecondaryEmail, p.ActiveByDefault, p.PatchRoles, p.CountRange = true, true, true, true, CountClamped
	p.Rules = identitystore.Rules{ManyValues: true, AnyText: true, AnyName: true, Optional: []string{"displayName", "name.familyName", "name.givenName"}}
	return p
}

// Named finds a profile by its name.
func Named(name string) (Profile, bool) {
	for _, p := range []Profile{AWS(), AWSLegacy(), RFC()} {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// Check reports a value that makes no sense.
func (p Profile) Check() error {
	if p.PageSize < 1 {
		return fmt.Errorf("profile %s: page size %d is below 1", p.Name, p.PageSize)
	}
	for _, rate := range []struct {
		name  string
		value int
		least int
	}{{"throttleWrites", p.ThrottleWrites, 1}, {"throttleReads", p.ThrottleReads, 1}, {"throttleMemberships", p.ThrottleMemberships, 1}, {"throttleRetryAfter", p.ThrottleRetryAfter, 0}} {
		if rate.value < rate.least {
			return fmt.Errorf("profile %s: %s is %d, and should be %d or more", p.Name, rate.name, rate.value, rate.least)
		}
	}
	for _, status := range []struct {
		name    string
		value   int
		allowed []int
	}{
		{"putUserStatus", p.PutUserStatus, []int{200, 201}},
		{"malformedId", p.MalformedID, []int{400, 404}},
		{"unsupportedEndpoint", p.UnsupportedEndpoint, []int{400, 404}},
		{"unsupportedMethod", p.UnsupportedMethod, []int{400, 404, 405}},
		{"putGroup", p.PutGroup, []int{400, 404, 405}},
		{"unknownSchema", p.UnknownSchema, []int{400, 404}},
		{"createUnknownMember", p.CreateUnknownMember, []int{400, 404}},
		{"patchUnknownMember", p.PatchUnknownMember, []int{400, 404}},
		{"renameConflict", p.RenameConflict, []int{400, 409}},
	} {
		if !slices.Contains(status.allowed, status.value) {
			return fmt.Errorf("profile %s: %s is %d, and should be one of %v", p.Name, status.name, status.value, status.allowed)
		}
	}
	for _, choice := range []struct {
		name, value string
		allowed     []string
	}{
		{"protocol", string(p.Protocol), []string{"aws", "rfc"}},
		{"errorSchemas", string(p.ErrorSchemas), []string{"both", "schema", "schemas", "rfc"}},
		{"countRange", string(p.CountRange), []string{"refuseWithCursor", "refuse", "clamp"}},
		{"replaceMembers", string(p.ReplaceMembers), []string{"refuse", "observed2024"}},
		{"groupMembers", string(p.GroupMembers), []string{"empty", "omit"}},
	} {
		if !slices.Contains(choice.allowed, choice.value) {
			return fmt.Errorf("profile %s: %s is %q, and should be one of %q", p.Name, choice.name, choice.value, choice.allowed)
		}
	}
	return nil
}

// mediaType is the Content-Type of a response to a request with this Accept. A
// server that speaks application/scim+json gives application/json to who takes
// that alone (RFC 7644 section 3.8).
func (p Profile) mediaType(accept string) string {
	if strings.Contains(accept, "application/json") && !strings.Contains(accept, p.MediaType) {
		return "application/json"
	}
	return p.MediaType
}
