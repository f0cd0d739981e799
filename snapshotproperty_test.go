package harness_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

// admin does something at random: whatever an administrator, a user or a fault
// can do. What is refused is no matter.
type admin struct {
	*testing.T
	h    *harness.Harness
	rand *rand.Rand
	n    int
}

func (a *admin) user() directory.User {
	users := a.h.Entra.Directory().Users()
	return users[a.rand.IntN(len(users))]
}

func (a *admin) group() directory.Group {
	groups := a.h.Entra.Directory().Groups()
	if len(groups) == 0 {
		return a.h.Entra.AddGroup(a.name("group"))
	}
	return groups[a.rand.IntN(len(groups))]
}

func (a *admin) app() *idp.Application {
	apps := a.h.Entra.Apps()
	return apps[a.rand.IntN(len(apps))]
}

func (a *admin) name(prefix string) string { a.n++; return fmt.Sprintf("%s%d", prefix, a.n) }

func (a *admin) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// acts lists what is done at random.
func (a *admin) acts() []func() {
	entra, aws := a.h.Entra, a.h.IdentityCenter
	dir := entra.Directory()
	return []func(){
		func() {
			name := a.name("user")
			u := directory.User{UserPrincipalName: name + "@contoso.example", GivenName: name, Surname: "S", Password: "secret of " + name, PerUserMFAState: directory.MFAEnforced, DirectoryRoles: []string{"Global Reader"}}
			u.Extensions = map[string]directory.ExtensionValue{"extension_a_b": {"one", "two"}}
			a.must(entra.App().Assign(entra.AddUser(u)))
		},
		func() { a.must(dir.AddMembers(a.group().ID, a.user().ID)) },
		func() { a.must(dir.RemoveMembers(a.group().ID, a.user().ID)) },
		func() { a.must(entra.App().Assign(a.group())) },
		func() { _, err := dir.SetEnabled(a.user().ID, a.rand.IntN(2) == 0); a.must(err) },
		func() {
			if _, err := dir.DeleteUser(a.user().ID); err == nil && a.rand.IntN(2) == 0 {
				_, err := dir.RestoreUser(dir.DeletedUsers()[0].ID)
				a.must(err)
			}
			if len(dir.Users()) == 0 {
				entra.AddUser(directory.User{UserPrincipalName: a.name("user") + "@contoso.example", GivenName: "G", Surname: "S"})
			}
		},
		func() { _, err := dir.DeleteGroup(a.group().ID); a.must(err) },
		func() {
			_, err := entra.CreateApplication(idp.ApplicationConfig{
				Name: a.name("app"), AppRoles: []idp.AppRole{{Value: "reader"}}, Identifiers: []string{a.name("urn:app:")}, ReplyURLs: []string{"https://app.contoso.example/acs"},
				Claims: []claims.Claim{{Name: "x", Transform: &claims.Transform{Function: "Join", Inputs: []string{"user.givenname", "user.surname"}, Separator: "."}}},
			})
			a.must(err)
		},
		func() { a.must(a.app().AssignRole(a.user(), "")) },
		func() { _, err := a.app().AddCertificate(); a.must(err) },
		func() {
			certs := a.app().Certificates()
			app := a.app()
			if _, err := app.ActivateCertificate(certs[len(certs)-1].Thumbprint); err == nil {
				_ = app.DeleteCertificate(certs[0].Thumbprint)
			}
		},
		func() {
			a.must(a.app().Configure(func(c *idp.ApplicationConfig) { c.NotificationEmailAddresses = []string{"ops@contoso.example"} }))
		},
		func() {
			a.must(entra.SetConditionalAccess(idp.ConditionalAccessPolicy{DisplayName: a.name("policy"), Apps: []string{"none"}, Grant: idp.GrantMFA}))
		},
		func() { entra.Choose(func(c *idp.Choices) { c.GroupsLast = !c.GroupsLast }) },
		func() { a.must(entra.FailNext(50126)) },
		func() {
			_, _ = a.h.SignInWith(a.Context(), harness.SignIn{User: a.user().UserPrincipalName, Password: "wrong", Fresh: true})
		},
		func() { _, _ = a.h.SignIn(a.Context(), a.user().UserPrincipalName) },
		func() {
			job := entra.App().Provisioning()
			s := job.Settings()
			s.AccidentalDeletionThreshold = a.rand.IntN(2)
			a.must(job.Configure(s))
		},
		func() { _, err := a.h.ProvisionApp(a.Context(), entra.App()); a.must(err) },
		func() { entra.App().Provisioning().Stop() },
		func() { a.must(entra.App().Provisioning().Start(a.Context())) },
		func() { a.must(entra.App().Provisioning().Restart(a.Context(), provisioning.Reset(0))) },
		func() {
			a.must(a.h.SCIM.Fail(scimmock.Fault{Operation: "CreateUser", Status: http.StatusInternalServerError, Times: 1 + a.rand.IntN(2)}))
		},
		func() { a.h.Clock.Advance(time.Duration(a.rand.IntN(100)) * time.Minute) },
		func() { a.h.Clock.Advance(20 * 24 * time.Hour) },
		func() {
			_, err := aws.CreateAccount(sp.Account{ID: fmt.Sprintf("%012d", 111122223333+a.rand.IntN(3)), Name: a.name("account")})
			_ = err // the id may be taken
		},
		func() {
			set, err := aws.CreatePermissionSet(sp.PermissionSet{Name: a.name("set"), ManagedPolicies: []string{"ReadOnlyAccess"}, Tags: map[string]string{"a": "b"}})
			a.must(err)
			if accounts := aws.Accounts(); len(accounts) > 0 {
				_, err := aws.Assign(sp.Wish{User: a.user().UserPrincipalName, PermissionSet: set.Name, Account: accounts[0].ID})
				a.must(err)
			}
		},
		func() {
			if sets := aws.PermissionSets(); len(sets) > 0 {
				_, err := aws.EditPermissionSet(sets[0].Name, func(p *sp.PermissionSet) error { p.Description = a.name("description"); return nil })
				a.must(err)
			}
		},
		func() {
			a.must(aws.SetAccessControlAttributes(map[string]string{"Department": "${path:enterprise.department}"}))
		},
		func() { a.must(aws.SetSessionDuration(time.Duration(1+a.rand.IntN(5)) * time.Hour)) },
		func() {
			store := aws.Store()
			if tokens := store.Tokens(); len(tokens) > 1 {
				a.must(store.DeleteToken(tokens[1].ID))
			} else {
				_, _, err := store.CreateToken()
				a.must(err)
			}
		},
		func() { aws.Choose(func(c *sp.Choices) { c.AcceptSHA1 = !c.AcceptSHA1 }) },
	}
}

