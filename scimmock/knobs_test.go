package scimmock_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/rounds"
	"github.com/idharness/harness/scimmock"
)

// TestRandomProfiles plays random operations against profiles whose switches
// all stand at random. Whatever a profile allows: nothing is an internal error,
// a refusal changes nothing, what is answered reads back, and the store is
// whole in the end.
func TestRandomProfiles(t *testing.T) {
	for seed := range uint64(rounds.Of(t, 12)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 11))
			profile := randomProfile(t, r, []scimmock.Profile{scimmock.AWS(), scimmock.RFC()}[seed%2])
			e := runQuiet(t, profile)
			p := &player{endpoint: e, model: &model{}, ids: make(map[string]string), labels: strings.NewReplacer(), rand: r}
			refused := 0
			for _, op := range newGenerator(seed).operations(60) {
				e.clock.Advance(time.Minute)
				before := e.store.Snapshot()
				got := e.do(op.Method, p.real(op.Path), p.real(op.Body))
				if op.Makes != "" && got.status == 201 {
					p.ids[op.Makes] = got.id()
				}
				switch {
				case !slices.Contains([]int{200, 201, 204, 400, 404, 405, 409}, got.status):
					t.Fatalf("%s: status %d, %s\nprofile %+v", op, got.status, got.body, profile)
				case got.status >= 400:
					refused++
					if profile.ReplaceMembers != scimmock.ReplaceMembersObserved { // which was seen to do both
						e.unchanged(before, op.String())
					}
				case got.body != "" && strings.HasPrefix(op.Path, "/Users"):
					if diff := cmp.Diff(got.json(), e.get("/Users/"+got.id()).json()); diff != "" {
						t.Fatalf("%s: read back (-answer +read):\n%s", op, diff)
					}
				}
			}
			if refused == 0 || refused == 60 {
				t.Errorf("%d of 60 operations were refused", refused)
			}
			checkWhole(t, e)
		})
	}
}

// checkWhole checks that a snapshot, which the store checks when it reads it,
// brings back what there is.
func checkWhole(t *testing.T, e *endpoint) {
	t.Helper()
	before := e.store.Snapshot()
	if err := e.store.Restore(before); err != nil {
		t.Fatalf("the store does not take its own snapshot: %v", err)
	}
	one, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	other, err := json.Marshal(e.store.Snapshot())
	if err != nil || string(one) != string(other) {
		t.Errorf("restored, the store is another: %v\n%s\n%s", err, one, other)
	}
}

// randomProfile sets every switch of a profile to a value that it may have. By
// whose rules requests are judged is no switch.
func randomProfile(t *testing.T, r *rand.Rand, profile scimmock.Profile) scimmock.Profile {
	t.Helper()
	v := reflect.ValueOf(&profile).Elem()
	for i := range v.NumField() {
		field, choices := v.Field(i), strings.Split(v.Type().Field(i).Tag.Get("oneOf"), "|")
		switch {
		case v.Type().Field(i).Name == "Name":
			field.SetString("random")
		case v.Type().Field(i).Name == "PageSize":
			field.SetInt(int64(1 + r.IntN(100)))
		case field.Kind() == reflect.Bool:
			field.SetBool(r.IntN(2) == 0)
		case field.Kind() == reflect.String && len(choices) > 1:
			field.SetString(choices[r.IntN(len(choices))])
		case field.Kind() == reflect.Int:
			before := field.Int()
			for range 20 {
				field.SetInt([]int64{200, 201, 400, 404, 405, 409}[r.IntN(6)])
				if profile.Check() == nil {
					before = field.Int()
					break
				}
			}
			field.SetInt(before)
		}
	}
	rules := reflect.ValueOf(&profile.Rules).Elem()
	for i := range rules.NumField() {
		if field := rules.Field(i); field.Kind() == reflect.Bool {
			field.SetBool(r.IntN(2) == 0)
		}
	}
	if err := profile.Check(); err != nil {
		t.Fatal(err)
	}
	return profile
}
