package scimmock_test

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// quiet sends a request from any goroutine and returns the status.
func (e *endpoint) quiet(method, path, body string) int {
	req, err := http.NewRequest(method, e.scim.URL()+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+e.scim.Token())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// Whatever 32 clients do at the same time: of those who create the same user
// one wins, what each of them alone changes stays changed, and both directions
// of membership agree in the end.
func TestConcurrentClients(t *testing.T) {
	const workers, rounds = 32, 12
	e := run(t)
	var members []string
	for i := range 10 {
		members = append(members, e.person(fmt.Sprintf("m%d", i)))
	}
	groups := []string{e.group("a"), e.group("b")}
	everybody, own := e.group("everybody"), make([]string, workers)
	attributes := []string{"nickName", "title", "userType", "locale", "timezone", "preferredLanguage", "name.middleName", "name.honorificPrefix"}
	for i := range own {
		own[i] = e.person(fmt.Sprintf("own%d", i))
	}

	var created, refused, other atomic.Int32
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := range rounds {
				switch e.quiet("POST", "/Users", fmt.Sprintf(`{"userName":"u%d","displayName":"U","name":{"familyName":"F","givenName":"G"}}`, i)) {
				case 201:
					created.Add(1)
				case 409:
					refused.Add(1)
				default:
					other.Add(1)
				}
				group, user := groups[(worker+i)%2], members[(worker*3+i)%10]
				op := []string{"add", "remove"}[(worker+i/2)%2]
				body := fmt.Sprintf(`{"Operations":[{"op":%q,"path":"members","value":[{"value":%q}]},{"op":"replace","path":"externalId","value":"g-%s"}]}`, op, user, group)
				if got := e.quiet("PATCH", "/Groups/"+group, body); got != 204 && got != 404 {
					t.Errorf("PATCH group: status %d", got)
				}
				if got := e.quiet("PATCH", "/Users/"+user, fmt.Sprintf(`{"Operations":[{"op":"add","path":"addresses[type eq \"work\"].locality","value":"L%d"}]}`, worker)); got != 200 && got != 404 {
					t.Errorf("PATCH user: status %d", got)
				}
				if got := e.quiet("PATCH", "/Groups/"+everybody, fmt.Sprintf(`{"Operations":[{"op":"add","path":"members","value":[{"value":%q}]}]}`, own[worker])); got != 204 {
					t.Errorf("PATCH of everybody: status %d", got)
				}
				// Eight clients change one user, each another attribute.
				if got := e.quiet("PATCH", "/Users/"+own[worker/8], fmt.Sprintf(`{"Operations":[{"op":"replace","path":%q,"value":"w%d i%d"}]}`, attributes[worker%8], worker, i)); got != 200 {
					t.Errorf("PATCH of an attribute: status %d", got)
				}
				if worker == 0 && i == rounds/2 {
					e.quiet("DELETE", "/Users/"+members[9], "")
				}
				e.quiet("GET", "/Users?cursor&count=5", "")
			}
		})
	}
	wg.Wait()

	if created.Load() != rounds || refused.Load() != (workers-1)*rounds || other.Load() != 0 {
		t.Errorf("%d created, %d refused, %d other; want %d, %d, 0", created.Load(), refused.Load(), other.Load(), rounds, (workers-1)*rounds)
	}
	for worker, id := range own {
		if !e.store.IsMember(everybody, id) {
			t.Errorf("the membership that client %d made is lost", worker)
		}
		body, want := e.get("/Users/"+own[worker/8]).body, fmt.Sprintf("%q:\"w%d i%d\"", path.Ext("." + attributes[worker%8])[1:], worker, rounds-1)
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	for _, group := range groups {
		for _, user := range e.store.Members(group) {
			if !slices.Contains(e.store.GroupsOf(user), group) {
				t.Errorf("group %s has %s, who is not in it", group, user)
			}
			if _, ok := e.store.User(user); !ok {
				t.Errorf("group %s has a member who does not exist", group)
			}
		}
	}
	for _, u := range e.store.Users() {
		for _, group := range e.store.GroupsOf(u.ID) {
			if !slices.Contains(e.store.Members(group), u.ID) {
				t.Errorf("%s is in group %s, which does not have it", u.UserName, group)
			}
		}
		if len(u.Addresses) > 1 {
			t.Errorf("%s has %d addresses", u.UserName, len(u.Addresses))
		}
	}
}
