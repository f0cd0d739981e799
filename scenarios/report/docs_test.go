package report_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/idharness/harness/scenarios"
)

// docs/commands.md names every field of the JSON report.
func TestJSONFieldsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[scenarios.Totals](), reflect.TypeFor[scenarios.Report](), reflect.TypeFor[scenarios.StepReport](), reflect.TypeFor[scenarios.Detail](), reflect.TypeFor[scenarios.Place](),
	} {
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if name != "-" && !strings.Contains(string(data), "`"+name+"`") {
				t.Errorf("docs/commands.md does not name the field %q of %s", name, typ)
			}
		}
	}
}
