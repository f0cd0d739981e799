package control

import (
	"net/http"

	"github.com/idharness/harness/sp"
)

// Trust is what an exchange of metadata has set up on both sides.
type Trust struct {
	Entra struct {
		Identifier string `json:"identifier"`
		ReplyURL   string `json:"replyURL"`
	} `json:"entra"`
	IdentityCenter sp.Source `json:"identityCenter,omitzero"`

	Metadata *OwnMetadata `json:"metadata,omitempty" doc:"What a real system in the place of a mock must be given."`
}

// OwnMetadata are the metadata of a mock, for a real system to trust it.
type OwnMetadata struct {
	URL      string `json:"url"`
	Text     string `json:"text"`
	EntityID string `json:"entityID"`
	Location string `json:"location" doc:"Entra's sign-in address, or the ACS."`
}

// exchangeRequest says for which application.
type exchangeRequest struct {
	App string `json:"app" doc:"Name or application id. Default: the first application."`
}

func (s *Server) trustRoutes() []route {
	return []route{
		send(http.MethodPost, "/v1/metadata/exchange", "exchangeMetadata", "Downloads the metadata of each side and uploads them on the other.", `{"app": "AWS IAM Identity Center"}`,
			func(c *call, body exchangeRequest) (Trust, error) {
				app := s.cfg.Entra.App()
				if body.App != "" {
					var err error
					if app, err = s.app(body.App); err != nil {
						return Trust{}, err
					}
				}
				trust, err := s.cfg.Actions.ExchangeMetadata(c.context(), app)
				if err != nil {
					return Trust{}, unreached{err}
				}
				return trust, nil
			}),
	}
}
