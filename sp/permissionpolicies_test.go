package sp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp"
)

// TestPredefinedPermissionSets: user guide, "Predefined permissions for AWS
// managed policies"; IAM user guide, "AWS managed policies for job functions".
func TestPredefinedPermissionSets(t *testing.T) {
	w := newWorld(t)
	for name, policy := range map[string]string{
		"AdministratorAccess": "AdministratorAccess", "PowerUserAccess": "PowerUserAccess", "ReadOnlyAccess": "ReadOnlyAccess", "SecurityAudit": "SecurityAudit",
		"Billing": "job-function/Billing", "DataScientist": "job-function/DataScientist", "DatabaseAdministrator": "job-function/DatabaseAdministrator",
		"NetworkAdministrator": "job-function/NetworkAdministrator", "SupportUser": "job-function/SupportUser", "SystemAdministrator": "job-function/SystemAdministrator",
		"ViewOnlyAccess": "job-function/ViewOnlyAccess",
	} {
		p, err := w.center.CreatePermissionSet(sp.PermissionSet{Predefined: name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff([]string{"arn:aws:iam::aws:policy/" + policy}, p.ManagedPolicies); diff != "" || p.Name != name || p.SessionDuration != "PT1H" {
			t.Errorf("%s: called %s, %s (-want +got):\n%s", name, p.Name, p.SessionDuration, diff)
		}
	}
	p, err := w.center.CreatePermissionSet(sp.PermissionSet{Predefined: "ViewOnlyAccess", Name: "Auditors", ManagedPolicies: []string{"ViewOnlyAccess"}})
	if err != nil || p.Name != "Auditors" || len(p.ManagedPolicies) != 1 {
		t.Errorf("under another name: %+v, %v", p, err)
	}
	_, err = w.center.CreatePermissionSet(sp.PermissionSet{Predefined: "Janitor"})
	wantRefusal(t, err, "ValidationException", "Janitor")
}

// TestPolicyLimits: API reference, PutInlinePolicyToPermissionSet and
// CustomerManagedPolicyReference; user guide, "IAM Identity Center quotas".
func TestPolicyLimits(t *testing.T) {
	w := newWorld(t)
	policies := func(n int) []string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("Policy%d", i))
		}
		return list
	}
	reference := func(name, path string) sp.PermissionSet {
		return sp.PermissionSet{CustomerManagedPolicies: []sp.PolicyReference{{Name: name, Path: path}}}
	}
	for name, test := range map[string]struct {
		set       sp.PermissionSet
		code, got string // "" where it is taken
	}{
		"251 policies":                        {sp.PermissionSet{ManagedPolicies: policies(251)}, "", ""},
		"252 policies":                        {sp.PermissionSet{ManagedPolicies: policies(252)}, "ServiceQuotaExceededException", "more"},
		"252 policies, one of them one's own": {sp.PermissionSet{ManagedPolicies: policies(251), CustomerManagedPolicies: []sp.PolicyReference{{Name: "Own"}}}, "ServiceQuotaExceededException", "more"},
		"one twice, as a name and an ARN":     {sp.PermissionSet{ManagedPolicies: []string{"ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"}}, "ConflictException", "arn:aws:iam::aws:policy/ReadOnlyAccess"},
		"an empty name":                       {sp.PermissionSet{ManagedPolicies: []string{""}}, "ValidationException", ""},
		"an account's own policy":             {sp.PermissionSet{ManagedPolicies: []string{"arn:aws:iam::111122223333:policy/Build"}}, "ValidationException", "arn:aws:iam::111122223333:policy/Build"},
		"a reference":                         {reference(strings.Repeat("x", 128), "/a/b.c,d/"), "", ""},
		"a long reference":                    {reference(strings.Repeat("x", 129), "/"), "ValidationException", strings.Repeat("x", 129)},
		"a path without slashes":              {reference("Build", "team"), "ValidationException", "team"},
		"a long path":                         {reference("Build", "/"+strings.Repeat("x", 511)+"/"), "ValidationException", "/" + strings.Repeat("x", 511) + "/"},
		"an inline policy of 32,768":          {sp.PermissionSet{InlinePolicy: "{}" + strings.Repeat(" ", 32_766)}, "", ""},
		"an inline policy of 32,769":          {sp.PermissionSet{InlinePolicy: "{}" + strings.Repeat(" ", 32_767)}, "ValidationException", "32769 characters"},
		"an inline policy beyond Latin-1":     {sp.PermissionSet{InlinePolicy: `{"Sid": "Ω"}`}, "ValidationException", "12 characters"},
		"no JSON":                             {sp.PermissionSet{InlinePolicy: "allow all"}, "ValidationException", "invalid character 'a' looking for beginning of value"},
		"null":                                {sp.PermissionSet{InlinePolicy: "null"}, "ValidationException", "null"},
		"a boundary of nothing":               {sp.PermissionSet{PermissionsBoundary: &sp.PermissionsBoundary{}}, "ValidationException", "neither"},
		"a boundary of one's own":             {sp.PermissionSet{PermissionsBoundary: &sp.PermissionsBoundary{CustomerManagedPolicy: &sp.PolicyReference{Name: "Limits"}}}, "", ""},
		"75 tags":                             {sp.PermissionSet{Tags: tags(75)}, "", ""},
		"76 tags":                             {sp.PermissionSet{Tags: tags(76)}, "ValidationException", "76"},
		"a tag with a long key":               {sp.PermissionSet{Tags: map[string]string{strings.Repeat("k", 129): ""}}, "ValidationException", strings.Repeat("k", 129)},
		"a long ARN":                          {sp.PermissionSet{ManagedPolicies: []string{"arn:aws:iam::aws:policy/" + strings.Repeat("x", 2048)}}, "ValidationException", "arn:aws:iam::aws:policy/xxx"},
		"a tag without a key":                 {sp.PermissionSet{Tags: map[string]string{"": "x"}}, "ValidationException", ""},
		"a tag with a long value":             {sp.PermissionSet{Tags: map[string]string{"k": strings.Repeat("x", 257)}}, "ValidationException", strings.Repeat("x", 257)},
	} {
		t.Run(name, func(t *testing.T) {
			test.set.Name = "Set" + fmt.Sprint(len(w.center.PermissionSets()))
			created, err := w.center.CreatePermissionSet(test.set)
			if test.code != "" {
				wantRefusal(t, err, test.code, test.got)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.center.DeletePermissionSet(created.ARN); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
	}
	if n := len(w.center.PermissionSets()); n != 0 {
		t.Errorf("%d sets are left", n)
	}
	w.center.Choose(func(c *sp.Choices) { c.ManagedPolicyQuota = 201 })
	_, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "Many", ManagedPolicies: policies(202)})
	wantRefusal(t, err, "ServiceQuotaExceededException", "more")
}

