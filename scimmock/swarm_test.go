package scimmock_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/idharness/harness/internal/rounds"
	"github.com/idharness/harness/scimmock"
)

// swarm is many clients of one endpoint at the same time.
type swarm struct {
	*endpoint
	client *http.Client
	counts [600]atomic.Int32 // by status
}

// send sends a request from any goroutine and checks that the response is
// valid: a status of those that an operation has, and JSON where there is a
// body.
func (s *swarm) send(method, path, body string) (int, object) {
	req, err := http.NewRequest(method, s.scim.URL()+path, strings.NewReader(body))
	if err != nil {
		s.t.Errorf("%s %s: %v", method, path, err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+s.scim.Token())
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Errorf("%s %s: %v", method, path, err)
		return 0, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Errorf("%s %s: %v", method, path, err)
	}
	s.counts[resp.StatusCode].Add(1)
	answer := object{}
	if resp.StatusCode == 204 {
		if len(text) > 0 {
			s.t.Errorf("%s %s: 204 with body %q", method, path, text)
		}
		return 204, nil
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		s.t.Errorf("%s %s: status %d, body %q: %v", method, path, resp.StatusCode, text, err)
	}
	if !slices.Contains([]int{200, 201, 400, 404, 409}, resp.StatusCode) {
		s.t.Errorf("%s %s %s: status %d: %s", method, path, body, resp.StatusCode, text)
	}
	if resp.StatusCode >= 400 && answer["status"] != fmt.Sprint(resp.StatusCode) {
		s.t.Errorf("%s %s: error body %s", method, path, text)
	}
	return resp.StatusCode, answer
}

// list reads a listing to its end.
func (s *swarm) list(path, filter string) []object {
	var all []object
	cursor := ""
	for {
		_, page := s.send("GET", path+"?count=37&cursor="+cursor+"&filter="+url.QueryEscape(filter), "")
		if filter == "" {
			_, page = s.send("GET", path+"?count=37&cursor="+cursor, "")
		}
		list, _ := page["Resources"].([]any)
		for _, one := range list {
			all = append(all, one.(object))
		}
		if cursor, _ = page["nextCursor"].(string); cursor == "" {
			return all
		}
	}
}

// TestSwarm has 32 clients do random things with the same users and groups.
// Whatever they do: names stay unique, both directions of membership agree,
// what one client alone writes is not lost, and every answer is valid.
func TestSwarm(t *testing.T) {
	for _, profile := range []scimmock.Profile{scimmock.AWS(), scimmock.RFC()} {
		t.Run(profile.Name, func(t *testing.T) { testSwarm(t, profile) })
	}
}

func testSwarm(t *testing.T, profile scimmock.Profile) {
	const clients = 32
	turns := rounds.Of(t, 20)
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	s := &swarm{endpoint: runQuiet(t, profile), client: &http.Client{Transport: transport}}

	// Each of 13 clients alone writes one attribute of a shared user, and every
	// client has one user join a shared group.
	shared := s.user(`{"userName":"shared","displayName":"s","name":{"familyName":"F","givenName":"G"}}`)
	everyone := s.group("everyone")
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() {
			g := &generator{Rand: rand.New(rand.NewPCG(32, uint64(n))), model: &model{}}
			var users, groups []string
			attribute := slices.Concat(texts[3:], extensions, []string{"phone"})[n%13]
			path := attribute
			switch {
			case slices.Contains(extensions, attribute):
				path = enterprise + ":" + attribute
			case attribute == "phone":
				path = `phoneNumbers[type eq \"work\"].value`
			}
			_, member := s.send("POST", "/Users", fmt.Sprintf(`{"userName":"member-%d","displayName":"m","name":{"familyName":"F","givenName":"G"}}`, n))
			s.send("PATCH", "/Groups/"+everyone, fmt.Sprintf(`{"Operations":[{"op":"add","path":"members","value":[{"value":%q}]}]}`, member["id"]))
			for turn := range turns {
				if n < 13 { // alone with its attribute
					s.send("PATCH", "/Users/"+shared, fmt.Sprintf(`{"Operations":[{"op":"add","path":"%s","value":"%d"}]}`, path, turn))
				}
				users, groups = s.random(g, users, groups)
			}
		})
	}
	wg.Wait()

	all := s.list("/Users", "")
	s.checkUnique(all, s.list("/Groups", ""))
	s.checkMembership(all, s.list("/Groups", ""))
	if members := s.list("/Users", `groups.value eq "`+everyone+`"`); len(members) != clients {
		t.Errorf("%d members of the group that %d clients added one each to", len(members), clients)
	}
	last := fmt.Sprint(turns - 1)
	_, kept := s.send("GET", "/Users/"+shared, "")
	extension, _ := kept[enterprise].(object)
	for _, attribute := range texts[3:] {
		if kept[attribute] != last {
			t.Errorf("%s is %v, want the last write %s", attribute, kept[attribute], last)
		}
	}
	for _, attribute := range extensions {
		if extension[attribute] != last {
			t.Errorf("%s is %v, want the last write %s", attribute, extension[attribute], last)
		}
	}
	same(t, "phoneNumbers", kept["phoneNumbers"], `[{"value":"`+last+`","type":"work"}]`)
	for _, status := range []int{200, 201, 204, 400, 404, 409} {
		if s.counts[status].Load() == 0 {
			t.Errorf("no response with status %d: the clients do too little", status)
		}
		t.Logf("%d responses with status %d", s.counts[status].Load(), status)
	}
}

