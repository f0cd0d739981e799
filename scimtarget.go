package harness

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/provisioning"
)

// SCIMTarget is a real SCIM server, into which Entra provisions.
type SCIMTarget struct {
	URL     string        `yaml:"url" required:"true" doc:"Tenant URL, as it is entered in Entra."`
	Token   string        `yaml:"token" required:"true" doc:"Secret token."`
	Profile ServerProfile `yaml:"profile" doc:"What the server is like: rfc, or knobs of provisioning."`
	Reach
}

// ServerProfile says what a SCIM server wants otherwise than Entra sends it by
// itself, in knobs of provisioning; see [provisioning.Settings]. Provisioning of
// every application begins with it. Whoever then hands settings of their own to
// [provisioning.Job.Configure] changes those of [provisioning.Job.Settings], or
// takes what [ServerProfile.Fit] returns: settings made from nothing know of no
// profile.
type ServerProfile struct {
	Compliant        bool   `yaml:"compliant" doc:"PATCH in the form that aadOptscim062020 brings."`
	ManagerValueForm string `yaml:"managerValueForm" oneOf:"string|object|array" doc:"A manager as bare id, as object with value, or as the oldest list."`
	GroupExtraSchema *bool  `yaml:"groupExtraSchema" doc:"List Microsoft's second schema in new groups."`
	EmptyRoles       *bool  `yaml:"emptyRoles" doc:"Send an empty list of roles for new users who have none."`
	MemberBatchSize  int    `yaml:"memberBatchSize" doc:"Members in one PATCH."`
	MemberRefNull    bool   `yaml:"memberRefNull" doc:"Write \"$ref\": null beside a member's value."`
	CheckReferences  bool   `yaml:"checkReferences" doc:"Ask whether a reference is there before it is written."`
	ProbeGroups      *bool  `yaml:"probeGroups" doc:"Begin with a question for a group too."`
}

// RFCServer is the profile of a server that reads what RFC 7643 and RFC 7644
// say, and nothing else.
func RFCServer() ServerProfile {
	no := false
	return ServerProfile{Compliant: true, ManagerValueForm: provisioning.ManagerObject, GroupExtraSchema: &no, EmptyRoles: &no}
}

// Fit sets what the profile says in settings, where these say nothing.
func (p ServerProfile) Fit(s provisioning.Settings) provisioning.Settings {
	s.Compliant = s.Compliant || p.Compliant
	s.MemberRefNull = s.MemberRefNull || p.MemberRefNull
	s.CheckReferences = s.CheckReferences || p.CheckReferences
	if s.ManagerValueForm == "" {
		s.ManagerValueForm = p.ManagerValueForm
	}
	if s.MemberBatchSize == 0 {
		s.MemberBatchSize = p.MemberBatchSize
	}
	for _, switched := range []struct{ own, profile **bool }{
		{&s.GroupExtraSchema, &p.GroupExtraSchema}, {&s.EmptyRoles, &p.EmptyRoles}, {&s.ProbeGroups, &p.ProbeGroups},
	} {
		if *switched.own == nil {
			*switched.own = *switched.profile
		}
	}
	return s
}

func (t *SCIMTarget) mistakes() []error {
	var errs []error
	if err := checkAddress(t.URL); err != nil {
		errs = append(errs, &TargetError{"scim", "url", "", err})
	}
	if t.Token == "" {
		errs = append(errs, &TargetError{"scim", "token", "", errors.New("the target needs its secret token")})
	}
	forms := []string{"", provisioning.ManagerString, provisioning.ManagerObject, provisioning.ManagerArray}
	if form := t.Profile.ManagerValueForm; !slices.Contains(forms, form) {
		errs = append(errs, &TargetError{"scim", "profile.managerValueForm", "", fmt.Errorf("%q is none of %s", form, strings.Join(forms[1:], ", "))})
	}
	if size := t.Profile.MemberBatchSize; size < 0 {
		errs = append(errs, &TargetError{"scim", "profile.memberBatchSize", "", fmt.Errorf("%d members are less than none", size)})
	}
	return errs
}