func tags(n int) map[string]string {
	list := make(map[string]string)
	for i := range n {
		list[fmt.Sprint("key", i)] = "value"
	}
	return list
}

// An edit is checked as a creation is, changes nothing when it is refused, and
// leaves name, ARN and date alone.
func TestEditPermissionSet(t *testing.T) {
	w := newWorld(t)
	before, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "Admin", Tags: map[string]string{"a": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.center.EditPermissionSet("Admin", func(p *sp.PermissionSet) error {
		p.Tags["a"], p.Description, p.SessionDuration = "changed", "changed", "PT13H"
		return nil
	})
	wantRefusal(t, err, "ValidationException", "PT13H")
	if diff := cmp.Diff([]sp.PermissionSet{before}, w.center.PermissionSets()); diff != "" {
		t.Errorf("after a refused edit (-want +got):\n%s", diff)
	}
	var kept map[string]string
	after, err := w.center.EditPermissionSet(before.ARN, func(p *sp.PermissionSet) error {
		p.Name, p.ARN, p.Description, p.ManagedPolicies = "Other", "other", "all of it", []string{"AdministratorAccess"}
		kept = p.Tags
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	kept["a"] = "changed afterwards"
	before.Description, before.ManagedPolicies = "all of it", []string{"arn:aws:iam::aws:policy/AdministratorAccess"}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("edited (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]sp.PermissionSet{before}, w.center.PermissionSets()); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	_, err = w.center.EditPermissionSet("Nobody", func(*sp.PermissionSet) error { return nil })
	wantRefusal(t, err, "ResourceNotFoundException", "Nobody")
}

// An account takes 500 permission sets (user guide, "IAM Identity Center
// quotas").
func TestPermissionSetsOfAnAccount(t *testing.T) {
	w := newWorld(t)
	if _, err := w.center.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"}); err != nil {
		t.Fatal(err)
	}
	bob := w.addUser("bob@contoso.example")
	for n := range 501 {
		name := fmt.Sprint("Set", n)
		if _, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: name}); err != nil {
			t.Fatal(err)
		}
		_, err := w.center.Assign(sp.Wish{User: bob.UserName, PermissionSet: name, Account: "Production"})
		if n < 500 && err != nil {
			t.Fatalf("set %d: %v", n, err)
		}
		if n == 500 {
			wantRefusal(t, err, "ServiceQuotaExceededException", "more")
		}
	}
	// Wishes that wait cannot get past it either.
	if _, err := w.center.CreateAccount(sp.Account{ID: "444455556666", Name: "Sandbox"}); err != nil {
		t.Fatal(err)
	}
	for n := range 501 {
		if bound, err := w.center.Assign(sp.Wish{User: "eva@contoso.example", PermissionSet: fmt.Sprint("Set", n), Account: "Sandbox"}); bound || err != nil {
			t.Fatalf("a wish for somebody who is not there: %v, %v", bound, err)
		}
	}
	eva := w.addUser("eva@contoso.example")
	if access := w.center.AccessOf(eva.ID); len(access) != 1 || len(access[0].Roles) != 500 {
		t.Errorf("the wishes give %d accounts", len(access))
	}
	if _, err := w.center.Assign(sp.Wish{User: bob.UserName, PermissionSet: "Set7", Account: "Production"}); err != nil {
		t.Errorf("one that is there already: %v", err)
	}
}

// An instance takes 3,500 permission sets (user guide, "IAM Identity Center
// quotas").
func TestPermissionSetsOfAnInstance(t *testing.T) {
	w := newWorld(t)
	for n := range 3500 {
		if _, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: fmt.Sprint("Set", n)}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "OneMore"})
	wantRefusal(t, err, "ServiceQuotaExceededException", "more")
	if _, err := w.center.DeletePermissionSet("Set1"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "OneMore"}); err != nil {
		t.Errorf("in the place of another: %v", err)
	}
}
