package interop

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/idharness/harness/scenarios"
)

// compileSchema reads our JSON Schema with an engine that others wrote.
func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := scenarios.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(scenarios.SchemaURL, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(scenarios.SchemaURL)
	if err != nil {
		t.Fatal(err)
	}
	if schema.DraftVersion != 7 {
		t.Errorf("the schema is of draft %d, want 7", schema.DraftVersion)
	}
	return schema
}

// plainJSON is YAML as an editor sees it: the value as JSON.
func plainJSON(data []byte) (any, error) {
	var value any
	if err := yaml.Unmarshal(data, &value); err != nil {
		return nil, err
	}
	text, err := json.Marshal(written(value))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// written undoes what YAML 1.1 makes of texts that look like times.
func written(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.Format(time.RFC3339)
	case map[string]any:
		for key := range v {
			v[key] = written(v[key])
		}
	case []any:
		for i := range v {
			v[i] = written(v[i])
		}
	}
	return value
}

func yamlFiles(t *testing.T, fewest int, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	if len(all) < fewest {
		t.Fatalf("%d files, want at least %d: %v", len(all), fewest, patterns)
	}
	return all
}

// The schema refuses nothing that is right: every scenario of the library, of
// the tests and of the examples.
func TestSchemaAcceptsScenarios(t *testing.T) {
	schema := compileSchema(t)
	_, cert := newKeyPair(t)
	env := map[string]string{
		"HARNESS_TEST_URL":         "http://localhost",
		"HARNESS_TEST_CERTIFICATE": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})),
		"HARNESS_TEST_KEYPAIR":     "read when its step runs",
	}
	for _, path := range yamlFiles(t, 15, "../scenarios/*.yaml", "../scenarios/testdata/*.yaml", "../examples/*/testdata/*.yaml") {
		t.Run(path, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := scenarios.LoadAll(path, scenarios.Options{Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}); err != nil {
				t.Fatalf("it does not load, so it shows nothing: %v", err)
			}
			value, err := plainJSON(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Errorf("%#v", err)
			}
		})
	}
}

// expressible are the mistakes that a schema can see, by what lint says of them.
var expressible = regexp.MustCompile(`(?m)^(unknown key|unknown value|unknown verb|unknown action|unknown matcher|expected |the key "\w+" is missing|\w+ is missing$|a step has one verb|the step has no verb|there is nothing called|bad duration|steps is empty|"[^"]*" is no name for a variable|matrix has no row)`)

// ownMistakes is what lint says of mistakes in the file itself: a schema does
// not see those of included files.
func ownMistakes(golden []byte, path string) []byte {
	var own [][]byte
	for _, mistake := range bytes.Split(golden, []byte("\n\n")) {
		if bytes.Contains(mistake, []byte("--> testdata/broken/"+filepath.Base(path)+":")) {
			own = append(own, mistake)
		}
	}
	return bytes.Join(own, []byte("\n\n"))
}

// behindVariable is a mistake that shows once a variable has its value.
var behindVariable = regexp.MustCompile(`^expected .*\n.*\n +\|\n.*: "\$\{\w+\}"}\]\n`)

// The schema refuses every broken file whose mistake it can express.
func TestSchemaRefusesBrokenFiles(t *testing.T) {
	schema := compileSchema(t)
	refused := 0
	for _, path := range yamlFiles(t, 40, "../cmd/harness/testdata/broken/*.yaml", "../scenarios/testdata/broken/*.yaml") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden, err := os.ReadFile(strings.TrimSuffix(path, ".yaml") + ".golden")
		if err != nil || !expressible.Match(ownMistakes(golden, path)) || behindVariable.Match(golden) {
			continue
		}
		value, err := plainJSON(data)
		if err != nil {
			continue // editors see that without a schema
		}
		refused++
		if schema.Validate(value) == nil {
			t.Errorf("%s is accepted, and lint says\n%s", path, golden)
		}
	}
	if refused < 12 {
		t.Errorf("%d broken files are refused, want at least 12", refused)
	}
}