func (a *admin) act(times int) {
	acts := a.acts()
	for range times {
		acts[a.rand.IntN(len(acts))]()
	}
}

// Whatever was done before and after: what Restore brings back is what Snapshot
// took, in the same harness and, by way of a file, in another one, and both go on
// in the same way.
func TestRestoreBringsBackWhatSnapshotTook(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := provisioned(t, harness.Config{Start: monday, Seed: seed + 1})
			a := &admin{T: t, h: h, rand: rand.New(rand.NewPCG(seed, 0))}
			a.act(60)
			kept, before := snapshotOf(t, h)
			a.act(60)
			if err := h.Restore(kept); err != nil {
				t.Fatal(err)
			}
			if _, after := snapshotOf(t, h); after != before {
				t.Fatalf("after Restore:\n%s", cmp.Diff(before, after))
			}
			other := harness.Run(t, harness.Config{Seed: 77})
			if err := other.Restore(fromFile(t, before)); err != nil {
				t.Fatal(err)
			}
			b := &admin{T: t, h: other, n: a.n}
			a.rand, b.rand = rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 1))
			a.act(40)
			b.act(40)
			_, one := snapshotOf(t, h)
			_, two := snapshotOf(t, other)
			if diff := cmp.Diff(comparable(t, h, one), comparable(t, other, two)); diff != "" {
				t.Errorf("two harnesses go on from one snapshot in different ways:\n%s", diff)
			}
		})
	}
}
