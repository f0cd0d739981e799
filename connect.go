package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// appName is what the enterprise application for Identity Center is called,
// unless the caller has made one.
const appName = "AWS IAM Identity Center"

// Trust is what an exchange of metadata has set up on both sides.
type Trust struct {
	Entra struct {
		Identifier string `json:"identifier"`
		ReplyURL   string `json:"replyURL"`
	} `json:"entra"`
	IdentityCenter sp.Source `json:"identityCenter,omitzero"`

	// Metadata is what a real system must be given of the mock; nil where both
	// sides are mocks.
	Metadata *OwnMetadata `json:"metadata,omitempty"`
}

// OwnMetadata are the metadata of a mock, for a real system to trust it.
type OwnMetadata struct {
	URL      string `json:"url"`
	Text     string `json:"text"` // the XML
	EntityID string `json:"entityID"`
	Location string `json:"location"` // Entra's sign-in address, or the ACS
}

// ExchangeMetadata downloads the metadata of each side over HTTP and uploads it
// on the other: Identity Center's to the application, the application's
// federation metadata to Identity Center. A target's metadata take the place of
// its mock's; what the target must be given in return is in the result. The
// application counts for nothing where the identity provider is a target.
func (h *Harness) ExchangeMetadata(ctx context.Context, app *idp.Application) (Trust, error) {
	var trust Trust
	if h.targets.IdentityProvider != nil {
		return h.trustIdentityProvider(ctx)
	}
	if app == nil {
		return trust, errors.New("exchange metadata: the tenant has no application")
	}
	if h.standsForTarget(app) {
		return h.trustServiceProvider(ctx, app)
	}
	spMetadata, err := h.download(ctx, h.IdentityCenter.MetadataURL())
	if err != nil {
		return trust, fmt.Errorf("download SP metadata: %w", err)
	}
	if err := app.UploadMetadata(spMetadata); err != nil {
		return trust, fmt.Errorf("upload SP metadata to %s: %w", app.Name(), err)
	}
	idpMetadata, err := h.download(ctx, app.MetadataURL())
	if err != nil {
		return trust, fmt.Errorf("download federation metadata: %w", err)
	}
	if err := h.IdentityCenter.UploadIdPMetadata(idpMetadata); err != nil {
		return trust, fmt.Errorf("upload federation metadata to Identity Center: %w", err)
	}
	trust.Entra.Identifier, trust.Entra.ReplyURL = app.Identifiers()[0], app.ReplyURLs()[0]
	trust.IdentityCenter = h.IdentityCenter.Source()
	return trust, nil
}

func (h *Harness) download(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := h.Client().Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &answerError{url, resp.Status}
	}
	return data, nil
}

// answerError is an answer that is not the one that was asked for.
type answerError struct{ address, status string }

func (e *answerError) Error() string { return e.address + " answered " + e.status }

// EnableProvisioning switches automatic provisioning on in Identity Center, if
// it is off, and returns an access token: the only time that it shows. A third
// token is refused. The endpoint is the instance's SCIMURL.
func (h *Harness) EnableProvisioning() (identitystore.Access, error) {
	store := h.IdentityCenter.Store()
	if !store.ProvisioningEnabled() {
		return store.EnableProvisioning()
	}
	token, secret, err := store.CreateToken()
	if err != nil {
		return identitystore.Access{}, err
	}
	return identitystore.Access{TenantID: store.TenantID(), TokenID: token.ID, Token: secret}, nil
}

// ConnectProvisioning enters the SCIM endpoint, Identity Center's or that of the
// target, and the token at the application and tests the connection. An empty
// token stands for the target's own.
func (h *Harness) ConnectProvisioning(ctx context.Context, app *idp.Application, token string) error {
	endpoint := h.IdentityCenter.SCIMURL()
	if target := h.targets.SCIM; target != nil {
		endpoint, token = target.URL, cmp.Or(token, target.Token)
	}
	if err := app.Provisioning().SetTarget(endpoint, token); err != nil {
		return fmt.Errorf("enter provisioning credentials: %w", err)
	}
	return app.Provisioning().TestConnection(ctx)
}

// connect makes the two mocks trust each other, as Run and New promise.
func (h *Harness) connect(ctx context.Context) error {
	app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: appName, Template: idp.TemplateAWSIdentityCenter})
	if err != nil {
		return fmt.Errorf("create application: %w", err)
	}
	if _, err := h.ExchangeMetadata(ctx, app); err != nil {
		return err
	}
	access, err := h.EnableProvisioning()
	if err != nil {
		return fmt.Errorf("enable automatic provisioning: %w", err)
	}
	return h.ConnectProvisioning(ctx, app, access.Token)
}

// Provision provisions the first application now: the initial cycle, or what
// has changed since the last. An object that could not be provisioned is an
// error, a *[Refusal]. From then on cycles run by themselves, every forty
// minutes of virtual time.
func (h *Harness) Provision(ctx context.Context) error {
	app := h.Entra.App()
	if app == nil {
		return errors.New("provision: the tenant has no application")
	}
	summary, err := h.ProvisionApp(ctx, app)
	if err == nil {
		err = summary.Err()
	}
	if err != nil {
		return fmt.Errorf("provision: %w", err)
	}
	return nil
}

// ProvisionApp is Provision for one application. What failed stands in the
// summary; the error is for a cycle that could not be run.
func (h *Harness) ProvisionApp(ctx context.Context, app *idp.Application) (provisioning.Summary, error) {
	job := app.Provisioning()
	if job.State() == provisioning.StateNotRun { // "Start provisioning" in the portal
		if err := job.Start(context.WithoutCancel(ctx)); err != nil {
			return provisioning.Summary{}, err
		}
	}
	return job.RunCycle(ctx)
}
