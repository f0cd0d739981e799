package control

import (
	"net/http"
	"net/url"
	"strings"
)

// SignIn says who signs in, and what for. The service provider's request is
// given in one of three forms: URL, SAMLRequest with what came beside it, or App
// for a sign-in that starts at Entra.
type SignIn struct {
	User     string `json:"user" required:"true" doc:"userPrincipalName."`
	Password string `json:"password" doc:"Default: the user's own."`

	URL string `json:"url" doc:"Where the service provider sends the browser: its redirect to Entra as a whole, or its own page that redirects there."`

	SAMLRequest string `json:"samlRequest" doc:"The AuthnRequest as in the query (deflated) or the form field."`
	RelayState  string `json:"relayState"`
	SigAlg      string `json:"sigAlg" doc:"Of a signed query."`
	Signature   string `json:"signature" doc:"Of a signed query, base64."`
	Binding     string `json:"binding" oneOf:"redirect|post" doc:"How samlRequest travels. Default: redirect."`

	App string `json:"app" doc:"Name or application id, to start at Entra without a request."`

	MFA          string `json:"mfa" doc:"What the person does when a second factor is asked for: approve (default) or deny on the phone, or a code."`
	NewPassword  string `json:"newPassword" doc:"Entered where the old one has expired."`
	StaySignedIn bool   `json:"staySignedIn" doc:"Answers \"Stay signed in?\" with Yes."`
	Fresh        bool   `json:"fresh" doc:"A browser without cookies; else each user keeps one browser."`
}

// Post is the form that Entra's page would post to the service provider.
type Post struct {
	URL    string            `json:"url" doc:"The ACS."`
	Fields map[string]string `json:"fields" doc:"SAMLResponse and, if there is one, RelayState."`
}

// check refuses a request that says nothing, or too much.
func (r SignIn) check() error {
	var given []string
	for _, one := range []struct{ name, value string }{{"url", r.URL}, {"samlRequest", r.SAMLRequest}, {"app", r.App}} {
		if one.value != "" {
			given = append(given, one.name)
		}
	}
	if len(given) != 1 {
		p := badRequest("a sign-in takes one of url, samlRequest and app", "body", "")
		p.Got = strings.Join(given, " and ")
		if p.Got == "" {
			p.Got = "none of them"
		}
		return p
	}
	if r.SAMLRequest == "" {
		for _, one := range []struct{ name, value string }{{"relayState", r.RelayState}, {"sigAlg", r.SigAlg}, {"signature", r.Signature}, {"binding", r.Binding}} {
			if one.value != "" {
				return badRequest(one.name+" belongs to samlRequest", one.name, "")
			}
		}
	}
	if r.Binding == "post" && r.SigAlg+r.Signature != "" {
		return badRequest("the post binding carries the signature within the request", "signature", "leave sigAlg and signature out")
	}
	if r.URL != "" {
		if u, err := url.Parse(r.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			p := badRequest("url is no web address", "url", "")
			p.Expected = "http:// or https:// and a host"
			return p
		}
	}
	return nil
}

func (s *Server) signInRoutes() []route {
	return []route{
		send(http.MethodPost, "/v1/sign-in", "signIn", "Signs a user in at Entra as a browser does, up to the form that would be posted to the service provider, and returns that form. A refusal of Entra is a problem with its AADSTS code.",
			`{"user": "ana@contoso.example", "app": "AWS IAM Identity Center"}`, s.signIn),
	}
}

func (s *Server) signIn(c *call, body SignIn) (Post, error) {
	if err := body.check(); err != nil {
		return Post{}, err
	}
	if body.App != "" {
		app, err := s.app(body.App)
		if err != nil {
			return Post{}, err
		}
		body.App = app.AppID()
	}
	post, err := s.cfg.Actions.SignIn(c.context(), body)
	if err != nil {
		return Post{}, unreached{err}
	}
	return post, nil
}