// TestSchemaOnMistakes changes one thing after another in a scenario that is
// right: what the schema must see, and what it must let pass.
func TestSchemaOnMistakes(t *testing.T) {
	const right = `
name: n
entra:
  users: [{userPrincipalName: ana@contoso.example, accountEnabled: true}]
  app: {template: aws-iam-identity-center, claims: [{name: x, transform: {function: ToUppercase, inputs: [user.mail], then: {function: Trim}}}]}
identityCenter: {accounts: [{id: "111122223333", name: Production, email: a@contoso.example}]}
steps:
  - exchangeMetadata: {}
  - advance: 40m
    expect: {cycles: {$gt: 0}}
  - signIn: {user: ana@contoso.example}
    expect: {outcome: signedIn, "$$ref": x, roles: {$len: {$ge: 1}}}
  - entra: {disableUser: ana@contoso.example}
  - entra: {updateUser: {user: ana@contoso.example, set: {department: x}}}
  - observe: entra.users
finally: []
`
	schema := compileSchema(t)
	for _, test := range []struct {
		name, old, new string
		accepted       bool
	}{
		{"nothing", "", "", true},
		{"a variable for a boolean", "accountEnabled: true", "accountEnabled: \"${enabled}\"", true},
		{"a variable for a list", "users: [{userPrincipalName: ana@contoso.example, accountEnabled: true}]", "users: ${users}", true},
		{"a variable for a duration", "advance: 40m", "advance: ${by}", true},
		{"days", "advance: 40m", "advance: 1d12h", true},
		{"nothing for a map", "exchangeMetadata: {}", "exchangeMetadata:", true},
		{"nothing for a list", "finally: []", "finally:", true},
		{"text for a boolean", "accountEnabled: true", "accountEnabled: yes please", false},
		{"a number for text", `id: "111122223333"`, "id: 111122223333", false},
		{"a number for a duration", "advance: 40m", "advance: 40", false},
		{"words for a duration", "advance: 40m", "advance: 40 minutes", false},
		{"an unknown key", "\nname: n", "\nname: n\ntag: x", false},
		{"an unknown key far below", "then: {function: Trim}", "then: {function: Trim, input: x}", false},
		{"an unknown key in a set", "set: {department: x}", "set: {departement: x}", false},
		{"no name", "\nname: n", "", false},
		{"no steps", "steps:", "finally2:", false},
		{"a user without a name", "userPrincipalName: ana@contoso.example, ", "", false},
		{"an unknown template", "aws-iam-identity-center", "aws-iam", false},
		{"an unknown verb", "exchangeMetadata: {}", "exchangeMeta: {}", false},
		{"two verbs", "advance: 40m", "advance: 40m\n    observe: trace", false},
		{"no verb", "- exchangeMetadata: {}", "- name: x", false},
		{"an argument for a verb that takes none of that name", "exchangeMetadata: {}", "exchangeMetadata: {application: x}", false},
		{"an unknown action", "disableUser: ana", "disabelUser: ana", false},
		{"two actions", "{disableUser: ana@contoso.example}", "{disableUser: ana@contoso.example, enableUser: ana@contoso.example}", false},
		{"no user to update", "user: ana@contoso.example, set", "set", false},
		{"an unknown observation", "entra.users", "entra.people", false},
		{"an unknown matcher", "$gt: 0", "$more: 0", false},
		{"a matcher beside a key", "{$ge: 1}", "{$ge: 1, x: 1}", false},
		{"a matcher's argument", "{$gt: 0}", "{$exists: maybe}", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(right, test.old, test.new, 1)
			if test.old != "" && text == right {
				t.Fatalf("%q is not in the scenario", test.old)
			}
			value, err := plainJSON([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); (err == nil) != test.accepted {
				t.Errorf("accepted: %v, want %v\n%v", err == nil, test.accepted, err)
			}
		})
	}
}
