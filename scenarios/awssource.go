package scenarios

import (
	"context"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/sp"
)

type awsUploadMetadata struct {
	App  appRef `yaml:"app" doc:"Download the federation metadata of this application. Default: the first."`
	Text string `yaml:"text" doc:"Upload this text instead."`
}

// metadataOf is what an administrator uploads: the text, or an application's
// federation metadata.
func (r *running) metadataOf(app appRef, text string) ([]byte, error) {
	if text != "" {
		return []byte(text), nil
	}
	from, err := r.app(app.Name)
	if err != nil {
		return nil, err
	}
	return from.FederationMetadata()
}

func (a *awsUploadMetadata) run(ctx context.Context, r *running) (outcome, error) {
	data, err := r.metadataOf(a.App, a.Text)
	if err != nil {
		return outcome{}, err
	}
	err = r.h.IdentityCenter.UploadIdPMetadata(data)
	return did(r.h.IdentityCenter.Source(), err, "Identity Center: IdP metadata uploaded")
}

// awsSetIdentityProvider types the identity provider in.
type awsSetIdentityProvider struct{ sp.IdentityProviderConfig }

func (a *awsSetIdentityProvider) run(_ context.Context, r *running) (outcome, error) {
	err := r.h.IdentityCenter.SetIdentityProvider(a.IdentityProviderConfig)
	return did(r.h.IdentityCenter.Source(), err, "Identity Center: identity provider %s typed in", a.Issuer)
}

// awsImportCertificate trusts a further certificate: the text, or the one of an
// application that signs.
type awsImportCertificate struct {
	App  appRef `yaml:"app" doc:"Import the active signing certificate of this application. Default: the first."`
	Text string `yaml:"text" doc:"Import this PEM text instead."`
}

func (a *awsImportCertificate) run(_ context.Context, r *running) (outcome, error) {
	file := []byte(a.Text)
	if a.Text == "" {
		app, err := r.app(a.App.Name)
		if err != nil {
			return outcome{}, err
		}
		for _, c := range app.Certificates() {
			if c.Active {
				file = c.PEM()
			}
		}
	}
	c, err := r.h.IdentityCenter.ImportCertificate(file)
	return did(c, err, "Identity Center: certificate %s imported", c.Thumbprint)
}

type awsDeleteCertificate struct{ thumbprint string }

// UnmarshalNode reads the thumbprint, which is the whole argument.
func (a *awsDeleteCertificate) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.thumbprint)
}

func (a *awsDeleteCertificate) run(_ context.Context, r *running) (outcome, error) {
	err := r.h.IdentityCenter.DeleteCertificate(a.thumbprint)
	return did(r.h.IdentityCenter.Source(), err, "Identity Center: certificate %s deleted", a.thumbprint)
}

// awsLeaveIdentityProvider makes another identity source of the instance.
type awsLeaveIdentityProvider struct {
	empty
	to sp.SourceType
}

func (a *awsLeaveIdentityProvider) run(_ context.Context, r *running) (outcome, error) {
	if a.to == sp.SourceActiveDirectory {
		r.h.IdentityCenter.UseActiveDirectory()
	} else {
		r.h.IdentityCenter.UseDirectory()
	}
	source := r.h.IdentityCenter.Source()
	return did(source, nil, "Identity Center: identity source %s", source.Type)
}

// awsAddRegion enables an additional Region.
type awsAddRegion struct{ region string }

// UnmarshalNode reads the Region, which is the whole argument.
func (a *awsAddRegion) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.region)
}

func (a *awsAddRegion) run(_ context.Context, r *running) (outcome, error) {
	err := r.h.IdentityCenter.AddRegion(a.region)
	return did(regions{r.h.IdentityCenter.Regions(), r.h.IdentityCenter.ACSURLs(), r.h.IdentityCenter.PortalURLs()}, err, "Identity Center: Region %s enabled", a.region)
}
