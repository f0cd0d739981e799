package scenarios

import (
	"embed"
	"fmt"
)

// Library holds the scenario files that come with harness.
//
//go:embed *.yaml
var Library embed.FS

// Demo returns the scenario that harness up starts when no file is named.
func Demo(o Options) (*Scenario, error) {
	data, err := Library.ReadFile("demo.yaml")
	if err != nil {
		return nil, fmt.Errorf("read the demo scenario: %w", err)
	}
	return Load("demo.yaml", data, o)
}
