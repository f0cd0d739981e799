package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// SCIM is a SCIM endpoint and the users whom it is asked about.
type SCIM struct {
	Path  string // of the base URL
	Token string
	Users []string // their ids, by number
}

// UserName returns the userName of a user by number.
func UserName(i int) string { return fmt.Sprintf("user%06d@contoso.example", i) }

// AppendUser appends the body of a typical user: what Entra's default mapping
// for AWS IAM Identity Center sends of somebody whose profile is filled in.
func AppendUser(b []byte, i int) []byte {
	return fmt.Appendf(b, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`+
		`"externalId":"%08x-6f3c-4be1-9d0e-8a4f00c0ffee","userName":%q,"active":true,"displayName":"Given%d Family%d","title":"Engineer","preferredLanguage":"en-US",`+
		`"name":{"formatted":"Given%d Family%d","familyName":"Family%d","givenName":"Given%d"},`+
		`"emails":[{"value":%q,"type":"work","primary":true}],`+
		`"addresses":[{"type":"work","formatted":"%d Main Street, Lisbon","streetAddress":"%d Main Street","locality":"Lisbon","region":"Lisbon","postalCode":"1000-001","country":"PT"}],`+
		`"phoneNumbers":[{"value":"+351 210 %06d","type":"work"}],`+
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%d","department":"Department %d","costCenter":"%d"}}`,
		i, UserName(i), i, i, i, i, i, i, UserName(i), i, i, i, i, i%50, i%20)
}

func (s *SCIM) append(b []byte, method, path string, body []byte) []byte {
	b = fmt.Appendf(b, "%s %s%s HTTP/1.1\r\nHost: scim.contoso.example\r\nAuthorization: Bearer %s\r\n", method, s.Path, path, s.Token)
	if body != nil {
		b = fmt.Appendf(b, "Content-Type: application/scim+json\r\nContent-Length: %d\r\n", len(body))
	}
	b = append(b, "\r\n"...)
	return append(b, body...)
}

// want checks a response's status and that its body has every one of the texts.
func want(status, wanted int, body []byte, texts ...string) error {
	if status != wanted {
		return fmt.Errorf("status %d, want %d: %s", status, wanted, body)
	}
	for _, text := range texts {
		if !bytes.Contains(body, []byte(text)) {
			return fmt.Errorf("no %s in %s", text, body)
		}
	}
	return nil
}

func member(name, value string) string { return fmt.Sprintf("%q:%q", name, value) }

// Create creates the users whose numbers are those of the requests, and keeps
// their ids where Users has room.
func (s *SCIM) Create() Work {
	return Work{
		Request: func(b []byte, i int) []byte { return s.append(b, "POST", "/Users", AppendUser(nil, i)) },
		Check: func(i, status int, body []byte) error {
			if err := want(status, 201, body, member("userName", UserName(i)), "Department"); err != nil {
				return err
			}
			if i >= len(s.Users) {
				return nil
			}
			var created struct{ ID string }
			if err := json.Unmarshal(body, &created); err != nil {
				return fmt.Errorf("created user: %w", err)
			}
			s.Users[i] = strings.Clone(created.ID)
			return nil
		},
	}
}

// spread goes through the users in an order without locality.
func (s *SCIM) spread(i int) int { return i * 7919 % len(s.Users) }

// Filter finds users by userName.
func (s *SCIM) Filter() Work {
	return Work{
		Request: func(b []byte, i int) []byte {
			return s.append(b, "GET", `/Users?filter=userName%20eq%20%22`+UserName(s.spread(i))+`%22`, nil)
		},
		Check: func(i, status int, body []byte) error {
			return want(status, 200, body, `"totalResults":1`, member("userName", UserName(s.spread(i))), member("id", s.Users[s.spread(i)]))
		},
	}
}

// Get reads users by id.
func (s *SCIM) Get() Work {
	return Work{
		Request: func(b []byte, i int) []byte { return s.append(b, "GET", "/Users/"+s.Users[s.spread(i)], nil) },
		Check: func(i, status int, body []byte) error {
			return want(status, 200, body, member("userName", UserName(s.spread(i))), member("id", s.Users[s.spread(i)]))
		},
	}
}

// PatchActive replaces active of users, by true and false in turns.
func (s *SCIM) PatchActive() Work {
	return Work{
		Request: func(b []byte, i int) []byte {
			return s.append(b, "PATCH", "/Users/"+s.Users[s.spread(i)],
				fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":%v}]}`, i%2 == 0))
		},
		Check: func(i, status int, body []byte) error {
			return want(status, 200, body, fmt.Sprintf(`"active":%v`, i%2 == 0), member("id", s.Users[s.spread(i)]))
		},
	}
}

// PatchMember removes users from a group that has them all and, a number of
// requests later, adds them again.
func (s *SCIM) PatchMember(group string) Work {
	const later = 100
	return Work{
		Request: func(b []byte, i int) []byte {
			op, user := "remove", s.spread(i)
			if i/later%2 == 1 {
				op, user = "add", s.spread(i-later)
			}
			return s.append(b, "PATCH", "/Groups/"+group,
				fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":%q,"path":"members","value":[{"value":%q}]}]}`, op, s.Users[user]))
		},
		Check: func(_, status int, body []byte) error { return want(status, 204, body) },
	}
}
