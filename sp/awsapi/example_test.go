package awsapi_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/awsapi"
	"github.com/idharness/harness/sp/identitystore"
)

// An SDK finds the APIs through AWS_ENDPOINT_URL_IDENTITYSTORE and
// AWS_ENDPOINT_URL_SSO_ADMIN; this is what it sends.
func ExampleNew() {
	instance, err := sp.New(sp.Config{IdentityStoreID: "d-1234567890"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := instance.Store().CreateGroup(identitystore.Group{DisplayName: "admins"}); err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(awsapi.New(instance))
	defer server.Close()

	request, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(`{"IdentityStoreId": "d-1234567890", "Filters": [{"AttributePath": "DisplayName", "AttributeValue": "readers"}]}`))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "AWSIdentityStore.ListGroups")
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 …") // not verified
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Status, string(body))
	// Output: 200 OK {"Groups":[]}
}
