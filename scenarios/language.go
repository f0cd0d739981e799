package scenarios

import (
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/sp"
)

// document is a scenario file as it stands in YAML. Its keys are the language;
// docs/scenarios.md describes them.
type document struct {
	Name     string             `yaml:"name" required:"true" doc:"What the scenario shows, in one line."`
	Tags     []string           `yaml:"tags" doc:"Words to choose scenarios by."`
	Vars     *strictyaml.Node   `yaml:"vars" doc:"Variables, used as ${name}."`
	Rows     *strictyaml.Node   `yaml:"matrix" doc:"Rows of variables: the scenario runs once for each, with a harness of its own. The key name names a row."`
	Limit    time.Duration      `yaml:"timeout" doc:"How long the steps may take in real time, such as 2m; finally excepted."`
	Secrets  []string           `yaml:"secrets" doc:"Names of variables whose values no report may show."`
	Parallel *bool              `yaml:"parallel" doc:"Whether other scenarios may run beside this one. Say false where it shares a real system with them. Default: true, and false with targets."`
	Clock    *time.Time         `yaml:"clock" doc:"Where the virtual clock stands; it moves only by advance. Default: real time."`
	Targets  targetsConfig      `yaml:"targets" doc:"Real systems in the place of a mock."`
	Entra    entraSide          `yaml:"entra" doc:"The mock Microsoft Entra ID tenant."`
	AWS      awsSide            `yaml:"identityCenter" doc:"The mock IAM Identity Center instance."`
	Steps    []*strictyaml.Node `yaml:"steps" required:"true" doc:"What happens, in order."`
	Final    []*strictyaml.Node `yaml:"finally" doc:"Steps that run in any case, at the end."`
}

type entraSide struct {
	Tenant  tenantConfig   `yaml:"tenant"`
	Choices idp.Choices    `yaml:"choices" doc:"What the tenant does where Entra's behaviour is not published."`
	Access  []accessPolicy `yaml:"conditionalAccess" doc:"Conditional Access policies of the tenant."`
	Users   []userConfig   `yaml:"users" doc:"Users with Microsoft Graph's property names."`
	Groups  []groupConfig  `yaml:"groups"`
	App     *appConfig     `yaml:"app" doc:"The enterprise application."`
	Apps    []appConfig    `yaml:"apps" doc:"Several enterprise applications, instead of app."`
}

type tenantConfig struct {
	ID          string `yaml:"id" doc:"Tenant id, a GUID."`
	Domain      string `yaml:"domain" doc:"Verified domain. Default: contoso.example."`
	DisplayName string `yaml:"displayName"`
	Country     string `yaml:"countryLetterCode" doc:"Two letters, the source company.tenantcountry."`
}

// userConfig is a directory user with what only a test sets.
type userConfig struct {
	directory.User
	Password string `yaml:"password" doc:"Default: the password that the sign-in page names."`
	Copies   int    `yaml:"copies" doc:"So many users, under entra.users: {n} in texts is the number of each."`

	node *strictyaml.Node
}

// UnmarshalNode remembers where the user stands.
func (u *userConfig) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	type plain userConfig
	errs := strictyaml.Decode(n, (*plain)(u))
	u.node = n
	if lacks(n, "userPrincipalName") {
		errs = append(errs, n.Errorf("userPrincipalName is missing"))
	}
	u.User.Password = u.Password
	return errs
}

type groupConfig struct {
	directory.Group
	Members []memberRef `yaml:"members" doc:"userPrincipalNames, or display names of groups."`
	Copies  int         `yaml:"copies" doc:"So many groups, under entra.groups: {n} in texts is the number of each."`

	node *strictyaml.Node
}

// UnmarshalNode remembers where the group stands.
func (g *groupConfig) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	type plain groupConfig
	errs := strictyaml.Decode(n, (*plain)(g))
	g.node = n
	if lacks(n, "displayName") {
		errs = append(errs, n.Errorf("displayName is missing"))
	}
	return errs
}

// appConfig is an application with who may use it and its provisioning.
type appConfig struct {
	idp.ApplicationConfig
	Assignments  []appAssignment   `yaml:"assignments" doc:"Who may use the application."`
	Provisioning *provisioningNode `yaml:"provisioning"`

	node *strictyaml.Node
}

// UnmarshalNode remembers where the application stands.
func (a *appConfig) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	type plain appConfig
	errs := strictyaml.Decode(n, (*plain)(a))
	a.node = n
	if n.Get("name") == nil {
		a.Name = a.Template.DisplayName()
	}
	if a.Name == "" && lacks(n, "name") {
		errs = append(errs, n.Errorf("name is missing"))
	}
	return errs
}

// appAssignment assigns a user or a group to an application.
type appAssignment struct {
	User  userRef  `yaml:"user"`
	Group groupRef `yaml:"group"`
	Role  string   `yaml:"role" doc:"Value of an app role; default access without one."`
}

func (a appAssignment) principal() directory.Principal {
	if a.User.Name != "" {
		return directory.Ref(a.User.Name)
	}
	return directory.Ref(a.Group.Name)
}

type awsSide struct {
	Region         string             `yaml:"region" doc:"Default: us-east-1."`
	Regions        []string           `yaml:"additionalRegions" doc:"Regions beside the primary one."`
	PortalAlias    string             `yaml:"portalAlias" doc:"Of the portal's address at awsapps.com."`
	Choices        sp.Choices         `yaml:"choices" doc:"What the instance does where Identity Center's behaviour is not published."`
	SCIM           scimSettings       `yaml:"scim" doc:"How the SCIM endpoint behaves: a profile by name, and switches over it."`
	Accounts       []sp.Account       `yaml:"accounts"`
	PermissionSets []sp.PermissionSet `yaml:"permissionSets"`
	Assignments    []awsAssignment    `yaml:"assignments" doc:"Bound as soon as the user or group exists."`
}

// awsAssignment gives a user or group a permission set in an account.
type awsAssignment struct {
	User          string     `yaml:"user" doc:"userName"`
	Group         string     `yaml:"group" doc:"displayName"`
	PermissionSet setRef     `yaml:"permissionSet" required:"true"`
	Account       accountRef `yaml:"account" required:"true"`

	node *strictyaml.Node
}

// UnmarshalNode remembers where the assignment stands.
func (a *awsAssignment) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	type plain awsAssignment
	errs := strictyaml.Decode(n, (*plain)(a))
	a.node = n
	if len(errs) == 0 && n.Kind() == strictyaml.Map && (n.Get("user") == nil) == (n.Get("group") == nil) {
		errs = append(errs, n.Errorf("an assignment takes either user or group"))
	}
	return errs
}

func (a awsAssignment) wish() sp.Wish {
	return sp.Wish{User: a.User, Group: a.Group, PermissionSet: a.PermissionSet.Name, Account: a.Account.Name}
}
