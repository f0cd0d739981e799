package provisioning_test

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
)

// The answers of Microsoft Graph to provisionOnDemand: key and value are JSON
// in texts, with members, order and words of the sample in "synchronizationJob:
// provisionOnDemand".
func TestOnDemandResults(t *testing.T) {
	mappings := []provisioning.Mapping{{Target: "displayName", Source: "displayName"}}
	for _, test := range []struct {
		name, key string
		before    func(f *fixture)
	}{
		{"create", `{"result":"Success","details":{}}`, func(f *fixture) {
			f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
				if r.Method == http.MethodPost {
					f.clock.Advance(250 * time.Millisecond)
				}
				return false
			})
		}},
		{"redundant", `{"result":"Skipped","details":{"errorCode":"RedundantExport","errorMessage":"The state of the user in both the source and target systems already match."}}`,
			func(f *fixture) { f.success() }},
		{"failure", "", func(f *fixture) { f.server.setFault(answer("POST", "/Users", 409, aws("Duplicate UserName"))) }},
		{"notentitled", "", func(f *fixture) { f.unassign("user-ann") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, users(mappings...))
			f.assign(f.addUser("ann", func(u *directory.User) { u.DisplayName = "Ann" }).ID)
			test.before(f)
			s, err := f.job.OnDemand(context.Background(), "user-ann")
			f.check(err)
			results, err := f.job.OnDemandResults(s.CycleID)
			f.check(err)
			if len(results) != 1 || test.key != "" && results[0].Key != test.key {
				t.Fatalf("results %+v", results)
			}
			wantGolden(t, filepath.Join("ondemand", test.name+".json"), map[string]json.RawMessage{"key": json.RawMessage(results[0].Key), "value": json.RawMessage(results[0].Value)})
		})
	}
}

// "The rate limit for this API is 5 requests per 10 seconds"
// ("synchronizationJob: provisionOnDemand"), of virtual time.
func TestOnDemandRateLimit(t *testing.T) {
	f := newFixture(t, provisioning.Settings{LimitOnDemand: true})
	f.assign(f.addUser("ann").ID)
	demand := func() error {
		_, err := f.job.OnDemand(context.Background(), "user-ann")
		return err
	}
	for range 5 {
		f.check(demand())
		f.clock.Advance(time.Second)
	}
	f.server.taken()
	for range 2 { // refused requests do not count
		r, ok := refusal.From(demand())
		if !ok || r.Code != "TooManyRequests" || r.Message != "Please retry again later." || r.Hint != "try again in 5s" {
			t.Errorf("the sixth request: %+v", r)
		}
	}
	if n := len(f.server.taken()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	f.clock.Advance(5 * time.Second)
	f.check(demand())
	if demand() == nil {
		t.Error("another in the same window was taken")
	}
	f.check(f.job.Configure(provisioning.Settings{}))
	f.check(demand())
}
