package strictyaml_test

import (
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
)

func TestPathPos(t *testing.T) {
	root := parse(t, `name: x
claims:
  - name: RoleSessionName
  - {name: Department}
  - name: Mail
    transform:
      function: ToUpper
      inputs: [user.mail]
attributes: {"https://example.com/a": [one, two], "it's": 3, a-b_1: 4}
empty:
`)
	tests := []struct {
		path  string
		want  string
		found bool
	}{
		{"name", "1:7", true},
		{"$.name", "1:7", true},
		{"", "1:1", true},
		{"$", "1:1", true},
		{"claims", "2:1", true},              // a list below its key is shown at the key
		{"claims[1]", "4:5", true},           // an element where it begins
		{"claims[2].transform", "6:5", true}, // a map below its key, too
		{"claims[2].transform.function", "7:17", true},
		{"claims[2].transform.inputs[0]", "8:16", true},
		{"claims[2].transform.inputs[1]", "8:15", false},
		{"claims[2].transform.missing.more", "6:5", false},
		{"claims[9].name", "2:1", false},
		{"claims.name", "2:1", false},
		{"name.first", "1:7", false},
		{"name[0]", "1:7", false},
		{"missing", "1:1", false},
		{`attributes["https://example.com/a"][1]`, "9:45", true},
		{`attributes['https://example.com/a']`, "9:39", true},
		{`attributes["it's"]`, "9:59", true},
		{`attributes.a-b_1`, "9:69", true},
		{`attributes.["x"]`, "9:13", false},
		{`attributes["it's"`, "9:13", false},
		{`attributes["it's]`, "9:13", false},
		{`attributes['it`, "9:13", false},
		{`attributes["\q"]`, "9:13", false},
		{"claims[-1]", "5:5", true},
		{"claims[-4]", "2:1", false},
		{"claims[99999999999999999999]", "2:1", false},
		{"claims[1", "2:1", false},
		{"claims[1]x", "4:5", false},
		{"empty", "10:7", true},
	}
	for _, test := range tests {
		got, found := strictyaml.PathPos(root, test.path)
		if got.String() != "test.yaml:"+test.want || found != test.found {
			t.Errorf("PathPos(%q) = %v, %v; want %v, %v", test.path, got, found, test.want, test.found)
		}
	}
	if _, found := strictyaml.PathPos(nil, "name"); found {
		t.Error("found a path in nothing")
	}
}
