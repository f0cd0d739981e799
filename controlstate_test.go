package harness_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/idharness/harness"
)

func TestControlKeepsAndRestoresState(t *testing.T) {
	h := pair(t)
	snapshot := asked(t, h, http.MethodGet, "/v1/snapshot", "", 200)
	asked(t, h, http.MethodDelete, "/v1/entra/users/ana@contoso.example", "", 200)
	asked(t, h, http.MethodPut, "/v1/snapshot", snapshot, 204)
	asked(t, h, http.MethodGet, "/v1/entra/users/ana@contoso.example", "", 200)
	if session, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil || session.Portal == nil {
		t.Errorf("SignIn after the restore = %+v, %v", session, err)
	}
	for _, bad := range []string{`{}`, `{"version": 999}`, `[]`, `{`, strings.Replace(snapshot, `"version"`, `"versoin"`, 1)} {
		if status, answer := controlled(t, h, http.MethodPut, "/v1/snapshot", bad); status != 400 || !strings.Contains(answer, "snapshot") && !strings.Contains(answer, "JSON") {
			t.Errorf("%.40s: %d %s", bad, status, answer)
		}
	}
	asked(t, h, http.MethodGet, "/v1/entra/users/ana@contoso.example", "", 200)

	other := harness.Run(t)
	asked(t, other, http.MethodPut, "/v1/snapshot", snapshot, 204)
	asked(t, other, http.MethodGet, "/v1/entra/users/ana@contoso.example", "", 200)
	asked(t, other, http.MethodPost, "/v1/reset", "", 204)
	asked(t, other, http.MethodGet, "/v1/entra/users/ana@contoso.example", "", 404)
}
