package harness_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/idharness/harness"
)

// Tests in other languages steer a harness over HTTP, by the control API.
func ExampleHarness_ControlURL() {
	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{ControlToken: "a token of the test"})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.ControlURL()+"/v1/entra/users", strings.NewReader(`{"userPrincipalName": "ana@contoso.example", "displayName": "Ana Sousa"}`))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.ControlToken())
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.Client().Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		body, _ := io.ReadAll(resp.Body) // a problem document
		log.Fatal(string(body))
	}
	for _, user := range h.Entra.Directory().Users() {
		fmt.Println(user.UserPrincipalName, user.DisplayName)
	}
	// Output:
	// ana@contoso.example Ana Sousa
}
