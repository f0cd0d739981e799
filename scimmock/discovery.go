package scimmock

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/sp/identitystore"
)

// serviceProviderConfig is the document of the developer guide,
// ServiceProviderConfig. It says 50 for filter.maxResults although listings
// have 100.
//
//go:embed discovery/serviceproviderconfig.json
var serviceProviderConfig []byte

// schemaDocuments are the schemas of the developer guide, ListSchemas. The
// descriptions are those of RFC 7643 section 8.7.1.
//
//go:embed discovery/schemas.json
var schemaDocuments []byte

func (s *Server) serviceProviderConfig(*call) (reply, error) {
	return reply{status: http.StatusOK, body: json.RawMessage(serviceProviderConfig)}, nil
}

// schema is a schema as GetSchema shows it, without meta.
type schema struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Attributes  json.RawMessage `json:"attributes"`
	Meta        *discoveryMeta  `json:"meta,omitempty"`
}

type discoveryMeta struct {
	ResourceType string `json:"resourceType"`
	Location     string `json:"location"`
}

// catalogue is a list of discovery documents; unlike in ListUsers, schemas
// come first in the developer guide's examples.
type catalogue struct {
	Schemas      []string `json:"schemas"`
	TotalResults int      `json:"totalResults"`
	ItemsPerPage int      `json:"itemsPerPage"`
	StartIndex   int      `json:"startIndex"`
	Resources    any      `json:"Resources"`
}

func schemas() ([]schema, error) {
	var all []schema
	if err := json.Unmarshal(schemaDocuments, &all); err != nil {
		return nil, fmt.Errorf("read schemas: %w", err)
	}
	return all, nil
}

// listSchemas: developer guide, ListSchemas. The locations are as odd there.
func (s *Server) listSchemas(*call) (reply, error) {
	all, err := schemas()
	if err != nil {
		return reply{}, err
	}
	for i := range all {
		switch all[i].ID {
		case identitystore.UserURN:
			all[i].Description = "User Schema"
		case identitystore.GroupURN:
			all[i].Description = "Group Schema"
		default:
			all[i].Description = "Enterprise User Schema"
		}
		all[i].Meta = &discoveryMeta{"Schema", "/v2/Schemas/" + all[i].ID}
	}
	return reply{status: http.StatusOK, body: catalogue{[]string{listURN}, len(all), len(all), 1, all}}, nil
}

// getSchema: developer guide, GetSchema, whose example has another description
// than ListSchemas, that of RFC 7643 section 8.7.1, and no meta. Its errors do
// not include a ResourceNotFoundException.
func (s *Server) getSchema(c *call) (reply, error) {
	all, err := schemas()
	if err != nil {
		return reply{}, err
	}
	for _, one := range all {
		if !strings.EqualFold(one.ID, c.id) {
			continue
		}
		switch one.ID {
		case identitystore.UserURN:
			one.Description = "User Account"
		case identitystore.GroupURN:
			one.Description = "Group"
		default:
			one.Description = "Enterprise User"
		}
		return reply{status: http.StatusOK, body: one}, nil
	}
	return reply{}, byStatus(s.profile.UnknownSchema, ruleExistence, why{"one of the ids of ListSchemas", c.id, "URL", ""})
}

type resourceType struct {
	Schemas          []string          `json:"schemas"`
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	Endpoint         string            `json:"endpoint"`
	Description      string            `json:"description"`
	Schema           string            `json:"schema"`
	SchemaExtensions []schemaExtension `json:"schemaExtensions,omitempty"`
	Meta             discoveryMeta     `json:"meta"`
}

type schemaExtension struct {
	Schema   string `json:"schema"`
	Required bool   `json:"required"`
}

// listResourceTypes: developer guide, ListResourceTypes. It calls the
// enterprise extension required, though users without it are fine.
func (s *Server) listResourceTypes(c *call) (reply, error) {
	scheme := "http"
	if c.http.TLS != nil {
		scheme = "https"
	}
	base := fmt.Sprintf("%s://%s/%s/scim/v2/ResourceTypes/", scheme, c.http.Host, c.tenant)
	urn := []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}
	types := []resourceType{
		{urn, "User", "User", "/Users", "User Account", identitystore.UserURN, []schemaExtension{{identitystore.EnterpriseURN, true}}, discoveryMeta{"ResourceType", base + "User"}},
		{urn, "Group", "Group", "/Groups", "Group", identitystore.GroupURN, nil, discoveryMeta{"ResourceType", base + "Group"}},
	}
	return reply{status: http.StatusOK, body: catalogue{[]string{listURN}, len(types), len(types), 1, types}}, nil
}
