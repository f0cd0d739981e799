package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/strictyaml"
)

// exchangeMetadata downloads each side's metadata and uploads it on the other.
type exchangeMetadata struct {
	App appRef `yaml:"app" doc:"Name of the application. Default: the first."`
}

func (a *exchangeMetadata) run(ctx context.Context, r *running) (outcome, error) {
	var app *idp.Application
	if r.h.Targets().IdentityProvider == nil {
		var err error
		if app, err = r.app(a.App.Name); err != nil {
			return outcome{}, err
		}
	}
	trust, err := r.h.ExchangeMetadata(ctx, app)
	if err != nil {
		return outcome{}, err
	}
	thumbprints := make([]string, len(trust.IdentityCenter.Certificates))
	for i, c := range trust.IdentityCenter.Certificates {
		thumbprints[i] = c.Thumbprint
	}
	uploaded := fmt.Sprintf("issuer %s, signing certificate %s", trust.IdentityCenter.Issuer, strings.Join(thumbprints, ", "))
	switch {
	case trust.Metadata == nil:
		return outcome{Result: trust, Account: []string{
			"Identity Center: external identity provider chosen, SP metadata downloaded from " + r.h.IdentityCenter.MetadataURL(),
			fmt.Sprintf("Entra: metadata uploaded to %q; Identifier %s, Reply URL %s", app.Name(), trust.Entra.Identifier, trust.Entra.ReplyURL),
			"Entra: federation metadata downloaded from " + app.MetadataURL(),
			"Identity Center: it is uploaded; " + uploaded,
		}}, nil
	case app == nil:
		return outcome{Result: trust, Account: []string{
			"Identity Center: metadata of the identity provider uploaded; " + uploaded,
			"Identity provider: needs the SP metadata at " + trust.Metadata.URL,
		}}, nil
	default:
		return outcome{Result: trust, Account: []string{
			fmt.Sprintf("Entra: metadata of the service provider uploaded to %q; Identifier %s, Reply URL %s", app.Name(), trust.Entra.Identifier, trust.Entra.ReplyURL),
			"Service provider: needs the federation metadata at " + trust.Metadata.URL,
		}}, nil
	}
}

// connectProvisioning switches automatic provisioning on and connects Entra.
type connectProvisioning struct {
	App   appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	Token string `yaml:"token" doc:"Enter this token at Entra instead of the one that Identity Center shows."`
	URL   string `yaml:"url" doc:"Enter this Tenant URL at Entra instead of the SCIM endpoint."`
}

type connection struct {
	TestConnection string               `json:"testConnection" oneOf:"succeeded|failed"`
	Endpoint       string               `json:"endpoint"`
	Code           string               `json:"code,omitempty"`
	Message        string               `json:"message,omitempty"`
	Explanation    *harness.Explanation `json:"explanation,omitempty"`
}

func (a *connectProvisioning) run(ctx context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	endpoint := r.h.IdentityCenter.SCIMURL()
	var account []string
	token := a.Token
	if target := r.h.Targets().SCIM; target != nil {
		endpoint = target.URL
	} else if store := r.h.IdentityCenter.Store(); token == "" || !store.ProvisioningEnabled() {
		wasEnabled := store.ProvisioningEnabled()
		access, err := r.h.EnableProvisioning()
		if err != nil {
			return outcome{}, err
		}
		what := "automatic provisioning enabled"
		if wasEnabled {
			what = "another access token made"
		}
		account = append(account, fmt.Sprintf("Identity Center: %s; endpoint %s, access token shown once (%d characters)", what, endpoint, len(access.Token)))
		if token == "" {
			token = access.Token
		}
	}
	endpoint = cmp.Or(a.URL, endpoint)
	account = append(account, "Entra: Tenant URL and Secret Token entered, Test Connection")
	c := connection{TestConnection: "succeeded", Endpoint: endpoint}
	v := verdict{Key: "testConnection", Success: true}
	if err := a.connect(ctx, r, app, token); err != nil {
		c.TestConnection, v.Success, v.Reason = "failed", false, err.Error()
		why, ok := refusal.From(err)
		if !ok {
			return outcome{Account: account}, err
		}
		c.Code, c.Message = why.Code, why.Message
		c.Explanation = &harness.Explanation{Expected: why.Expected, Got: why.Got, Where: why.Where, Fix: string(why.Fix), Hint: why.Hint}
		account = append(account, told("Entra: it failed", why)...)
	} else {
		account = append(account, "Entra: it succeeded")
	}
	return outcome{Result: c, Account: account, Verdict: v}, nil
}

