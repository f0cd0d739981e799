package idp

import (
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/metadata"
)

// UploadMetadata fills in identifier, reply URLs and logout URL from a service
// provider's metadata, as "Upload metadata file" does.
func (a *Application) UploadMetadata(data []byte) error {
	sp, err := metadata.ParseServiceProvider(data)
	if err != nil {
		return badMetadata("SAML 2.0 metadata of a service provider", err.Error())
	}
	var replyURLs []string
	for _, acs := range sp.ACS {
		if acs.Binding == saml.BindingPOST { // Entra answers by POST only
			replyURLs = append(replyURLs, acs.Location)
		}
	}
	if len(replyURLs) == 0 {
		return badMetadata("an AssertionConsumerService with the HTTP-POST binding", "none")
	}
	logoutURL, hasLogout := metadata.Location(sp.SLO, saml.BindingRedirect)
	for _, u := range replyURLs {
		if !isWebURL(u) {
			return badMetadata("an AssertionConsumerService with an absolute http or https URL", u)
		}
	}
	if hasLogout && !isWebURL(logoutURL) {
		return badMetadata("a SingleLogoutService with an absolute http or https URL", logoutURL)
	}
	return a.Configure(func(c *ApplicationConfig) {
		c.Identifiers, c.ReplyURLs, c.DefaultReplyURL = []string{sp.EntityID}, replyURLs, ""
		if hasLogout {
			c.LogoutURL = logoutURL
		}
	})
}

func badMetadata(expected, got string) error {
	return &refusal.Refusal{
		Code: "InvalidMetadata", Message: "The metadata file could not be read.",
		Expected: expected, Got: got, Where: "metadata file", Fix: refusal.Request,
	}
}
