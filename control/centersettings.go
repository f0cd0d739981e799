package control

import (
	"fmt"
	"net/http"
	"time"

	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// newToken is an access token, the only time that it shows.
type newToken struct {
	identitystore.Token
	Value    string `json:"token" doc:"Shown here and never again."`
	Endpoint string `json:"endpoint" doc:"The SCIM endpoint."`
}

// sessionDuration is how long new portal sessions last.
type sessionDuration struct {
	SessionDuration time.Duration `json:"sessionDuration" required:"true" doc:"15m to 90d."`
}

func (s *Server) centerSettingRoutes() []route {
	const base = "/v1/identity-center"
	center := func() *sp.Instance { return s.cfg.IdentityCenter }
	return []route{
		read(http.MethodGet, base+"/identity-provider", "identityProvider", "The identity source.", func(*call) (sp.Source, error) { return center().Source(), nil }),
		send(http.MethodPut, base+"/identity-provider", "setIdentityProvider", "Makes an external identity provider the identity source, with its settings typed in.",
			`{"signInUrl": "https://idp.contoso.example/sso", "issuer": "https://idp.contoso.example", "certificate": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n"}`,
			func(_ *call, body sp.IdentityProviderConfig) (sp.Source, error) {
				err := center().SetIdentityProvider(body)
				return center().Source(), err
			}),
		read(http.MethodDelete, base+"/identity-provider", "useDirectory", "Goes back to Identity Center's own directory.", func(*call) (sp.Source, error) {
			center().UseDirectory()
			return center().Source(), nil
		}),
		send(http.MethodPut, base+"/identity-provider/metadata", "uploadIdPMetadata", "Uploads an identity provider's metadata, which makes it the identity source.", `{"text": "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://idp.contoso.example\">…</EntityDescriptor>"}`,
			func(_ *call, body metadataFile) (sp.Source, error) {
				err := center().UploadIdPMetadata([]byte(body.Text))
				return center().Source(), err
			}),
		read(http.MethodGet, base+"/choices", "identityCenterChoices", "What the instance does where Identity Center's behaviour is not published.", func(*call) (sp.Choices, error) { return center().Choices(), nil }),
		send(http.MethodPatch, base+"/choices", "setIdentityCenterChoices", "Changes choices; null sets one back to its default.", `{"clockSkew": "5m", "acceptSha1": true}`,
			func(_ *call, body changes[sp.Choices]) (sp.Choices, error) {
				center().Choose(func(c *sp.Choices) { body.apply(c) })
				return center().Choices(), nil
			}),
		read(http.MethodGet, base+"/sessions", "sessions", "The open portal sessions.", func(*call) ([]sp.PortalSession, error) { return center().PortalSessions(), nil }),
		read(http.MethodGet, base+"/session-duration", "sessionDuration", "How long new portal sessions last.", func(*call) (sessionDuration, error) { return sessionDuration{center().SessionDuration()}, nil }),
		send(http.MethodPut, base+"/session-duration", "setSessionDuration", "Sets how long new portal sessions last.", `{"sessionDuration": "8h"}`, func(_ *call, body sessionDuration) (sessionDuration, error) {
			err := center().SetSessionDuration(body.SessionDuration)
			return sessionDuration{center().SessionDuration()}, err
		}),
		read(http.MethodGet, base+"/tokens", "tokens", "The access tokens of the SCIM endpoint, without their values.", func(*call) ([]identitystore.Token, error) { return center().Store().Tokens(), nil }),
		created(read(http.MethodPost, base+"/tokens", "createToken", "Makes an access token and shows it, enabling automatic provisioning if it is off. There can be two.", s.createToken)),
		read(http.MethodDelete, base+"/tokens/{token}", "deleteToken", "Deletes an access token.", func(c *call) (nothing, error) { return nothing{}, center().Store().DeleteToken(c.value("token")) }),
		read(http.MethodDelete, base+"/provisioning", "disableProvisioning", "Disables automatic provisioning once its tokens are deleted; users and groups stay.", func(*call) (nothing, error) { return nothing{}, center().Store().DisableProvisioning() }),
		read(http.MethodGet, base+"/events", "events", "The events of CloudTrail so far.", func(*call) ([]sp.Event, error) { return center().Events(), nil }),
	}
}

func (s *Server) createToken(*call) (newToken, error) {
	store := s.cfg.IdentityCenter.Store()
	if !store.ProvisioningEnabled() {
		access, err := store.EnableProvisioning()
		if err != nil {
			return newToken{}, err
		}
		for _, t := range store.Tokens() {
			if t.ID == access.TokenID {
				return newToken{t, access.Token, s.cfg.IdentityCenter.SCIMURL()}, nil
			}
		}
		return newToken{}, fmt.Errorf("the token %s is gone", access.TokenID)
	}
	token, value, err := store.CreateToken()
	if err != nil {
		return newToken{}, err
	}
	return newToken{token, value, s.cfg.IdentityCenter.SCIMURL()}, nil
}
