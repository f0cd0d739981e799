package control

import (
	"net/http"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

// metadataFile is a file of metadata, as it is uploaded.
type metadataFile struct {
	Text string `json:"text" required:"true" doc:"The XML."`
}

const spMetadataExample = `{"text": "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://app.contoso.example\"><SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://app.contoso.example/acs\" index=\"0\"/></SPSSODescriptor></EntityDescriptor>"}`

func (s *Server) appRoutes() []route {
	assign := read(http.MethodPut, "/v1/entra/applications/{app}/assignments/{principal}", "assign", "Lets a user, or the direct members of a group, use the application.", s.assign)
	unassign := read(http.MethodDelete, "/v1/entra/applications/{app}/assignments/{principal}", "unassign", "Takes assignments back.", s.unassign)
	assign.query = []parameter{{name: "role", doc: "Value of an app role. Default: default access.", example: "reader"}}
	unassign.query = []parameter{{name: "role", doc: "Value of the app role that is taken back. Default: all of them.", example: "reader"}}
	return []route{
		read(http.MethodGet, "/v1/entra/applications", "applications", "The enterprise applications, in order of creation.", func(*call) ([]idp.ApplicationConfig, error) {
			list := []idp.ApplicationConfig{}
			for _, app := range s.cfg.Entra.Apps() {
				list = append(list, app.Config())
			}
			return list, nil
		}),
		makes("/v1/entra/applications", "createApplication", "Adds an enterprise application, with a signing certificate.",
			`{"name": "Payroll", "identifiers": ["https://payroll.contoso.example"], "replyUrls": ["https://payroll.contoso.example/acs"], "appRoles": [{"value": "reader"}]}`, s.createApp),
		read(http.MethodGet, "/v1/entra/applications/{app}", "application", "How an application is configured.", func(c *call) (idp.ApplicationConfig, error) {
			app, err := s.app(c.value("app"))
			if err != nil {
				return idp.ApplicationConfig{}, err
			}
			return app.Config(), nil
		}),
		send(http.MethodPatch, "/v1/entra/applications/{app}", "updateApplication", "Changes settings of an application; null removes one.", `{"signing": {"option": "both"}, "claims": [{"name": "costCenter", "value": "4711"}]}`, s.updateApp),
		send(http.MethodPut, "/v1/entra/applications/{app}/metadata", "uploadMetadata", "Uploads a service provider's metadata: identifier, reply URLs and logout URL.", spMetadataExample,
			func(c *call, body metadataFile) (idp.ApplicationConfig, error) {
				app, err := s.app(c.value("app"))
				if err == nil {
					err = app.UploadMetadata([]byte(body.Text))
				}
				if err != nil {
					return idp.ApplicationConfig{}, err
				}
				return app.Config(), nil
			}),
		read(http.MethodGet, "/v1/entra/applications/{app}/assignments", "applicationAssignments", "Who is assigned.", func(c *call) ([]idp.Assignment, error) {
			app, err := s.app(c.value("app"))
			if err != nil {
				return nil, err
			}
			return app.Assignments(), nil
		}),
		assign,
		unassign,
	}
}

// app finds an application by name or application id.
func (s *Server) app(ref string) (*idp.Application, error) {
	if app, ok := s.cfg.Entra.AppByName(ref); ok {
		return app, nil
	}
	var names []string
	for _, app := range s.cfg.Entra.Apps() {
		names = append(names, app.Name())
	}
	return nil, absent("application", ref, names)
}

func (s *Server) createApp(_ *call, body idp.ApplicationConfig) (idp.ApplicationConfig, error) {
	if body.Name == "" {
		body.Name = body.Template.DisplayName()
	}
	app, err := s.cfg.Entra.CreateApplication(body)
	if err != nil {
		return idp.ApplicationConfig{}, err
	}
	return app.Config(), nil
}

func (s *Server) updateApp(c *call, body changes[idp.ApplicationConfig]) (idp.ApplicationConfig, error) {
	app, err := s.app(c.value("app"))
	if err != nil {
		return idp.ApplicationConfig{}, err
	}
	err = app.Configure(func(cfg *idp.ApplicationConfig) { body.apply(cfg) })
	return app.Config(), err
}

func (s *Server) assign(c *call) ([]idp.Assignment, error) {
	return s.changeAssignments(c, func(app *idp.Application, p directory.Ref, role string) error { return app.AssignRole(p, role) })
}

func (s *Server) unassign(c *call) ([]idp.Assignment, error) {
	return s.changeAssignments(c, func(app *idp.Application, p directory.Ref, role string) error {
		if role != "" {
			return app.UnassignRole(p, role)
		}
		return app.Unassign(p)
	})
}

func (s *Server) changeAssignments(c *call, change func(*idp.Application, directory.Ref, string) error) ([]idp.Assignment, error) {
	app, err := s.app(c.value("app"))
	if err != nil {
		return nil, err
	}
	values, err := c.parameters()
	if err != nil {
		return nil, err
	}
	if err := change(app, directory.Ref(c.value("principal")), values["role"]); err != nil {
		return nil, err
	}
	return app.Assignments(), nil
}
