package control

import (
	"net/http"

	"github.com/idharness/harness/idp"
)

func (s *Server) entraTenantRoutes() []route {
	return []route{
		read(http.MethodGet, "/v1/entra/choices", "entraChoices", "What the tenant does where Entra's behaviour is not published.", func(*call) (idp.Choices, error) { return s.cfg.Entra.Choices(), nil }),
		send(http.MethodPatch, "/v1/entra/choices", "setEntraChoices", "Changes choices; null sets one back to its default.", `{"lockoutThreshold": 3, "assertionValidity": "30m"}`,
			func(_ *call, body changes[idp.Choices]) (idp.Choices, error) {
				s.cfg.Entra.Choose(func(c *idp.Choices) { body.apply(c) })
				return s.cfg.Entra.Choices(), nil
			}),
		read(http.MethodGet, "/v1/entra/conditional-access", "conditionalAccess", "The tenant's Conditional Access policies.", func(*call) ([]idp.ConditionalAccessPolicy, error) { return s.cfg.Entra.ConditionalAccess(), nil }),
		send(http.MethodPut, "/v1/entra/conditional-access", "setConditionalAccess", "Replaces the Conditional Access policies.", `[{"displayName": "MFA for administrators", "groups": ["aws-admins"], "grant": "mfa"}]`,
			func(_ *call, body []idp.ConditionalAccessPolicy) ([]idp.ConditionalAccessPolicy, error) {
				err := s.cfg.Entra.SetConditionalAccess(body...)
				return s.cfg.Entra.ConditionalAccess(), err
			}),
		read(http.MethodDelete, "/v1/entra/conditional-access", "clearConditionalAccess", "Removes all Conditional Access policies.", func(*call) (nothing, error) { return nothing{}, s.cfg.Entra.SetConditionalAccess() }),
		read(http.MethodGet, "/v1/entra/notifications", "notifications", "The mails that Entra would have sent.", func(*call) ([]idp.Notification, error) { return s.cfg.Entra.Notifications(), nil }),
	}
}
