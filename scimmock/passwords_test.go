package scimmock_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/idharness/harness/scimmock"
)

// A password shows nowhere: not in the trace, in whatever form it is sent, nor in
// a snapshot (RFC 7643 section 9.2).
func TestPasswordsShowNowhere(t *testing.T) {
	e := runQuiet(t, scimmock.RFC())
	id := e.do("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x","password":"correct horse 1"}`).want(201).id()
	e.patch("/Users/"+id, `{"op":"replace","path":"password","value":"correct horse 2"}`).want(200)
	e.patch("/Users/"+id, `{"op":"replace","value":{"password":"correct horse 3"}}`).want(200)
	e.patch("/Users/"+id, `{"op":"replace","path":"Password","value":["correct horse 4"]}`)
	e.patch("/Users/"+id, `{"op":"replace","path":"password","value":{"value":"correct horse 5"}}`)
	e.do("GET", "/Users?filter=password+eq+%22correct+horse+6%22", "")
	e.do("GET", "/Users?filter=PASSWORD%20eq%20%22correct%20horse%207%22", "")
	e.do("POST", "/Users", `{"userName":"y","password":{"value":"correct horse 8"}}`)
	trace, err := json.Marshal(e.scim.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := json.Marshal(e.store.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"trace": string(trace), "snapshot": string(snapshot)} {
		for _, form := range []string{"correct horse", "correct+horse", "correct%20horse"} {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("the %s shows a password: …%s…", name, text[max(0, at-120):min(len(text), at+40)])
			}
		}
	}
}