// connect enters Tenant URL and Secret Token and tests them.
func (a *connectProvisioning) connect(ctx context.Context, r *running, app *idp.Application, token string) error {
	if a.URL == "" {
		return r.h.ConnectProvisioning(ctx, app, token)
	}
	if target := r.h.Targets().SCIM; target != nil {
		token = cmp.Or(token, target.Token)
	}
	if err := app.Provisioning().SetTarget(a.URL, token); err != nil {
		return fmt.Errorf("enter provisioning credentials: %w", err)
	}
	return app.Provisioning().TestConnection(ctx)
}

// provision runs a provisioning cycle now.
type provision struct {
	App    appRef     `yaml:"app" doc:"Name of the application. Default: the first."`
	Cycle  string     `yaml:"cycle" oneOf:"initial|incremental|onDemand|restart" doc:"Default: the next one."`
	Users  []userRef  `yaml:"users" doc:"For onDemand: whom."`
	Groups []groupRef `yaml:"groups" doc:"For onDemand: which groups."`
}

func (a *provision) check(n *strictyaml.Node) strictyaml.Errors {
	users, groups := n.Get("users"), n.Get("groups")
	if cycle := n.Get("cycle"); cycle != nil && cycle.Unresolved() {
		return nil
	}
	var errs strictyaml.Errors
	switch onDemand := a.Cycle == provisioning.CycleOnDemand; {
	case onDemand && users == nil && groups == nil:
		errs = append(errs, n.Get("cycle").Errorf("onDemand needs users or groups"))
	case !onDemand:
		for _, given := range []*strictyaml.Node{users, groups} {
			if given != nil {
				e := given.Errorf("users and groups are for cycle: onDemand; every other cycle is for all in scope")
				errs = append(errs, e)
			}
		}
	}
	return errs
}

func (a *provision) run(ctx context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	job := app.Provisioning()
	var summary provisioning.Summary
	switch a.Cycle {
	case provisioning.CycleOnDemand:
		ids, found := a.objectIDs(r)
		if found != nil {
			return outcome{}, found
		}
		summary, err = job.OnDemand(ctx, ids...)
	case provisioning.CycleRestart:
		if err := job.Restart(ctx, 0); err != nil {
			return outcome{}, err
		}
		summary, err = r.h.ProvisionApp(ctx, app)
	default:
		summary, err = r.h.ProvisionApp(ctx, app)
	}
	if err != nil {
		return outcome{}, err
	}
	account := describeCycle(summary, job.Log())
	v := verdict{Key: "status", Success: true}
	if failed := summary.Err(); failed != nil {
		v.Success, v.Reason = false, failed.Error()
	}
	return outcome{Result: summary, Account: account, Verdict: v}, nil
}

func (a *provision) objectIDs(r *running) ([]string, error) {
	var ids []string
	for _, u := range a.Users {
		user, ok := r.directory().User(u.Name)
		if !ok {
			return nil, fmt.Errorf("there is no user %s", u.Name)
		}
		ids = append(ids, user.ID)
	}
	for _, g := range a.Groups {
		group, ok := r.directory().Group(g.Name)
		if !ok {
			return nil, fmt.Errorf("there is no group %s", g.Name)
		}
		ids = append(ids, group.ID)
	}
	if len(ids) == 0 {
		return nil, errors.New("onDemand needs users or groups")
	}
	return ids, nil
}

