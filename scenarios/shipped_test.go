package scenarios_test

import (
	"testing"

	"github.com/idharness/harness/scenarios"
)

// Every scenario that comes with harness passes.
func TestShippedScenarios(t *testing.T) { scenarios.Test(t, "*.yaml") }
