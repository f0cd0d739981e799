package control_test

import (
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/control"
)

// clockAnswer is what the clock's routes say.
type clockAnswer struct {
	Now    time.Time
	Frozen bool
	Next   time.Time
	Ran    []struct {
		Name string
		At   time.Time
	}
}

func TestClockIsAdvanced(t *testing.T) {
	f := newFixture(t)
	ran := 0
	f.clock.At(start.Add(10*time.Minute), "first", func() { ran++ })
	f.clock.At(start.Add(2*time.Hour), "second", func() { ran++ })
	if got := as[clockAnswer](f.send("GET", "/v1/clock", "").want(200)); !got.Now.Equal(start) || !got.Frozen || !got.Next.Equal(start.Add(10*time.Minute)) {
		t.Errorf("clock = %+v", got)
	}
	got := as[clockAnswer](f.send("POST", "/v1/clock/advance", `{"by": "1h30m"}`).want(200))
	if !got.Now.Equal(start.Add(90*time.Minute)) || ran != 1 || len(got.Ran) != 1 || got.Ran[0].Name != "first" || !got.Ran[0].At.Equal(start.Add(10*time.Minute)) || !got.Next.Equal(start.Add(2*time.Hour)) {
		t.Errorf("advance = %+v, %d timers ran", got, ran)
	}
	if a := f.send("POST", "/v1/clock/advance", `{"by": "0s"}`).want(200); !strings.Contains(a.text, `"ran": []`) {
		t.Errorf("nothing ran: %s", a.text)
	}
}

func TestClockIsSet(t *testing.T) {
	f := newFixture(t)
	got := as[clockAnswer](f.send("PUT", "/v1/clock", `{"now": "2026-02-01T00:00:00+01:00"}`).want(200))
	if want := time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC); !got.Now.Equal(want) || !f.clock.Now().Equal(want) {
		t.Errorf("now = %v, want %v", got.Now, want)
	}
	if got := as[clockAnswer](f.send("PUT", "/v1/clock", `{"frozen": false}`).want(200)); got.Frozen || f.clock.IsFrozen() {
		t.Errorf("let go: %+v", got)
	}
	if got := as[clockAnswer](f.send("PUT", "/v1/clock", `{"frozen": true, "now": "2027-01-01T00:00:00Z"}`).want(200)); !got.Frozen || got.Now.Year() != 2027 {
		t.Errorf("stopped: %+v", got)
	}
}

func TestClockDoesNotGoBack(t *testing.T) {
	f := newFixture(t)
	for path, body := range map[string]string{"/v1/clock/advance": `{"by": "-1s"}`, "/v1/clock": `{"now": "2026-01-05T08:59:59Z"}`} {
		method := "PUT"
		if strings.HasSuffix(path, "advance") {
			method = "POST"
		}
		if p := f.send(method, path, body).problem(400); !strings.Contains(p.Detail, "does not go back") {
			t.Errorf("%s: %+v", path, p)
		}
	}
	f.send("PUT", "/v1/clock", `{}`).problem(400)
	p := f.send("POST", "/v1/clock/advance", `{"by": 40}`).problem(400)
	if !strings.Contains(p.Hint, "write 40s, 40m") {
		t.Errorf("%+v", p)
	}
	if !f.clock.Now().Equal(start) {
		t.Errorf("the clock moved to %v", f.clock.Now())
	}
}

func TestSignInFaultsAreSetAndCleared(t *testing.T) {
	f := newFixture(t)
	a := f.send("PUT", "/v1/faults/entra-sign-in", `{"code": "AADSTS50053", "times": 2}`).want(200)
	if !strings.Contains(a.text, `"times": 2`) {
		t.Error(a.text)
	}
	for _, test := range []struct{ body, want string }{
		{`{"code": "50053"}`, "AADSTS and a number"},
		{`{"code": "AADSTS-1"}`, "AADSTS and a number"},
		{`{"code": "AADSTS123456"}`, "give a message"},
		{`{"code": "AADSTS50053", "times": -1}`, "1 to 10000"},
		{`{"code": "AADSTS50053", "times": 1000000000}`, "1 to 10000"},
	} {
		if a := f.send("PUT", "/v1/faults/entra-sign-in", test.body); a.status != 400 || !strings.Contains(a.text, test.want) {
			t.Errorf("%s: %d %s", test.body, a.status, a.text)
		}
	}
	f.send("PUT", "/v1/faults/entra-sign-in", `{"code": "AADSTS123456", "message": "Out of order."}`).want(200)
	f.send("DELETE", "/v1/faults/entra-sign-in", "").want(204)
}

func TestSCIMFaultsAreListedAndCleared(t *testing.T) {
	f := newFixture(t)
	type armed struct {
		Operation, RetryAfter string
		Times, Passed, Met    int
	}
	got := as[[]armed](f.send("POST", "/v1/faults/scim", `{"operation": "CreateUser", "status": 429, "retryAfter": "10s", "times": 2, "after": 1}`).want(201))
	if len(got) != 1 || got[0].RetryAfter != "10s" || got[0].Times != 2 || got[0].Met != 0 {
		t.Errorf("armed: %+v", got)
	}
	p := f.send("POST", "/v1/faults/scim", `{"operation": "CreateUsers", "status": 429}`).problem(422)
	if p.Got != "CreateUsers" || !strings.Contains(p.Expected, "CreateUser") {
		t.Errorf("%+v", p)
	}
	if got := as[[]armed](f.send("GET", "/v1/faults/scim", "").want(200)); len(got) != 1 {
		t.Errorf("list: %+v", got)
	}
	if got := as[[]armed](f.send("DELETE", "/v1/faults/scim", "").want(200)); len(got) != 1 {
		t.Errorf("cleared: %+v", got)
	}
	if got := f.send("GET", "/v1/faults/scim", "").text; got != "[]\n" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestConfigIsChecked(t *testing.T) {
	if _, err := control.New(control.Config{}); err == nil {
		t.Error("New took nothing")
	}
}