// consoleLink is a link to the console, as it stands on the portal.
type consoleLink struct {
	Account       accountRef `yaml:"account" required:"true"`
	PermissionSet setRef     `yaml:"permissionSet" required:"true"`
	Destination   string     `yaml:"destination" doc:"Address of a console. Default: the relay state of the permission set."`
}

// signIn signs a person in with a browser.
type signIn struct {
	User     userRef      `yaml:"user" required:"true" when:"ever" doc:"userPrincipalName"`
	Password string       `yaml:"password" doc:"Default: the user's own. With a password the user need not exist."`
	Start    string       `yaml:"start" doc:"portal (default), myApps or a URL."`
	Console  *consoleLink `yaml:"console" doc:"Start at the link to the console of an account instead."`
	App      appRef       `yaml:"app" doc:"Name of the application on My Apps. Default: the first."`
	Fresh    bool         `yaml:"fresh" doc:"Use a browser without cookies; without it each user keeps one."`

	MFA          string `yaml:"mfa" doc:"Answer to a second factor: approve (default) or deny on the phone, or a code."`
	NewPassword  string `yaml:"newPassword" doc:"Entered where the password has expired; without it the sign-in ends there."`
	Role         string `yaml:"role" doc:"Name or ARN of the role to pick where AWS's sign-in offers several."`
	StaySignedIn bool   `yaml:"staySignedIn" doc:"Answer to \"Stay signed in?\". Default: No."`
	Consent      string `yaml:"consent" oneOf:"allow|deny" doc:"Answer to a client, such as the AWS CLI, that asks for access. Default: allow."`
}

// UnmarshalNode reads the argument. Whoever gives a password may mean to try a
// user who does not exist, so the name is not held against the directory.
func (a *signIn) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	type plain signIn
	errs := strictyaml.Decode(n, (*plain)(a))
	if a.Password != "" {
		a.User.node = nil
	}
	return errs
}

func (a *signIn) check(n *strictyaml.Node) strictyaml.Errors {
	if a.Start != "" && a.Console != nil {
		return strictyaml.Errors{n.Get("console").Errorf("a sign-in begins at either start or console")}
	}
	if mfa := n.Get("mfa"); mfa != nil && !mfa.Unresolved() && a.MFA != harness.MFAApprove && a.MFA != harness.MFADeny && strings.Trim(a.MFA, "0123456789") != "" {
		e := mfa.Errorf("mfa is %q; it takes approve, deny or the digits of a code", a.MFA)
		if near, ok := strictyaml.Nearest(a.MFA, []string{harness.MFAApprove, harness.MFADeny}); ok {
			e.Hint = "did you mean " + near + "?"
		}
		return strictyaml.Errors{e}
	}
	if a.Start == "" || a.Start == harness.StartPortal || a.Start == harness.StartMyApps || strings.Contains(a.Start, "://") || n.Get("start").Unresolved() {
		return nil
	}
	e := n.Get("start").Errorf("start is %q; it takes portal, myApps or a URL", a.Start)
	if near, ok := strictyaml.Nearest(a.Start, []string{harness.StartPortal, harness.StartMyApps}); ok {
		e.Hint = "did you mean " + near + "?"
	}
	return strictyaml.Errors{e}
}

