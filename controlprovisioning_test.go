package harness_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// asked asks the control API and wants a status.
func asked(t *testing.T, h *harness.Harness, method, path, body string, status int) string {
	t.Helper()
	got, answer := controlled(t, h, method, path, body)
	if got != status {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, got, status, answer)
	}
	return answer
}

const jobPath = "/v1/provisioning/AWS%20IAM%20Identity%20Center"

func TestControlRunsProvisioning(t *testing.T) {
	h := harness.Run(t)
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"})
	if err := h.Entra.App().Assign(ana); err != nil {
		t.Fatal(err)
	}
	var summary struct {
		Status, Cycle string
		Users         struct{ Created, Updated, Disabled int }
	}
	read := func(answer string) {
		t.Helper()
		if err := json.Unmarshal([]byte(answer), &summary); err != nil {
			t.Fatal(err)
		}
	}
	read(asked(t, h, http.MethodPost, jobPath+"/cycles", `{}`, 200))
	if summary.Status != "success" || summary.Cycle != "initial" || summary.Users.Created != 1 {
		t.Errorf("first cycle: %+v", summary)
	}
	asked(t, h, http.MethodPatch, "/v1/entra/users/ana@contoso.example", `{"displayName": "Ana S."}`, 200)
	read(asked(t, h, http.MethodPost, jobPath+"/cycles", `{"cycle": "onDemand", "users": ["ana@contoso.example"]}`, 200))
	if summary.Cycle != "onDemand" || summary.Users.Updated != 1 {
		t.Errorf("on demand: %+v", summary)
	}
	asked(t, h, http.MethodPatch, "/v1/entra/users/ana@contoso.example", `{"accountEnabled": false}`, 200)
	read(asked(t, h, http.MethodPost, jobPath+"/cycles", `{"cycle": "incremental"}`, 200))
	if summary.Cycle != "incremental" || summary.Users.Disabled != 1 {
		t.Errorf("incremental: %+v", summary)
	}
	if u, _ := h.IdentityCenter.Store().UserByName("ana@contoso.example"); u.Active {
		t.Error("Ana is still active")
	}
	read(asked(t, h, http.MethodPost, jobPath+"/cycles", `{"cycle": "restart"}`, 200))
	if summary.Cycle != "restart" {
		t.Errorf("restart: %+v", summary)
	}
	if got := asked(t, h, http.MethodGet, jobPath+"/log", "", 200); !strings.Contains(got, `"action": "create"`) {
		t.Errorf("log: %s", got)
	}
	if got := asked(t, h, http.MethodGet, jobPath+"/quarantine", "", 200); !strings.Contains(got, `"inQuarantine": false`) {
		t.Errorf("quarantine: %s", got)
	}
	asked(t, h, http.MethodPost, jobPath+"/cycles", `{"users": ["ana@contoso.example"]}`, 400)
	asked(t, h, http.MethodPost, jobPath+"/cycles", `{"cycle": "onDemand", "users": ["nobody@contoso.example"]}`, 404)
	asked(t, h, http.MethodPost, jobPath+"/cycles", `{"cycle": "final"}`, 400)
	asked(t, h, http.MethodPost, "/v1/provisioning/Nothing/cycles", `{}`, 404)
}

func TestControlStartsAndStopsProvisioning(t *testing.T) {
	h := harness.Run(t)
	asked(t, h, http.MethodPost, jobPath+"/start", "", 200)
	// The request that started the job is over; its cycles go on.
	if got := asked(t, h, http.MethodPost, "/v1/clock/advance", `{"by": "1h30m"}`, 200); strings.Count(got, `"at":`) < 2 {
		t.Errorf("an hour and a half: %s", got)
	}
	if got := asked(t, h, http.MethodGet, jobPath, "", 200); !strings.Contains(got, `"code": "Active"`) {
		t.Errorf("status: %s", got)
	}
	if cycles := h.Entra.App().Provisioning().Cycles(); cycles < 2 {
		t.Errorf("%d cycles", cycles)
	}
	if got := asked(t, h, http.MethodPost, jobPath+"/stop", "", 200); !strings.Contains(got, `"Paused"`) {
		t.Errorf("stopped: %s", got)
	}
	asked(t, h, http.MethodPost, jobPath+"/restart", `{"resetScope": "Full"}`, 200)
	asked(t, h, http.MethodPost, jobPath+"/restart", `{"resetScope": "Everything"}`, 422)
	asked(t, h, http.MethodPatch, jobPath+"/settings", `{"interval": "20m", "accidentalDeletionThreshold": 5}`, 200)
	if got := asked(t, h, http.MethodPatch, jobPath+"/settings", `{"interval": null}`, 200); !strings.Contains(got, `"accidentalDeletionThreshold": 5`) || strings.Contains(got, `"interval": "20m0s"`) {
		t.Errorf("settings: %s", got)
	}
	asked(t, h, http.MethodPatch, jobPath+"/settings", `{"scope": "some"}`, 422)
}

func TestControlConnects(t *testing.T) {
	h := harness.Run(t, harness.Config{Unconnected: true})
	asked(t, h, http.MethodPost, "/v1/metadata/exchange", `{}`, 502) // there is no application
	asked(t, h, http.MethodPost, "/v1/entra/applications", `{"name": "AWS IAM Identity Center", "template": "aws-iam-identity-center"}`, 201)
	var trust struct {
		Entra          struct{ Identifier, ReplyURL string }
		IdentityCenter struct{ Issuer string }
	}
	if err := json.Unmarshal([]byte(asked(t, h, http.MethodPost, "/v1/metadata/exchange", `{}`, 200)), &trust); err != nil {
		t.Fatal(err)
	}
	if trust.Entra.Identifier != h.IdentityCenter.EntityID() || trust.Entra.ReplyURL != h.IdentityCenter.ACSURL() || trust.IdentityCenter.Issuer != h.Entra.Issuer() {
		t.Errorf("trust: %+v", trust)
	}
	if got := asked(t, h, http.MethodPost, jobPath+"/connect", "", 200); !strings.Contains(got, h.IdentityCenter.SCIMURL()) {
		t.Errorf("connected: %s", got)
	}
	if status, answer := controlled(t, h, http.MethodPost, jobPath+"/cycles", `{"cycle": "initial"}`); status != 200 || !strings.Contains(answer, `"success"`) {
		t.Errorf("a cycle: %d %s", status, answer)
	}
}
