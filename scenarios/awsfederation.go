package scenarios

import (
	"context"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/sp"
)

// Direct federation with IAM: what an administrator of an account sets up.

type awsCreateSAMLProvider struct {
	Account accountRef `yaml:"account" required:"true"`
	Name    string     `yaml:"name" required:"true"`
	App     appRef     `yaml:"app" doc:"Upload the federation metadata of this application. Default: the first."`
	Text    string     `yaml:"text" doc:"Upload this text instead."`

	update bool
}

func (a *awsCreateSAMLProvider) run(_ context.Context, r *running) (outcome, error) {
	data, err := r.metadataOf(a.App, a.Text)
	if err != nil {
		return outcome{}, err
	}
	what, do := "created", r.h.IdentityCenter.CreateSAMLProvider
	if a.update {
		what, do = "updated", r.h.IdentityCenter.UpdateSAMLProvider
	}
	p, err := do(a.Account.Name, a.Name, data)
	return did(p, err, "AWS account %s: SAML provider %s %s", a.Account.Name, a.Name, what)
}

type awsCreateRole struct{ sp.FederatedRole }

// UnmarshalNode reads the role, which is the whole argument.
func (a *awsCreateRole) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.FederatedRole)
}

func (a *awsCreateRole) run(_ context.Context, r *running) (outcome, error) {
	role, err := r.h.IdentityCenter.CreateFederatedRole(a.FederatedRole)
	return did(role, err, "AWS account %s: role %s created", a.Account, a.Name)
}

// awsDeleteFederation removes a SAML provider or a role of an account.
type awsDeleteFederation struct {
	Account accountRef `yaml:"account" required:"true"`
	Name    string     `yaml:"name" required:"true"`

	role bool
}

func (a *awsDeleteFederation) run(_ context.Context, r *running) (outcome, error) {
	if a.role {
		gone, err := r.h.IdentityCenter.DeleteFederatedRole(a.Account.Name, a.Name)
		return did(gone, err, "AWS account %s: role %s deleted", a.Account.Name, a.Name)
	}
	gone, err := r.h.IdentityCenter.DeleteSAMLProvider(a.Account.Name, a.Name)
	return did(gone, err, "AWS account %s: SAML provider %s deleted", a.Account.Name, a.Name)
}