func (a *signIn) run(ctx context.Context, r *running) (outcome, error) {
	start := a.Start
	if c := a.Console; c != nil {
		var err error
		if start, err = r.h.IdentityCenter.ConsoleURL(c.Account.Name, c.PermissionSet.Name, c.Destination); err != nil {
			return outcome{}, err
		}
	}
	session, err := r.h.SignInWith(ctx, harness.SignIn{User: a.User.Name, Password: a.Password, Start: start, App: a.App.Name, Fresh: a.Fresh, MFA: a.MFA, NewPassword: a.NewPassword, Role: a.Role, StaySignedIn: a.StaySignedIn, Consent: a.Consent})
	if session == nil {
		return outcome{}, err
	}
	var account []string
	for _, hop := range session.Hops {
		account = append(account, "Browser: "+hop.Method+" "+shorten(hop.URL)+fmt.Sprintf(" → %d", hop.Status))
	}
	if session.Outcome == "" && r.h.Targets() != (harness.Targets{}) { // it ended where nobody can tell
		return outcome{Account: account}, err
	}
	if page := session.Page; page != nil {
		account = append(account, fmt.Sprintf("Browser: rests at %s, status %d, %q", shorten(session.URL), page.Status, page.Summary()))
	}
	v := verdict{Key: "outcome", Success: session.Outcome == harness.SignedIn}
	if c := session.Authorization; c != nil {
		decided := "access allowed"
		if !c.Granted {
			decided = "access denied"
		}
		account = append(account, "Browser: "+c.Client+" asked for access: "+decided)
	}
	switch {
	case v.Success && session.Portal != nil:
		for _, acc := range session.Portal.Accounts {
			account = append(account, fmt.Sprintf("Portal: %s (%s): %s", acc.Name, acc.ID, strings.Join(acc.Roles, ", ")))
		}
		if len(session.Portal.Accounts) == 0 {
			account = append(account, "Portal: no accounts")
		}
	case !v.Success:
		v.Reason = err.Error()
		if why, ok := refusal.From(err); ok {
			account = append(account, told("Refused by "+session.By, why)...)
		} else {
			account = append(account, "Refused by "+session.By+": "+err.Error())
		}
	}
	return outcome{Result: session, Account: account, Verdict: v}, nil
}

// shorten leaves the parameters of a URL out: they are in the trace.
func shorten(u string) string {
	base, query, found := strings.Cut(u, "?")
	if !found {
		return base
	}
	var names []string
	for _, pair := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return base + "?" + strings.Join(names, "&")
}

// signOut signs a person out at one side; the other side's session goes on.
type signOut struct {
	User  userRef `yaml:"user" required:"true" when:"ever"`
	Start string  `yaml:"start" oneOf:"portal|entra" doc:"Where: portal (default) or entra."`
}

func (a *signOut) run(ctx context.Context, r *running) (outcome, error) {
	where := a.Start
	if where == "" {
		where = harness.StartPortal
	}
	title, err := r.h.SignOut(ctx, a.User.Name, where)
	if err != nil {
		return outcome{}, err
	}
	return outcome{Result: signedOut{"signedOut", title}, Account: []string{"Browser: signed out at " + where + ": " + title}}, nil
}

// advance moves the virtual clock.
type advance struct{ by time.Duration }

// UnmarshalNode reads the duration, which is the whole argument.
func (a *advance) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	errs := strictyaml.Decode(n, &a.by)
	if len(errs) == 0 && !n.Unresolved() && a.by <= 0 {
		errs = append(errs, n.Errorf("the clock moves forward only; got %s", n.Text()))
	}
	return errs
}

func (a *advance) run(ctx context.Context, r *running) (outcome, error) {
	before := make(map[string]int)
	for _, app := range r.h.Entra.Apps() {
		before[app.AppID()] = app.Provisioning().Cycles()
	}
	fired := r.h.Clock.Advance(a.by)
	events := []string{}
	for _, f := range fired {
		events = append(events, f.Name)
	}
	cycles := 0
	account := []string{"Clock: " + r.h.Clock.Now().Format(time.RFC3339)}
	for _, app := range r.h.Entra.Apps() {
		n := app.Provisioning().Cycles() - before[app.AppID()]
		cycles += n
		if last, ok := app.Provisioning().LastCycle(); ok && n > 0 {
			account = append(account, describe(last))
		}
	}
	return outcome{Result: advanced{cycles, events}, Account: account}, ctx.Err()
}

// join lists words for a message.
func join(words []string) string { return strings.Join(slices.Sorted(slices.Values(words)), ", ") }
