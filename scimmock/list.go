package scimmock

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"

	"github.com/idharness/harness/sp/identitystore"
)

// indexed is a listing without cursor, and cursored one with; the keys are in
// the order of the developer guide's examples (ListUsers, ListGroups).
type (
	indexed struct {
		TotalResults int      `json:"totalResults"`
		ItemsPerPage int      `json:"itemsPerPage"`
		StartIndex   int      `json:"startIndex"`
		Schemas      []string `json:"schemas"`
		Resources    []any    `json:"Resources"`
	}
	cursored struct {
		ItemsPerPage int      `json:"itemsPerPage"`
		NextCursor   string   `json:"nextCursor,omitempty"`
		Schemas      []string `json:"schemas"`
		Resources    []any    `json:"Resources"`
	}
)

// listing answers ListUsers and ListGroups. With the parameter cursor it gives
// page after page. Without, it gives one page and counts what it gives: the
// rest cannot be reached, as startIndex is not supported.
func listing[T any](c *call, profile Profile, find finder[T], resource func(T) any) (reply, error) {
	cursor, paged, err := c.query("cursor")
	if err != nil {
		return reply{}, err
	}
	count, err := c.count(profile, paged)
	if err != nil {
		return reply{}, err
	}
	page := identitystore.Page{Limit: count}
	if cursor != "" {
		if page.After, err = c.readCursor(cursor); err != nil {
			return reply{}, err
		}
	}
	found, next := find(page)
	resources := make([]any, len(found))
	for i, one := range found {
		resources[i] = resource(one)
	}
	c.passed(ruleFilter, fmt.Sprintf("%d found", len(found)))
	if !paged {
		if next > 0 {
			c.note("there are more than the %d results that were returned: use the parameter cursor to get at them", len(found))
		}
		return reply{status: http.StatusOK, body: indexed{len(found), len(found), 1, []string{listURN}, resources}}, nil
	}
	answer := cursored{ItemsPerPage: len(found), Schemas: []string{listURN}, Resources: resources}
	if profile.ItemsPerPageAsked {
		answer.ItemsPerPage = count
	}
	if next > 0 {
		answer.NextCursor = c.cursor(next)
	}
	return reply{status: http.StatusOK, body: answer}, nil
}

// count reads the parameter count: 1 to 100. Beyond these a request with
// cursor is refused; without, older clients ask for 1000 and get a page
// (myles2007/okta-aws-sso-scim-groups-connector).
func (c *call) count(profile Profile, paged bool) (int, error) {
	most := profile.PageSize
	strict := profile.CountRange == CountRefused || profile.CountRange == CountRefusedWithCursor && paged
	text, present, err := c.query("count")
	if err != nil || !present {
		return most, err
	}
	count, err := strconv.Atoi(text)
	if err != nil || strict && (count < 1 || count > most) {
		return 0, invalid(rulePaging, detailInvalid, why{fmt.Sprintf("a number from 1 to %d", most), text, "query parameter count", ""})
	}
	return min(max(count, 1), most), nil
}

// A cursor is the place in the listing after which to go on and a fingerprint
// of what is listed: the filter must stay the same from page to page. It
// grants nothing, so it needs no secret.
const fingerprintSize = 8

func (c *call) fingerprint() []byte {
	text, _, _ := c.query("filter")
	hash := sha256.Sum256([]byte(c.operation + "\x00" + text))
	return hash[:fingerprintSize]
}

func (c *call) cursor(after uint64) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(c.fingerprint(), after))
}

func (c *call) readCursor(text string) (uint64, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != fingerprintSize+8 {
		return 0, invalid(rulePaging, detailInvalid, why{"a nextCursor of an earlier page", text, "query parameter cursor", ""})
	}
	if string(raw[:fingerprintSize]) != string(c.fingerprint()) {
		return 0, invalid(rulePaging, detailInvalid, why{"the filter that the first page was asked for with", "another one", "query parameter filter", "repeat the filter unchanged with every cursor"})
	}
	return binary.BigEndian.Uint64(raw[fingerprintSize:]), nil
}
