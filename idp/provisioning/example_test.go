package provisioning_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

// exampleJob makes a job for a tenant with one assigned user.
func exampleJob() (*provisioning.Job, *clock.Clock, *tenant, func()) {
	virtual, source := clock.Frozen(start), ids.New(1)
	t := &tenant{Directory: directory.New(virtual, source, "contoso.example"), assigned: make(map[string]bool)}
	ana, err := t.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"})
	if err != nil {
		panic(err)
	}
	t.assigned[ana.ID] = true
	job, err := provisioning.NewJob(provisioning.Config{Source: t, Clock: virtual, IDs: source, Template: provisioning.TemplateAWS})
	if err != nil {
		panic(err)
	}
	s := &scimServer{token: testToken, users: make(map[string]map[string]any), groups: make(map[string]map[string]any)}
	s.Server = httptest.NewServer(s)
	if err := job.SetTarget(s.tenantURL(), testToken); err != nil {
		panic(err)
	}
	return job, virtual, t, s.Close
}

func ExampleJob_RunCycle() {
	job, _, t, done := exampleJob()
	defer done()
	summary, err := job.RunCycle(context.Background())
	fmt.Println(summary.Cycle, summary.Status, summary.Users.Created, err)

	if _, err := t.SetEnabled("ana@contoso.example", false); err != nil {
		fmt.Println(err)
	}
	summary, err = job.RunCycle(context.Background())
	fmt.Println(summary.Cycle, summary.Status, summary.Users.Disabled, err)
	for _, entry := range job.Log() {
		fmt.Println(entry.Action, entry.Status, entry.Source)
	}
	// Output:
	// initial success 1 <nil>
	// incremental success 1 <nil>
	// create success ana@contoso.example
	// disable success ana@contoso.example
}

func ExampleJob_Start() {
	job, virtual, _, done := exampleJob()
	defer done()
	if err := job.Start(context.Background()); err != nil {
		fmt.Println(err)
	}
	for _, timer := range virtual.Advance(2 * time.Hour) {
		fmt.Println(timer.Name, timer.At.Format(time.TimeOnly))
	}
	fmt.Println(job.State(), job.Cycles())
	// Output:
	// provisioningCycle 09:00:00
	// provisioningCycle 09:40:00
	// provisioningCycle 10:20:00
	// provisioningCycle 11:00:00
	// Active 4
}

func ExampleJob_Configure() {
	job, _, _, done := exampleJob()
	defer done()
	err := job.Configure(provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
		{Target: "userName", Source: "userPrincipalName", Match: 1},
		{Target: "displayName", Expression: `Join(" ", [givenName], [surnam])`},
	}}})
	var mistake *provisioning.SettingsError
	if errors.As(err, &mistake) {
		fmt.Println(mistake.Path, mistake.Offset)
		fmt.Println(mistake.Refusal.Where)
		fmt.Println(mistake.Refusal.Message, mistake.Refusal.Hint)
	}
	// Output:
	// users.mappings[1].expression 23
	// users.mappings[1].expression, line 1, column 24
	// users have no attribute surnam. did you mean surname?
}

func ExampleJob_TestConnection() {
	job, _, _, done := exampleJob()
	defer done()
	fmt.Println(job.TestConnection(context.Background()))
	// Output: <nil>
}
