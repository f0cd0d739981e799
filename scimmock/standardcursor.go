package scimmock

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/idharness/harness/scimmock/filter"
	"github.com/idharness/harness/sp/identitystore"
)

// afterCursor lists what comes after a place. Sorted results and those of
// several types are counted off; otherwise the place is one in the store's
// order of creation, which stays valid while others come and go.
func (s *standard) afterCursor(q search, e filter.Expr, from []collection, after uint64) ([]hit, uint64, error) {
	if len(from) > 1 || q.params["sortBy"] != "" {
		all, err := found(e, from)
		if err == nil {
			err = q.sort(all, from[0].typ)
		}
		if err != nil {
			return nil, 0, standardProblem(err)
		}
		first := int(min(after, uint64(len(all)))) // clients can make cursors up
		last := min(first+q.count, len(all))
		if last == len(all) || q.count == 0 {
			return all[first:last], 0, nil
		}
		return all[first:last], uint64(last), nil
	}
	var hits []hit
	for len(hits) < q.count {
		objects, next, err := from[0].page(identitystore.Page{After: after, Limit: q.count - len(hits)})
		if err != nil {
			return nil, 0, err
		}
		for _, o := range objects {
			if e == nil || from[0].typ.Match(o, e) {
				hits = append(hits, hit{from[0].typ, o})
			}
		}
		if after = next; next == 0 {
			return hits, 0, nil
		}
	}
	return hits, after, nil
}

// queryFingerprint is of everything that must stay the same from page to page.
func (c *call) queryFingerprint(q search) []byte {
	hash := sha256.New()
	fmt.Fprintf(hash, "%s\x00", c.operation)
	for _, name := range searchParameters() {
		if text, ok := q.params[name]; ok && name != "cursor" {
			fmt.Fprintf(hash, "%s\x00%s\x00", name, text)
		}
	}
	return hash.Sum(nil)[:fingerprintSize]
}

// cursor is a place, when it was given out, and the query's fingerprint, in
// characters that need no encoding in a URL (RFC 9865 section 2).
func (s *standard) cursor(c *call, q search, after uint64) string {
	raw := binary.BigEndian.AppendUint64(c.queryFingerprint(q), after)
	raw = binary.BigEndian.AppendUint64(raw, uint64(s.clock.Now().Unix()))
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (s *standard) readCursor(c *call, q search, text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	refused := func(scimType, expected, got string) (uint64, error) {
		p := invalid(rulePaging, detailInvalid, why{expected, got, "parameter cursor", ""})
		p.scimType = scimType
		return 0, p
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != fingerprintSize+16 {
		return refused(invalidCursor, "a nextCursor of an earlier page", text)
	}
	if string(raw[:fingerprintSize]) != string(c.queryFingerprint(q)) {
		return refused(invalidCursor, "the parameters that the first page was asked for with", "others")
	}
	issued := time.Unix(int64(binary.BigEndian.Uint64(raw[fingerprintSize+8:])), 0)
	if limit := s.profile.CursorTimeout; limit > 0 && s.clock.Now().Sub(issued) > limit {
		return refused(expiredCursor, "a cursor that was given out at most "+limit.String()+" ago", "an older one")
	}
	return binary.BigEndian.Uint64(raw[fingerprintSize:]), nil
}