// random does one thing with the resources that a client has found.
func (s *swarm) random(g *generator, users, groups []string) ([]string, []string) {
	id := func(known []string) string {
		if len(known) == 0 {
			return "nobody"
		}
		return known[g.IntN(len(known))]
	}
	learn := func(known []string, answer object) []string {
		if made, ok := answer["id"].(string); ok {
			known = append(known, made)
		}
		return known
	}
	real := func(body string) string {
		for _, label := range []string{"$nobody", "$u1"} {
			body = strings.ReplaceAll(body, label, id(users))
		}
		return body
	}
	switch g.IntN(12) {
	case 0, 1:
		_, answer := s.send("POST", "/Users", real(encode(g.userBody())))
		users = learn(users, answer)
	case 2:
		_, answer := s.send("POST", "/Groups", real(encode(object{"displayName": g.groupName(), "externalId": g.externalID(), "members": g.members()})))
		groups = learn(groups, answer)
	case 3:
		s.send("PUT", "/Users/"+id(users), real(encode(g.userBody())))
	case 4, 5:
		s.send("PATCH", "/Users/"+id(users), real(g.patch(g.userOperation)))
	case 6, 7:
		s.send("PATCH", "/Groups/"+id(groups), real(g.patch(g.groupOperation)))
	case 8:
		s.send("DELETE", "/Users/"+id(users), "")
	case 9:
		s.send("DELETE", "/Groups/"+id(groups), "")
	case 10: // what others have made is found by listing
		users, groups = nil, nil
		for _, u := range s.list("/Users", "") {
			if !strings.HasPrefix(text("userName")(u), "member-") && u["userName"] != "shared" {
				users = learn(users, u)
			}
		}
		for _, found := range s.list("/Groups", "") {
			if found["displayName"] != "everyone" {
				groups = learn(groups, found)
			}
		}
	case 11:
		s.send("GET", "/Users?filter="+url.QueryEscape("userName eq "+encode(g.userName())), "")
		s.send("GET", "/Users?filter="+url.QueryEscape(`groups.value eq "`+id(groups)+`"`), "")
	}
	return users, groups
}

func (s *swarm) checkUnique(users, groups []object) {
	s.t.Helper()
	seen := make(map[string]string)
	check := func(what, value string, o object) {
		if value == "" {
			return
		}
		if other, taken := seen[what+value]; taken {
			s.t.Errorf("%s %s belongs to %s and %v", what, value, other, o["id"])
		}
		seen[what+value] = fmt.Sprint(o["id"])
	}
	for _, u := range users {
		check("userName", strings.ToLower(text("userName")(u)), u)
		check("e-mail address", strings.ToLower(mail(u)), u)
		check("externalId of a user", text("externalId")(u), u)
		check("id", text("id")(u), u)
	}
	for _, g := range groups {
		check("displayName", strings.ToLower(text("displayName")(g)), g)
		check("externalId of a group", text("externalId")(g), g)
		check("id", text("id")(g), g)
	}
}

// checkMembership compares the members of every group with the groups of
// every user, each read by its filter.
func (s *swarm) checkMembership(users, groups []object) {
	s.t.Helper()
	of := make(map[string]bool)
	for _, g := range groups {
		for _, u := range s.list("/Users", `groups.value eq "`+text("id")(g)+`"`) {
			of[text("id")(g)+" "+text("id")(u)] = true
		}
	}
	count := 0
	for _, u := range users {
		for _, g := range s.list("/Groups", `members.value eq "`+text("id")(u)+`"`) {
			if count++; !of[text("id")(g)+" "+text("id")(u)] {
				s.t.Errorf("%v is in group %v, which does not have it", u["userName"], g["displayName"])
			}
		}
	}
	if count != len(of) || count == 0 {
		s.t.Errorf("%d memberships by user, %d by group", count, len(of))
	}
}
