package scenarios

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// The language reference names every verb, action, observation, top-level key
// and matcher, so that what a reader cannot find does not exist.
func TestLanguageReferenceIsComplete(t *testing.T) {
	data, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	check := func(what, name string) {
		if !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "`"+name+" ") && !strings.Contains(text, "`{"+name) && !strings.Contains(text, "`"+name+":") {
			t.Errorf("docs/scenarios.md does not name the %s %s", what, name)
		}
	}
	for verb := range verbs {
		check("verb", verb)
	}
	for action := range entraActions {
		check("entra action", action)
	}
	for action := range awsActions {
		check("identityCenter action", action)
	}
	for name := range observations {
		check("observation", name)
	}
	for _, f := range strictyaml.Fields(reflect.TypeFor[document]()) {
		check("key", f.Name)
	}
	for _, f := range strictyaml.Fields(reflect.TypeFor[stepFrame]()) {
		check("key of a step", f.Name)
	}
	for _, keys := range []reflect.Type{reflect.TypeFor[include](), reflect.TypeFor[includedFile](), reflect.TypeFor[capture]()} {
		for _, f := range strictyaml.Fields(keys) {
			check("key of "+keys.Name(), f.Name)
		}
	}
	for _, f := range strictyaml.Fields(reflect.TypeFor[appConfig]()) {
		check("key of app", f.Name)
	}
	for _, f := range strictyaml.Fields(reflect.TypeFor[idp.Choices]()) {
		check("choice", f.Name)
	}
	for _, f := range strictyaml.Fields(reflect.TypeFor[sp.Choices]()) {
		check("choice of identityCenter", f.Name)
	}
	for _, f := range strictyaml.Fields(reflect.TypeFor[scimmock.Profile]()) {
		check("switch of scim", f.Name)
	}
	for _, f := range strictyaml.Fields(reflect.TypeFor[identitystore.Rules]()) {
		check("rule of scim", f.Name)
	}
	for _, keys := range []reflect.Type{
		reflect.TypeFor[provisioningNode](), reflect.TypeFor[provisioning.Mapping](), reflect.TypeFor[provisioning.UserSettings](),
		reflect.TypeFor[provisioning.GroupSettings](),
	} {
		for _, f := range strictyaml.Fields(keys) {
			check("key of provisioning", f.Name)
		}
	}
	for _, keys := range []reflect.Type{reflect.TypeFor[provisioning.Attribute](), reflect.TypeFor[provisioning.Clause](), reflect.TypeFor[provisioning.Thresholds]()} {
		for _, f := range strictyaml.Fields(keys) {
			if !strings.Contains(text, "{"+f.Name) && !strings.Contains(text, ", "+f.Name) {
				t.Errorf("docs/scenarios.md does not name the key %s of %s", f.Name, keys)
			}
		}
	}
	for _, matcher := range []string{"$contains", "$set", "$matches", "$exists", "$any", "$not", "$gt", "$ge", "$lt", "$le", "$len"} {
		check("matcher", matcher)
	}
}
