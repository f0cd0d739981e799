package scimmock

import (
	"net/http"
	"strings"

	"github.com/idharness/harness/scimmock/resource"
)

// URNs of discovery documents (RFC 7643 sections 5 to 7).
const (
	configURN       = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	schemaURN       = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	resourceTypeURN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
)

// noFilter: RFC 7644 section 4 has a filter on these endpoints refused with
// 403, and other parameters ignored.
func (c *call) noFilter() error {
	if _, present, _ := c.query("filter"); present {
		return refuse(http.StatusForbidden, accessDeniedException, ruleFilter, detailForbidden, why{"no filter on this endpoint", "one", "query parameter filter", ""})
	}
	return nil
}

// serviceProviderConfig: RFC 7643 section 5, RFC 9865 section 4.
func (s *standard) serviceProviderConfig(c *call) (reply, error) {
	if err := c.noFilter(); err != nil {
		return reply{}, err
	}
	supported := func(yes bool) map[string]any { return map[string]any{"supported": yes} }
	pagination := map[string]any{
		"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": s.profile.PageSize, "maxPageSize": s.profile.PageSize,
	}
	if s.profile.CursorTimeout > 0 {
		pagination["cursorTimeout"] = int(s.profile.CursorTimeout.Seconds())
	}
	return reply{status: http.StatusOK, body: map[string]any{
		"schemas":        []string{configURN},
		"patch":          supported(true),
		"bulk":           map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter":         map[string]any{"supported": true, "maxResults": s.profile.PageSize},
		"changePassword": supported(true), "sort": supported(true), "etag": supported(false),
		"pagination": pagination,
		"authenticationSchemes": []any{map[string]any{
			"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "The access token of automatic provisioning", "specUri": "https://www.rfc-editor.org/info/rfc6750", "primary": true}},
		"meta": discoveryMeta{"ServiceProviderConfig", c.base() + "/ServiceProviderConfig"},
	}}, nil
}

// schemaDocument is a schema (RFC 7643 section 7).
type schemaDocument struct {
	Schemas     []string             `json:"schemas"`
	ID          string               `json:"id"`
	Name        string               `json:"name"`
	Description string               `json:"description"`
	Attributes  []resource.Attribute `json:"attributes"`
	Meta        discoveryMeta        `json:"meta"`
}

func (s *standard) schemas(base string) []schemaDocument {
	var all []schemaDocument
	for _, t := range []*resource.Type{s.users, s.groups} {
		for _, one := range append([]resource.Schema{t.Schema}, t.Extensions...) {
			all = append(all, schemaDocument{[]string{schemaURN}, one.ID, one.Name, one.Description, one.Attributes, discoveryMeta{"Schema", base + "/Schemas/" + one.ID}})
		}
	}
	return all
}

func (s *standard) listSchemas(c *call) (reply, error) {
	if err := c.noFilter(); err != nil {
		return reply{}, err
	}
	all := s.schemas(c.base())
	return reply{status: http.StatusOK, body: catalogue{[]string{listURN}, len(all), len(all), 1, all}}, nil
}

func (s *standard) getSchema(c *call) (reply, error) {
	if err := c.noFilter(); err != nil {
		return reply{}, err
	}
	for _, one := range s.schemas(c.base()) {
		if strings.EqualFold(one.ID, c.id) {
			return reply{status: http.StatusOK, body: one}, nil
		}
	}
	return reply{}, byStatus(s.profile.UnknownSchema, ruleExistence, why{"the id of a schema", c.id, "URL", ""})
}

func (s *standard) resourceTypes(base string) []resourceType {
	var all []resourceType
	for _, t := range []*resource.Type{s.users, s.groups} {
		one := resourceType{
			Schemas: []string{resourceTypeURN}, ID: t.Name, Name: t.Name, Endpoint: t.Endpoint, Description: t.Schema.Description, Schema: t.Schema.ID,
			Meta: discoveryMeta{"ResourceType", base + "/ResourceTypes/" + t.Name},
		}
		for _, e := range t.Extensions {
			one.SchemaExtensions = append(one.SchemaExtensions, schemaExtension{e.ID, false})
		}
		all = append(all, one)
	}
	return all
}

func (s *standard) listResourceTypes(c *call) (reply, error) {
	if err := c.noFilter(); err != nil {
		return reply{}, err
	}
	all := s.resourceTypes(c.base())
	return reply{status: http.StatusOK, body: catalogue{[]string{listURN}, len(all), len(all), 1, all}}, nil
}

func (s *standard) getResourceType(c *call) (reply, error) {
	if err := c.noFilter(); err != nil {
		return reply{}, err
	}
	for _, one := range s.resourceTypes(c.base()) {
		if one.ID == c.id {
			return reply{status: http.StatusOK, body: one}, nil
		}
	}
	return reply{}, notFound(ruleExistence, why{"the name of a resource type", c.id, "URL", ""})
}
