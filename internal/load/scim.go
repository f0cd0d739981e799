package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// SCIM is a SCIM endpoint and the users whom it is asked about.
type SCIM struct {
	Path  string // of the base URL
	Token string
	Users []string // their ids, by number
}

// UserName returns the userName of a user by number, which has six digits.
func UserName(i int) string { return "user" + digits(i) + "@contoso.example" }

func digits(i int) string { return string(appendDigits(nil, i)) }

func appendDigits(b []byte, i int) []byte {
	for unit := 100_000; unit > 0; unit /= 10 {
		b = append(b, '0'+byte(i/unit%10))
	}
	return b
}

// typical is the body of a typical user, with # for the user's number: what
// Entra's default mapping for AWS IAM Identity Center sends of somebody whose
// profile is filled in.
const typical = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],` +
	`"externalId":"00#-6f3c-4be1-9d0e-8a4f00c0ffee","userName":"user#@contoso.example","active":true,"displayName":"Given# Family#","title":"Engineer","preferredLanguage":"en-US",` +
	`"name":{"formatted":"Given# Family#","familyName":"Family#","givenName":"Given#"},` +
	`"emails":[{"value":"user#@contoso.example","type":"work","primary":true}],` +
	`"addresses":[{"type":"work","formatted":"# Main Street, Lisbon","streetAddress":"# Main Street","locality":"Lisbon","region":"Lisbon","postalCode":"1000-001","country":"PT"}],` +
	`"phoneNumbers":[{"value":"+351 210 #","type":"work"}],` +
	`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"#","department":"Department of #","costCenter":"4130"}}`

// AppendUser appends the body of a typical user by number.
func AppendUser(b []byte, i int) []byte {
	rest := typical
	for {
		text, after, more := strings.Cut(rest, "#")
		b = append(b, text...)
		if !more {
			return b
		}
		b = appendDigits(b, i)
		rest = after
	}
}

func (s *SCIM) append(b []byte, method, path string, body []byte) []byte {
	for _, text := range [...]string{method, " ", s.Path, path, " HTTP/1.1\r\nHost: scim.contoso.example\r\nAuthorization: Bearer ", s.Token, "\r\n"} {
		b = append(b, text...)
	}
	if body != nil {
		b = append(b, "Content-Type: application/scim+json\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
		b = append(b, "\r\n"...)
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

func member(name, value string) string { return `"` + name + `":"` + value + `"` }

// Create creates the users whose numbers are those of the requests, and keeps
// their ids where Users has room.
func (s *SCIM) Create() Work {
	return Work{
		Request: func(b []byte, i int) []byte {
			return s.append(b, "POST", "/Users", AppendUser(make([]byte, 0, 2*len(typical)), i))
		},
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
