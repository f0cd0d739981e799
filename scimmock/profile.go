package scimmock

import (
	"fmt"
	"net/http"
)

// Profile says how the endpoint behaves where the real one has changed over
// time or where its documentation disagrees with what clients saw. It is data:
// take one of the functions below and change what should differ.
type Profile struct {
	Name string

	// PutUserStatus is the status of a successful PUT. The developer guide's
	// example shows 201; clients that run against the service take 200 alone
	// for success (lichti/aws-sso-provisioning), so AWS answers 200.
	PutUserStatus int

	// PageSize is the most results of one listing: 100 in the developer guide
	// of 2026 (ListUsers), 50 before.
	PageSize int

	// GenericDetails gives every 400 the same text, as the service did until
	// 2024 while CloudTrail had the reason. The trace has it here.
	GenericDetails bool

	// OmitProfileURL leaves profileUrl out of responses. The developer guide
	// takes it in requests and shows it in no response.
	OmitProfileURL bool

	// IgnoreUnsupported ignores the attributes that the developer guide calls
	// not supported (password, ims, photos, entitlements, x509Certificates,
	// groups, display, a manager's displayName) where a resource or a part of
	// one has them, instead of refusing the request. What the service does is
	// not documented.
	IgnoreUnsupported bool
}

// AWS is the service as documented and observed in 2026.
func AWS() Profile {
	return Profile{Name: "aws", PutUserStatus: http.StatusOK, PageSize: 100}
}

// AWSLegacy is the service as it was seen before 2024.
func AWSLegacy() Profile {
	p := AWS()
	p.Name, p.PageSize, p.GenericDetails = "aws-legacy", 50, true
	return p
}

func (p Profile) check() error {
	if p.PageSize < 1 {
		return fmt.Errorf("profile %s: page size %d is below 1", p.Name, p.PageSize)
	}
	if p.PutUserStatus != http.StatusOK && p.PutUserStatus != http.StatusCreated {
		return fmt.Errorf("profile %s: status %d for PUT is neither 200 nor 201", p.Name, p.PutUserStatus)
	}
	return nil
}
