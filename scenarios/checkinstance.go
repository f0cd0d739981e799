package scenarios

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

var (
	guidShape    = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	countryShape = regexp.MustCompile(`^[A-Z]{2}$`)
)

// checkInstance reports what Identity Center would refuse of what stands under
// identityCenter, by making an instance of it, and what is wrong with the tenant
// itself.
func (s *Scenario) checkInstance(root *strictyaml.Node, mistaken places) strictyaml.Errors {
	tenant, aws := root.Get("entra").Get("tenant"), root.Get("identityCenter")
	sound := func(n *strictyaml.Node) bool { return n != nil && isKnown(n) && !mistaken.in(n) }
	var errs strictyaml.Errors
	if id := tenant.Get("id"); sound(id) && !guidShape.MatchString(id.Text()) {
		errs = append(errs, id.Errorf("a tenant id is a GUID such as 9f2c1a34-5b6d-4e7f-8a90-b1c2d3e4f506; got %q", id.Text()))
	}
	if country := tenant.Get("countryLetterCode"); sound(country) && !countryShape.MatchString(country.Text()) {
		errs = append(errs, country.Errorf("a country is two capital letters, such as PT; got %q", country.Text()))
	}
	cfg := sp.Config{Choices: s.doc.AWS.Choices}
	for _, key := range []struct {
		name string
		set  *string
	}{{"region", &cfg.Region}, {"portalAlias", &cfg.PortalAlias}} {
		given := aws.Get(key.name)
		if !sound(given) {
			continue
		}
		alone := cfg
		*key.set = given.Text()
		if _, err := sp.New(cfg); err != nil {
			errs = append(errs, given.Errorf("%v", err))
			cfg = alone
		}
	}
	center, err := sp.New(cfg)
	if err != nil {
		return append(errs, aws.Errorf("%v", err))
	}
	for _, region := range aws.Get("additionalRegions").Items() {
		if sound(region) {
			errs = append(errs, s.mistakes(region, center.AddRegion(region.Text()))...)
		}
	}
	accounts, sets := aws.Get("accounts").Items(), aws.Get("permissionSets").Items()
	for i, a := range s.doc.AWS.Accounts {
		if i < len(accounts) && sound(accounts[i]) {
			_, err := center.CreateAccount(a)
			errs = append(errs, s.mistakes(accounts[i], err)...)
		}
	}
	for i, p := range s.doc.AWS.PermissionSets {
		if i < len(sets) && sound(sets[i]) {
			_, err := center.CreatePermissionSet(p)
			errs = append(errs, s.mistakes(sets[i], err)...)
		}
	}
	return errs
}

// checkSet reports what is wrong with a permission set in itself.
func (s *Scenario) checkSet(p sp.PermissionSet, node *strictyaml.Node) strictyaml.Errors {
	center, err := sp.New(sp.Config{Choices: s.doc.AWS.Choices})
	if err == nil {
		_, err = center.CreatePermissionSet(p)
	}
	return s.mistakes(node, err)
}

// checkRole reports a role that an application of the file does not have.
func checkRole(app *appConfig, role string, at *strictyaml.Node) strictyaml.Errors {
	if app == nil || role == "" || at == nil || at.Unresolved() || app.node == nil || !isKnown(app.node) {
		return nil
	}
	var why *refusal.Refusal
	if err := app.CheckRole(role); !errors.As(err, &why) {
		return nil
	}
	e := at.Errorf("%s has no app role %q to assign", app.Name, role)
	e.Hint = fmt.Sprintf("expected %s; %s", why.Expected, why.Hint)
	return strictyaml.Errors{e}
}

// checkOperation reports a fault for an operation that the SCIM endpoint does
// not have.
func (s *Scenario) checkOperation(a *fault, st *step) strictyaml.Errors {
	at := st.filled.Get("fault").Get("operation")
	if a.At != "scim" || a.Clear || at == nil || at.Unresolved() || len(st.broken) > 0 {
		return nil
	}
	server, err := scimmock.New(scimmock.Config{Store: identitystore.New(identitystore.Config{}), Profile: s.doc.AWS.SCIM.Profile})
	if err != nil {
		return nil // what is wrong with the profile stands where it is
	}
	why, refused := refusal.From(server.Fail(a.Fault))
	if !refused {
		return nil
	}
	e := at.Errorf("the endpoint has no operation %q", a.Operation)
	e.Hint = "expected " + why.Expected
	if near, ok := strictyaml.Nearest(a.Operation, strings.Split(strings.TrimPrefix(why.Expected, "one of "), ", ")); ok {
		e.Hint = "did you mean " + near + "?"
	}
	return strictyaml.Errors{e}
}
