package awsapi

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/idharness/harness/sp/identitystore"
)

const pageLimit = 100 // the largest MaxResults, and what a request without one gets

// pageRequest is the part of a request that asks for a page.
type pageRequest struct {
	MaxResults *int
	NextToken  *string
}

func (p pageRequest) check(v *violations, token shape) {
	if p.MaxResults != nil {
		n := *p.MaxResults
		switch {
		case n < 1:
			v.add(brokenValue+tooLow, strconv.Itoa(n), "maxResults", 1)
		case n > pageLimit:
			v.add(brokenValue+tooHigh, strconv.Itoa(n), "maxResults", pageLimit)
		}
	}
	v.optional("nextToken", p.NextToken, token)
}

func (p pageRequest) limit() int {
	if p.MaxResults == nil {
		return pageLimit
	}
	return *p.MaxResults
}

// after returns where the page begins. A token is good for the list only for
// which it was made.
func (p pageRequest) after(list string) (uint64, error) {
	if p.NextToken == nil || *p.NextToken == "" {
		return 0, nil
	}
	text, err := base64.URLEncoding.DecodeString(*p.NextToken)
	if err == nil {
		if position, ok := strings.CutPrefix(string(text), list+" "); ok {
			if after, err := strconv.ParseUint(position, 10, 64); err == nil {
				return after, nil
			}
		}
	}
	return 0, invalid(badNextToken, "this token was not given out for "+list)
}

// token names the place where the next page begins; there is none after zero.
func token(list string, next uint64) string {
	if next == 0 {
		return ""
	}
	return base64.URLEncoding.EncodeToString([]byte(list + " " + strconv.FormatUint(next, 10)))
}

// storePage is the page of a list of the identity store.
func (p pageRequest) storePage(list string) (identitystore.Page, error) {
	after, err := p.after(list)
	return identitystore.Page{After: after, Limit: p.limit()}, err
}

// paged returns a page of items and the token of the next one. The place in
// the list is a count: items that go meanwhile make the pages shift.
func paged[E any](items []E, p pageRequest, list string) ([]E, string, error) {
	after, err := p.after(list)
	if err != nil {
		return nil, "", err
	}
	start := int(min(after, uint64(len(items))))
	end := min(start+p.limit(), len(items))
	page := slices.Clone(items[start:end])
	if page == nil {
		page = []E{}
	}
	if end == len(items) {
		return page, "", nil
	}
	return page, token(list, uint64(end)), nil
}
