package scenarios

import (
	"reflect"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/scenarios/matching"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// Results that are nothing but results.
type (
	signedOut struct {
		Outcome string `json:"outcome" oneOf:"signedOut"`
		Page    string `json:"page"`
	}
	advanced struct {
		Cycles int      `json:"cycles"`
		Events []string `json:"events"`
	}
	answer struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	}
	signInFault struct {
		At    string `json:"at"`
		Code  string `json:"code,omitempty"`
		Times int    `json:"times,omitempty"`
	}
	scimFaults struct {
		At     string                `json:"at"`
		Faults []scimmock.ArmedFault `json:"faults"`
	}
	jobState struct {
		State provisioning.State `json:"state" oneOf:"NotConfigured|NotRun|Active|Paused|Quarantine|InProgress"`
	}
	assigned struct {
		Assigned bool `json:"assigned"`
		Bound    bool `json:"bound"`
	}
	unassigned struct {
		Assigned bool `json:"assigned"`
	}
	provisioningDisabled struct {
		Enabled bool `json:"provisioningEnabled"`
	}
	accessControl struct {
		Enabled    bool              `json:"enabled"`
		Attributes map[string]string `json:"attributes"`
	}
	portalDuration struct {
		Duration string `json:"sessionDuration"`
	}
	endedSessions struct {
		Sessions []sp.PortalSession `json:"sessions"`
	}
	provisionedIn struct {
		Accounts []string `json:"accounts"`
	}
	regions struct {
		Regions []string `json:"regions"`
		ACS     []string `json:"acs"`
		Portals []string `json:"portals"`
	}
)

// shownCertificate is what idp.Certificate writes as JSON.
type shownCertificate struct {
	Thumbprint string    `json:"thumbprint"`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	Active     bool      `json:"active"`
	Custom     bool      `json:"custom"`
	PEM        string    `json:"pem"`
}

// shape returns the shape of a type, some of whose parts write their JSON
// themselves.
func shape[T any]() matching.Shape {
	return matching.ShapeOf(reflect.TypeFor[T](), map[reflect.Type]reflect.Type{
		reflect.TypeFor[idp.Certificate]():     reflect.TypeFor[shownCertificate](),
		reflect.TypeFor[identitystore.User]():  reflect.TypeFor[identitystore.UserResource](),
		reflect.TypeFor[identitystore.Group](): reflect.TypeFor[identitystore.GroupResource](),
	})
}

// resultOf returns the shape of an action's result.
func resultOf(a action) matching.Shape {
	switch a := a.(type) {
	case *exchangeMetadata:
		return shape[harness.Trust]()
	case *connectProvisioning:
		return shape[connection]()
	case *provision:
		return shape[provisioning.Summary]()
	case *signIn:
		return shape[harness.Session]()
	case *signOut:
		return shape[signedOut]()
	case *advance:
		return shape[advanced]()
	case *observe:
		return observations[a.what].shape
	case *fault:
		switch a.At {
		case "scim":
			return shape[scimFaults]()
		case "":
			return matching.Shape{}
		default:
			return shape[signInFault]()
		}
	case *scimRequest, *httpRequest:
		return shape[answer]()
	case *awsRequest:
		return shape[awsAnswer]()
	case *admin:
		if a.action == nil {
			return matching.Shape{}
		}
		return resultOf(a.action)
	default:
		if s, ok := entraResult(a); ok {
			return s
		}
		return awsResult(a)
	}
}

func entraResult(a action) (matching.Shape, bool) {
	switch a.(type) {
	case *entraCreateUser, *entraUpdateUser, *entraSetEnabled, *entraDeleteUser, *entraDeletedUser:
		return shape[directory.User](), true
	case *entraCreateGroup, *entraUpdateGroup, *entraDeleteGroup:
		return shape[directory.Group](), true
	case *entraMembers:
		return shape[observedGroup](), true
	case *entraAssign:
		return shape[[]idp.Assignment](), true
	case *setChoices:
		return shape[idp.Choices](), true
	case *entraCreateApp, *updateApp, *entraUploadMetadata, *setTokenEncryption:
		return shape[idp.ApplicationConfig](), true
	case *setClaims:
		return shape[[]claims.Claim](), true
	case *setConditionalAccess:
		return shape[[]idp.ConditionalAccessPolicy](), true
	case *setNameID:
		return shape[claims.NameID](), true
	case *setSigning:
		return shape[idp.Signing](), true
	case *setVerification:
		return shape[idp.Verification](), true
	case *addCertificate, *uploadCertificate, *activateCertificate:
		return shape[idp.Certificate](), true
	case *deleteCertificate:
		return shape[[]idp.Certificate](), true
	case *setMappings, *setScope, *setProvisioning:
		return shape[provisioning.Settings](), true
	case *jobAction, *restartProvisioning:
		return shape[jobState](), true
	case *unlink:
		return shape[[]provisioning.Link](), true
	default:
		return matching.Shape{}, false
	}
}

func awsResult(a action) matching.Shape {
	switch a := a.(type) {
	case *awsCreateUser, *awsUpdateUser, *awsDeleteUser:
		return shape[identitystore.User]()
	case *awsCreateGroup, *awsDeleteGroup, *awsMembers:
		return shape[identitystore.Group]()
	case *awsCreatePermissionSet, *awsUpdatePermissionSet, *awsDeletePermissionSet:
		return shape[sp.PermissionSet]()
	case *awsProvisionPermissionSet:
		return shape[provisionedIn]()
	case *awsAssign:
		if a.assign {
			return shape[assigned]()
		}
		return shape[unassigned]()
	case *awsUploadMetadata, *awsSetIdentityProvider, *awsDeleteCertificate, *awsLeaveIdentityProvider:
		return shape[sp.Source]()
	case *awsImportCertificate:
		return shape[sp.SourceCertificate]()
	case *awsAddRegion:
		return shape[regions]()
	case *awsCreateToken, *awsDeleteToken:
		return shape[identitystore.Token]()
	case *awsDisableProvisioning:
		return shape[provisioningDisabled]()
	case *awsSetAccessControl:
		return shape[accessControl]()
	case *awsCreateSAMLProvider:
		return shape[sp.SAMLProvider]()
	case *awsCreateRole:
		return shape[sp.FederatedRole]()
	case *awsDeleteFederation:
		if a.role {
			return shape[sp.FederatedRole]()
		}
		return shape[sp.SAMLProvider]()
	case *awsSetSessionDuration:
		return shape[portalDuration]()
	case *awsEndSessions:
		return shape[endedSessions]()
	case *awsSetChoices:
		return shape[sp.Choices]()
	default:
		return matching.Shape{}
	}
}
