package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/idp/provisioning/expression"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/strictyaml"
)

// provisioningNode configures an application's provisioning.
type provisioningNode struct {
	provisioning.Settings
	Target *provisioningTarget `yaml:"target" doc:"A SCIM server other than the mock's."`

	node *strictyaml.Node
}

type provisioningTarget struct {
	URL   string `yaml:"url" required:"true" doc:"Tenant URL."`
	Token string `yaml:"token" required:"true" doc:"Secret token."`
}

// UnmarshalNode remembers where the settings stand.
func (p *provisioningNode) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	type plain provisioningNode
	errs := strictyaml.Decode(n, (*plain)(p))
	p.node = n
	return errs
}

func (p *provisioningNode) apply(app *idp.Application) error {
	if err := app.Provisioning().Configure(p.Settings); err != nil {
		return err
	}
	if p.Target != nil {
		return app.Provisioning().SetTarget(p.Target.URL, p.Target.Token)
	}
	return nil
}

// checkProvisioning reports what the service would refuse, with its position.
// It asks a job that has nothing to provision.
func (s *Scenario) checkProvisioning(p *provisioningNode, template string) strictyaml.Errors {
	return s.checkSettings(p.node, p.Settings, template)
}

// checkSettings does so for settings that stand at a node.
func (s *Scenario) checkSettings(n *strictyaml.Node, settings provisioning.Settings, template string) strictyaml.Errors {
	source := ids.New(1)
	job, err := provisioning.NewJob(provisioning.Config{
		Source: nobody{directory.New(clock.Frozen(clockStart), source, "")}, Clock: clock.Frozen(clockStart), IDs: source, Template: template,
	})
	if err == nil {
		err = job.Configure(settings)
	}
	var mistake *provisioning.SettingsError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mistake):
		hint := mistake.Refusal.Hint
		if hint == "" && mistake.Refusal.Expected != "" {
			hint = "expected " + mistake.Refusal.Expected
		}
		e := s.errorAt(n, mistake.Path, strings.TrimSuffix(mistake.Refusal.Message, "."), hint)
		if mistake.Offset >= 0 {
			var exact bool
			e.Pos, exact = strictyaml.TextPos(n, mistake.Path, mistake.Offset)
			e.SourceLine = n.ErrorAt(e.Pos, "", "").SourceLine
			if !exact { // the file does not have the character; the value of a variable is not shown, it may be a secret
				where := fmt.Sprintf("the mistake is at %v of the expression once its variables are filled in", expression.PositionOf(mistake.Refusal.Got, mistake.Offset))
				e.Hint = strings.TrimPrefix(hint+"; "+where, "; ")
			}
		}
		return strictyaml.Errors{e}
	default:
		return strictyaml.Errors{n.Errorf("%v", err)}
	}
}

// nobody is a tenant without users.
type nobody struct{ *directory.Directory }

func (nobody) Assigned(string) bool { return false }
